"""What the structure network looks at: a page's pieces of text, pictures, fills and rules, as arrays.

A piece of text is a run of words on one baseline without a gap of half an em: never more than one block has of a line,
often less; the network puts together what belongs together. Lengths are in any unit, the same for all of a page.

Of the arrays it is given numbers in units of the page's body type. What only a text layer knows of the type is hidden
of a page that a recogniser read, and what the pages around show where they are not known.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sokdok.imaging.box import Box
from sokdok.layout.text_line import text_of
from sokdok.pages.textlayer import Rule, TextLayer, Word
from sokdok.pages.textlayer.glyphs import direction

Array = NDArray[Any]
Run = Sequence[Word]

GAP_EM, READ_GAP_EM = 0.5, 1.6  # between two words from which on they are of two pieces; places that were read are off
LEADER, LEADER_GAP_EM = frozenset(".·․‥…"), 2.0  # between such dots, and to what they lead from and to
KINDS = ("text", "picture", "drawing", "fill", "across", "down", "mark")  # of nodes; rules run across or down
TEXT, PICTURE, DRAWING, FILL, ACROSS, DOWN = range(6)
MOST_MARKS = 96  # nodes without text that a page keeps, the largest
GROUND_SHARE = 0.9  # of the page, that a fill takes which is its ground
SAME_POINTS, NEAR_POINTS = 0.7, 1.5  # by which rules differ, and are apart, that go on in one line
CLASSES = 48  # of letters
HASHES = 1024  # of first words
FIRST, LAST = 5, 2  # letters at a piece's beginning and end whose classes are known

VOCABULARY = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_SINGLE = {letter: int(index) for index, letters in VOCABULARY["classes"].items() for letter in letters}
_RANGES = ((0x2460, 0x24FF, 37), (0x3200, 0x32FF, 37), (0x1100, 0x318F, 38), (0xAC00, 0xD7A3, 39), (0x4E00, 0x9FFF, 41))


@dataclass(frozen=True)
class Drawn:
    """What a page shows besides text."""

    size: tuple[float, float]  # the page's width and height
    pictures: Sequence[Box] = ()
    drawings: Sequence[Box] = ()
    fills: Sequence[Box] = ()
    rules: Sequence[Rule] = ()
    ticks: Sequence[Box] = ()  # boxes to tick

    @classmethod
    def of_layer(cls, layer: TextLayer) -> Drawn:
        """What a text layer says is drawn, in points."""
        ticks = (*layer.ticked, *layer.unticked)
        return cls(layer.size, layer.pictures, layer.drawings, layer.fills, layer.rules, ticks)


def cuts(words: Run, gap_em: float = GAP_EM) -> list[int]:
    """Where a line's words are parted into pieces: numbers of the words that begin one, but the first.

    Dots that lead on keep together what they stand between; letters that run leftwards all, as pieces run rightwards.
    """
    out = []
    for at, (before, word) in enumerate(pairwise(words), 1):
        most = LEADER_GAP_EM if set(before.text) <= LEADER or set(word.text) <= LEADER else gap_em
        if word.box.left - before.box.right > most * max(word.em, before.em) or word.box.left < before.box.left:
            out.append(at)
    return [] if any(direction(word.text) == "R" for word in words) else out


def page_nodes(runs: Sequence[Run], drawn: Drawn, seen: Sequence[tuple[bool, float]] = ()) -> dict[str, Array]:
    """Arrays with a row for each node, texts first.

    `box` (left, top, right, bottom), `em`, `baseline`; `kind` of KINDS; `letters`, classes of the first and last;
    `shares` of kinds of letters; `look`, shares in bold, italic and fixed pitch; `size`, letters and words; `hash` of
    the first word; `page`, its size; `seen`, of pages that are read, whether a text detector takes a piece for a
    table's, and its weight.
    """
    marks = _marks(drawn)
    count = len(runs) + len(marks)
    box, em, baseline = np.zeros((count, 4), np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32)
    kind, letters = np.zeros(count, np.int8), np.zeros((count, FIRST + LAST), np.int8)
    shares, look = np.zeros((count, 6), np.float16), np.zeros((count, 3), np.float16)
    size, hashes = np.zeros((count, 2), np.int16), np.zeros(count, np.int16)
    for at, words in enumerate(runs):
        text, longest = text_of(words), max(words, key=lambda word: len(word.text))
        box[at] = Box.around(word.box for word in words)
        em[at], baseline[at] = longest.em, longest.baseline
        looks = np.array([(word.bold, word.italic, word.mono) for word in words], float)
        lengths = np.array([len(word.text) for word in words], float)
        look[at] = lengths @ looks / lengths.sum()
        bare = text.replace(" ", "")
        classes = [letter_class(letter) for letter in bare[:FIRST]]
        letters[at, : len(classes)] = classes
        letters[at, FIRST:] = [letter_class(letter) for letter in bare[-LAST:].rjust(LAST, "\u2028")]
        shares[at], size[at], hashes[at] = _shares(text), (min(len(bare), 999), len(words)), _hash(text)
    for at, (name, *place) in enumerate(marks, len(runs)):
        kind[at], box[at] = KINDS.index(name), place
    sight = np.zeros((count, 2), np.float16)
    sight[: len(seen)] = np.reshape(seen, (-1, 2))
    return {
        "box": box, "em": em, "baseline": baseline, "kind": kind, "letters": letters, "shares": shares, "look": look,
        "size": size, "hash": hashes, "page": np.array(drawn.size, np.float32), "seen": sight,
    }  # fmt: skip


def letter_class(letter: str) -> int:
    """One of CLASSES classes of characters, from 1; 0 is for none."""
    if letter in _SINGLE:
        return _SINGLE[letter]
    code = ord(letter)
    if letter.isdigit() and code < 128:
        return 31
    if "a" <= letter <= "z":
        return 33 if letter in "ivx" else 34 if letter in "abcde" else 32
    if "A" <= letter <= "Z":
        return 36 if letter in "IVX" else 35
    for first, last, number in _RANGES:
        if first <= code <= last:
            return number
    if letter.isalpha():
        return 43 if letter.isupper() else 42
    return 44 if 0x2190 <= code <= 0x22FF else 45 if 0x2500 <= code <= 0x27BF else 46


def _shares(text: str) -> list[float]:
    """Shares of capitals, digits, signs, Hangul, Han and kana, leaders."""
    counts = (
        sum(map(str.isupper, text)),
        sum(map(str.isdigit, text)),
        sum(not letter.isalnum() and not letter.isspace() for letter in text),
        sum("\uac00" <= letter <= "\ud7a3" for letter in text),
        sum("\u3041" <= letter <= "\u9fff" for letter in text),
        sum(letter in ".·…_" for letter in text),
    )
    return [count / max(1, len(text)) for count in counts]


def _hash(text: str) -> int:
    """A number for the first word, its digits made equal; 0 for none."""
    words = text.split()
    return 1 + zlib.crc32(re.sub(r"\d", "0", words[0].lower()).encode()) % (HASHES - 1) if words else 0


def _marks(drawn: Drawn) -> list[tuple[str, float, float, float, float]]:
    """What is no text as (kind, left, top, right, bottom): pictures and drawings first, then the largest."""
    width, height = drawn.size
    found = [("picture", *box) for box in drawn.pictures]
    found += [("drawing", *box) for box in drawn.drawings]
    found += [("fill", *box) for box in drawn.fills if box.area < GROUND_SHARE * width * height]
    rules = _joined(drawn.rules)
    found += [("across", rule.start, rule.at, rule.end, rule.at) for rule in rules if rule.horizontal]
    found += [("down", rule.at, rule.start, rule.at, rule.end) for rule in rules if not rule.horizontal]
    found += [("mark", *box) for box in drawn.ticks]
    found.sort(key=lambda mark: (mark[0] not in ("picture", "drawing"), -(mark[3] - mark[1]) - (mark[4] - mark[2])))
    return found[:MOST_MARKS]


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that go on in one line as one."""
    out: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (r.horizontal, round(r.at * 2), r.start)):
        last = out[-1] if out else rule
        in_line = last.horizontal == rule.horizontal and abs(last.at - rule.at) < SAME_POINTS
        if out and in_line and rule.start <= last.end + NEAR_POINTS:
            out[-1] = Rule(rule.horizontal, last.at, last.start, max(last.end, rule.end), max(last.width, rule.width))
        else:
            out.append(rule)
    return out


