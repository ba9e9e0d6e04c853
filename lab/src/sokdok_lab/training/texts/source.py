"""What the training pages say: real text where there is some, and text that no language model could guess.

A reader that has only seen prose learns to guess; one page in three is therefore made of random letters, syllables,
numbers, identifiers or shuffled words, where only looking helps.
"""

from __future__ import annotations

import gzip
import random
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path

import msgspec

from sokdok.errors import InputError
from sokdok.files import lines_of
from sokdok.pages.hangul import KS_X_1001, SYLLABLES
from sokdok_lab.training.texts.forms import command, entry, official, receipt

ASCII = "".join(map(chr, range(33, 127)))
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
HEX = "0123456789abcdef"
ACCENTED = "".join(chr(c) for c in (*range(0xC0, 0x250), *range(0x1E00, 0x1EFA)) if chr(c).isalpha())
VIETNAMESE = "ăâđêôơưĂÂĐÊÔƠƯ" + "".join(map(chr, range(0x1EA0, 0x1EFA)))
GREEK = "".join(chr(c) for c in range(0x386, 0x3CF) if unicodedata.category(chr(c))[0] == "L")
CYRILLIC = "".join(map(chr, (*range(0x400, 0x460), 0x490, 0x491)))
HANJA = bytes(byte for row in range(0xCA, 0xFE) for cell in range(0xA1, 0xFF) for byte in (row, cell)).decode("euc_kr")
CHINESE = "".join(
    bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
)
KANA = "".join(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30F7))))
LANGUAGES = {
    "greek": ("el",),
    "cyrillic": ("bg", "mk", "ru", "sr", "uk"),
    "vietnamese": ("vi",),
    "accents": (
        *("ca", "cs", "da", "de", "es", "fi", "fr", "hu", "is", "it", "lt", "lv", "nb", "nl", "pl", "pt", "pt-br"),
        *("ro", "sh", "sk", "sl", "sv", "tr"),
    ),
}  # fmt: skip
"""kinds of text in other languages and the files of `world` that hold them"""
KINDS = (
    *("en", "ko", "print", "capitals", "code", "mixed", "shuffled", "words ko"),
    *("letters", "ascii", "ids", "numbers", "alphabet", "syllables"),
    *("escapes", "line ends", "signs", "foreign letters", "references", "official ko", "commands", "han"),
    *("receipts", "receipts ko"),
    *LANGUAGES,
)  # what `TextSource.sample` knows: text with language in it, text without, text drawn partly as escapes
FOREIGN = (
    (0x1F300, 0x1FAFF),  # emoji
    (0x2600, 0x27BF),  # signs, many of them shown as emoji
    (0x4E00, 0x9FFF),  # Han
    (0x3041, 0x30FE),  # kana
    (0x20000, 0x2A6DF),  # rare Han
    (0x0400, 0x052F),  # Cyrillic
    (0x0590, 0x06FF),  # Hebrew and Arabic
    (0x0900, 0x0E7F),  # Devanagari to Thai
    (0x0180, 0x024F),  # rare Latin
    (0x0300, 0x036F),  # combining accents
    (0x2000, 0x206F),  # spaces, joiners and line separators
)  # ranges of code points, most of them drawn as escapes
CONTROLS = "\0\x07\b\v\f\r\x1b\x7f\x85\xa0\xad\u200b\u200d\u2028\u2029\ufe0f\ufeff"
"""characters without a glyph of their own"""
LINE_ENDS = ("\r\n", "\r", "\n", "\u2028", "\u2029", "\v", "\f", "\x85", "\n\n", "\r\n\r\n", "\r\n  ")
MOST_CHARACTERS = 200_000_000  # of a language, kept in memory of what bulk has read; what a net is shown in weeks
_PRINTED = tuple(
    (re.compile(pattern), mark)
    for pattern, mark in (
        (r'(?<!\S)"|(?<=[(\[])"', "\N{LEFT DOUBLE QUOTATION MARK}"),
        ('"', "\N{RIGHT DOUBLE QUOTATION MARK}"),
        (r"(?<!\S)'|(?<=[(\[])'", "\N{LEFT SINGLE QUOTATION MARK}"),
        ("'", "\N{RIGHT SINGLE QUOTATION MARK}"),
        (r"\s?--+\s?", "\N{EM DASH}"),
        (r"(?<=\d)-(?=\d)|(?<= )-(?= )", "\N{EN DASH}"),
    )
)


