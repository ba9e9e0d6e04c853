"""Characters of a geometry figure: recognised, put together to values, and given to points as their names.

- The geometry net finds characters on a picture that is made smaller; a much smaller net sees them again at full
  resolution, every one brought to the same size in a square around it.
- A name is one letter; what else stands side by side becomes one value, read from left to right. Upper and lower case
  look alike at unknown size, so the role decides: names are capitals, values are small letters.
- A letter votes for the place of its point. Letters of one point add up (a textbook's own and an annotator's), every
  letter is given once, to the point that has the best claim on it.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import softmax
from sokdok.model.nano.formats import Net
from sokdok.model.nano.formats.geometry import (
    CHARS,
    ROLES,
    SIZE_UNIT_PX,
    SLICES,
    Found,
    find_peaks,
    probabilities,
    votes,
)

SIDE_PX = 24  # of a square, each way
SQUARE_REACH_EM = 0.7  # from a character's middle to the square's edge
EMPTY_LEVELS = 8.0  # contrast, of 255, below which a square counts as empty
PAPER_PERCENTILE = 20  # of a square's contrast: what is paper in it


def squares(ink: np.ndarray, middles: np.ndarray, ems: np.ndarray) -> np.ndarray:
    """Cut squares (N, 1, SIDE_PX, SIDE_PX) in 0 to 1, normalised, out of ink (H, W) around N middles (complex)."""
    margin = int(np.ceil(SQUARE_REACH_EM * ems.max(initial=1.0))) + 1
    image = Image.fromarray(np.pad(ink, margin))
    found = np.zeros((len(middles), 1, SIDE_PX, SIDE_PX), np.float32)
    for index, (middle, em) in enumerate(zip(middles, ems, strict=True)):
        x = float(np.clip(middle.real, 0, ink.shape[1])) + margin
        y = float(np.clip(middle.imag, 0, ink.shape[0])) + margin
        reach = SQUARE_REACH_EM * float(em)
        box = (x - reach, y - reach, x + reach, y + reach)
        square = np.asarray(image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR, box), np.float32)
        ground = np.percentile(square, PAPER_PERCENTILE)
        found[index, 0] = np.clip((square - ground) / max(float(square.max() - ground), EMPTY_LEVELS), 0, 1)
    return found


def read_letters(ink: np.ndarray, middles: np.ndarray, ems: np.ndarray, net: Net) -> np.ndarray:
    """Compute the probabilities (N, len(CHARS)) of the characters at N middles (complex) with ems in pixels."""
    if not len(middles):
        return np.zeros((0, 0))
    logits = net(squares(ink, middles, ems)).reshape(len(middles), -1).astype(np.float64)
    return softmax(logits)


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
_AFTER_SPACE = re.compile(r"(?<=[\w)])\s+[^-+=√]*$")  # a unit, whichever of its letters were read
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
    codes, roles = (probabilities(logits, f"char_{part}", found) for part in ("code", "role"))
    parts = zip(where, ems, codes, roles, vote, found.score, strict=True)
    return [Symbol(complex(w), float(em), code, role, complex(v), float(s)) for w, em, code, role, v, s in parts]


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
        chain = next((chain for chain in chains if _continues_value(chain[-1], symbol)), None)
        if chain is None:
            chains.append([symbol])
        else:
            chain.append(symbol)
    return [value for chain in chains if _VALUE.fullmatch((value := _value(chain)).text)]


def _continues_value(last: Symbol, symbol: Symbol) -> bool:
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


REACH_EM = 1.2  # from a letter's vote to its point, at most
NEARNESS_WEIGHT = 0.25  # of the distance to the letter itself beside that to its vote
NEW_POINT_PROBABILITY = 0.8  # of being a name, from which a letter makes a point where there is none
SAME_POINT_PX = 6.0  # within which two found points are one
LEAST_CLAIM = 0.15  # summed probability from which a point gets a letter


def name_points(found: Found, symbols: list[Symbol]) -> tuple[np.ndarray, list[str]]:
    """Find places (N,) of points as complex numbers and their names, empty where a point has none.

    A letter that votes for a place without a point makes one.
    """
    points: list[complex] = []
    for x, y in found.where:
        if all(abs(complex(x, y) - other) > SAME_POINT_PX for other in points):
            points.append(complex(x, y))
    owned = [(letter, _owner(letter, points)) for letter in symbols if is_name(letter)]
    claims = np.zeros((len(points), len(CHARS)))  # after the owners, who may add points
    for letter, owner in owned:
        if owner is not None:
            claims[owner] += capital_probabilities(letter) * letter.score * letter.roles[ROLES.index("name")]
    return np.array(points, complex), _assigned(claims)


def _owner(letter: Symbol, points: list[complex]) -> int | None:
    """Find the number of the point that a letter votes for; a new one where there is none and the letter is clear."""
    costs = [abs(point - letter.vote) + NEARNESS_WEIGHT * abs(point - letter.where) for point in points]
    best = costs.index(min(costs)) if costs else None
    if best is not None and abs(points[best] - letter.vote) <= REACH_EM * letter.em:
        return best
    if letter.roles.max() < NEW_POINT_PROBABILITY:
        return None
    points.append(letter.vote)
    return len(points) - 1


def _assigned(claims: np.ndarray) -> list[str]:
    """Assign names by claims (N, len(CHARS)), each letter once, best claims first."""
    names, claims = [""] * len(claims), claims.copy()
    while claims.size and claims.max() > LEAST_CLAIM:
        point, code = np.unravel_index(int(claims.argmax()), claims.shape)
        names[point] = CHARS[code]
        claims[point], claims[:, code] = 0, 0
    return names