Floats = NDArray[np.float32]

NUMBERS = 47  # of each node
SIDES = 4  # rules around a node: at its left, above, at its right, below
FAR = 12.0  # body heights beyond which a gap is as good as infinite
ALIGNED = 0.25  # body heights by which places differ that are one
ASCENT, DESCENT = 0.8, 0.2  # of the type's size, from the baseline to the upper and the lower end of its box


def body_size(page: dict[str, Array]) -> float:
    """The size of the type of most letters."""
    texts = page["kind"] == TEXT
    sizes, weights = page["em"][texts].astype(float), page["size"][texts, 0].astype(float)
    return max(1e-3, weighted_median(sizes, weights)) if len(sizes) else 10.0


def weighted_median(values: NDArray[Any], weights: NDArray[Any]) -> float:
    """The value at which half of the weight is reached, from the least value on; there is at least one."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def places(page: dict[str, Array]) -> Floats:
    """Nodes × (left, top, right, bottom, size of the type): of text as high as its type, from its baseline."""
    texts = page["kind"] == TEXT
    em, base = page["em"].astype(np.float32), page["baseline"].astype(np.float32)
    place: Floats = np.concatenate([page["box"].astype(np.float32), em[:, None]], 1)
    place[texts, 1], place[texts, 3] = base[texts] - ASCENT * em[texts], base[texts] + DESCENT * em[texts]
    return place


def surroundings(place: Floats, kind: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Nodes × SIDES places of the next rule or edge around each; nodes × 3, whether fill, picture, drawing holds it."""
    x0, y0, x1, y1 = place[:, :4].T
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    cell = np.zeros((len(kind), SIDES), np.float32)
    fills = kind == FILL
    for side in range(SIDES):
        axis, before = side % 2, side < 2
        lines = place[fills | (kind == (ACROSS if axis else DOWN))]
        edges = np.concatenate([lines[:, axis], lines[:, axis + 2]])
        low, high = (np.concatenate([lines[:, column]] * 2) for column in (1 - axis, 3 - axis))
        at, along = (middle_y, middle_x) if axis else (middle_x, middle_y)
        gap = (at[:, None] - edges) * (1 if before else -1)
        meets = (low - 0.3 <= along[:, None]) & (high + 0.3 >= along[:, None]) & (gap > 0)
        best = np.where(meets, gap, 99.0).min(1, initial=99.0)
        cell[:, side] = np.where(best < 99, at - best if before else at + best, -50.0 if before else 150.0)
    inside = np.zeros((len(kind), 3), np.float32)
    for index, wanted in enumerate((fills, kind == PICTURE, kind == DRAWING)):
        left, top, right, bottom = place[wanted, :4].T
        across = (left <= middle_x[:, None]) & (right >= middle_x[:, None])
        inside[:, index] = (across & (top <= middle_y[:, None]) & (bottom >= middle_y[:, None])).any(1)
    return cell, inside


