"""nano's vocabulary: one symbol a step, Hangul by its jamo; and the moves of the read position between symbols.

- A symbol is a code point or a mark (`pages.cells`). Everything but Hangul has a class of its own.
- A modern Hangul syllable is three classes at once: its initial consonant takes the place of the symbol's class, and
  two further heads name the vowel and the final. So all 11,172 syllables are within reach of a model that has
  seen only some of them, a syllable still costs one step, and the tables stay small.
- Code points beyond the alphabet reach a page as escapes (`pages.layout.symbols_of`), so nothing is unreadable.
- A read position is the (row, column) of the subcell of 4 x 8 pixels in the top left corner of a glyph; the origin is
  the page's top left. The moves cover the three cells of `pages`: forward by a glyph of 4, 8 or 16 pixels; to the start
  of the next row, 8 or 16 pixels down; and stop.
"""

from __future__ import annotations

import json
import tomllib
from functools import cached_property
from pathlib import Path
from unicodedata import category, name

import numpy as np

from sokdok.errors import ModelError
from sokdok.model.checkpoints.files import read_object
from sokdok.pages.cells import MARKS

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
INITIALS = 19  # initial consonants of a Hangul syllable
VOWELS = 21  # vowels of a syllable
FINALS = 28  # final consonants of a syllable, the first of them none
NO_VOWEL = VOWELS  # class of the vowel head for a symbol that is no syllable
NO_FINAL = FINALS  # class of the final head for a symbol that is no syllable
_FIRST = 0xAC00  # code point of the first syllable
_LAST = 0xD7A3  # code point of the last


