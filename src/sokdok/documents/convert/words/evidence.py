"""What the words of a page of a PDF can rest on: its text layer alone, the layer and pixels, or pixels alone.

- *exact*: there is text that can be seen, its characters are known, and nothing else on the page looks like type.
- *mixed*: there is such text, and a picture beside or behind it in which more may stand, or other ink like type.
- *pixels*: there is none. What lies behind a picture is no evidence: whether it is right, only the pixels can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sokdok.documents.document import Evidence
from sokdok.imaging.box import Box
from sokdok.pages.textlayer import TextLayer

MOST_UNMAPPED = 0.1  # share of a layer's glyphs whose characters are unknown; with more the layer is not believed
WHOLE_SHARE = 0.8  # of a page that pictures cover: more, and they are the page rather than figures on it
LEAST_SHARE, LEAST_SIDE = 0.03, 36.0
"""of the page, and points of the shorter side, of a picture in which text can be read"""


@dataclass(frozen=True)
class Finding:
    """What a page's words rest on, and why."""

    kind: Evidence
    reason: str
    regions: tuple[Box, ...] = ()  # where pixels may say more than the layer, in points; empty for the whole page

    @property
    def is_exact(self) -> bool:
        """Whether no pixel has to be looked at."""
        return self.kind == "exact"


def look_at(layer: TextLayer | None) -> Finding:
    """Judge by what is in the file."""
    if layer is None:
        return Finding("pixels", "there is no text layer")
    if not layer.characters:
        return Finding("pixels", "its text layer lies behind a picture")
    if layer.unmapped > MOST_UNMAPPED:
        return Finding("pixels", "the fonts of its text layer do not say which characters they show")
    if layer.picture_share > WHOLE_SHARE:
        return Finding("mixed", "there is a text layer, and a picture covers the page")
    regions = _apart([*(box for box in layer.pictures if _can_hold_text(box, layer)), *layer.other_ink])
    if regions:
        count = "a place" if len(regions) == 1 else f"{len(regions)} places"
        return Finding("mixed", f"there is a text layer, and {count} beside it where text may stand", regions)
    return Finding("exact", "all text is in the text layer")


def _apart(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Boxes that do not overlap, around those that do."""
    apart: list[Box] = []
    for box in boxes:
        around = box
        while touching := [other for other in apart if around.overlap(other)]:
            apart = [other for other in apart if other not in touching]
            around = Box.around([around, *touching])
        apart.append(around)
    return tuple(apart)


def _can_hold_text(box: Box, layer: TextLayer) -> bool:
    width, height = layer.size
    return min(box.width, box.height) >= LEAST_SIDE and box.area >= LEAST_SHARE * width * height
