"""DeepSeek's pre-tokenizer: where a text is cut before byte-pair merges begin, which never cross a cut.

- The published tokenizer.json cuts with three regular expressions in turn (`PATTERNS`): runs of up to three digits;
  runs of Han and kana; then, in each of the remaining pieces by itself, words, punctuation and white space.
- Python's `re` has no `\\p{L}`. So the text is first mapped to one letter a character, its kind, and a pattern over the
  kinds does all three cuts in one pass. No dependency, and faster than a Unicode-aware engine.
- Unicode's categories are those of the running Python: a character assigned since then counts as unassigned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from string import punctuation
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from sokdok.errors import InputError

PATTERNS = (
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
    "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*"
    "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
)  # The three expressions as published; what a tokenizer.json must hold for this module to speak for it.

_KIND_OF_CATEGORY = {"L": "l", "M": "l", "N": "N", "P": "P", "S": "P"}
"""By the first letter of the Unicode category: letters and their marks, digits, punctuation and symbols."""
_OTHER = "c"  # Controls, formats, unassigned: in no class of the patterns, but one may lead a word.
_ASSIGNED = (range(0x40000), range(0xE0000, 0xE1000))  # Beyond lie unassigned and private planes.
_SPACES = (9, 11, 12, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
"""`\\s` but for the space (kind " ") and line ends (kind "n"); unlike str.isspace, without U+001C to U+001F."""
_HAN_KANA = (range(0x4E00, 0x9FA6), range(0x3040, 0x3100))

# Kinds: a ASCII letter, l other letter or mark, K Han or kana, N digit, p ASCII punctuation, P other punctuation or
# symbol, " " space, s other white space, n line end, c the rest. The published third expression sees a piece that ends
# before N or K, so its look-ahead (?!\S) holds there too. What no expression matches stays one piece: the last branch.
_PIECE = re.compile(rb"N{1,3}|K+|pa+|[ sc]?[al]+| ?[pP]+n*|[ sn]*n+|[ sn]+(?![alpPc])|[ sn]+|(?:c(?![al]))+")

_SIGN, _CONTROL = re.escape(punctuation), r"\x00-\x08\x0e-\x1f\x7f"
_ASCII_PIECE = re.compile(
    rf"[0-9]{{1,3}}|[{_SIGN}][A-Za-z]+|[ \t\v\f{_CONTROL}]?[A-Za-z]+| ?[{_SIGN}]+[\r\n]*"
    rf"|[ \t\v\f\r\n]*[\r\n]+|[ \t\v\f\r\n]+(?![A-Za-z{_SIGN}{_CONTROL}])|[ \t\v\f\r\n]+"
    rf"|(?:[{_CONTROL}](?![A-Za-z]))+"
)  # The same over ASCII characters themselves, in half the time.
_AT_ONCE = 1 << 20  # characters whose pieces may all be in memory


def pieces(text: str) -> Iterable[str]:
    """Cut `text`; the pieces joined give it back."""
    return _ASCII_PIECE.findall(text) if text.isascii() and len(text) <= _AT_ONCE else _pieces(text)


def _pieces(text: str) -> Iterator[str]:
    """The same for any text, by the kinds of its characters."""
    try:
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    except UnicodeEncodeError as error:
        raise InputError(f"the text holds a lone surrogate at character {error.start}: not valid Unicode") from None
    start = 0
    for match in _PIECE.finditer(_kinds()[codes].tobytes()):
        end = match.end()
        yield text[start:end]
        start = end


@cache
def _kinds() -> NDArray[np.uint8]:
    """Kind of every code point (0x110000,) as an ASCII code; 1 MB, made in some 40 ms."""
    table = np.full(0x110000, ord(_OTHER), np.uint8)
    for block in _ASSIGNED:
        kinds = (_KIND_OF_CATEGORY.get(category(chr(code))[0], _OTHER) for code in block)
        table[block.start : block.stop] = np.frombuffer("".join(kinds).encode(), np.uint8)
    for block in _HAN_KANA:
        table[block.start : block.stop] = ord("K")
    for code in range(128):
        if chr(code).isalpha():
            table[code] = ord("a")
        elif table[code] == ord("P"):
            table[code] = ord("p")
    table[list(_SPACES)] = ord("s")
    table[ord(" ")] = ord(" ")
    table[[ord("\r"), ord("\n")]] = ord("n")
    return table
