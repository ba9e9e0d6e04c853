"""A scene redrawn as SVG: lines, circles, dots and names, for the eye to compare with the original."""

from __future__ import annotations

from xml.sax.saxutils import escape

from sokdok.figures.geometry.forms import Place
from sokdok.figures.geometry.scene import Scene

SIDE_UNITS = 480  # user units of the longer side
MARGIN_UNITS = 36  # user units around the figure


def to_svg(scene: Scene) -> str:
    """Write an SVG document; an empty scene gives an empty one."""
    left, top, right, bottom = _bounds(scene)
    scale = SIDE_UNITS / (max(right - left, top - bottom) or 1.0)

    def put(place: Place) -> Place:
        return (place[0] - left) * scale + MARGIN_UNITS, (top - place[1]) * scale + MARGIN_UNITS

    width, height = put((right, bottom))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + MARGIN_UNITS:.1f} {height + MARGIN_UNITS:.1f}" '
        'font-family="serif" font-style="italic" font-size="20" fill="none" stroke="black" stroke-width="1.5">'
    ]
    for line in scene.lines:
        (x1, y1), (x2, y2) = put(line.a), put(line.b)
        dash = ' stroke-dasharray="6 4"' if line.dashed else ""
        parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{dash}/>')
    for circle in scene.circles:
        x, y = put(circle.center)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{circle.radius * scale:.1f}"/>')
    for name, place in scene.points.items():
        x, y = put(place)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="black"/>')
        parts.append(f'<text x="{x + 6:.1f}" y="{y - 6:.1f}" fill="black" stroke="none">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _bounds(scene: Scene) -> tuple[float, float, float, float]:
    """Find left, top, right and bottom, y upward."""
    corners = scene.corners or [(0.0, 0.0)]
    xs, ys = zip(*corners, strict=True)
    return min(xs), max(ys), max(xs), min(ys)
