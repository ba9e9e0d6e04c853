"""Signs of mathematics and what LaTeX calls them (`signs.toml`)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
RELATIONS: dict[str, str] = _SAID["relations"]
OPERATIONS: dict[str, str] = _SAID["operations"]
GREEK: dict[str, str] = {
    unicodedata.lookup(f"GREEK {size} LETTER {'lamda' if name == 'lambda' else name}"): f"\\{named(name)}"
    for size, named in (("SMALL", str), ("CAPITAL", str.title))
    for name in _SAID["greek"].split()
} | _SAID["greek_letters"]
LARGE = frozenset(_SAID["large"])  # what stands over, under or beside them belongs to them, and no line says how far
SIGNS: dict[str, str] = {**RELATIONS, **OPERATIONS, **GREEK, **_SAID["others"]}
FUNCTIONS = frozenset(_SAID["functions"].split())


def letter_of(char: str) -> str:
    """LaTeX of a letter or digit; empty if it is none that is known."""
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) != 1 or not (plain.isascii() and plain.isalnum() or plain in GREEK):
        return ""
    latex = GREEK.get(plain, plain)
    if plain == char:
        return latex
    name = unicodedata.name(char, "")
    style = next((command for word, command in _SAID["styles"].items() if word in name), "")
    return f"{style}{{{latex}}}" if style else latex


MOST_PROSE = 0.3  # of a formula's characters that are those of words
_WORD = re.compile(r"[A-Za-z]{3,}|(?:(?![A-Za-z])[^\W\d_]){2,}")


def is_prose(text: str) -> bool:
    """Whether more of a text belongs to words than of a formula."""
    prose = sum(len(word) for word in _WORD.findall(text) if word not in FUNCTIONS)
    return prose > MOST_PROSE * len("".join(text.split()))
