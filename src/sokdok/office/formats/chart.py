"""Charts of office documents by the numbers that are stored with them: categories down, series across."""

from __future__ import annotations

from typing import Any

from sokdok.office.package import attribute, child, children, descendants
from sokdok.tables.markup import RawCell

MOST_POINTS = 10_000
"""of a series"""


def read_chart(root: Any) -> tuple[list[list[RawCell]], str]:
    """A chart part's table, headings in its first row and column, and its title."""
    series = list(descendants(root, "ser"))[:100]
    names = [" ".join(_values(child(one, "tx")).values()) for one in series]
    categories = [_values(_first(one, "cat", "xVal")) for one in series]
    values = [_values(_first(one, "val", "yVal")) for one in series]
    places = sorted({place for one in values for place in one})
    rows = [[RawCell(header=True, pieces=[text]) for text in ("", *names)]] if any(names) else []
    for place in places:
        label = next((one[place] for one in categories if place in one), "")
        cells = [RawCell(pieces=[_number(one.get(place, ""))]) for one in values]
        rows.append([RawCell(header=True, pieces=[label]), *cells])
    title = child(root, "chart", "title")
    return rows, "".join(one.text or "" for one in descendants(title, "t")) if title is not None else ""


def _first(series: Any, *names: str) -> Any:
    return next((one for name in names if (one := child(series, name)) is not None), None)


def _values(element: Any) -> dict[int, str]:
    """Points of a series by their places; a name has one."""
    found: dict[int, str] = {}
    for point in descendants(element, "pt") if element is not None else ():
        value, place = child(point, "v"), attribute(point, "idx", "0")
        if value is not None and place.isdecimal() and len(found) < MOST_POINTS:
            found[int(place[:9])] = value.text or ""
    if not found and element is not None:
        texts = [one.text or "" for one in children(element, "v")]
        found = dict(enumerate(texts))
    return found


def _number(text: str) -> str:
    """A number without the tail of its binary form: 0.30000000000000004 → 0.3."""
    try:
        return f"{float(text):.12g}"
    except ValueError:
        return text
