"""Glyphs put together to words and pieces of lines.

- Spaces come from the gaps between glyphs as well as from space characters: browsers, Hancom and TeX leave them out. A
  gap is measured from where a glyph's own width ends, and against the usual gap of its line, so that neither letter
  spacing nor condensed type makes or hides a space.
- The file's order groups glyphs only into pieces of one line; what comes first on the page, `layout` says.
- Pieces that run at an angle are put together in the frame of it; letters one below the other are one piece.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from unicodedata import normalize

from sokdok.imaging.box import Box, page_box
from sokdok.imaging.grouping import consecutive, rows
from sokdok.pages.textlayer import Piece, Word
from sokdok.pages.textlayer.glyphs import DESCENT, Glyph, direction

SPACE_EM = 0.16  # by which a gap is wider than the line's usual one if it is a space; TeX shrinks its own to .22 em
BETWEEN_SCRIPTS_EM = 0.27  # at most, of the gap that Writer, Word and typst set between scripts: a quarter of an em
FIRST_EAST_ASIAN = "\u1100"  # Hangul, Han and kana come behind it, letters that are spaced like Latin ones before
KERN_EM = 0.1  # kerning stays below
LEAST_LETTERS = 3  # to a space
SPLIT_EM = 1.5  # a gap as wide as this divides columns or cells
MAX_TRACKING_EM = 0.12  # a usual gap above this counts as letter spacing only in a piece of `MANY` glyphs or more
MAX_TITLE_EM = 0.9  # and below this in a short one
MANY = 8  # glyphs whose gaps say how a line is spaced
COPY_EM = 0.15  # aside, and less than half a letter, is its second drawing, where that makes type bold
_LEADERS = frozenset(".·․‥…")
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u030c\u0306\u0304\u0307\u030a\u030b\u0327\u0328"
_ACCENTS = dict(zip("`´ˆ˜¨ˇ˘¯˙˚˝¸˛", _MARKS, strict=True))  # by themselves → as marks of a letter
_LEFTWARDS = re.compile("R(?:[^L]*R)?")  # in directions of glyphs, a space between words
_KEPT = re.compile("(?=[^R]*L)[L1](?:[^R]*[L1])?|1(?:[^R ]*1)?")
SAME_EM = 0.02  # share by which sizes of one type may differ, and the spaces of one line, in em


def pieces_of(glyphs: Iterable[Glyph]) -> list[Piece]:
    """Pieces in the order of the file, each text once in its place; behind those that run from left to right others."""
    upright: list[Glyph] = []
    turned: dict[float, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        if glyph.angle:
            level = glyph.level
            turned[glyph.angle].append(glyph._replace(box=level, baseline=level.bottom - DESCENT * glyph.em))
        else:
            upright.append(glyph)
    pieces = below_each_other([_piece(run) for run in _in_lines(upright)])
    pieces += [on_page(_piece(run), angle) for angle, own in turned.items() for run in _runs(own)]
    return _without_copies(pieces)


def _runs(glyphs: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """Neighbours in the file's order that stand in one line without a wide gap."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if len(glyph.text) == 2:
            glyph = glyph._replace(text=_composed(glyph, glyph.text))
        if run:
            first = 0 if glyph.text in _ACCENTS else len(run) - 1  # accents may be drawn behind all of their line
            wholes = ((at, _accented(run[at], glyph)) for at in reversed(range(first, len(run))))
            at, whole = next((found for found in wholes if found[1]), (0, None))
            if whole:
                run[at] = whole
                continue
            same, near = run[-1].text == glyph.text, min(COPY_EM * glyph.em, glyph.box.width / 2)
            if same and all(abs(a - b) < near for a, b in zip(run[-1].box, glyph.box, strict=True)):
                continue
            if not _goes_on(run[-1].box, glyph.box, max(run[-1].em, glyph.em)):
                yield run
                run = []
        run.append(glyph)
    if run:
        yield run


