"""Areas: connected pixels of one colour."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.components import connected_runs
from sokdok.imaging.runs import runs

BLEND = -1  # the code of a pixel that has none of the colours
LEAST_PX = 6  # pixels of the smallest area


@dataclass(frozen=True, eq=False)
class Area:
    """Connected pixels of one colour; two areas are equal only if they are the same one."""

    code: int  # index of its colour
    box: Box
    size: int  # pixels
    runs: np.ndarray  # (N, 3) int: y, left, right (outside)

    @property
    def width(self) -> float:
        return self.box.width

    @property
    def height(self) -> float:
        return self.box.height

    @property
    def fill(self) -> float:
        """Share of its box that it covers."""
        return self.size / self.box.area

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom as whole pixels, to cut it out."""
        left, top, right, bottom = self.box
        return int(left), int(top), int(right), int(bottom)

    def mask(self) -> np.ndarray:
        """Draw the area as a mask of its box, (height, width) bool."""
        left, top, right, bottom = self.sides
        mask = np.zeros((bottom - top, right - left), bool)
        for y, start, end in self.runs.tolist():
            mask[y - top, start - left : end - left] = True
        return mask

    def transposed(self) -> Area:
        """Exchange x and y."""
        left, top, right, bottom = self.sides
        found = runs(self.mask().T)
        turned = np.stack([found.rows + left, found.starts + top, found.ends + top], 1)
        return replace(self, box=Box(top, left, bottom, right), runs=turned)


def connected(codes: np.ndarray) -> list[Area]:
    """Find the areas of at least `LEAST_PX` pixels of equal codes (H, W) that touch along an edge, the largest first.

    `BLEND` is none.
    """
    found = connected_runs(codes, background=BLEND, corners=False)
    table = np.stack([found.rows, found.starts, found.ends], 1)
    order = np.argsort(found.components, kind="stable")
    cuts = np.flatnonzero(np.diff(found.components[order])) + 1
    areas = []
    for group in np.split(order, cuts):
        part = table[group]
        size = int((part[:, 2] - part[:, 1]).sum())
        if size >= LEAST_PX:
            box = Box(int(part[:, 1].min()), int(part[0, 0]), int(part[:, 2].max()), int(part[-1, 0]) + 1)
            areas.append(Area(int(found.codes[group[0]]), box, size, part))
    return sorted(areas, key=lambda area: -area.size)
