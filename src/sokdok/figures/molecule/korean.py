"""Korean names of ring systems and functional groups, as the Korean Chemical Society spells them."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

_JOINED = re.compile(r"a ring system of (\d+) joined rings")
_RING = re.compile(r"a ring of (\d+) atoms(?: with (.+))?")


@cache
def _names() -> dict[str, str]:
    """English name → Korean name, of all in `groups.json`."""
    text = files("sokdok.figures.molecule").joinpath("names_ko.json").read_text(encoding="utf-8")
    names: dict[str, str] = json.loads(text)
    return names


def korean_name(name: str) -> str:
    """The Korean name of what `groups` names in English."""
    if match := _JOINED.fullmatch(name):
        return f"고리 {match[1]}개가 이어진 고리계"
    if match := _RING.fullmatch(name):
        return f"원자 {match[1]}개의 고리" + (f"({match[2]})" if match[2] else "")
    return _names().get(name, name)
