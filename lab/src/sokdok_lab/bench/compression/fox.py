"""Gather texts from evaluation folders: `manifest.jsonl`, and for Fox `anchors.json` beside it.

- English pages are rows with `id`, `truth` and `tokens`, and where there are any, `image` and `random_text`.
- Korean prose are rows without `tokens` whose `truth` is mostly Hangul; their `kind`, if they have one, is that of a
  text or a page (conversations and lists of pairs are left out).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.pages.hangul import is_syllable
from sokdok_lab.bench.compression import builtin
from sokdok_lab.bench.compression.builtin import BUILTIN
from sokdok_lab.bench.compression.published import Measured, load_measured
from sokdok_lab.bench.compression.samples import Sample, bucket_of, spans
from sokdok_lab.bench.manifest import manifest_rows

_PROSE_KINDS = (None, "long_text_ko", "doc_page_text")  # Kinds of rows that hold prose.
KOREAN_RATIOS = (10, 15, 20, 30)  # Text tokens per vision token of the Korean spans.


@dataclass(frozen=True)
class Material:
    """The texts to read, by language, and where they come from."""

    pages: list[Sample]
    korean: str  # Prose, one text after the other.
    measured: Measured = field(default_factory=dict)
    pages_from: str = BUILTIN  # Name of the folder, or `builtin`.
    korean_from: str = BUILTIN

    def korean_samples(self, vision_tokens: int, count: int) -> list[Sample]:
        """Return spans of Korean that hold 10, 15, 20 and 30 times as many text tokens as `vision_tokens`."""
        return [
            Sample(f"ko-{ratio}x-{i}", text, f"{ratio}x")
            for ratio in KOREAN_RATIOS
            for i, text in enumerate(spans(self.korean, ratio * vision_tokens, count))
        ]


def gather(folders: Iterable[Path]) -> Material:
    """Gather material from evaluation folders, built-in texts in place of what none of them has. Raises InputError."""
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
        pages or builtin.english(),
        "\n".join(korean or builtin.texts("ko").values()),
        measured,
        "+".join(sources["pages"]) or BUILTIN,
        "+".join(sources["korean"]) or BUILTIN,
    )


def load_folder(folder: Path) -> tuple[list[Sample], list[str]]:
    """Return English pages and Korean texts of one folder. Raises InputError if it has neither."""
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
    """Read a row that is an English page. Raises InputError for a count that is none."""
    name, tokens = str(row.get("id")), row["tokens"]
    if not str(tokens).isdecimal():
        raise InputError(f"{folder / 'manifest.jsonl'}: row {name}: tokens is {tokens!r}, not a count")
    image = folder / str(row["image"]) if row.get("image") else None
    return Sample(name, row["truth"], bucket_of(int(tokens)), str(row.get("random_text") or ""), image)


def _mostly_hangul(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(map(is_syllable, letters)) * 2 > len(letters)