class TextSource:
    """Endless text of named kinds, from `folder`/{en,ko,code}/*.txt, `folder`/world/*-LANGUAGE.txt and random letters.

    In en, ko and code there may be shards of `sokdok bulk`, too (`*.jsonl.gz`).
    Raises InputError if a language has no text, of the kinds of LANGUAGES when they are asked for.
    """

    def __init__(self, folder: Path, alphabet: str) -> None:
        self.folder = folder
        self.corpora = {name: _load(folder, name) for name in ("en", "ko", "code")}
        self.world = {
            kind: [_read(path) for name in names for path in sorted((folder / "world").glob(f"*-{name}.txt"))]
            for kind, names in LANGUAGES.items()
        }
        words = folder / "words" / "ko.txt"
        lines = words.read_text(encoding="utf-8").splitlines() if words.exists() else []
        self.korean_words = [line.split()[0] for line in lines if line.strip()] or self.corpora["ko"].split()[:50_000]
        self.alphabet = alphabet

    def sample(self, kind: str, length: int, rng: random.Random) -> str:
        """About `length` characters of one kind, at least that many."""
        if self.world.get(kind):
            return typographic(_slice(rng.choice(self.world[kind]), length, rng))
        if kind in self.world:
            lacks = f"{self.folder / 'world'} holds none of its languages; lab/scripts/fetch_corpus.py fetches them"
            raise InputError(f"no text of kind {kind!r}: {lacks}")
        if kind in self._words:
            return _join(self._words[kind], length, rng)
        if kind in self._texts:
            return self._texts[kind](length, rng)
        raise InputError(f"no kind of training text is called {kind!r}")

    @cached_property
    def _texts(self) -> dict[str, Callable[[int, random.Random], str]]:
        """Kinds that are made whole, by so many characters."""
        return {
            **{name: partial(_slice, text) for name, text in self.corpora.items()},
            "print": lambda length, rng: typographic(_slice(self.corpora["en"], length, rng)),
            "capitals": lambda length, rng: _slice(self.corpora["en"], length, rng).upper(),
            "foreign letters": _foreign_letters,
            "shuffled": self._shuffled,
            "mixed": self._mixed,
            "references": self._references,
            "official ko": partial(_joined, self._official, " "),
            "commands": partial(_joined, lambda rng: command(_slice(self.corpora["en"], 90, rng), rng), " "),
            "receipts": partial(_joined, lambda rng: receipt(_slice(self.corpora["en"], 90, rng), False, rng), " "),
            "receipts ko": partial(_joined, lambda rng: receipt(_slice(self.corpora["ko"], 90, rng), True, rng), " "),
            "han": lambda length, rng: _joined(self._han, rng.choice([" ", ""]), length, rng),
            "escapes": self._escapes,
            "line ends": self._line_ends,
        }

    @cached_property
    def _words(self) -> dict[str, Callable[[random.Random], str]]:
        """Kinds that are made word by word."""
        return {
            "letters": lambda rng: _word(LETTERS, rng.randint(1, 10), rng),
            "ascii": lambda rng: _word(ASCII, rng.randint(1, 12), rng),
            "ids": _identifier,
            "numbers": _table_row,
            "alphabet": lambda rng: _word(self.alphabet, rng.randint(1, 6), rng),
            "signs": self._with_signs,
            "syllables": lambda rng: _word(KS_X_1001 if rng.random() < 0.5 else SYLLABLES, rng.randint(1, 6), rng),
            "words ko": lambda rng: rng.choice(self.korean_words),
        }

    def _shuffled(self, length: int, rng: random.Random) -> str:
        """Words that follow each other by chance."""
        words = _slice(self.corpora["en"], length, rng).split()
        rng.shuffle(words)
        return " ".join(words)

    @cached_property
    def _signs(self) -> str:
        """What is neither letter nor ASCII, Hangul or full-width."""
        return "".join(c for c in self.alphabet if ord(c) > 126 and not c.isalpha() and ord(c) < 0xFF00)

    def _with_signs(self, rng: random.Random) -> str:
        """A word with signs in it, or signs alone."""
        signs = _word(self._signs, rng.choice([1, 1, 1, 2, 3]), rng)
        other = _word(rng.choice([LETTERS, "0123456789"]), rng.choice([1, 1, 2, 3, 6]), rng)
        return rng.choice(["{}", "{}{}", "{1}{0}", "{1}{0}{1}", "({1} {0} {1})", "{1}{0}"]).format(signs, other)

    def _mixed(self, length: int, rng: random.Random) -> str:
        def piece(rng: random.Random) -> str:
            kind = rng.choice(["en", "ko", "code", "ids", "words ko", "syllables", "numbers", "alphabet"])
            return self.sample(kind, rng.randint(3, 120), rng)[: rng.randint(3, 160)]

        return _joined(piece, rng.choice([" ", "\n", ""]), length, rng)

    def _references(self, length: int, rng: random.Random) -> str:
        """Entries of bibliographies, half of them with the marks that printers set."""
        text = _joined(lambda rng: entry(_slice(self.corpora["en"], 90, rng), rng), " ", length, rng)
        return typographic(text) if rng.random() < 0.5 else text

    def _official(self, rng: random.Random) -> str:
        """A line of a Korean law, a tender or minutes."""
        words = _slice(self.corpora["ko"], 90, rng) + " " + " ".join(rng.choices(self.korean_words, k=4))
        return official(words, rng)

    def _han(self, rng: random.Random) -> str:
        """Korean words with Han letters, or a run of Han and kana."""
        if rng.random() < 0.5:
            words = " ".join(rng.choices(self.korean_words, k=rng.randint(0, 3)))
            form = rng.choice(["{}({})", "{}{}", "{} {}", "{} [{}]", "{}·{}"])
            return form.format(words, _word(HANJA, rng.randint(1, 4), rng))
        letters = rng.choice([HANJA, CHINESE, CHINESE, KANA, CHINESE + KANA * 20])
        return _word(letters, rng.randint(2, 14), rng) + rng.choice(["", "。", "、", "，", "2", "(1)", "A"])

    def _piece(self, rng: random.Random) -> str:
        """A short piece of text, mostly whole words and sentences."""
        return self.sample(rng.choice(["en", "en", "ko", "ko", "code", "numbers", "ids", "words ko"]), 60, rng)[:60]

    def _escapes(self, length: int, rng: random.Random) -> str:
        """Text with runs of characters that are drawn as escapes, one here and there or many on end."""
        often, longest = rng.choice([0.2, 0.6, 1.0]), rng.choice([1, 8, 40])

        def piece(rng: random.Random) -> str:
            text, escaped = self._piece(rng)[: rng.randint(0, 40)], rng.random() < often
            return text + (rng.choice(["", " ", ". "]) + _foreign(rng.randint(1, longest), rng)) * escaped

        return _joined(piece, "", length, rng)

    def _line_ends(self, length: int, rng: random.Random) -> str:
        """Lines and sentences that end as on Windows, as on old Macs, or each in its own way."""
        ends = rng.choice([("\r\n",), ("\r\n",), ("\r\n  ",), ("\r",), ("\n", "\r\n"), LINE_ENDS])

        def line(rng: random.Random) -> str:
            text = self._piece(rng).replace("\n", " ")[: rng.randint(0, 60)]
            return text + rng.choice(["", "", ".", ";", "다."]) + rng.choice(ends)

        return _joined(line, "", length, rng)


