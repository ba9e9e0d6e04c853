"""Output of nano's net of the marks of charts: the channels for every 4 x 4 pixels of a picture.

- Peaks have a place, an offset from their cell's middle and mostly a kind; ends of a sector's rim vote for its middle.
- Strokes say in which cells they run, lines and edges of areas also where within a cell.
"""

from __future__ import annotations

from sokdok.model.nano.formats import channel_slices

RECTANGLES = ("bar", "cell", "box", "scale")
PEAKS: dict[str, tuple[str, ...]] = {
    "near": RECTANGLES, "far": RECTANGLES, "point": ("marker", "bend"), "rim": (), "end": ("error", "cap", "median"),
    "tick": ("below", "left", "above", "right"), "key": ("patch", "line", "marker"),
}  # fmt: skip
"""what has a place, and its kinds"""
STROKES = ("line", "edge", "grid", "axis")
HEATS = (*STROKES, *PEAKS)
PARTS = {
    **dict.fromkeys(HEATS, 1),
    **{f"{name}_offset": 2 for name in ("line", "edge", *PEAKS)},  # of a stroke the way to its nearest point
    **{f"{name}_kind": len(kinds) for name, kinds in PEAKS.items() if kinds},
    "rim_vote": 2,
}  # channels of each part, in order
SLICES = channel_slices(PARTS)
CHANNELS = sum(PARTS.values())
