from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.bench import ABILITIES, FakeReader
from sokdok_lab.bench.speed.command import measure_drawn


def test_speed_without_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    (row,) = measure_drawn(FakeReader(), ["one two"], ["parallel"])
    assert (row["what"], row["pages"], row["fidelity"], row["vs_tesseract"]) == ("fake, parallel", 1, 1, None)
    assert row["tokens_per_second"] == pytest.approx(2 * row["pages_per_second"])


@pytest.mark.parametrize("works", [True, False])
def test_speed_beside_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    program = tmp_path / "tesseract"  # stands in for the real one
    program.write_text(
        f'#!/bin/sh\n[ "$3 $4 $5 $6" = "-l eng --psm 6" ] || exit 9\nprintf "one two"; exit {int(not works)}\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    rows = measure_drawn(FakeReader(), ["one two", "one two three"], ["parallel"])
    assert [row["what"] for row in rows] == ["fake, parallel", "tesseract"][: 1 + works]
    if works:
        assert rows[1]["fidelity"] == pytest.approx((1 + 7 / 13) / 2)
        assert rows[0]["vs_tesseract"] == pytest.approx(rows[0]["pages_per_second"] / rows[1]["pages_per_second"])


def test_the_encoder_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    shapes: list[tuple[str, tuple[int, ...]]] = []
    encode = lambda mode, pixels: shapes.append((mode, pixels.shape))  # noqa: E731
    (row,) = measure_drawn(FakeReader(abilities=replace(ABILITIES, encode=encode)), ["text"] * 9, [])
    assert (row["what"], row["pages"], row["fidelity"]) == ("fake, encoder alone", 9, None)
    assert shapes == [("small", (8, 3, 640, 640))] * 2 + [("small", (1, 3, 640, 640))]


def test_the_command(monkeypatch: pytest.MonkeyPatch, bench: Callable[..., tuple[str, str]]) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sokdok.reading.load", lambda *names, **options: FakeReader())
    stdout, stderr = bench("speed", "--limit", "2", "--json", "-")
    assert [row["what"] for row in json.loads(stdout)] == ["fake, autoregressive", "fake, parallel"]
    assert "pages per second" in stderr and "tesseract is not installed" in stderr
    assert "--real takes one --data" in bench("speed", "--real", code=2)[1]
