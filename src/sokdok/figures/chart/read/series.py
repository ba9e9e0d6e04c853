"""Which series a mark is of: its colour, and the legend's key of that colour with the text beside it.

Shapes: colours (N, 3) float, 0 to 255.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sokdok.figures.chart.read.labels import Label, joined, stacked
from sokdok.figures.chart.read.marks import Marks, Peak

SAME, SAME_THIN = 40.0, 26.0  # levels between the colours of one series, at most; of thin lines, less their blending
BLEND = 0.35, 2.0  # how strong a thin line may be beside another of its colour, as both are blended with the ground
AROUND_EM = 0.4  # around the middle of a key that is a line or a ring, where its colour is
KNOWN_SHARE = 0.5  # of the marks that have the colour of a key, where keys name the series
BESIDE_EM, GAP_EM = 0.75, 3.5  # from a key to its text: up or down, and aside
LEVEL_EM, END_EM = 0.3, 0.6  # from a key to the line of text beside it, up or down; from a line's end to its name
KEY_EM, FEWEST_PX = 2.5, 4  # beside a text of a legend, where its key is looked for, and pixels that one has
DEFAULT_EM_PX = 12.0  # where a picture has no text


@dataclass(frozen=True)
class Texts:
    """The texts of a picture of some width."""

    labels: tuple[Label, ...]
    width: int

    @cached_property
    def em_px(self) -> float:
        """Median height of the letters."""
        return float(np.median([label.em_px for label in self.labels])) if self.labels else DEFAULT_EM_PX


def with_entries(marks: Marks, labels: Sequence[Label]) -> tuple[Label, ...]:
    """Take the texts that a legend's keys stand beside for its entries, whatever their role, where each key has one."""
    keys = marks.peaks.get("key", ())
    level = [label for label in labels if not label.angle]
    sides = [{_beside_key(key, level, right) for key in keys} - {None} for right in (False, True)]
    entries = max(sides, key=len)
    if len(keys) < 2 or len(entries) < len(keys):
        return tuple(labels)
    return tuple(replace(label, role="legend") if label in entries else label for label in labels)


class Keys:
    """The keys of a legend, in reading order: their texts, and colours (K, 3).

    A key is what the net finds, or else what stands beside a text of a legend in another colour than the ground.
    """

    def __init__(self, marks: Marks, texts: Texts) -> None:
        self.ground = marks.ground
        groups = stacked(label for label in texts.labels if label.role == "legend")
        group_of = {line: i for i, lines in enumerate(groups) for line in lines}
        sides: list[dict[tuple[int, float], np.ndarray]] = [{}, {}]  # keys left of texts, and right (gnuplot's)
        for key in marks.peaks.get("key", ()):
            # A patch has its colour in its middle, a line or a ring somewhere around.
            reach = 1 if key.kind == "patch" else round(AROUND_EM * texts.em_px)
            color = marks.colors(np.array([(key.x, key.y)]), reach)[0]
            for side, found in enumerate(sides if np.abs(color - self.ground).max() > SAME_THIN else ()):
                if entry := _beside_key(key, group_of, bool(side)):
                    found.setdefault((group_of[entry], key.y), color)
        right = len(sides[1]) > len(sides[0])  # as all of a legend are
        colors = [{y: color for (at, y), color in sides[right].items() if at == i} for i in range(len(groups))]
        self.seen = any(colors)  # by the net: else a button below a chart looks like the only entry of a legend
        named = dict[Label, np.ndarray]()
        for lines, known in zip(groups, colors, strict=True):
            for line in lines:
                alone = all(abs(y - line.y) > BESIDE_EM * line.em_px for y in known)
                seen = _beside(line, marks.pixels, right) if alone else None
                if alone and seen is None and not self.seen:  # a legend has keys, or lines have names at their ends
                    seen = _ending_at(line, marks)
                if seen is not None:
                    known[line.y] = seen
            for y, own in _shared_out(lines, list(known)).items():
                named[joined(own)] = known[y]
        self.labels = sorted(named, key=lambda label: (round(label.y / texts.em_px), label.x))
        self.texts = [label.text for label in self.labels]
        self.colors = np.array([named[label] for label in self.labels]).reshape(-1, 3)

    def series(self, colors: np.ndarray, thin: bool = False) -> tuple[list[str], np.ndarray]:
        """Names of the series, and the number of each colour's series (N,), -1 for none. thin: blended with the ground.

        Without keys that explain the colours, a series is what is of one colour, unnamed.
        """
        off = self._apart(colors, self.colors, thin)
        same = SAME_THIN if thin else SAME
        if self.texts and len(colors):
            number = np.where(off.min(1) <= same, off.argmin(1), -1)
            if (number >= 0).mean() > KNOWN_SHARE and (len(self.texts) > 1 or ((number >= 0).all() and self.seen)):
                return self.texts, number
        middles, number = list[np.ndarray](), np.full(len(colors), -1)
        # Strong colours first: what is blended is a weaker one of theirs.
        for i in np.argsort(-np.abs(colors - self.ground).max(-1), kind="stable"):
            known = np.array(middles).reshape(-1, 3)
            off = self._apart(colors[i][None], known, thin)[0]
            if not len(off) or off.min() > same:
                middles.append(colors[i])
            number[i] = off.argmin() if len(off) and off.min() <= same else len(middles) - 1
        order = {int(i): k for k, i in enumerate(dict.fromkeys(number.tolist()))}
        return [""] * len(middles), np.array([order[i] for i in number.tolist()], int)

    def _apart(self, one: np.ndarray, other: np.ndarray, thin: bool) -> np.ndarray:
        """Levels (N, M) between colours (N, 3) and (M, 3); thin: or the nearest blends of these and the ground."""
        one, other = one[:, None] - self.ground, other - self.ground
        if thin:
            share = np.clip(one @ other.T / np.maximum((other**2).sum(-1), 1.0), *BLEND)
            other = share.swapaxes(1, 2) * other
        return np.abs(one - other).max(-1)


