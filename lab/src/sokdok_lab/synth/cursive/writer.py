"""A writer: which forms of the letters they use and how they bend them, how they join, lean and space.

- A writer's letters are the file's with every point moved a little, once and for all: a new hand each time.
- Each time a letter is written its points move again, less.
- The pen goes through the points of a word on a smooth curve, and cuts corners the more the greater its haste.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sokdok.pages.hangul import is_syllable
from sokdok_lab.synth.cursive.habits import Habits
from sokdok_lab.synth.cursive.hangul import LETTERS, syllable
from sokdok_lab.synth.cursive.letters import Form, forms

STEP = 0.07  # from point to point of a curve, in heights of an x
HIGH = 0.5  # where a letter ends above this, the next one's upstroke is left out; heights of an x
SWITCHED_SHARE = 0.12  # of letters, in another form than the writer's usual one
OWN_SHAPE = 0.12  # by how much a writer's letters are wider, higher and leaning than the file's


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
        self.habits = Habits.some(rng, korean)
        self._usual: dict[str, Form] = {}

    def knows(self, char: str) -> bool:
        """Whether a character has a form."""
        return char in forms() or is_syllable(char)

    def word(self, text: str) -> Written:
        """Write a word of characters that it knows."""
        curves: list[list[np.ndarray]] = []  # points that each curve goes through
        starts, at, joined = [], 0.0, False
        for char in text:
            form = self._form(char)
            starts.append(at)
            first, *others = (list(stroke + (at, 0)) for stroke in form.strokes)
            # From high up the pen goes straight to the letter, from the baseline its way up joins the two; the first
            # letter of a word may lack the way up.
            high = curves[-1][-1][1] > HIGH if joined else self.rng.random() < 0.5
            first = first[form.upstroke if high else int(joined) :]
            if joined:
                curves[-1] += first
            else:
                curves.append(first)
            curves = [*(list(stroke + (at, 0)) for stroke in form.apart), *curves, *others]
            joined = form.joins and self._joins(char)
            at += form.width + self.habits.spacing + self.rng.gauss(0, 0.5 * self.habits.unsteadiness)
        if joined and self.rng.random() < 0.5:
            curves[-1].append(curves[-1][-1] + (self.rng.uniform(0.15, 0.6), self.rng.uniform(0.05, 0.6)))
        rise = self.rng.gauss(0, self.habits.tilt)
        return Written([self._moved(np.array(points), at, rise) for points in curves], starts, at)

    def _joins(self, char: str) -> bool:
        """Whether a letter is joined to the next, this time."""
        return self.rng.random() < self.habits.joining and (self.habits.joins_capitals or not char.isupper())

    def _form(self, char: str) -> Form:
        """The writer's form of a character, as it comes out this time."""
        if is_syllable(char):
            return self._widened(syllable(char, self._form, self.habits.flow, self.rng))
        usual = self._usual.get(char) or self._usual.setdefault(char, self._learnt(char))
        if self.rng.random() < SWITCHED_SHARE:
            usual = self._learnt(char)
        return self._bent(usual, self.habits.unsteadiness, self.habits.unsteadiness)

    def _learnt(self, char: str) -> Form:
        """One of the file's forms, bent for good."""
        width = 1.0 if char in LETTERS else self.habits.width  # a syllable is widened as a whole
        return self._bent(self.rng.choice(forms()[char]), self.habits.own, OWN_SHAPE, width)

    def _widened(self, form: Form) -> Form:
        strokes = tuple(stroke * (self.habits.width, 1) for stroke in form.strokes)
        return replace(form, strokes=strokes, width=form.width * self.habits.width)

    def _bent(self, form: Form, reach: float, scale: float, width: float = 1.0) -> Form:
        """Move the points of a form by about `reach`; make it higher, wider and leaning by a share of about `scale`."""
        wide, high, lean = (self._some(scale) for _ in range(3))
        matrix = np.array([[width * (1 + wide), 0.5 * lean], [0, 1 + 0.6 * high]]).T

        def bent(stroke: np.ndarray) -> np.ndarray:
            return stroke @ matrix + self.noise.normal(0, reach, stroke.shape)

        strokes = tuple(map(bent, form.strokes))
        end = float(strokes[-1][-1, 0]) if form.joins else form.width * width * (1 + wide)
        return replace(form, strokes=strokes, apart=tuple(map(bent, form.apart)), width=end)

    def _some(self, scale: float) -> float:
        return max(-0.4, min(0.4, self.rng.gauss(0, scale)))

    def _moved(self, points: np.ndarray, width: float, rise: float) -> np.ndarray:
        """The pen's way through points (N, 2) of a word of some width: hastened, stretched, tired, slanted, rising."""
        curve = through(points)
        if self.habits.haste and len(curve) > 8:
            curve = smoothed(curve, self.habits.haste / STEP)
        x, y = curve.T
        y = np.where(y > 1, 1 + (y - 1) * self.habits.above, np.where(y < 0, y * self.habits.below, y))
        y *= 1 - self.habits.tiring * np.clip(x / width, 0, 1)
        return np.stack([x + self.habits.slant * y, y + rise * x], 1)


def through(points: np.ndarray) -> np.ndarray:
    """A smooth curve through points (N, 2), N > 1, with a point every `STEP`: a cubic Hermite spline.

    Its parameter grows with the square root of the length (a centripetal spline), so that it makes no loops of its own.
    """
    gaps = np.sqrt(np.maximum(np.linalg.norm(np.diff(points, axis=0), axis=1), 1e-3))
    times = np.concatenate([[0], gaps.cumsum()])
    slopes = np.gradient(points, times, axis=0)
    return np.concatenate([points[:1], *_pieces(points, slopes, gaps)])


def _pieces(points: np.ndarray, slopes: np.ndarray, gaps: np.ndarray) -> Iterator[np.ndarray]:
    """The points of a spline between two of its knots each, without the first knot."""
    for i, gap in enumerate(gaps):
        count = max(2, math.ceil(gap**2 / STEP))
        t = (np.arange(1, count + 1) / count)[:, None]
        begins, leaves = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
        arrives = t**3 - t**2
        yield begins * points[i] + (1 - begins) * points[i + 1] + gap * (leaves * slopes[i] + arrives * slopes[i + 1])


def smoothed(curve: np.ndarray, deviation: float) -> np.ndarray:
    """Average each point of a curve (N, 2) with its neighbours, by a Gaussian of so many points' deviation."""
    reach = math.ceil(2.5 * deviation)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    padded = np.pad(curve, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(axis, kernel / kernel.sum(), "valid") for axis in padded.T], 1)
