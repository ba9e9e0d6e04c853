from __future__ import annotations

import pytest

from fakes.bench import FakeReader
from sokdok.tokens import count_text
from sokdok_lab.bench.compression.frontier import THRESHOLD, Search, summary
from sokdok_lab.bench.compression.texts import passages

ENGLISH = "\n".join(passages("en").values())


def test_the_frontier_lies_where_reading_breaks() -> None:
    def damage(text: str, decoder: str) -> str:
        return text if count_text(text) <= 800 else text[: len(text) // 2]

    points = Search("english", ENGLISH, "parallel", "tiny", texts=2).run(FakeReader(damage))
    (best,) = [point for point in points if point["frontier"]]
    assert best["ratio"] == pytest.approx(800 / 64, rel=0.03)
    assert [point["ratio"] for point in points] == sorted(point["ratio"] for point in points)
    assert all((point["fidelity"] or 0) >= THRESHOLD for point in points if point["ratio"] <= best["ratio"])
    assert "falls below" in summary(points)


def test_a_perfect_reader_is_bounded_by_the_page() -> None:
    points = Search("english", ENGLISH, "parallel", "tiny", texts=1).run(FakeReader())
    (best,) = [point for point in points if point["frontier"]]
    assert best["cell"] == "4x8"  # 8,192 cells, some 4.5 characters a token
    assert 20 < best["ratio"] < 40
    assert points[-1]["fidelity"] is None
    assert "the page is full" in summary(points)


def test_a_reader_that_cannot_read() -> None:
    points = Search("english", ENGLISH, "parallel", "tiny", texts=1).run(FakeReader(lambda text, decoder: ""))
    assert not any(point["frontier"] for point in points)
    assert "already" in summary(points)
