"""A writer: which forms of the letters they use and how they bend them, how they join, lean and space.

- The forms are paths of the pen, from `letters.txt`, whose head explains its notation; syllables of Hangul are composed
  of their letters.
- A writer's letters are the file's with every point moved a little, once and for all: a new hand each time. Each time a
  letter is written its points move again, less.
- The pen goes through the points of a word on a smooth curve, and cuts corners the more the greater its haste.
"""

from __future__ import annotations

import math
import random
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import gaussian_filter1d

from sokdok.imaging.box import Box
from sokdok.pages.hangul import is_syllable

STEP = 0.07  # from point to point of a curve, in heights of an x
HIGH = 0.5  # where a letter ends above this, the next one's upstroke is left out; heights of an x
SWITCHED_SHARE = 0.12  # of letters, in another form than the writer's usual one
OWN_SHAPE = 0.12  # by how much a writer's letters are wider, higher and leaning than the file's
SIDE, BOTTOM = 1.75, -0.2  # of a syllable, heights of an x
PAIRS = {
    **{"ㄲ": "ㄱㄱ", "ㄸ": "ㄷㄷ", "ㅃ": "ㅂㅂ", "ㅆ": "ㅅㅅ", "ㅉ": "ㅈㅈ", "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ"},
    **{"ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"},
}  # consonants that are two, side by side
COMPOUND_VOWELS = {"ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"}
BELOW = "ㅗㅛㅜㅠㅡ"  # vowels below the consonant; the others stand beside it, compound ones do both

Strokes = tuple[np.ndarray, ...]
"""paths of the pen, each (N, 2) x and y upwards, in heights of an x from where the letter begins on the baseline"""


# --- forms of letters and syllables ---


@dataclass(frozen=True)
class Form:
    """One way to write a character."""

    strokes: Strokes
    """in one piece but where the pen is lifted; the first is joined to the letter before, the last to the one behind"""
    upstroke: int  # points of the first stroke that lead up from the baseline
    apart: Strokes  # what joins nothing: dots and bars
    width: float  # to where the next letter begins, in heights of an x
    joins: bool  # whether the next letter may be joined to its end


