"""The paths of a page as what layout asks for: ruling lines, filled rectangles, small marks, and drawings.

A drawing (a chart, a diagram, a map) is parts that touch, with curves, slanted lines or areas of other forms than
rectangles among them, or rectangles that stand on one line as bars do; ruling lines and shades alone make up tables and
frames.

Small shapes are told apart by what is in them and beside them:

- An empty shape with corners is a box to tick, ticked if something is in it or a filled one covers it. A ring is a
  button on paper that reaches beyond its line (its own filling does not), with a dot in it, or if one of its size has a
  dot. All other small shapes are bullets.
- Boxes side by side with a letter in each, as of names and dates in forms, hold one word. Boxes that touch are cells of
  a table if nothing is ticked among them; so are larger ones at a line, or around other text.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, pairwise

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components, consecutive, gaps_to, rows
from sokdok.pages.textlayer import Rule
from sokdok.pages.textlayer.glyphs import Glyph
from sokdok.pages.textlayer.objects import CALLS, PageObject, color_of

MAX_RULE_WIDTH = 3.0  # points: a filled rectangle as thin as this is a line; browsers draw borders of three pixels so
MIN_RULE_LENGTH = 4.0  # points: a shorter one is a dash of a letter or a tick
MARK_SIDE = (1.0, 14.0)  # points: the sides of bullets, and of most boxes to tick
MARK_ASPECT = 1.7  # of a mark's longer side to the shorter
TICK_SIDE, TICK_ASPECT = (5.0, 24.0), 1.25  # points of a box to tick; of its sides, if it is larger than marks are
MAX_SEGMENTS, MAX_POINTS = 400, 100_000  # of one path; a longer one is a drawing, around so many of its points
STRAIGHT_SHARE = 0.25  # of a side that is straight between rounded corners, at least
EDGE = 0.01  # of a small shape's side: what is no further from its edge lies on it
CORNER_SHARE = 0.25  # of a filled shape's shorter side that its rounded corners take, each
WHITE = 253  # of 255: a colour with no less in any channel is not seen on paper
STRAIGHT = 0.35  # points that the ends of a line along an axis may differ on the other axis

Point = tuple[float, float]


@dataclass
class Paths:
    """What the paths of a page come to."""

    rules: list[Rule] = field(default_factory=list)
    dashes: list[Rule] = field(default_factory=list)  # level ones that are too short
    fills: list[Box] = field(default_factory=list)  # those that can be seen on white paper
    marks: list[Box] = field(default_factory=list)
    squares: list[Box] = field(default_factory=list)  # small empty ones with corners
    rings: list[Box] = field(default_factory=list)  # small empty ones without corners
    choices: dict[Box, str] = field(default_factory=dict)  # boxes to tick and buttons by their states
    white: list[Box] = field(default_factory=list)  # small filled ones: paper of boxes and buttons, dots of dark ones
    drawn: list[Box] = field(default_factory=list)  # curves, slanted lines, areas of other forms
    pictures: list[Box] = field(default_factory=list)
    plain: set[int] = field(default_factory=set)  # addresses of objects that are rectangles and ellipses alone


@dataclass(frozen=True)
class _Stroke:
    """Points of one subpath, curves by their ends."""

    points: tuple[Point, ...]
    curved: bool
    closed: bool

    @property
    def box(self) -> Box:
        xs, ys = zip(*self.points, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))


def read_paths(objects: Iterable[PageObject]) -> Paths:
    """Sort the paths of a page, and what else is drawn on it."""
    from pypdfium2 import raw

    found = Paths()
    mode, stroked = ctypes.c_int(), ctypes.c_int()
    for path in objects:
        if path.kind == raw.FPDF_PAGEOBJ_IMAGE:
            found.pictures.append(path.bounds())
        is_path = path.kind == raw.FPDF_PAGEOBJ_PATH and raw.FPDFPath_GetDrawMode(path.handle, mode, stroked)
        if not is_path or not (mode.value or stroked.value):
            continue
        count = raw.FPDFPath_CountSegments(path.handle)
        if count > MAX_SEGMENTS:
            found.drawn.append(_extent(path, count))
            continue
        strokes = list(_strokes(path, count)) if count > 1 else []
        forms = {_form(it) if it.closed and it.box.grown(-TICK_SIDE[0] / 2).area else "" for it in strokes}
        if forms <= {"square", "round"}:
            found.plain.add(path.address)
        color, alpha = color_of(path.handle)
        if mode.value and alpha and _is_frame(strokes):
            _add_stroked(max(strokes, key=lambda stroke: stroke.box.area), min(color) >= WHITE, 0.0, found)
            continue
        for stroke in strokes if mode.value and alpha else ():
            _add_filled(stroke, min(color) >= WHITE, found)
        color, alpha = color_of(path.handle, stroke=True)
        for stroke in strokes if stroked.value and alpha else ():
            _add_stroked(stroke, min(color) >= WHITE, _stroke_width(path), found)
    thin = (box for box in found.pictures if min(box.width, box.height) <= MAX_RULE_WIDTH)  # Ghostscript's rules of TeX
    found.rules += [_rule_of(box) for box in thin if max(box.width, box.height) >= MIN_RULE_LENGTH]
    return found


def _add_filled(stroke: _Stroke, white: bool, found: Paths) -> None:
    box = stroke.box
    thin = min(box.width, box.height) <= MAX_RULE_WIDTH < MIN_RULE_LENGTH <= max(box.width, box.height)
    if thin and not stroke.curved and 4 <= len(stroke.points) <= 5:  # browsers cut the ends of borders aslant
        found.rules.append(_rule_of(box))
    elif is_mark(box):
        below = next((them for them in (found.white, found.marks) if them and box.contains(them[-1], STRAIGHT)), None)
        if below is not None:  # it covers that
            below.pop()
            if not white and _form(stroke) == "square":
                found.squares.append(box)
        (found.white if white else found.marks).append(box)
    elif not white:
        (found.drawn if _form(stroke) == "other" else found.fills).append(box)


def _add_stroked(stroke: _Stroke, white: bool, width: float, found: Paths) -> None:
    box = stroke.box
    if is_mark(box) and stroke.closed:
        form = _form(stroke)
        square = form == "square" and min(box.width, box.height) >= TICK_SIDE[0]
        (found.squares if square else found.rings if form == "round" else found.marks).append(box)
        if form == "round" and found.white and found.white[-1].contains(box.grown(EDGE * box.width)):
            found.choices[box] = "( )"
        return
    if white:
        return
    short, long = sorted((box.width, box.height))
    ground = found.fills and box.contains(found.fills[-1], SAME)  # of a shape, that is no box to tick
    if stroke.closed and not ground and long <= min(TICK_SIDE[1], TICK_ASPECT * short) and _form(stroke) == "square":
        found.squares.append(box)
        return
    if stroke.curved:
        if not (stroke.closed and _form(stroke) != "other"):
            found.drawn.append(stroke.box)
        return
    ends = [*stroke.points, stroke.points[0]] if stroke.closed else stroke.points
    for (x1, y1), (x2, y2) in pairwise(ends):
        if abs(y1 - y2) <= STRAIGHT:
            level = found.rules if abs(x1 - x2) >= MIN_RULE_LENGTH else found.dashes
            level.append(Rule(True, (y1 + y2) / 2, min(x1, x2), max(x1, x2), width))
        elif abs(x1 - x2) <= STRAIGHT and abs(y1 - y2) >= MIN_RULE_LENGTH:
            found.rules.append(Rule(False, (x1 + x2) / 2, min(y1, y2), max(y1, y2), width))
        elif min(abs(x1 - x2), abs(y1 - y2)) > STRAIGHT:
            found.drawn.append(Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))


def _rule_of(box: Box) -> Rule:
    x, y = box.middle
    if box.width >= box.height:
        return Rule(True, y, box.left, box.right, box.height)
    return Rule(False, x, box.top, box.bottom, box.width)


def is_mark(box: Box) -> bool:
    """Whether a box is as small as a bullet, and no line."""
    short, long = sorted((box.width, box.height))
    return MARK_SIDE[0] <= short and long <= MARK_SIDE[1] and long <= MARK_ASPECT * short


def _form(stroke: _Stroke) -> str:
    """Whether a shape is a "square", with rounded corners too, "round" without straight sides, "mixed", or "other"."""
    box, count = stroke.box, len(stroke.points)
    corner, straight = (share * min(box.width, box.height) for share in (CORNER_SHARE, STRAIGHT_SHARE))
    inner, edge = box.grown(-corner), EDGE * max(box.width, box.height) if stroke.curved else STRAIGHT
    if any(inner.holds(x, y) for x, y in stroke.points) if stroke.curved else not 4 <= count <= 5:
        return "other"
    sides = [[y for x, y in stroke.points if abs(x - side) <= edge] for side in (box.left, box.right)]
    sides += [[x for x, y in stroke.points if abs(y - side) <= edge] for side in (box.top, box.bottom)]
    found = sum(max(side) - min(side) >= straight for side in sides)
    return "square" if found == len(sides) else "other" if not stroke.curved else "mixed" if found else "round"


def _is_frame(strokes: Sequence[_Stroke]) -> bool:
    """Whether what is filled is a shape with a hole in it: a small one, or one with borders as thin as lines."""
    if len(strokes) != 2:
        return False
    one, other = (stroke.box for stroke in strokes)
    if all(map(is_mark, (one, other))):
        return max(abs(a - b) for a, b in zip(one.middle, other.middle, strict=True)) <= SAME
    borders = [abs(a - b) for a, b in zip(one, other, strict=True)]
    return min(borders) > 0 and max(borders) <= MAX_RULE_WIDTH and all(_form(it) == "square" for it in strokes)


def _stroke_width(path: PageObject) -> float:
    from pypdfium2 import raw

    width = ctypes.c_float()
    raw.FPDFPageObj_GetStrokeWidth(path.handle, width)
    matrix = path.matrix()
    return width.value * abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5


def _strokes(path: PageObject, count: int) -> Iterator[_Stroke]:
    """The subpaths of a path, in points of the upright page."""
    from pypdfium2 import raw

    matrix = path.matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[Point] = []
    curves, closed = 0, False
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path.handle, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == raw.FPDF_SEGMENT_MOVETO and points:
            yield from _subpath(points, curves, closed)
            points, curves, closed = [], 0, False
        if kind == raw.FPDF_SEGMENT_BEZIERTO:  # three of them make a curve; the last is its end
            curves += 1
            if curves % 3:
                continue
        points.append(matrix.on_point(x.value, y.value))
        closed = closed or bool(raw.FPDFPathSegment_GetClose(segment))
    yield from _subpath(points, curves, closed)


def _extent(path: PageObject, count: int) -> Box:
    """The box around the points of a long path: PDFium's own reaches far beyond where a line turns sharply."""
    x, y = ctypes.c_float(), ctypes.c_float()
    places = ctypes.addressof(x), ctypes.addressof(y)
    points: list[Point] = []
    for index in range(0, count, -(-count // MAX_POINTS)):
        CALLS.FPDFPathSegment_GetPoint(CALLS.FPDFPath_GetPathSegment(path.address, index), *places)
        points.append((x.value, y.value))
    (left, bottom), (right, top) = np.min(points, 0).tolist(), np.max(points, 0).tolist()
    return Box(*path.matrix().on_rect(left, bottom, right, top))


def _subpath(points: Sequence[Point], curves: int, closed: bool) -> Iterator[_Stroke]:
    if len(points) > 1:
        yield _Stroke(tuple(points), curves > 0, closed or points[0] == points[-1])


MAX_BOXES = 500  # of a page; where there are more squares and rings, they make up drawings
TICK_MARKS = frozenset("xXvVoO*√×∨✓✔✕✖✗✘■●○◉ㅇ")  # what people set into a box to tick; any other letter is text
MIN_CELLS, MAX_HEIGHT = 3, 30.0  # boxes side by side that may be cells; points of those that lines part
BESIDE = 0.5  # of the width of boxes for the letters of one word that may be between them
MIN_SCALE = 4  # signs that count on in boxes side by side: the points of a scale, answers to choose from


def sort_boxes(found: Paths, glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Sort the squares and rings of a page that has some glyphs, which come back as they stand in boxes."""
    if len(found.squares) + len(found.rings) > MAX_BOXES:
        found.marks += [box for box in (*found.squares, *found.rings) if is_mark(box)]
        found.rules += [side for box in found.squares if not is_mark(box) for side in _sides(box)]
        found.squares, found.choices = [], {}
        return list(glyphs)
    _add_ruled(found)
    cells = _at_lines(found)
    dots = np.array([(*dot.middle, dot.area) for dot in (*found.marks, *found.white)]).reshape(-1, 3)
    chosen = [it for it in found.rings if (abs(dots - (*it.middle, 0)) <= (SAME, SAME, it.area / 2)).all(1).any()]
    sizes = {round(ring.width / SAME) for ring in chosen}
    found.choices |= {ring: "( )" for ring in found.rings if round(ring.width / SAME) in sizes}
    ticked = holding(set(found.squares) - cells, (*found.drawn, *found.marks))
    found.choices |= dict.fromkeys(chosen, "(x)") | dict.fromkeys(ticked, "[x]")
    marks = [*found.marks, *(ring for ring in found.rings if ring not in found.choices)]
    sides, free = np.array(marks).reshape(-1, 4), np.ones(len(marks), bool)
    for box in found.choices:
        free &= ((sides[:, :2] >= box[2:]) | (sides[:, 2:] <= box[:2])).any(1)
    found.marks = [mark for mark, is_free in zip(marks, free, strict=True) if is_free]
    return _in_boxes(found, cells, glyphs)


def holding(boxes: Collection[Box], parts: Iterable[Box]) -> list[Box]:
    """Those boxes that hold the middle of a part."""
    parts_in = _by_middle([part for part in parts if boxes])
    return [box for box in boxes if parts_in(box)]


def _by_middle(parts: Sequence[Box]) -> Callable[[Box], list[int]]:
    """Find the numbers of parts whose middle a box holds: a map has thousands of parts in hundreds of boxes."""
    middles = np.array([part.middle for part in parts]).reshape(-1, 2)
    return lambda box: np.flatnonzero(((box[:2] <= middles) & (middles <= box[2:])).all(1)).tolist()


def _in_boxes(found: Paths, cells: set[Box], glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Tell boxes for a letter each, and more cells, from boxes to tick. Such letters have the places of their boxes, so
    that no gap parts them.
    """
    letters_in = _by_middle([glyph.ink for glyph in glyphs])
    result, combs = list(glyphs), set[Box]()
    for run in _side_by_side(found.squares):
        held = list(map(letters_in, run))
        texts = ["".join(glyphs[at].text for at in own) for own in held]
        letters, said = [text for text in texts if text and text not in TICK_MARKS], "".join(texts)
        counts = len(said) >= MIN_SCALE and {ord(b) - ord(a) for a, b in pairwise(said)} == {1}
        touch = len(run) >= MIN_CELLS and all(b.left - a.right <= SAME for a, b in pairwise(run))
        if len(letters) > 1 and max(map(len, texts)) == 1 and not counts:
            combs.update(run)
            for at, box in ((at, box) for own, box in zip(held, run, strict=True) for at in own):
                place, space = glyphs[at].box._replace(left=box.left, right=box.right), glyphs[at].after_space
                result[at] = glyphs[at]._replace(box=place, after_space=space and box is run[0], apart=True)
        elif touch and (letters or not said and not found.choices.keys() & set(run)):
            cells.update(run)
        else:
            cells.update(box for box, text in zip(run, texts, strict=True) if text in letters and not is_mark(box))
    found.rules += [side for box in found.squares if box in cells - combs for side in _sides(box)]
    found.choices = {box: sign for box, sign in found.choices.items() if box not in cells | combs}
    found.squares = [box for box in found.squares if box not in cells | combs and box not in found.choices]
    return result


def _add_ruled(found: Paths) -> None:
    """Take the cells of a row by itself, small ones of one width between lines that stand on one, for squares."""
    upright = [it for it in found.rules if not it.horizontal and TICK_SIDE[0] < it.end - it.start < MAX_HEIGHT]
    ends, free = np.array([rule.box for rule in found.rules]).reshape(-1, 4), np.ones(len(found.rules), bool)
    for group in consecutive(upright, lambda it: (round(it.start), round(it.end), it.at), _is_next):
        xs = [same[0] for same in consecutive((it.at for it in group), float, lambda same, x: x - same[0] <= 2 * SAME)]
        widths = [b - a for a, b in pairwise(xs)]
        if len(widths) < MIN_CELLS or max(widths) - min(widths) > 2 * SAME:
            continue
        top, bottom = group[0].start, group[0].end
        frame = Box(xs[0], min(top, bottom - min(widths)), xs[-1], bottom)  # some stand open above
        low, high = np.reshape(frame.grown(2 * SAME), (2, 2))
        near = np.flatnonzero((ends[:, :2] <= high).all(1) & (ends[:, 2:] >= low).all(1))
        inside = (ends[near, :2] >= low).all() and (ends[near, 2:] <= high).all()
        if inside and (abs(ends[near][:, [1, 3]] - bottom) <= 2 * SAME).all(1).any():  # one lies at their foot
            free[near] = False
            found.squares += [Box(a, frame.top, b, bottom) for a, b in pairwise(xs)]
    found.rules = list(compress(found.rules, free))


def _is_next(row: list[Rule], rule: Rule) -> bool:
    last = row[-1]
    level = max(abs(rule.start - last.start), abs(rule.end - last.end)) <= SAME
    return level and 0 <= rule.at - last.at <= TICK_SIDE[1]


def _at_lines(found: Paths) -> set[Box]:
    """The squares that are larger than marks and touch a line."""
    large = [box for box in found.squares if not is_mark(box)]
    gaps = gaps_to([*large, *(rule.box for rule in found.rules)])
    return {box for at, box in enumerate(large) if (np.maximum(*gaps(at))[len(large) :] <= SAME).any()}


def _side_by_side(boxes: Iterable[Box]) -> Iterator[list[Box]]:
    """Boxes of one size in runs without room for a label between them, from left to right."""
    for row in rows(set(boxes), lambda box: box):
        starts = [0]
        for at, (a, b) in enumerate(pairwise(row), 1):
            alike = max(abs(a.width - b.width), abs(a.height - b.height), abs(a.top - b.top)) <= 2 * SAME
            if not alike or b.left - a.right > BESIDE * a.width:
                starts.append(at)
        yield from (row[a:b] for a, b in pairwise([*starts, len(row)]))


def _sides(box: Box) -> Iterator[Rule]:
    """A box as lines."""
    yield from (Rule(True, y, box.left, box.right, 0.0) for y in (box.top, box.bottom))
    yield from (Rule(False, x, box.top, box.bottom, 0.0) for x in (box.left, box.right))


STRIKE_EM = 0.25  # thickness of a line through type, at most; what is thicker marks it or covers it
SPACE_EM = 1.0  # of the widest space, that a line may strike out beside letters


def strike_out(glyphs: Sequence[Glyph], found: Paths) -> list[Glyph]:
    """Mark the glyphs that a line is drawn through, and take such lines away from what is found: they rule nothing."""
    places = [(glyph.box.middle[0], glyph.box.top, glyph.baseline) for glyph in glyphs]
    middles, tops, feet = np.array(places, float).reshape(-1, 3).T
    thick = [_rule_of(fill) for fill in found.fills]
    strikes: dict[Rule, list[int]] = {}  # with what they strike out
    for line in (line for line in (*found.rules, *found.dashes, *thick) if line.horizontal):
        over = (line.start < middles) & (middles < line.end) & (tops < line.at) & (line.at + line.width / 2 < feet)
        own = [at for at in np.flatnonzero(over).tolist() if not glyphs[at].angle]
        if own and _strikes(line, [glyphs[at] for at in own]):
            strikes[line] = own
    struck = {at for own in strikes.values() for at in own}
    found.rules = [rule for rule in found.rules if rule not in strikes]
    found.fills = [fill for line, fill in zip(thick, found.fills, strict=True) if line not in strikes]
    return [glyph._replace(struck=True) if at in struck else glyph for at, glyph in enumerate(glyphs)]


def _strikes(line: Rule, covered: Sequence[Glyph]) -> bool:
    """Whether a line strikes out what it covers, all of which stands below it: it lies below the tops of most of its
    letters and ends where they do, or a space beside them, as underlines, grids and bars of fractions do not.
    """
    em, letters = max(glyph.em for glyph in covered), [it for it in covered if it.text.isalnum()] or covered
    box, crossed = Box.around(glyph.box for glyph in covered), sum(glyph.ink.top < line.at for glyph in letters)
    aside = max(0.0, box.left - line.start) + max(0.0, line.end - box.right)
    return line.width < STRIKE_EM * em and aside < SPACE_EM * em and 2 * crossed > len(letters)


CELL = 4.0  # points: parts no further apart touch
MIN_SIDE = 36.0  # points of a drawing's shorter side
MAX_SHARE = 0.8  # of a page's side, from which on what is drawn is the page's own frame or ground
MIN_BARS = 3
MIN_DRAWN_SHARE = 0.15  # of the longer side of a drawing that what is neither line nor rectangle takes
SAME = 1.0  # points by which the sides of rectangles of one size differ


def find_drawings(paths: Paths, width: float, height: float) -> list[Box]:
    """Boxes in points of the upright page, from top to bottom."""
    drawn = [box for box in paths.drawn if not _is_page(box, width, height)]
    bars = [fill for fill in paths.fills if not _is_page(fill, width, height)]
    parts = [*drawn, *bars, *(rule.box for rule in paths.rules)]
    found, drawn_in, bars_in = [], _by_middle(drawn), _by_middle(bars)
    for box in _touching([box.clipped(width, height) for box in parts], width, height):
        stands = _are_bars([bars[at] for at in bars_in(box)])
        if inside := drawn_in(box):
            around = Box.around(drawn[at] for at in inside)
            stands = max(around.width, around.height) > MIN_DRAWN_SHARE * max(box.width, box.height)
        if min(box.width, box.height) >= MIN_SIDE and stands and not _is_page(box, width, height):
            found.append(box)
    return found


def _are_bars(fills: Sequence[Box]) -> bool:
    """Whether rectangles of one width and several heights stand on one line, or turned by a quarter."""
    groups: dict[tuple[bool, int, int], set[int]] = defaultdict(set)
    for left, top, right, bottom in fills:
        width, height = round((right - left) / SAME), round((bottom - top) / SAME)
        groups[True, round(bottom / SAME), width].add(height)
        groups[False, round(left / SAME), height].add(width)
    return any(len(sizes) >= MIN_BARS for sizes in groups.values())


def _touching(boxes: Sequence[Box], width: float, height: float) -> list[Box]:
    """Boxes around parts that touch, found on a coarse picture of the page: drawings have thousands of parts."""
    mask = np.zeros((int(height / CELL) + 2, int(width / CELL) + 2), bool)
    for left, top, right, bottom in boxes:
        mask[max(0, int(top / CELL)) : int(bottom / CELL) + 2, max(0, int(left / CELL)) : int(right / CELL) + 2] = True
    parts_in, areas = _by_middle(boxes), (Box(*area).scaled(CELL) for area in components(mask).boxes.tolist())
    return [Box.around([boxes[at] for at in parts_in(area)] or [Box(0, 0, 0, 0)]) for area in areas]


def _is_page(box: Box, width: float, height: float) -> bool:
    return box.width > MAX_SHARE * width and box.height > MAX_SHARE * height
