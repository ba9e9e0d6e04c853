"""Directions of short texts: as the others of their axis run, or as they are read best."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sokdok.figures.chart.read.directions import Reading, agreed, turned
from sokdok.figures.chart.read.find_texts import FoundText


def at(x: float, y: float, length: float, angle: float = 0.0, role: str = "category") -> FoundText:
    """A text with its middle at a point, found as level."""
    return turned(FoundText((x - length / 2, y), (x + length / 2, y), 10, 0.0, role, 1.0), angle)


def sure_at(best: float, asked: list[float] | None = None):  # type: ignore[no-untyped-def]
    """A reader that is sure at one angle."""

    def read(texts: Sequence[FoundText]) -> list[Reading]:
        if asked is not None:
            asked.extend(text.angle for text in texts)
        return [Reading("A", 0.9 if text.angle == best else 0.3) for text in texts]

    return read


@pytest.mark.parametrize("best", [0.0, 90.0])
def test_short_texts_run_as_they_are_read_best(best: float) -> None:
    row = [at(20 * i, 100, 6, angle=0 if i % 3 else 90) for i in range(6)]
    found = agreed(row, sure_at(best))
    assert {text.angle for text in found} == {best}
    for before, after in zip(row, found, strict=True):  # about their middles
        assert sum(before.left) + sum(before.right) == pytest.approx(sum(after.left) + sum(after.right))


def test_short_texts_run_as_the_long_ones_beside_them() -> None:
    column = [at(20, 30 * i, 18, role="value tick") for i in range(1, 6)]
    zero = at(20, 0, 6, angle=90, role="value tick")
    asked: list[float] = []
    assert agreed([*column, zero], sure_at(90, asked))[-1].angle == 0 and not asked


def test_axes_do_not_speak_for_each_other() -> None:
    column = [at(20, 30 * i, 6) for i in range(5)]
    row = [at(60 + 20 * i, 200, 18) for i in range(5)]
    found = agreed([*column, *row], sure_at(90))
    assert [text.angle for text in found] == [90] * 5 + [0] * 5


def test_other_texts_stay_as_they_were_found() -> None:
    title = at(100, 10, 6, angle=90, role="axis title")
    assert agreed([title], sure_at(0)) == [title]


def test_signs_that_letters_are_read_as_in_a_wrong_direction_do_not_count() -> None:
    row = [at(40 * i, 100, 6) for i in range(3)]

    def read(texts: Sequence[FoundText]) -> list[Reading]:
        return [Reading("A", 0.6) if text.angle == 0 else Reading("<", 0.9) for text in texts]

    assert {text.angle for text in agreed(row, read)} == {0}


def test_longer_texts_that_run_differently_do_not_speak_for_the_short_ones() -> None:
    row = [at(40 * i, 100, 6) for i in range(4)] + [at(200, 100, 16, angle=90), at(240, 100, 16)]
    assert [text.angle for text in agreed(row, sure_at(0))][:4] == [0] * 4
