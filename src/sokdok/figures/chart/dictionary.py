"""Charts written as a dictionary, as GOT-OCR2.0 and OneChart do, turned into rows.

`{"title": …, "x_title": …, "y_title": …, "values": {"2019": 3, …}}` or `"values": {"Sales": {"2019": 3, …}, …}`; the
values may also stand alone. Read as JSON, single quotes allowed; never evaluated.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from sokdok.figures.chart.heads import heads_for
from sokdok.tables.markup import writable

_QUOTED = re.compile(r"(?<![A-Za-z0-9])'((?:[^'\\]|\\.)*)'(?![A-Za-z0-9])")
_MOST_CHARACTERS = 200_000


def rows_of_dictionary(text: str) -> tuple[list[list[str]], str]:
    """Parse rows with their header, and the chart's title; no rows if the text is no such dictionary."""
    found = _load(text)
    if not isinstance(found, dict):
        return [], ""
    values = found.get("values", found)
    if not isinstance(values, dict) or not values:
        return [], ""
    category, measure = (_word(found.get(name)) for name in ("x_title", "y_title"))
    title = _word(found.get("title"))
    if all(isinstance(inner, dict) for inner in values.values()):
        names = [*values, *(name for inner in values.values() for name in inner)]
        return _wide(values, category or heads_for([title, *names]).category), title
    if any(isinstance(inner, dict | list) for inner in values.values()):
        return [], title
    heads = heads_for([title, category, measure, *values])
    header = [category or heads.category, measure or heads.value]
    return [header, *([_word(name), _word(value)] for name, value in values.items())], title


def _load(text: str) -> Any:
    begin, end = text.find("{"), text.rfind("}")
    if not 0 <= begin < end < begin + _MOST_CHARACTERS:
        return None
    body = text[begin : end + 1]
    for candidate in (body, _QUOTED.sub(lambda match: json.dumps(match[1]), body)):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return None


def _wide(series: dict[str, dict[str, Any]], category: str) -> list[list[str]]:
    """Turn series of named values into a row a name."""
    names = list(dict.fromkeys(name for values in series.values() for name in values))
    rows = [[_word(name), *(_word(values.get(name)) for values in series.values())] for name in names]
    return [[category, *map(_word, series)], *rows]


def _word(value: Any) -> str:
    """Write a value as a cell; "" for None and what is not finite."""
    if value is None or isinstance(value, dict | list) or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return writable(str(value))
