"""Where the lines of a page are: connected cores in the answer of nano's line finder.

- Any picture is brought to a size at which its text is neither tiny nor huge, and answered in one pass; a page that
  would be too large for that is seen smaller.
- A line is where its core is; its em, slope and middle are what most of its cells say.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from sokdok.imaging.components import labelled
from sokdok.layout.text_line import FoundLine
from sokdok.model.nano.formats.text_detector import CORE, EM, EM_SIZE, KIND, KINDS, OFFSET

Net = Callable[[np.ndarray], np.ndarray]
"""pictures (1, 1, H, W) float32 in 0 to 1, sides multiples of 32 -> answers (1, channels, H / 4, W / 4)"""
STRIDE = 4
_MULTIPLE = 32
LONGEST, SHORTEST = 1600, 640
"""pixels of the long side: larger pages are seen smaller, smaller pictures larger, at most twice"""
_LIKELY = 0.5
_GAP = 0.5
"""ems between pieces of one line"""


def find_lines(net: Net, grey: np.ndarray) -> list[FoundLine]:
    """The lines of a grey page (H, W) uint8, from top to bottom."""
    pixels, scale = _fit(grey)
    lines = read_map(net(pixels)[0])
    back = 1 / scale
    found = [
        FoundLine(
            (line.left[0] * back, line.left[1] * back),
            (line.right[0] * back, line.right[1] * back),
            line.em * back,
            line.kind,
            line.confidence,
        )
        for line in lines
    ]
    return sorted(found, key=lambda line: (line.left[1], line.left[0]))


def _fit(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """A page as the net takes it, (1, 1, H, W), and its scale."""
    height, width = grey.shape
    longest = max(height, width)
    scale = min(LONGEST / longest, 1.0) if longest > SHORTEST else min(2.0, SHORTEST / longest)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(grey)
    seen = np.asarray(image if size == image.size else image.resize(size, Image.Resampling.BILINEAR))
    padded = np.full([-(-side // _MULTIPLE) * _MULTIPLE for side in seen.shape], int(np.median(seen)), np.uint8)
    padded[: seen.shape[0], : seen.shape[1]] = seen
    return (padded[None, None] / np.float32(255)), scale


def read_map(answer: np.ndarray) -> list[FoundLine]:
    """Lines in pixels of the seen picture from an answer (channels, rows, columns)."""
    likely = 1 / (1 + np.exp(-answer[CORE]))
    labels, count = labelled(likely > _LIKELY)
    if not count:
        return []
    rows, columns = np.nonzero(labels)
    which = labels[rows, columns] - 1
    order = np.argsort(which, kind="stable")
    ends = np.searchsorted(which[order], np.arange(count + 1))
    cells = [order[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    pieces = [_piece(answer, likely, rows[cell], columns[cell]) for cell in cells]
    return merge([piece for piece in pieces if piece is not None])


def _piece(answer: np.ndarray, likely: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> FoundLine | None:
    """The line of a connected core; None for a speck."""
    em = EM * 2.0 ** float(np.median(answer[EM_SIZE, rows, columns]))
    x = (columns + 0.5) * STRIDE
    y = (rows + 0.5) * STRIDE + answer[OFFSET, rows, columns] * em
    left, right = float(x.min() - STRIDE / 2), float(x.max() + STRIDE / 2)
    if right - left < 0.2 * em or em < 3:
        return None
    slope = float(np.polyfit(x, y, 1)[0]) if right - left > 4 * em else 0.0
    middle = float(np.median(y - slope * x))
    kind = KINDS[int(answer[KIND : KIND + len(KINDS), rows, columns].mean(1).argmax())]
    confidence = float(likely[rows, columns].mean())
    return FoundLine((left, middle + slope * left), (right, middle + slope * right), em, kind, confidence)


def merge(pieces: list[FoundLine]) -> list[FoundLine]:
    """Join what lies on one line with hardly a gap between."""
    done: list[FoundLine] = []
    for piece in sorted(pieces, key=lambda p: p.left[0]):
        for i, before in enumerate(done):
            if _continues(before, piece):
                longer = before if before.right[0] - before.left[0] > piece.right[0] - piece.left[0] else piece
                right = max(before, piece, key=lambda p: p.right[0]).right
                done[i] = FoundLine(before.left, right, longer.em, longer.kind, longer.confidence)
                break
        else:
            done.append(piece)
    return done


def _continues(before: FoundLine, piece: FoundLine) -> bool:
    em = min(before.em, piece.em)
    expected = before.right[1] + before.slope * (piece.left[0] - before.right[0])
    near = piece.left[0] - before.right[0] < _GAP * em and piece.left[0] > before.left[0] - em
    return near and abs(piece.left[1] - expected) < 0.3 * em and max(before.em, piece.em) < 1.6 * em