def numbers_of(
    page: dict[str, Array], place: Floats, around: tuple[Floats, Floats], size: tuple[float, float], blind: bool
) -> Floats:
    """Nodes × NUMBERS; `blind` hides what only a text layer knows.

    `place` and `around` are what `places` and `surroundings` give, they and the page's `size` in body heights.
    """
    cell, inside = around
    width, height = size
    kind = page["kind"].astype(int)
    x0, y0, x1, y1, em = place.T
    other = (kind == TEXT)[None, :] & ~np.eye(len(kind), dtype=bool)
    rows, columns = _overlap(y0, y1) & other, _overlap(x0, x1) & other
    gaps = [
        _nearest(x0[:, None] - x1, rows), _nearest(x0 - x1[:, None], rows),
        _nearest(y0[:, None] - y1, columns), _nearest(y0 - y1[:, None], columns),
    ]  # fmt: skip
    middle = (x0 + x1) / 2
    aligned = [(np.abs(v[:, None] - v) < ALIGNED) & other for v in (x0, x1, middle)]
    left, above, right, below = (np.abs(cell - np.stack([x0, y0, x1, y1], 1)).clip(0, FAR) / 4).T
    letters = page["size"].astype(np.float32)
    look, shares = page["look"].astype(np.float32) * (not blind), page["shares"].astype(np.float32)
    ones = np.ones(len(kind), np.float32)
    columns_of = [
        x0 / width, x1 / width, middle / width, y0 / height, y1 / height, (x1 - x0) / width, np.log1p(x1 - x0) / 3,
        em * (not blind), (y1 - y0).clip(0, 8) / 2, width / 50 * ones, height / 70 * ones,
        np.log1p(letters[:, 0]) / 4, np.log1p(letters[:, 1]) / 2, *shares.T, *look.T,
        *np.zeros((5, len(kind))),  # what pages around show: a reader that streams has none
        *(gap / 4 for gap in gaps), left, above, right, below, *(np.log1p(hit.sum(1)) / 3 for hit in aligned),
        *inside.T, *((kind == wanted) * ones for wanted in (PICTURE, DRAWING, FILL)), blind * ones,
        *page["seen"].astype(np.float32).T,
    ]  # fmt: skip
    return np.nan_to_num(np.stack([np.asarray(column, np.float32) for column in columns_of], 1).clip(-8, 8))


def _overlap(low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Whether each span meets each other one."""
    return np.minimum(high[:, None], high) > np.maximum(low[:, None], low)


def _nearest(gaps: Floats, allowed: NDArray[np.bool_]) -> Floats:
    return np.where(allowed & (gaps > -0.2), gaps, FAR).min(1, initial=FAR).clip(0, FAR).astype(np.float32)