def _beside_key(key: Peak, labels: Iterable[Label], right: bool) -> Label | None:
    """The nearest of the level texts that a key stands left of, or right of; None where there is none."""
    near = [label for label in labels if abs(label.y - key.y) < BESIDE_EM * label.em_px]
    gaps = {label: key.x - label.box.right if right else label.box.left - key.x for label in near}
    close = [label for label, gap in gaps.items() if 0 < gap < GAP_EM * label.em_px]
    return min(close, key=lambda label: gaps[label], default=None)


def _shared_out(lines: Sequence[Label], keys: Sequence[float]) -> dict[float, list[Label]]:
    """Give each key, by its height, those lines of texts below each other that are its own.

    Where every key stands beside a line, the first of all among these, its text goes on below; else it is around it.
    """
    beside = [[line for line in lines if abs(line.y - y) < LEVEL_EM * line.em_px] for y in sorted(keys)]
    heads = bool(keys) and all(beside) and lines[0] in beside[0]
    own: dict[float, list[Label]] = {}
    for line in lines if keys else ():
        above = [y for y in keys if heads and y < line.y + LEVEL_EM * line.em_px]
        own.setdefault(max(above) if above else min(keys, key=lambda y: abs(y - line.y)), []).append(line)
    return own


def _beside(label: Label, pixels: np.ndarray, from_right: bool) -> np.ndarray | None:
    """The colour of what stands left of a text, or right of it; None where there is only the ground."""
    em, (height, width) = label.em_px, pixels.shape[:2]
    left, top, right, bottom = (round(side) for side in label.box.clipped(width, height))
    if from_right:
        pixels, left, right = pixels[:, ::-1], width - right, width - left
    around = pixels[top : bottom + 1, left : right + 1].reshape(-1, 3)
    rows = slice(max(0, round(label.y - em / 4)), round(label.y + em / 4) + 1)
    strip = pixels[rows, max(0, left - round(KEY_EM * em)) : max(0, left - 1)].astype(float)
    if not around.size or not strip.size:
        return None
    apart = np.abs(strip - np.median(around, axis=0)).max(-1)
    strong = strip[(apart > SAME) & (apart >= apart.max() / 2)]
    # What goes on beyond is no key, but a line that passes.
    alone = len(strong) >= FEWEST_PX and (apart[:, : max(1, round(em / 4))] <= SAME).all()
    return np.median(strong, axis=0) if alone else None


def _ending_at(label: Label, marks: Marks) -> np.ndarray | None:
    """The colour of the line that ends where a text begins, as it is the line's name; None where none does."""
    line = marks.strokes.get("line", np.zeros((0, 2)))
    beyond, down = (line - (label.box.left, label.y)).T / label.em_px
    level, at = np.abs(down) < END_EM, np.abs(beyond) < END_EM
    ends = (level & at).any() and not (level & (beyond >= END_EM)).any()
    return np.median(marks.stroke_colors(line[level & at]), axis=0) if ends else None