@cache
def forms() -> Mapping[str, tuple[Form, ...]]:
    """Read the forms of each character."""
    read: dict[str, list[Form]] = defaultdict(list)
    for line in Path(__file__).with_name("letters.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            char, path = line.split(" ", 1)
            read[char].append(_form(path))
    return {char: tuple(ways) for char, ways in read.items()}


def _form(path: str) -> Form:
    """Read a form in the notation of the file."""

    def points(path: str) -> np.ndarray:
        return np.array([[float(value) for value in word.split(",")] for word in path.split()])

    words = path.split()
    width = next((float(word[1:]) for word in words if word.startswith("=")), None)
    main, *apart = " ".join(word for word in words if not word.startswith("=")).split("|")
    up, found, body = main.partition(">")
    strokes = tuple(map(points, (up + body).split("/")))
    end = float(strokes[-1][-1, 0]) if width is None else width
    return Form(strokes, len(up.split()) if found else 0, tuple(map(points, apart)), end, width is None)


def syllable(char: str, form_of: Callable[[str], Form], flow: float, rng: random.Random) -> Form:
    """Compose a syllable from forms of its letters; flow: share of strokes from which the pen goes on, not lifted."""
    strokes: list[np.ndarray] = []
    for letter, (left, bottom, right, top) in _letters_of(char):
        form = form_of(letter)
        for stroke in (*form.strokes, *form.apart):
            points = np.array([left, bottom]) + stroke * (right - left, top - bottom)
            if strokes and rng.random() < flow:
                strokes[-1] = np.concatenate([strokes[-1], points])
            else:
                strokes.append(points)
    scaled = tuple(stroke * SIDE + (0, BOTTOM) for stroke in strokes)
    return Form(scaled, 0, (), SIDE * rng.uniform(1.0, 1.2), joins=False)


def jamo(char: str) -> list[str]:
    """Take a syllable apart into its letters: initial, vowel and, where it has one, final."""
    names = (unicodedata.name(part).split(" ", 2)[2] for part in unicodedata.normalize("NFD", char))
    return [unicodedata.lookup(f"HANGUL LETTER {name}") for name in names]


def _letters_of(char: str) -> Iterator[tuple[str, Box]]:
    """The letters of a syllable, and the part of its unit square that each takes; y upwards."""
    initial, vowel, *final = jamo(char)
    floor = 0.42 if final else 0.0  # of what stands above the final consonant
    across = 0.6 if vowel not in BELOW else 1.0
    compound = COMPOUND_VOWELS.get(vowel)
    bottom = floor + (1 - floor) * (0.45 if compound or vowel in BELOW else 0.1)
    yield from _consonant(initial, Box(0.02, bottom, 0.58, 1.0) if across < 1 else Box(0.15, bottom, 0.85, 1.0))
    for part in compound or vowel:
        below = part in BELOW
        yield part, Box(0.0, floor + 0.02, across, bottom - 0.03) if below else Box(0.6, floor, 1.0, 1.0)
    for letter in final:
        yield from _consonant(letter, Box(0.15, 0.0, 0.9, 0.36))


def _consonant(letter: str, place: Box) -> Iterator[tuple[str, Box]]:
    left, bottom, right, top = place
    parts = PAIRS.get(letter, letter)
    edges = np.linspace(left, right, len(parts) + 1).tolist()
    for part, begin, end in zip(parts, edges[:-1], edges[1:], strict=True):
        yield part, Box(begin, bottom, end, top)


# --- a hand ---


class Habits:
    """How somebody bends, joins, spaces and leans their letters, chosen once for a hand; lengths in heights of an x.

    One who writes Hangul is more upright.
    """

    def __init__(self, rng: random.Random, korean: bool = False) -> None:
        self.slant = rng.gauss(0.05, 0.12) if korean else max(-0.25, rng.gauss(0.45, 0.3))  # tangent
        self.own = rng.choice([0.03, 0.06, 0.09])  # by how much the points of the writer's letters are off the file's
        self.unsteadiness = rng.choice([0.015, 0.03, 0.05, 0.08])  # by how much they differ each time
        self.haste = rng.choice([0.0, 0.05, 0.1, 0.15, 0.22])  # length over which the pen's way is smoothed
        self.above = rng.uniform(0.6, 1.5)  # length of what rises above an x, as a multiple of the file's
        self.below = rng.uniform(0.5, 1.5)  # the same of what falls below the baseline
        self.width = rng.choice([rng.uniform(0.7, 1.35), rng.uniform(1.0, 2.0)])  # of letters, likewise
        self.spacing = rng.choice([0.0, rng.uniform(-0.1, 0.15), rng.uniform(0, 0.7), rng.uniform(0.1, 1.1)])
        """between letters, beyond the file's"""
        self.space = rng.uniform(0.6, 2.2)  # between words
        self.tiring = 0.0 if korean else rng.choice([0.0, 0.0, rng.uniform(0, 0.5)])
        """share of their height that letters have lost at a word's end"""
        self.tilt = rng.choice([0.0, 0.03, 0.06])  # by how much words rise or fall
        self.joining = rng.choice([1.0, 1.0, 0.97, 0.85, 0.4, 0.0])  # share of letters that are joined to the next
        self.joins_capitals = rng.random() < 0.5
        self.flow = rng.choice([0.0, 0.1, 0.3, 0.6])  # share of a syllable's strokes from which the pen goes on


@dataclass(frozen=True)
class Written:
    """A word, in heights of an x, x from where it begins, y upwards from the baseline."""

    curves: list[np.ndarray]  # each (N, 2)
    starts: list[float]  # where each letter begins
    width: float  # to where the next letter would begin


class Writer:
    """A hand: habits chosen from `rng`, and the forms of letters that go with them."""

    def __init__(self, rng: random.Random, korean: bool = False) -> None:
        self.rng = rng
        self.noise = np.random.default_rng(rng.getrandbits(64))
        self.habits = Habits(rng, korean)
        self._usual: dict[str, Form] = {}

    def knows(self, char: str) -> bool:
        """Whether a character has a form."""
        return char in forms() or is_syllable(char)

    def word(self, text: str) -> Written:
        """Write a word of characters that it knows."""
        rng, habits = self.rng, self.habits
        curves: list[list[np.ndarray]] = []  # points that each curve goes through
        starts, at, joined = [], 0.0, False
        for char in text:
            form = self._form(char)
            starts.append(at)
            first, *others = (list(stroke + (at, 0)) for stroke in form.strokes)
            # From high up the pen goes straight to the letter, from the baseline its way up joins the two; the first
            # letter of a word may lack the way up.
            high = curves[-1][-1][1] > HIGH if joined else rng.random() < 0.5
            first = first[form.upstroke if high else int(joined) :]
            if joined:
                curves[-1] += first
            else:
                curves.append(first)
            curves = [*(list(stroke + (at, 0)) for stroke in form.apart), *curves, *others]
            joined = form.joins and rng.random() < habits.joining and (habits.joins_capitals or not char.isupper())
            at += form.width + habits.spacing + rng.gauss(0, 0.5 * habits.unsteadiness)
        if joined and rng.random() < 0.5:
            curves[-1].append(curves[-1][-1] + (rng.uniform(0.15, 0.6), rng.uniform(0.05, 0.6)))
        rise = rng.gauss(0, habits.tilt)
        return Written([self._moved(np.array(points), at, rise) for points in curves], starts, at)

    def _form(self, char: str) -> Form:
        """The writer's form of a character, as it comes out this time."""
        habits = self.habits
        if is_syllable(char):
            form = syllable(char, self._form, habits.flow, self.rng)
            strokes = tuple(stroke * (habits.width, 1) for stroke in form.strokes)
            return replace(form, strokes=strokes, width=form.width * habits.width)
        usual = self._usual.get(char) or self._usual.setdefault(char, self._learnt(char))
        if self.rng.random() < SWITCHED_SHARE:
            usual = self._learnt(char)
        return self._bent(usual, habits.unsteadiness, habits.unsteadiness)

    def _learnt(self, char: str) -> Form:
        """One of the file's forms, bent for good."""
        width = 1.0 if "ㄱ" <= char <= "ㅣ" else self.habits.width  # a syllable is widened as a whole
        return self._bent(self.rng.choice(forms()[char]), self.habits.own, OWN_SHAPE, width)

    def _bent(self, form: Form, reach: float, scale: float, width: float = 1.0) -> Form:
        """Move the points of a form by about `reach`; make it higher, wider and leaning by a share of about `scale`."""
        wide, high, lean = (max(-0.4, min(0.4, self.rng.gauss(0, scale))) for _ in range(3))
        matrix = np.array([[width * (1 + wide), 0.5 * lean], [0, 1 + 0.6 * high]]).T

        def bent(stroke: np.ndarray) -> np.ndarray:
            return stroke @ matrix + self.noise.normal(0, reach, stroke.shape)

        strokes = tuple(map(bent, form.strokes))
        end = float(strokes[-1][-1, 0]) if form.joins else form.width * width * (1 + wide)
        return replace(form, strokes=strokes, apart=tuple(map(bent, form.apart)), width=end)

    def _moved(self, points: np.ndarray, width: float, rise: float) -> np.ndarray:
        """The pen's way through points (N, 2) of a word of some width: hastened, stretched, tired, slanted, rising."""
        curve, habits = through(points), self.habits
        if habits.haste and len(curve) > 8:
            curve = gaussian_filter1d(curve, habits.haste / STEP, axis=0, mode="nearest", truncate=2.5)
        x, y = curve.T
        y = np.where(y > 1, 1 + (y - 1) * habits.above, np.where(y < 0, y * habits.below, y))
        y *= 1 - habits.tiring * np.clip(x / width, 0, 1)
        return np.stack([x + habits.slant * y, y + rise * x], 1)


def through(points: np.ndarray) -> np.ndarray:
    """A smooth curve through points (N, 2), N > 1, with a point every `STEP`: a cubic Hermite spline.

    Its parameter grows with the square root of the length (a centripetal spline), so that it makes no loops of its own.
    """
    gaps = np.sqrt(np.maximum(np.linalg.norm(np.diff(points, axis=0), axis=1), 1e-3))
    knots = np.concatenate([[0], gaps.cumsum()])
    steps = [np.linspace(*ends, max(2, math.ceil((ends[1] - ends[0]) ** 2 / STEP)) + 1)[1:] for ends in pairwise(knots)]
    return np.asarray(
        CubicHermiteSpline(knots, points, np.gradient(points, knots, axis=0))(np.concatenate([knots[:1], *steps]))
    )
