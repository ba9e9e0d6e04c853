"""Lines that cross, meet, or never do."""

from __future__ import annotations

import cmath
import math
import random

from sokdok_lab.synth.geometry.sketch import Sketch


def parallels(sketch: Sketch, rng: random.Random) -> None:
    """Two or three parallel lines cut by one or two transversals."""
    heights = [0.0, rng.uniform(0.35, 0.6)] + ([rng.uniform(0.8, 1.1)] if rng.random() < 0.3 else [])
    rows = [(sketch.point(complex(0, h)), sketch.point(complex(1.3, h))) for h in heights]
    lines = [sketch.line(*row) for row in rows]
    sketch.parallel.append(list(rows))
    for start in rng.choice([[0.5], [0.65], [0.3, 0.85]]):
        way = cmath.rect(1, rng.uniform(0.3, 0.7) * math.pi)
        way /= way.imag
        low, high = sketch.point(start - 0.25 * way), sketch.point(start + (heights[-1] + 0.25) * way)
        cuts = [sketch.put(line, sketch.crossing(low, high, *row)) for line, row in zip(lines, rows, strict=True)]
        stroke = sketch.line(low, high, *cuts)
        _open_ends(sketch, stroke, rng)
    for line in lines:
        _open_ends(sketch, line, rng)


def _open_ends(sketch: Sketch, stroke: int, rng: random.Random) -> None:
    """Arrows, or no names, at both ends."""
    line, arrows, nameless = sketch.strokes[stroke], rng.random() < 0.6, rng.random() < 0.5
    sketch.ends += [(line[1], line[0]), (line[-2], line[-1])] if arrows else []
    sketch.nameless |= {line[0], line[-1]} if nameless else set()


def bowtie(sketch: Sketch, rng: random.Random) -> None:
    """Two segments that cross, their ends joined."""
    lean, scale = rng.uniform(-0.3, 0.3), -rng.uniform(0.5, 1.2)
    a, b, e = sketch.point(complex(lean, 0.6)), sketch.point(complex(lean + rng.uniform(0.6, 1), 0.6)), sketch.point(0j)
    similar = rng.random() < 0.6
    c = sketch.point(sketch.points[a] * scale)
    d = sketch.point(sketch.points[b] * (scale if similar else scale * rng.uniform(0.6, 1.4)))
    for pair in ((a, e, c), (b, e, d), (a, b), (c, d)):
        sketch.line(*pair)
    sketch.parallel += [[(a, b), (c, d)]] if similar else []


def rays(sketch: Sketch, rng: random.Random) -> None:
    """Rays from one vertex, two of them sometimes one straight line."""
    vertex = sketch.point(0j)
    straight = rng.random() < 0.5
    count = rng.choice([2, 3, 3, 4])
    angles = [0.0, math.pi] if straight else [0.0]
    limit = math.pi if straight else rng.uniform(0.4, 1.4) * math.pi
    inner = sorted(rng.uniform(0.15, 0.85) * limit for _ in range(count - 1))
    inner = [limit / 2] if straight and rng.random() < 0.3 else inner
    tips = [sketch.point(cmath.rect(rng.uniform(0.8, 1.1), angle)) for angle in angles + inner]
    if straight:
        sketch.line(tips[0], vertex, tips[1])
        sketch.rights += [(vertex, tips[0], tips[2])] if inner == [math.pi / 2] else []
    for tip in tips[2 if straight else 0 :]:
        sketch.line(vertex, tip)
    sketch.ends += [(vertex, tip) for tip in tips] if rng.random() < 0.7 else []


def bisected_segment(sketch: Sketch, rng: random.Random) -> None:
    """A segment, the perpendicular through its middle, and what joins them."""
    a, b = sketch.point(0j), sketch.point(1 + 0j)
    middle, top = sketch.between(a, b), sketch.point(complex(0.5, rng.uniform(0.4, 0.9)))
    sketch.line(a, middle, b)
    up = sketch.line(middle, top)
    if rng.random() < 0.6:
        sketch.extend(up, 0.3, rng, both=True)
    sketch.rights.append((middle, top, b))
    sketch.equal.append([(a, middle), (middle, b)])
    if rng.random() < 0.8:
        sketch.line(a, top)
        sketch.line(b, top)
        sketch.equal.append([(a, top), (b, top)])
