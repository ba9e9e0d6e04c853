"""Lines that tie a label to what it speaks of: a length's own line beside its segment, a leader to where no room is."""

from __future__ import annotations

from sokdok_lab.synth.geometry.sheet import Color, Sheet

WIDTH_PX = 1.0
BAR_EM, HEAD_EM = 0.4, 0.4  # half a bar at the end of a length's line; an arrowhead's length


def dimension_line(sheet: Sheet, ends: tuple[complex, complex], hole: float, em: float, color: Color) -> None:
    """Draw an arrow from beside the middle of a line, `hole` pixels off it, to a bar at either end."""
    middle = (ends[0] + ends[1]) / 2
    for tip in ends:
        way = (middle - tip) / abs(middle - tip)
        sheet.line(tip, middle - way * hole, WIDTH_PX, color)
        sheet.line(tip - BAR_EM * 1j * em * way, tip + BAR_EM * 1j * em * way, WIDTH_PX, color)
        _head(sheet, tip, way, em, color)


def leader(sheet: Sheet, text: tuple[complex, float, float], aim: complex, em: float, color: Color) -> None:
    """Draw an arrow from the edge of a text (middle, width, height) to a place."""
    middle, width, height = text
    way = (aim - middle) / abs(aim - middle)
    edge = min(width / 2 / max(abs(way.real), 1e-6), height / 2 / max(abs(way.imag), 1e-6)) + 0.2 * em
    sheet.line(middle + way * edge, aim, WIDTH_PX, color)
    _head(sheet, aim, -way, em, color)


def _head(sheet: Sheet, tip: complex, back: complex, em: float, color: Color) -> None:
    """Draw an arrowhead; back: direction (of length 1) from its tip."""
    sheet.polygon([tip, tip + back * em * complex(HEAD_EM, 0.15), tip + back * em * complex(HEAD_EM, -0.15)], color)
