from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.bench import ABILITIES, FakeReader
from sokdok.tokens import count_text
from sokdok_lab.bench.compression import builtin
from sokdok_lab.bench.compression.frontier import THRESHOLD, Search, summary
from sokdok_lab.bench.compression.samples import Sample
from sokdok_lab.bench.speed.speed import measure

ENGLISH = "\n".join(builtin.texts("en").values())


def test_the_frontier_lies_where_reading_breaks() -> None:
    def damage(text: str, decoder: str) -> str:
        return text if count_text(text) <= 800 else text[: len(text) // 2]

    points = Search("english", ENGLISH, "parallel", "tiny", texts=2).run(FakeReader(damage))
    (best,) = [point for point in points if point.frontier]
    assert best.ratio == pytest.approx(800 / 64, rel=0.03)
    assert [point.ratio for point in points] == sorted(point.ratio for point in points)
    assert all((point.fidelity or 0) >= THRESHOLD for point in points if point.ratio <= best.ratio)
    assert "falls below" in summary(points)


def test_a_perfect_reader_is_bounded_by_the_page() -> None:
    points = Search("english", ENGLISH, "parallel", "tiny", texts=1).run(FakeReader())
    (best,) = [point for point in points if point.frontier]
    assert best.cell == "4x8"  # 8,192 cells, some 4.5 characters a token
    assert 20 < best.ratio < 40
    assert points[-1].fidelity is None
    assert "the page is full" in summary(points)


def test_a_reader_that_cannot_read() -> None:
    points = Search("english", ENGLISH, "parallel", "tiny", texts=1).run(FakeReader(lambda text, decoder: ""))
    assert not any(point.frontier for point in points)
    assert "already" in summary(points)


def test_speed_without_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    said: list[str] = []
    rows = measure(FakeReader(), [Sample("a", "one two", "<600")], ["parallel"], "tiny", note=said.append)
    assert [(row.what, row.pages, row.fidelity, row.vs_tesseract) for row in rows] == [("fake, parallel", 1, 1, None)]
    assert rows[0].tokens_per_second == pytest.approx(2 * rows[0].pages_per_second)
    assert any("not installed" in line for line in said)


@pytest.mark.parametrize("works", [True, False])
def test_speed_beside_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    program = tmp_path / "tesseract"  # stands in for the real one: a text a page, form feeds behind them
    program.write_text(
        '#!/bin/sh\n[ "$3 $4 $5 $6" = "-l eng --psm 6" ] || exit 9\n'
        + (
            'while read -r page; do test -f "$page" && printf "one two\\n\\f"; done < "$1"\n'
            if works
            else "echo no eng >&2; exit 1\n"
        )
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    said: list[str] = []
    samples = [Sample("a", "one two", "<600"), Sample("b", "one two three", "<600")]
    rows = measure(FakeReader(), samples, ["parallel"], "tiny", note=said.append)
    if not works:
        assert [row.what for row in rows] == ["fake, parallel"]
        assert "tesseract failed: no eng" in said
        return
    assert [row.what for row in rows] == ["fake, parallel", "tesseract"]
    assert rows[1].fidelity == pytest.approx((1 + 7 / 13) / 2)
    assert rows[0].vs_tesseract == pytest.approx(rows[0].pages_per_second / rows[1].pages_per_second)


def test_the_encoder_alone() -> None:
    shapes: list[tuple[str, tuple[int, ...]]] = []

    def encode(mode: str, pixels: np.ndarray) -> None:
        shapes.append((mode, pixels.shape))

    reader = FakeReader(abilities=replace(ABILITIES, encode=encode))
    samples = [Sample(str(i), "text", "<600") for i in range(3)]
    rows = measure(reader, samples, [], "tiny", batch_size=2)
    assert rows[0].what == "fake, encoder alone"
    assert (rows[0].pages, rows[0].fidelity, rows[0].tokens_per_second) == (3, None, None)
    assert shapes == [("tiny", (2, 3, 512, 512))] * 2 + [("tiny", (1, 3, 512, 512))]
