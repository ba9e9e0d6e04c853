"""Characters of a geometry figure put together: names of points, and values with what they are for.

- A name is one letter; what else stands side by side becomes one value, read from left to right.
- Upper and lower case look alike at unknown size, so the role decides: names are capitals, values are small letters.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

import numpy as np

from sokdok.model.nano.formats.geometry import CHARS, ROLES, SIZE_UNIT_PX, SLICES, find_peaks, probabilities, votes

THRESHOLD = 0.3
NEXT_EM = 1.35  # across between the middles of neighbouring characters, at most
SAME_ROW_EM = 0.55  # up or down between the middles of neighbouring characters, at most
SAME_VOTE_EM = 1.2  # between the votes of neighbouring characters, at most
ALIKE_SHARE = 0.55  # of the larger em of two neighbours that the smaller has, at least
SPACE_EM = 0.8  # between the middles of neighbours, from which there is a space between them
_DIGITS = {"o": "0", "l": "1", "i": "1"}  # letters that are no variables, since they look like these digits
_LOWER = np.array([CHARS.index(_DIGITS.get(char.lower(), char.lower())) for char in CHARS])
_UPPER = np.array([CHARS.index(char.upper()) for char in CHARS])
_IS_CAPITAL = np.array([char in string.ascii_uppercase for char in CHARS])
_UNIT = re.compile(r"(?<=[\da-z)])\s*(?:ft|in\.?|cm|mm|km|yd|mi|(?<=\s)m)$")
_AFTER_SPACE = re.compile(r"(?<=[\w)])\s+[^-+=√]*$")
"""what a space parts from a value, and no sign joins to it: a unit, whichever of its letters were read"""
_TERM = r"(?:\d+\.?\d*|\.\d+)?(?:[a-z]{1,2}|\\sqrt\{\w+\})?"
_VALUE = re.compile(rf"(?=.*[\da-z])-?{_TERM}(?:[-+]{_TERM})?")
_ROOT = re.compile(r"√\s*(\d+|[a-z])")


@dataclass(frozen=True)
class Symbol:
    """A character: where it is, its em, what it may be and what for, and where what it speaks of lies."""

    where: complex
    em: float
    codes: np.ndarray  # (len(CHARS),) probabilities
    roles: np.ndarray  # (len(ROLES),) probabilities
    vote: complex
    score: float


@dataclass(frozen=True)
class Value:
    """A text that speaks of a segment or an angle."""

    text: str
    role: str
    where: complex
    em: float
    vote: complex
    score: float


def read_symbols(logits: np.ndarray) -> list[Symbol]:
    """Find the characters in logits (K, h, w)."""
    found = find_peaks(logits, "char", THRESHOLD)
    where, vote = (xy[:, 0] + 1j * xy[:, 1] for xy in (found.where, votes(logits, "char", found)))
    ems = SIZE_UNIT_PX * 2 ** logits[SLICES["char_size"], *found.cells][0]
    parts = zip(
        where,
        ems,
        probabilities(logits, "char_code", found),
        probabilities(logits, "char_role", found),
        vote,
        found.score,
        strict=True,
    )
    return [Symbol(complex(w), float(em), codes, roles, complex(v), float(s)) for w, em, codes, roles, v, s in parts]


def is_name(symbol: Symbol) -> bool:
    """Check whether a character is likeliest a point's name."""
    return int(symbol.roles.argmax()) == ROLES.index("name")


def capital_probabilities(symbol: Symbol) -> np.ndarray:
    """Compute the probabilities (len(CHARS),) of capital letters, whichever case they were read in."""
    merged = np.zeros(len(CHARS))
    np.add.at(merged, _UPPER, symbol.codes)
    return merged * _IS_CAPITAL


def read_values(symbols: list[Symbol]) -> list[Value]:
    """Put the characters that aren't names together to values."""
    rest = sorted((symbol for symbol in symbols if not is_name(symbol)), key=lambda symbol: symbol.where.real)
    chains: list[list[Symbol]] = []
    for symbol in rest:
        chain = next((chain for chain in chains if _follows(chain[-1], symbol)), None)
        if chain is None:
            chains.append([symbol])
        else:
            chain.append(symbol)
    return [value for chain in chains if _VALUE.fullmatch((value := _value(chain)).text)]


def _follows(last: Symbol, symbol: Symbol) -> bool:
    """Check whether a character is the next one of a value."""
    em = max(last.em, symbol.em)
    step = symbol.where - last.where
    beside = (
        0 < step.real <= NEXT_EM * em
        and abs(step.imag) <= SAME_ROW_EM * em
        and min(last.em, symbol.em) > ALIKE_SHARE * em
    )
    ended = CHARS[int(last.codes.argmax())] == "°"
    numbers = all(ROLES[int(each.roles.argmax())] == "number" for each in (last, symbol))
    ended = ended or (numbers and step.real > SPACE_EM * em)  # the numbers of two angles on either side of a line
    return beside and not ended and abs(symbol.vote - last.vote) <= SAME_VOTE_EM * em


def _value(chain: list[Symbol]) -> Value:
    """Read a chain of characters, from left to right."""
    roles = np.mean([symbol.roles for symbol in chain], 0)
    vote = complex(np.median([s.vote.real for s in chain]), np.median([s.vote.imag for s in chain]))
    places = [symbol.where for symbol in chain]
    where = (places[0] + places[-1]) / 2
    chars, score = [], 1.0
    for before, symbol in zip([chain[0], *chain], chain, strict=False):
        codes = np.zeros(len(CHARS))
        np.add.at(codes, _LOWER, symbol.codes)
        score = min(score, float(codes.max()) * symbol.score)
        space = (symbol.where - before.where).real > SPACE_EM * symbol.em
        chars.append((" " if space else "") + CHARS[int(codes.argmax())])
    text = "".join(chars)
    role = "angle" if "°" in text else ROLES[int(roles.argmax())]
    return Value(clean(text), role, where, chain[0].em, vote, score)


def clean(text: str) -> str:
    """Write a label as a logic form does: without units, degree signs and the brackets before them, roots in LaTeX."""
    text = text.strip().replace("°", "").strip()
    text = _AFTER_SPACE.sub("", _UNIT.sub("", text))
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return _ROOT.sub(r"\\sqrt{\1}", text).replace(" ", "").strip("=,′")