def _accented(last: Glyph, glyph: Glyph) -> Glyph | None:
    """A letter and the accent that is drawn at its place, as in TeX's first fonts, as one; None of other glyphs."""
    accent, letter = (last, glyph) if last.text in _ACCENTS else (glyph, last)
    text = _composed(letter, accent.text + letter.text)
    at_it = letter.box.left < accent.box.middle[0] < letter.box.right and accent.box.overlap(letter.box) > 0
    return letter._replace(text=text, after_space=last.after_space) if at_it and len(text) == 1 else None


def _composed(letter: Glyph, text: str) -> str:
    """An accent and a letter of running text as one character; other text as it is."""
    first, last = (text[-1], text[0]) if text[-1] in _ACCENTS else (text[0], text[-1])
    if len(text) != 2 or first not in _ACCENTS or letter.font.alphabet:
        return text
    whole = normalize("NFC", last.replace("ı", "i").replace("ȷ", "j") + _ACCENTS[first])
    return whole if len(whole) == 1 else text


def _goes_on(before: Box, box: Box, em: float) -> bool:
    _, top, right, bottom = before
    left, upper, _, lower = box
    if not -em < left - right < SPLIT_EM * em:
        return False
    return min(bottom, lower) - max(top, upper) > 0.3 * min(bottom - top, lower - upper)


