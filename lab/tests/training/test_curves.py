"""The picture of a run that was killed and resumed: every step once, with what can't be read left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from sokdok.errors import InputError
from sokdok_lab.training.curves import draw, read_metrics


def report(step: int, **more: object) -> str:
    numbers = {"step": step, "seconds": 3.0 * step, "learning_rate": 0.001, "gradient": 1.0, "dense": 9.0 / step}
    return json.dumps({**numbers, "dense_accuracy": 0.5, **more})


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_what_a_resumed_run_wrote_again_counts_once(tmp_path: Path) -> None:
    lost = [report(20), report(40), report(60, dense=7.0), report(80, dense=7.0), '{"step": 100, "sec', "null", ""]
    path = write(tmp_path / "metrics.jsonl", *lost, report(60), report(80), report(100))
    reports = read_metrics(path)
    assert [r["step"] for r in reports] == [20, 40, 60, 80, 100]
    assert [r["dense"] for r in reports[2:4]] == [9 / 60, 9 / 80]


def test_picture(tmp_path: Path) -> None:
    validation = {"en 8x16": {"dense_accuracy": 0.5, "symbol_accuracy": 0.4}, "words ko 8x8": {"dense_accuracy": 0.1}}
    lines = [report(20, deep=0.0), report(40, validation=validation), report(60, symbol=2.0, validation=validation)]
    metrics, picture = write(tmp_path / "metrics.jsonl", *lines), tmp_path / "curves.png"
    picture.write_bytes(b"an older picture")
    draw(metrics, picture)
    with Image.open(picture) as image:
        assert min(image.size) >= 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.png", "metrics.jsonl"]


def test_nothing_to_draw_yet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no reports yet"):
        draw(write(tmp_path / "metrics.jsonl", ""), tmp_path / "curves.png")