def _foreign_letters(length: int, rng: random.Random) -> str:
    """Words of letters of one alphabet other than plain Latin."""
    letters = rng.choice([ACCENTED, ACCENTED, VIETNAMESE, GREEK, CYRILLIC])

    def cased(rng: random.Random) -> str:  # without marks that only casing sets apart
        word = _word(letters, rng.randint(1, 9), rng)
        word = rng.choice([word.lower(), word.lower(), word.upper(), word.capitalize(), word])
        return "".join(char for char in word if not unicodedata.combining(char))

    return _join(cased, length, rng)


def _foreign(length: int, rng: random.Random) -> str:
    """Characters of one range, so that their digits repeat as they do in a sentence, or controls."""
    if rng.random() < 0.15:
        return _word(CONTROLS, length, rng)
    first, last = rng.choices(FOREIGN, [4, 2, 4, 3, *[1] * 7])[0]
    middle, width = rng.randint(first, last), rng.choice([40, last - first])
    codes = (min(max(middle + rng.randint(-width, width), first), last) for _ in range(length))
    return "".join(map(chr, codes))


def _load(folder: Path, name: str) -> str:
    read = map(_read, sorted((folder / name).glob("*.txt")))
    text = "\n".join(chain(read, texts_of(folder / name, name)))
    if not text.strip():
        raise InputError(
            f"{folder} has no {name}/*.txt; fetch a corpus with lab/scripts/fetch_corpus.py --out {folder}"
        )
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start})") from None