class Alphabet:
    """Maps symbols (N,) to class triples (N, 3) and back."""

    def __init__(self, chars: str) -> None:
        self.chars = chars
        self.plain = np.array(sorted(MARKS) + [ord(c) for c in chars], np.int64)
        """(P,) symbols with a class of their own; class i is plain[i], class P + j is initial consonant j"""

    @property
    def classes(self) -> int:
        """Size of the first head: plain symbols and initial consonants."""
        return len(self.plain) + INITIALS

    @property
    def start(self) -> int:
        """Input class that stands before the first symbol of a page."""
        return self.classes

    @cached_property
    def code_points(self) -> frozenset[int]:
        """Code points that may be drawn as themselves for this reader."""
        return frozenset(map(ord, self.chars)) | frozenset(range(_FIRST, _LAST + 1))

    @cached_property
    def scripts(self) -> np.ndarray:
        """(classes + 1,) int8: 1 Latin, 2 Greek, 3 Cyrillic, 4 Hangul; -1: signs beyond ASCII; 0: else, as the last."""
        known = {"LATIN": 1, "GREEK": 2, "CYRILLIC": 3, "HANGUL": 4, "N": -1, "S": -1}  # numbers and symbols
        names = (name(c).split()[0] if c.isalpha() else category(c)[: c > "~"] for c in self.chars)
        found = (known.get(script, 0) for script in names)
        marks = len(self.plain) - len(self.chars)
        return np.array([*[0] * marks, *found, *[known["HANGUL"]] * INITIALS, 0], np.int8)

    @cached_property
    def _class_of(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.plain)
        return self.plain[order], order

    def encode(self, symbols: np.ndarray) -> np.ndarray:
        """Class triples (N, 3) int64 of symbols (N,); raises KeyError for one outside the alphabet."""
        symbols = np.asarray(symbols, np.int64)
        keys, order = self._class_of
        place = np.minimum(np.searchsorted(keys, symbols), len(keys) - 1)
        hangul = (symbols >= _FIRST) & (symbols <= _LAST)
        unknown = ~hangul & (keys[place] != symbols)
        if unknown.any():
            raise KeyError(f"U+{symbols[unknown][0]:04X} is not in the alphabet")
        syllable = symbols - _FIRST
        triples = np.empty((len(symbols), 3), np.int64)
        triples[:, 0] = np.where(hangul, len(self.plain) + syllable // (VOWELS * FINALS), order[place])
        triples[:, 1] = np.where(hangul, syllable // FINALS % VOWELS, NO_VOWEL)
        triples[:, 2] = np.where(hangul, syllable % FINALS, NO_FINAL)
        return triples

    def decode(self, triples: np.ndarray) -> np.ndarray:
        """Symbols (N,) int64 of class triples (N, 3); the first class rules, the others count for Hangul only."""
        first = triples[:, 0]
        hangul = first >= len(self.plain)
        vowel = np.where(triples[:, 1] == NO_VOWEL, 0, triples[:, 1])
        final = np.where(triples[:, 2] == NO_FINAL, 0, triples[:, 2])
        syllable = _FIRST + ((first - len(self.plain)) * VOWELS + vowel) * FINALS + final
        return np.where(hangul, syllable, self.plain[np.where(hangul, 0, first)])

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"type": "jamo", "chars": self.chars}, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Alphabet:
        """Read what `save` wrote. Raises ModelError for a file that holds no alphabet."""
        chars = read_object(path).get("chars")
        if not isinstance(chars, str) or not chars.isprintable() or len(set(chars)) < len(chars):
            raise ModelError(f"{path} holds no alphabet: `chars` must be a text of different, printable characters")
        return cls(chars)


def default_chars() -> str:
    """The alphabet nano is trained on: Latin, Greek, jamo, punctuation and the symbols of Korean office documents.

    About 700 characters; fixed by Unicode ranges so that this function alone gives it.
    """
    codes = [c for low, high in _DATA["ranges"] for c in range(low, high + 1)] + [ord(c) for c in _DATA["extra"]]
    return "".join(chr(c) for c in codes if category(chr(c))[0] in "LNPS" or c == 0x20)


_ALIKE: dict[str, str] = _DATA["alike"]
ALIKE_CHARS = frozenset(ord(char) for char, other in _ALIKE.items() if len(other) == 1)  # print like one other


UNREAD_MARK = "\N{GETA MARK}"  # for a letter that nano cannot read, as printers set it for type that they lack
# Code points of letters that are seen and not read: kana and Han.
UNREAD_CHARS = frozenset(
    code
    for first, stop in ((0x3041, 0x3097), (0x30A1, 0x30FB), (0x3400, 0xA000), (0xF900, 0xFB00))
    for code in range(first, stop)
)
_READ_TABLE = str.maketrans(_ALIKE) | dict.fromkeys(UNREAD_CHARS, UNREAD_MARK)


def as_read(text: str) -> str:
    """Return what nano is to read where a text is drawn.

    Code points that print like others become these (ligatures letters, the ohm sign omega), letters that it can't read
    the mark.
    """
    return text.translate(_READ_TABLE)


def nano_code_points() -> frozenset[int]:
    """Code points that nano knows; others are drawn as escapes, which are longer. Other models read any glyph."""
    return Alphabet(default_chars()).code_points


SUBCELL_WIDTH = 4  # pixels
SUBCELL_HEIGHT = 8  # pixels

MOVES = ("right 1", "right 2", "right 4", "down 1", "down 2", "stop")
STOP = len(MOVES) - 1
START = STOP  # the move that led to the first symbol: none; its slot is free, since nothing follows a stop
RIGHT = [1, 2, 4, 0, 0, 0]  # subcells that each move goes to the right
DOWN = [0, 0, 0, 1, 2, 0]  # subcells that each move goes down; such a move goes to the start of its row
EDGE_STEPS = 8  # subcells up to which a step knows how far the page's edge is


def moves_between(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Find the moves (N,) from each read position, rows and columns (N,), to the next; the last is stop."""
    moves = np.full(len(rows), STOP)
    right, down = np.diff(columns), np.diff(rows)
    moves[:-1] = np.where(down == 0, np.searchsorted(RIGHT[:3], right), 2 + down)
    return moves


def advance(rows: np.ndarray, columns: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move read positions (...): their rows and columns after moves (...)."""
    down = np.take(DOWN, moves)
    return rows + down, np.where(down > 0, 0, columns + np.take(RIGHT, moves))


def edges(rows: np.ndarray, columns: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Count subcells from read positions (...) to the right and bottom edge (..., 2) of a page; `size` is in pixels."""
    right, bottom = size[0] // SUBCELL_WIDTH - columns, size[1] // SUBCELL_HEIGHT - rows
    return np.clip(np.stack([right, bottom], -1), 0, EDGE_STEPS)