def _in_lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Runs; of a page with letters that run leftwards line by line, since a file may have them in any order."""
    unnamed = ((a, b) for a, b in pairwise(glyphs) if b.text == "\ufffd" and a.baseline == b.baseline)
    turned = any(abs(a.box.left - b.box.right) < KERN_EM * b.em for a, b in unnamed)  # by PDFium: it takes codes so
    if not turned and not any(direction(glyph.text) == "R" for glyph in glyphs):
        return _runs(glyphs)
    lines = rows(glyphs, lambda it: it.box._replace(top=it.baseline - it.em, bottom=it.baseline))
    return _runs(glyph._replace(after_space=False) for line in lines for glyph in line)  # it may be on either side


def _logical(run: Sequence[Glyph], spaces: Sequence[bool]) -> tuple[list[Glyph], list[bool]]:
    """Glyphs of a line in logical order, and whether a space stands before each: Unicode's annex 9, turned around.

    The line runs as most of its letters do; in what runs leftwards, numbers and words that do not keep their direction.
    """
    items = [item for glyph, space in zip(run, spaces, strict=True) for item in ((None, glyph) if space else (glyph,))]
    sides = "".join(" " if item is None else direction(item.text) for item in items)
    leftwards = [(0, len(sides))]
    if sides.count("L") > sides.count("R"):
        leftwards = [match.span() for match in _LEFTWARDS.finditer(sides)]
    for start, stop in leftwards:
        for match in _KEPT.finditer(sides, start, stop):
            items[slice(*match.span())] = items[slice(*match.span())][::-1]
        items[start:stop] = items[start:stop][::-1]
    return [item for item in items if item], [a is None for a, b in pairwise([*items[:1], *items]) if b]


def _piece(run: Sequence[Glyph]) -> Piece:
    spaces = _spaces(run)
    if any(direction(glyph.text) == "R" for glyph in run):
        run, spaces = _logical(run, spaces)
    parts = [f" {glyph.text}" if space else glyph.text for glyph, space in zip(run, spaces, strict=True)]
    box, em = Box.around(glyph.box for glyph in run), median(glyph.em for glyph in run)
    return Piece("".join(parts), box, em, words=tuple(_words(run, spaces)))


def _spaces(run: Sequence[Glyph]) -> list[bool]:
    """Whether a space stands before each glyph."""
    pairs = list(pairwise(run))
    gaps = [(glyph.box.left - before.box.right) / max(before.em, glyph.em) for before, glyph in pairs]  # in em
    # Dots that lead to a page number stand as far apart as words do, and there are more of them; spaces, wider.
    apart = [after.after_space or before.text == after.text and after.text in _LEADERS for before, after in pairs]
    usual = _gap_within_words(run, [gap for gap, is_apart in zip(gaps, apart, strict=True) if not is_apart])
    least = min(SPACE_EM, _narrow_space(run, [gap - usual for gap in gaps]) - SAME_EM)
    written = any(glyph.after_space for glyph in run[1:])
    later = []
    for (before, glyph), gap in zip(pairs, gaps, strict=True):
        letters = before.text.isalnum() and glyph.text.isalnum()
        scripts = letters and (before.text >= FIRST_EAST_ASIAN) != (glyph.text >= FIRST_EAST_ASIAN)
        wide = gap - usual > (max(least, BETWEEN_SCRIPTS_EM) if written and scripts else least)
        later.append(glyph.after_space or wide)
    return [False, *later]


def _narrow_space(run: Sequence[Glyph], gaps: Sequence[float]) -> float:
    """The narrowest space of a line, if those between its letters are alike, as of condensed type; else infinite."""
    letters = [
        (gap, before.text + glyph.text)
        for gap, (before, glyph) in zip(gaps, pairwise(run), strict=True)
        if before.text.isalnum() and glyph.text.isalnum()
    ]
    wide = [gap for gap, _ in letters if gap > KERN_EM]
    pairs = {pair for gap, pair in letters if gap > KERN_EM}  # one pair of letters may be kerned apart
    if len(pairs) < 2 or len(letters) < LEAST_LETTERS * len(wide) or max(wide) - min(wide) > SAME_EM:
        return math.inf
    return min(wide)


def _words(run: Sequence[Glyph], spaces: Sequence[bool]) -> Iterator[Word]:
    word: list[Glyph] = []
    joined = False
    for glyph, space in zip(run, spaces, strict=True):
        if word and (space or not _same_type(word[-1], glyph)):
            yield _word(word, joined)
            word, joined = [], not space
        word.append(glyph)
    yield _word(word, joined)


def _same_type(last: Glyph, glyph: Glyph) -> bool:
    same_size = max(abs(last.em - glyph.em), abs(last.baseline - glyph.baseline)) <= SAME_EM * last.em
    a, b = last.font, glyph.font
    looks = (a.bold, a.italic, a.mono, a.alphabet) == (b.bold, b.italic, b.mono, b.alphabet)
    return same_size and last.struck == glyph.struck and (a is b or looks)


def _word(glyphs: Sequence[Glyph], joined: bool) -> Word:
    first = glyphs[0]
    text = "".join(glyph.text for glyph in glyphs)
    font, box = first.font, Box.around(glyph.box for glyph in glyphs)
    looks = (font.bold, font.italic, font.mono, first.struck)
    fonts: tuple[str, ...] = (font.tag,)
    if any(glyph.font is not font for glyph in glyphs):
        fonts = tuple(glyph.font.tag for glyph in glyphs for _ in glyph.text)
    if any(glyph.apart or glyph.struck for glyph in glyphs):  # in no strip that could be held against its font
        fonts = ()
    return Word(text, box, first.em, first.baseline, *looks, joined, alphabet=font.alphabet, fonts=fonts)


def _gap_within_words(run: Sequence[Glyph], gaps: Sequence[float]) -> float:
    """The gap within words: a small one of the line, since in a line of short words most gaps are spaces.

    Letters that stand equally far apart, and no space is written between them, are a title's.
    """
    small = max(0.0, sorted(gaps)[len(gaps) // 10]) if gaps else 0.0
    text = "".join(glyph.text for glyph in run)
    alike = len(gaps) > 1 and max(gaps) - min(gaps) < SAME_EM and small < MAX_TITLE_EM
    spaced = alike and text.isalpha() and (text >= FIRST_EAST_ASIAN or len(gaps) > 2 and not text.islower())
    return small if spaced or len(gaps) >= MANY else min(small, MAX_TRACKING_EM)


def _without_copies(pieces: Sequence[Piece]) -> list[Piece]:
    """Each text once in its place, to a third of an em."""
    seen: set[tuple[str, int, int]] = set()
    unique = []
    for piece in pieces:
        step = 3 / piece.em
        at = (round(piece.box.left * step), round(piece.box.top * step))
        near = {(piece.text, at[0] + x, at[1] + y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
        if not near & seen:
            seen.add((piece.text, *at))
            unique.append(piece)
    return unique


MIN_STACK = 3  # letters below each other that make up a word
ASIDE_EM, PITCH_EM, COLUMN_EM = 0.3, 1.6, 1.25
"""how far aside of each other, and how far apart, they are at most; how far apart most are in columns of text"""
ROOM_EM = 1.5  # beside them without any other text: letters of a table or of a list have their rows
UPRIGHT = 270.0  # degrees by which the letters of columns are turned on a page on which those are lines


def in_columns(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Glyphs of a page that was turned, with the letters that stand upright in its lines as parts of them.

    Some side by side with room for one, such as numbers of two digits, share its place; longer text runs across.
    """
    found: list[Glyph] = []

    def across(run: list[int], at: int) -> bool:
        last, glyph = glyphs[run[-1]], glyphs[at]
        return last.angle == glyph.angle == UPRIGHT and _goes_on(last.level, glyph.level, max(last.em, glyph.em))

    for run in consecutive(range(len(glyphs)), int, across):
        letters, em = [glyphs[at] for at in run], glyphs[run[0]].em
        if letters[0].angle != UPRIGHT or Box.around(letter.level for letter in letters).width > COLUMN_EM * em:
            found += letters
            continue
        x, y = Box.around(letter.box for letter in letters).middle
        place = Box(x - em / 2, y - em / 2, x - em / 2, y + em / 2)
        for letter in letters:
            place = place._replace(left=place.right, right=place.right + em / len(letters))
            found.append(letter._replace(box=place, baseline=place.bottom - DESCENT * em, angle=0.0, apart=True))
    return found


