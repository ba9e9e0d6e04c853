"""Published numbers to stand beside sokdok's: the paper's table, and a later measurement of the same model."""

from __future__ import annotations

import json
from pathlib import Path

from sokdok.errors import InputError
from sokdok_lab.bench.compression.samples import BUCKETS

PAPER: dict[str, dict[str, float]] = {
    "tiny": dict(zip(BUCKETS[1:8], (0.965, 0.938, 0.838, 0.859, 0.793, 0.764, 0.591), strict=True)),
    "small": dict(zip(BUCKETS[1:8], (0.985, 0.973, 0.968, 0.968, 0.915, 0.898, 0.871), strict=True)),
}
"""DeepSeek-OCR: Contexts Optical Compression (DeepSeek-AI, 2025), Fox table: "precision" (formula not published) of
reading the original page images, by mode and bucket."""
PAPER_RATIOS: dict[str, dict[str, float]] = {
    "tiny": dict(zip(BUCKETS[1:8], (10.5, 11.8, 13.2, 15.1, 16.5, 17.7, 19.7), strict=True)),
    "small": dict(zip(BUCKETS[1:8], (6.7, 7.5, 8.5, 9.7, 10.6, 11.3, 12.6), strict=True)),
}  # Text tokens / vision tokens, from the same table.

_ANCHORS = {"natural": "from_text", "random": "random", "original": "en_png"}  # Conditions as anchors.json calls them.

Measured = dict[str, dict[str, float]]  # DeepSeek-OCR's mean fidelity: bucket → condition of anchors.json → value.


def paper_value(condition: str, mode: str, bucket: str) -> float | None:
    """Return the paper's precision for this bucket; it knows English pages at 64 and 100 tokens only."""
    return PAPER.get(mode, {}).get(bucket) if condition in ("natural", "original") else None


def measured_value(measured: Measured, condition: str, mode: str, bucket: str) -> float | None:
    """Return what was measured of DeepSeek-OCR under this condition, if it was."""
    return measured.get(bucket, {}).get(f"{_ANCHORS.get(condition)}_{mode}")


def load_measured(path: Path) -> Measured:
    """Read an `anchors.json`: means of arXiv 2601.03714's results over all pages, by bucket. Raises InputError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        measured = {str(row["bucket"]): dict(row["mean_similarity"]) for row in data["buckets"]}
        return measured | {"all": dict(data["all"]["mean_similarity"])}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a file of anchors as eval/fox has it ({type(error).__name__}: {error})"
        ) from None
