"""Pieces that do not run from left to right: at an angle, or letter below letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import consecutive
from sokdok.imaging.slant import page_box
from sokdok.pages.textlayer.layer import Piece

MIN_STACK = 3  # letters below each other that make up a word
SAME_SHARE = 0.02  # by which the sizes of letters of one word may differ
ASIDE_EM, PITCH_EM = 0.3, 1.6  # how far aside of each other, and how far apart, they are at most
ROOM_EM = 1.5  # beside them without any other text: letters of a table or of a list have their rows


def on_page(piece: Piece, angle: float) -> Piece:
    """A piece in the frame of an angle (`imaging.slant`), where it lies on the page."""
    boxes = (page_box(word.box, angle) for word in piece.words)
    words = tuple(replace(word, box=box, baseline=box.bottom) for word, box in zip(piece.words, boxes, strict=True))
    return replace(piece, box=page_box(piece.box, angle), turned=angle, words=words)


def below_each_other(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces in the file's order, with letters one below the other put together to words."""
    found: list[Piece] = []
    for stack in consecutive(range(len(pieces)), int, lambda above, at: _is_below(pieces[above[-1]], pieces[at])):
        letters = [pieces[at] for at in stack]
        if len(letters) < MIN_STACK or any(_has_neighbours(letter, pieces) for letter in letters):
            found += letters
            continue
        box, text = Box.around(letter.box for letter in letters), "".join(letter.text for letter in letters)
        fonts = tuple(font for letter in letters for font in letter.words[0].fonts)
        word = replace(letters[0].words[0], text=text, box=box, baseline=box.bottom, fonts=fonts)
        found.append(Piece(text, box, letters[0].em, 90.0, (word,)))
    return found


def _is_below(above: Piece, piece: Piece) -> bool:
    """Whether a piece is a letter close below another of its size."""
    if not (len(above.text) == len(piece.text) == 1 and above.text.isalpha() and piece.text.isalpha()):
        return False
    (x, y), (other_x, other_y), em = above.box.middle, piece.box.middle, above.em
    close = abs(other_x - x) < ASIDE_EM * em and 0 < other_y - y < PITCH_EM * em
    return close and abs(piece.em - em) <= SAME_SHARE * em


def _has_neighbours(letter: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether other text stands beside a letter."""
    line = letter.box.grown(ROOM_EM * letter.em, -letter.box.height / 3)
    return any(piece is not letter and piece.box.overlap(line) > 0 for piece in pieces)