def on_page(piece: Piece, angle: float) -> Piece:
    """A piece in the frame of an angle (`imaging.box`), where it lies on the page."""
    boxes = (page_box(word.box, angle) for word in piece.words)
    words = tuple(replace(word, box=box, baseline=box.bottom) for word, box in zip(piece.words, boxes, strict=True))
    return replace(piece, box=page_box(piece.box, angle), turned=angle, words=words)


def below_each_other(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces in the file's order, with letters one below the other put together, columns of East Asia side by side."""
    found: list[Piece] = []
    for stack in consecutive(range(len(pieces)), int, lambda above, at: _is_below(pieces[above[-1]], pieces[at])):
        letters = [pieces[at] for at in stack]
        steps = [b.box.middle[1] - a.box.middle[1] for a, b in pairwise(letters)]
        pitch = median(steps or [0.0])
        in_columns = all(map(_is_east_asian, letters)) and pitch < COLUMN_EM * letters[0].em
        rooms = [letter.box.grown(ROOM_EM * letter.em, -letter.box.height / 3) for letter in letters]
        beside = (
            piece is not letter and piece.box.overlap(room) > 0
            for letter, room in zip(letters, rooms, strict=True)
            for piece in pieces
            if not (in_columns and _is_east_asian(piece))
        )
        if len(letters) < MIN_STACK or any(beside):
            found += letters
            continue
        starts = [at for at, step in enumerate(steps, 1) if step > pitch + SPACE_EM * letters[0].em]
        words = [_stacked(letters[start:stop]) for start, stop in pairwise([0, *starts, len(letters)])]
        box, text = Box.around(word.box for word in words), " ".join(word.text for word in words)
        found.append(Piece(text, box, letters[0].em, 90.0, tuple(words)))
    return found


def _is_east_asian(piece: Piece) -> bool:
    return len(piece.text) == 1 and piece.text >= FIRST_EAST_ASIAN


def _stacked(letters: Sequence[Piece]) -> Word:
    box, text = Box.around(letter.box for letter in letters), "".join(letter.text for letter in letters)
    fonts = tuple(font for letter in letters for font in letter.words[0].fonts)
    return replace(letters[0].words[0], text=text, box=box, baseline=box.bottom, fonts=fonts)


def _is_below(above: Piece, piece: Piece) -> bool:
    """Whether a piece is a letter close below another of its size."""
    if not all(_is_east_asian(it) or len(it.text) == 1 and it.text.isalpha() for it in (above, piece)):
        return False
    (x, y), (other_x, other_y), em = above.box.middle, piece.box.middle, above.em
    close = abs(other_x - x) < ASIDE_EM * em and 0 < other_y - y < PITCH_EM * em
    return close and abs(piece.em - em) <= SAME_EM * em
