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
_ACCENTS = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿšžčřłőűßœÀÉÎÖÜÑ"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΩ"
_SIGNS = "“”‘’–—…•·°±×÷≤≥≠∞√∑←→⇒①②③■□▲△★☆※§¶€₩£¥™©®℃㎜㎏"
_CONTROLS = "\0\x07\b\x1b\x7f\x85\xa0\xad\u200b\u200d\u2028\u2029\ufe0f\ufeff"
_CODE = (
    "def {a}({b}: int, {c}: str = '{d}') -> None:",
    "    if {a}[{b}] >= {n} and not {c}.{d}({n}):",
    '        raise ValueError(f"{a} is {{{b}!r}}")  # {c}',
    "    return {{'{a}': {b}, \"{c}\": [{n}, *{d}]}}",
    "for (int {a} = 0; {a} < {n}; ++{a}) {{ {b}->{c} |= {d} << 2; }}",
    "\tif (({a} & 0x{n}) == NULL || !{b}) return -{n};",
    "#include <{a}/{b}.h>",
    "SELECT {a}, COUNT(*) FROM {b} WHERE {c} <> '{d}' GROUP BY {a};",
    "$ {a} --{b}={n} ./{c}/*.{d} | grep -E '^{a}\\\\b' > /dev/null 2>&1",
    "",
)


def make_text(kind: str, rng: random.Random) -> str:
    """Make a text of a kind (`KINDS`) with a random length between LENGTHS_CHARS, short ones as often as long ones."""
    least, most = LENGTHS_CHARS
    length = round(least * (most / least) ** rng.random())
    parts: list[str] = []
    size = 0
    while size < length:
        parts.append(KINDS[kind](rng))
        size += len(parts[-1])
    return "".join(parts)[:length]


def _prose(language: str, end: str = " ") -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(sentences(language)) + end


def _lines(*ends: str) -> Callable[[random.Random], str]:
    """Sentences of either language with one of these line ends behind each."""
    return lambda rng: rng.choice(sentences(rng.choice(["en", "en", "ko"]))).replace("\n", " ") + rng.choice(ends)


def _of(letters: Sequence[str], longest: int = 9) -> Callable[[random.Random], str]:
    """Words of random letters."""
    return lambda rng: "".join(rng.choices(letters, k=rng.randint(1, longest))) + rng.choice([*"   \n", ". "])


def _within(first: int, last: int, longest: int) -> Callable[[random.Random], str]:
    """Runs of characters from a range of code points among words."""
    foreign = _of([chr(code) for code in range(first, last + 1)], longest)
    return lambda rng: foreign(rng) + rng.choice(["", _some_words(rng)])


def _some_words(rng: random.Random) -> str:
    return " ".join(rng.choice(sentences("en")).split()[: rng.randint(1, 6)]) + " "


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_LATIN, k=rng.randint(2, 8)))


def _code(rng: random.Random) -> str:
    names = {name: rng.choice([_word(rng), f"{_word(rng)}_{_word(rng)}"]) for name in "abcd"}
    return rng.choice(_CODE).format(n=rng.randint(0, 9999), **names) + "\n"


def _csv(rng: random.Random) -> str:
    number = rng.randint(0, 10**6)
    cells = [rng.choice([_word(rng), f"{number / 100:.2f}", f"{number:,}", ""]) for _ in range(5)]
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells) + rng.choice(["\n", "\n", "\r\n"])


def _json(rng: random.Random) -> str:
    value = {_word(rng): [rng.randint(0, 99), rng.random(), None], _word(rng): rng.choice(sentences("ko"))[:30]}
    return json.dumps(value, indent=rng.choice([None, 2, 4]), ensure_ascii=rng.random() < 0.3) + "\n"


def _markdown(rng: random.Random) -> str:
    text = rng.choice(sentences(rng.choice(["en", "ko"])))
    start = rng.choice(["# ", "## ", "- ", "  - ", "1. ", "> ", "| ", "```\n", "**", "---\n\n", ""])
    return f"{start}{text[: rng.randint(5, 80)]}{rng.choice(['**', ' |', '`', ''])}\n{rng.choice(['', chr(10)])}"


def _indented(rng: random.Random) -> str:
    return rng.choice([" ", "  ", "\t"]) * rng.randint(0, 12) + _some_words(rng) + rng.choice(["\n", "   \n"])


def _sparse(rng: random.Random) -> str:
    """Little text among much white space."""
    return rng.choice([" " * rng.randint(1, 90), "\n" * rng.randint(1, 5), "\t", _word(rng), rng.choice(_LATIN)])


KINDS: dict[str, Callable[[random.Random], str]] = {
    "english": _prose("en"),
    "korean": _prose("ko"),
    "paragraphs": _lines("\n", "\n\n", " "),
    "capitals": lambda rng: rng.choice(sentences("en")).upper() + " ",
    "code": _code,
    "csv": _csv,
    "json": _json,
    "markdown": _markdown,
    "base64": lambda rng: base64.b64encode(rng.randbytes(48)).decode() + "\n",
    "hex": lambda rng: rng.randbytes(16).hex(" ") + "\n",
    "indented": _indented,
    "sparse": _sparse,
    "accents": _of(_LATIN + _ACCENTS),
    "greek": _of(_GREEK),
    "signs": _of(_SIGNS, 3),
    "letters": _of(_LATIN + _LATIN.upper()),
    "ascii": _of([*map(chr, range(33, 127))], 12),
    "syllables": _of(SYLLABLES, 5),
    "emoji": _within(0x1F300, 0x1F64F, 12),
    "han": _within(0x4E00, 0x9FA5, 30),
    "kana": _within(0x3041, 0x30FA, 30),
    "cyrillic": _within(0x410, 0x44F, 12),
    "arabic": _within(0x620, 0x64A, 12),
    "controls": lambda rng: _some_words(rng) + rng.choice(_CONTROLS) * rng.randint(1, 3),
    "crlf": _lines("\r\n"),
    "crlf, two blanks": _lines("\r\n  "),
    "cr": _lines("\r"),
    "mixed line ends": _lines("\n", "\r\n", "\r", "\n\r\n", "\r\r\n"),
    "line separators": _lines("\u2028", "\u2029", "\v", "\f", "\x85", "\n"),
}  # what makes a piece of each kind
