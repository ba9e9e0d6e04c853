"""Random texts of all kinds that people keep in files: what a page of text may have to show."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Sequence

from sokdok.pages.hangul import SYLLABLES
from sokdok_lab.bench.compression.texts import sentences

LENGTHS_CHARS = (20, 1700)  # shortest and longest text
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ACCENTS = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿšžčřłőűßœÀÉÎÖÜÑαβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΩ"
_SIGNS = "“”‘’–—…•·°±×÷≤≥≠∞√∑←→⇒①②③■□▲△★☆※§¶€₩£¥™©®℃㎜㎏"
_CONTROLS = "\0\x07\b\x1b\x7f\x85\xa0\xad\u200b\u200d\u2028\u2029\ufe0f\ufeff"
_CODE = (
    "def {a}({b}: int, {c}: str = '{d}') -> None:",
    "    if {a}[{b}] >= {n} and not {c}.{d}({n}):",
    '        raise ValueError(f"{a} is {{{b}!r}}")  # {c}',
    "\tif (({a} & 0x{n}) == NULL || !{b}) return -{n};",
    "$ {a} --{b}={n} ./{c}/*.{d} | grep -E '^{a}\\\\b' > /dev/null 2>&1",
    '"{a}","{n},{n}",,{n}.50,{b}',
    "",
)
Piece = Callable[[random.Random], str]


def make_text(kind: str, rng: random.Random) -> str:
    """Make a text of a kind (`KINDS`) with a random length between LENGTHS_CHARS, short ones as often as long ones."""
    least, most = LENGTHS_CHARS
    length, text = round(least * (most / least) ** rng.random()), ""
    while len(text) < length:
        text += KINDS[kind](rng)
    return text[:length]


def _lines(*ends: str, languages: Sequence[str] = ("en", "en", "ko")) -> Piece:
    """Sentences with one of these ends behind each."""
    return lambda rng: rng.choice(sentences(rng.choice(languages))).replace("\n", " ") + rng.choice(ends)


def _of(letters: Sequence[str], longest: int = 9) -> Piece:
    """Words of random letters."""
    return lambda rng: "".join(rng.choices(letters, k=rng.randint(1, longest))) + rng.choice([*"   \n", ". "])


def _within(first: int, last: int, longest: int) -> Piece:
    """Runs of characters from a range of code points among words."""
    foreign = _of([chr(code) for code in range(first, last + 1)], longest)
    return lambda rng: foreign(rng) + rng.choice(["", _words(rng)])


def _words(rng: random.Random) -> str:
    return " ".join(rng.choice(sentences("en")).split()[: rng.randint(1, 6)]) + " "


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_LATIN, k=rng.randint(2, 8)))


def _json(rng: random.Random) -> str:
    value = {_word(rng): [rng.randint(0, 99), rng.random(), None], _word(rng): rng.choice(sentences("ko"))[:30]}
    return json.dumps(value, indent=rng.choice([None, 2, 4]), ensure_ascii=rng.random() < 0.3) + "\n"


def _markdown(rng: random.Random) -> str:
    text = rng.choice(sentences(rng.choice(["en", "ko"])))[: rng.randint(5, 80)]
    start = rng.choice(["# ", "- ", "  - ", "1. ", "> ", "| ", "```\n", "**", "---\n\n", ""])
    return f"{start}{text}{rng.choice(['**', ' |', '`', ''])}\n{rng.choice(['', chr(10)])}"


def _sparse(rng: random.Random) -> str:
    """Little text among much white space."""
    return rng.choice([" " * rng.randint(1, 90), "\n" * rng.randint(1, 5), "\t", _word(rng), "   \n"])


KINDS: dict[str, Piece] = {
    "english": _lines(" ", languages=["en"]),
    "korean": _lines(" ", languages=["ko"]),
    "paragraphs": _lines("\n", "\n\n", " "),
    "capitals": lambda rng: rng.choice(sentences("en")).upper() + " ",
    "code": lambda rng: rng.choice(_CODE).format(n=rng.randint(0, 9999), **{c: _word(rng) for c in "abcd"}) + "\n",
    "json": _json,
    "markdown": _markdown,
    "base64": lambda rng: base64.b64encode(rng.randbytes(48)).decode() + "\n",
    "sparse": _sparse,
    "accents": _of(_LATIN + _ACCENTS),
    "signs": _of(_SIGNS, 3),
    "ascii": _of([*map(chr, range(33, 127))], 12),
    "syllables": _of(SYLLABLES, 5),
    "emoji": _within(0x1F300, 0x1F64F, 12),
    "han": _within(0x4E00, 0x9FA5, 30),
    "cyrillic": _within(0x410, 0x44F, 12),
    "controls": lambda rng: _words(rng) + rng.choice(_CONTROLS) * rng.randint(1, 3),
    "line ends": _lines("\n", "\r\n", "\r", "\n\r\n", "\r\r\n", "\r\n  "),
    "line separators": _lines("\u2028", "\u2029", "\v", "\f", "\x85", "\n"),
}  # what makes a piece of each kind
