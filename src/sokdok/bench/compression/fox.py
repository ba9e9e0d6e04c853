"""Evaluation folders: `manifest.jsonl`, one JSON row a line, and for Fox `anchors.json` beside it.

- English pages are rows with `id`, `truth` and `tokens`, and where there are any, `image` and `random_text`.
- Korean prose are rows without `tokens` whose `truth` is mostly Hangul; their `kind`, if they have one, is that of a
  text or a page (conversations and lists of pairs are left out).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sokdok.bench.compression import builtin as own
from sokdok.bench.compression.published import Measured, load_measured
from sokdok.bench.compression.samples import Sample, bucket_of, stretches
from sokdok.errors import InputError

_PROSE_KINDS = (None, "long_text_ko", "doc_page_text")
KOREAN_RATIOS = (10, 15, 20, 30)
"""text tokens per vision token of the Korean stretches"""


@dataclass(frozen=True)
class Material:
    """What there is to read."""

    pages: list[Sample]
    korean: str
    """prose, one text after the other"""
    measured: Measured = field(default_factory=dict)
    pages_from: str = "own"
    """name of the folder, or `own`"""
    korean_from: str = "own"

    def korean_samples(self, vision_tokens: int, count: int) -> list[Sample]:
        """Stretches of Korean that hold 10, 15, 20 and 30 times as many text tokens as `vision_tokens`."""
        return [
            Sample(f"ko-{ratio}x-{i}", text, f"{ratio}x")
            for ratio in KOREAN_RATIOS
            for i, text in enumerate(stretches(self.korean, ratio * vision_tokens, count))
        ]


def gather(folders: Iterable[Path]) -> Material:
    """Material from evaluation folders; our own texts in place of what none of them has."""
    pages: list[Sample] = []
    korean: list[str] = []
    measured: Measured = {}
    sources: dict[str, list[str]] = {"pages": [], "korean": []}
    for folder in folders:
        new_pages, new_korean = load_folder(folder)
        pages += new_pages
        korean += new_korean
        sources["pages"] += [folder.resolve().name] * bool(new_pages)
        sources["korean"] += [folder.resolve().name] * bool(new_korean)
        if new_pages and (folder / "anchors.json").is_file():
            measured = load_measured(folder / "anchors.json")
    return Material(
        pages or own.english(),
        "\n".join(korean or own.texts("ko").values()),
        measured,
        "+".join(sources["pages"]) or "own",
        "+".join(sources["korean"]) or "own",
    )


def load_folder(folder: Path) -> tuple[list[Sample], list[str]]:
    """English pages and Korean texts of one folder; raises InputError if it has neither."""
    pages, korean = [], []
    for row in manifest_rows(folder / "manifest.jsonl"):
        truth = row.get("truth")
        if not isinstance(truth, str) or not truth.strip():
            continue
        if "tokens" in row:
            pages.append(_page(row, folder))
        elif row.get("kind") in _PROSE_KINDS and _mostly_hangul(truth):
            korean.append(truth)
    if not pages and not korean:
        raise InputError(
            f"{folder} has neither English pages (rows with truth and tokens) nor Korean texts to measure with"
        )
    return pages, korean


def _page(row: dict[str, Any], folder: Path) -> Sample:
    name, tokens = str(row.get("id")), row["tokens"]
    if not str(tokens).isdecimal():
        raise InputError(f"{folder / 'manifest.jsonl'}: row {name}: tokens is {tokens!r}, not a count")
    image = folder / str(row["image"]) if row.get("image") else None
    return Sample(name, row["truth"], bucket_of(int(tokens)), str(row.get("random_text") or ""), image)


def manifest_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a manifest.jsonl, one by one; raises InputError where the file or a line can't be read."""
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is not a folder")
    if not path.is_file():
        raise InputError(f"{path.parent} has no manifest.jsonl; name a folder laid out like eval/fox")
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start})") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _parse(line, f"{path}:{number}")


def _parse(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{place} is not JSON ({error})") from None
    if not isinstance(row, dict):
        raise InputError(f"{place} is no JSON object")
    return row


def _mostly_hangul(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum("가" <= c <= "힣" for c in letters) * 2 > len(letters)