def _slice(text: str, length: int, rng: random.Random) -> str:
    start = rng.randrange(max(len(text) - length, 1))
    return text[start : start + length]


def typographic(text: str) -> str:
    """Quotation marks, apostrophes and dashes as printers set them."""
    for pattern, mark in _PRINTED:
        text = pattern.sub(mark, text)
    return text


def _word(letters: Sequence[str], length: int, rng: random.Random) -> str:
    return "".join(rng.choices(letters, k=length))


def _join(make: Callable[[random.Random], str], length: int, rng: random.Random) -> str:
    """Words with the separators of real text: mostly single spaces, some runs, tabs and line ends."""
    ends = [" ", "\n", "  ", "\t", ", ", "    "]
    return _joined(lambda rng: make(rng) + rng.choices(ends, [80, 6, 3, 2, 6, 3])[0], "", length, rng)


def _joined(make: Callable[[random.Random], str], between: str, length: int, rng: random.Random) -> str:
    """So many pieces that they have `length` characters."""
    out: list[str] = []
    size = 0
    while size < length:
        out.append(make(rng))
        size += len(out[-1])
    return between.join(out)


def _identifier(rng: random.Random) -> str:
    form = rng.randrange(5)
    if form == 0:
        return _word(HEX, rng.choice([6, 8, 12, 32, 40]), rng)
    if form == 1:
        return "-".join(_word(HEX, n, rng) for n in (8, 4, 4, 4, 12))
    if form == 2:
        return "/".join(["", *(_word(LETTERS[:26] + "_.", rng.randint(2, 9), rng) for _ in range(rng.randint(2, 4)))])
    if form == 3:
        return _word(LETTERS[26:], rng.randint(2, 4), rng) + "-" + _word("0123456789", rng.randint(2, 8), rng)
    return _word(LETTERS + "0123456789+/", rng.randint(16, 44), rng) + "="


def _table_row(rng: random.Random) -> str:
    cells = []
    for _ in range(rng.randint(1, 6)):
        value = rng.choice([rng.randint(0, 99), rng.randint(0, 10**7), rng.random() * 10 ** rng.randint(0, 4)])
        text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
        cells.append(rng.choice(["", "-", "$", "₩"]) + text + rng.choice(["", "", "%", "kg"]))
    return rng.choice([" | ", "\t", "  ", ","]).join(cells)


# --- what `sokdok bulk` has read: shards in Dolma's layout, a line a document, {text, metadata: {language}} ---


class _About(msgspec.Struct):
    language: str = ""


class _Row(msgspec.Struct):
    text: str
    metadata: _About = msgspec.field(default_factory=_About)


def texts_of(folder: Path, language: str, most: int = MOST_CHARACTERS) -> Iterator[str]:
    """Texts of the shards in a folder, until they have `most` characters; documents in another language are left out.

    Raises InputError for a shard that is none, or is damaged.
    """
    decoder = msgspec.json.Decoder(_Row)
    for path in sorted(folder.glob("*.jsonl.gz")):
        number = 0
        try:
            with gzip.open(path) as file:
                for line in lines_of(file, str(path)):  # type: ignore[arg-type]
                    number += 1
                    row = decoder.decode(line)
                    if row.metadata.language in ("", language):
                        yield row.text[:most]
                        most -= len(row.text)
                    if most <= 0:
                        return
        except (msgspec.DecodeError, UnicodeDecodeError):
            message = f"{path}, line {number}: no document of `sokdok bulk merge --to dolma`"
            raise InputError(message) from None
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path} can't be read: {error}") from None
