"""Documents printed to PDF, with exact truth of their words and structure: a set for each variant of file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok_lab.bench.evaluation.evaluate import Case, EvalSet, Output, Scores, load_cases
from sokdok_lab.bench.metrics.blocks import document_blocks, parse_markdown
from sokdok_lab.bench.metrics.structure import measure
from sokdok_lab.bench.output import chosen, manifest_rows

SECONDS = "s/page"  # by the clock


def printed_sets(data: Path, variants: Sequence[str] = ()) -> list[tuple[EvalSet, list[Case]]]:
    """Load the files that a folder's manifest lists, of all variants or those named. Raises InputError."""
    known = dict.fromkeys(str(row.get("variant")) for row in manifest_rows(data / "manifest.jsonl"))
    sets = []
    for variant in chosen(variants, known, "variant"):
        evalset = EvalSet(variant, "document", partial(score, variant), partial(_rows, variant))
        sets.append((evalset, load_cases(evalset, data)))
    return sets


def score(variant: str, truth: Mapping[str, Any], output: Output) -> Scores:
    """Score words and structure, and the time that a page took."""
    blocks = None if output.document is None else document_blocks(output.document)
    if blocks is None and not output.failed:
        blocks = parse_markdown(output.markdown)
    return measure(truth, blocks, variant) | {SECONDS: output.seconds / truth["pages"]}


def _rows(variant: str, data: Path) -> Iterator[dict[str, Any]]:
    for row in manifest_rows(data / "manifest.jsonl"):
        if row.get("variant") == variant:
            try:
                truth = json.loads((data / row["truth"]).read_text(encoding="utf-8"))
                yield {"id": row["id"], "image": row["file"], "truth": {**truth, "pages": row["pages"]}}
            except (KeyError, OSError, ValueError) as error:
                raise InputError(f"{data} is no set of printed documents: {error!r}") from None
