"""A writer's habits: how they bend, join, space and lean their letters, chosen once for a hand."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """Lengths are in heights of an x."""

    slant: float  # tangent
    own: float  # by how much the points of the writer's letters are off the file's
    unsteadiness: float  # by how much they differ each time
    haste: float  # length over which the pen's way is smoothed
    above: float  # length of what rises above an x, as a multiple of the file's
    below: float  # the same of what falls below the baseline
    width: float  # of letters, as a multiple of the file's
    spacing: float  # between letters, beyond the file's
    space: float  # between words
    tiring: float  # share of their height that letters have lost at a word's end
    tilt: float  # by how much words rise or fall
    joining: float  # share of letters that are joined to the next
    joins_capitals: bool
    flow: float  # share of a syllable's strokes from which the pen goes on to the next

    @classmethod
    def some(cls, rng: random.Random, korean: bool = False) -> Habits:
        """Choose a writer's; one who writes Hangul is more upright."""
        return cls(
            slant=rng.gauss(0.05, 0.12) if korean else max(-0.25, rng.gauss(0.45, 0.3)),
            own=rng.choice([0.03, 0.06, 0.09]),
            unsteadiness=rng.choice([0.015, 0.03, 0.05, 0.08]),
            haste=rng.choice([0.0, 0.05, 0.1, 0.15, 0.22]),
            above=rng.uniform(0.6, 1.5),
            below=rng.uniform(0.5, 1.5),
            width=rng.choice([rng.uniform(0.7, 1.35), rng.uniform(1.0, 2.0)]),
            spacing=rng.choice([0.0, rng.uniform(-0.1, 0.15), rng.uniform(0, 0.7), rng.uniform(0.1, 1.1)]),
            space=rng.uniform(0.6, 2.2),
            tiring=0.0 if korean else rng.choice([0.0, 0.0, rng.uniform(0, 0.5)]),
            tilt=rng.choice([0.0, 0.03, 0.06]),
            joining=rng.choice([1.0, 1.0, 0.97, 0.85, 0.4, 0.0]),
            joins_capitals=rng.random() < 0.5,
            flow=rng.choice([0.0, 0.1, 0.3, 0.6]),
        )
