"""Numbers of an axis that were misread: the others say what they should be."""

from collections.abc import Sequence

import pytest

from sokdok.figures.chart.read.axes import mended
from sokdok.figures.chart.read.labels import Label


def column(texts: Sequence[str], places: Sequence[float] | None = None, role: str = "value tick") -> list[Label]:
    places = places or [40.0 * i for i in range(len(texts))]
    return [Label(text, (20, y - 5, 50, y + 5), role=role) for text, y in zip(texts, places, strict=True)]


@pytest.mark.parametrize(
    ("read", "right"),
    [
        (["170", "1G00", "12G0", "1000", "700", "GOO", "2CO", "0"], [1750, 1500, 1250, 1000, 750, 500, 250, 0]),
        (["800,000", "boo,0mo", "4o0,ooo", "200,000", "0"], [800_000, 600_000, 400_000, 200_000, 0]),
        (["3.0", "2.S", "2.0", "1.5", "l.0"], [3, 2.5, 2, 1.5, 1]),
        (["60%", "4O%", "20%", "0%"], [60, 40, 20, 0]),
    ],
)
def test_misread_numbers_are_what_the_others_say(read: list[str], right: list[float]) -> None:
    found = mended(column(read))
    assert [label.number.value for label in found if label.number] == pytest.approx(right)
    assert [label.text for label, text in zip(found, read, strict=True) if label.text == text]  # those read right stay


@pytest.mark.parametrize(
    "labels",
    [
        column(["1000", "100", "10", "1"]),  # a logarithmic axis
        column(["40", "30", "20", "10"]),
        column(["40", "3O", "20", "10"], [0, 40, 90, 120]),  # at uneven steps
        column(["40", "3O", "20", "10"], role="category"),
        column(["A", "B", "C", "20", "10"]),
    ],
)
def test_what_is_right_or_uncertain_stays(labels: list[Label]) -> None:
    assert mended(labels) == labels
