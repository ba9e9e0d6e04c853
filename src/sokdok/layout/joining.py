"""Lines of a paragraph or a cell as running text.

- A hyphen at a line's end is the word's own or was put there to break it. The page's other words decide first: the word
  without it, or with it. Then a list of the language's words: what is in it was broken. Of a word that nobody knows it
  goes where neither part is a word by itself (`hydrogeophys-ical`), and where the language writes compounds as one word
  (`Fuß-notentext`); it stays where a part is one (`low-temperature`), beside digits, capitals and other hyphens. Before
  `and` and its equals it is followed by a space: `Kopf- und Fußzeile`.
- Chinese and Japanese lines join without a space. Korean lines end at spaces on some pages and inside words on others:
  which, all the lines' ends of a page show together, and where they end inside words, or between other letters and
  Hangul (a particle, a unit), each is judged by its syllables: a logistic regression over hashed n-grams around the
  line's end, learned from Korean text by `lab/scripts/language/build_korean_spacing.py`; Latin letters count as one
  sign, digits as another.
- Lines end behind signs without a space too, and before brackets: `--` and `option`, `%...` and `{name}`, 상태 and
  `(status)`. Whether there is a space, the lines' insides show: how often the same signs meet with and without one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from importlib.resources import files
from itertools import pairwise
from math import exp, inf, log
from zlib import crc32

from sokdok.layout.language import is_word, language_of
from sokdok.pages.hangul import is_syllable

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e\u3000-\u303f]")
_HYPHENS = "-\u2010\u2011"
_SOFT = "\u00ad"
_PLAIN = str.maketrans("\u2010\u2011", "--")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_CHAIN = re.compile(rf"[^\W\d_]+[{_HYPHENS}]\w")
_BINDING = (*_HYPHENS, *"_/\\.:@=")  # before a part of a word: there are more, or it is an address or a file
_AND = {"en": "and or", "de": "und oder bzw", "fr": "et ou", "es": "y o", "it": "e o", "pt": "e ou", "nl": "en of"}
"""language → what stands between two words that have their second part in common"""
_CLOSED = frozenset({"de", "nl"})  # languages that write a compound as one word, unless its second part has a capital
SPACES_SHARE = 0.3  # of the places between Korean syllables that are spaces, and of lines' ends that may stand anywhere
SPACED_ENDS = 0.97  # share of the ends of lines that are spaces, on a page whose lines end at words
MIN_PART = 3  # letters of a part that is a word by itself
_BEHIND = frozenset("-\u2010\u2011–—/\\|?!&=+([{<“‘")  # signs behind which a line may end without a space
_BEFORE = frozenset("([{<“‘%$")  # signs before which it may
_OPENING = frozenset("([{“‘「『《〈")
_CLOSING = frozenset(")]}”’」』》〉,.;:!?%")
_LATIN = re.compile(r"[^\W_가-힣]")
_QUOTES = ('"', "'")
_BOUNDARY = re.compile(r"(\S)( ?)(?=(\S))")


def words_of(texts: Sequence[str]) -> frozenset[str]:
    """The words of some lines, in small letters, but for those that a hyphen breaks: what a `Joiner` knows."""
    found: set[str] = set()
    broken = False
    for text in texts:
        body = text.rstrip()
        words = body.split()[broken:]  # the first is the rest of the last line's
        broken = _ends_in_hyphen(body)
        for word in _WORD.findall(" ".join(words[: len(words) - broken]).lower().translate(_PLAIN)):
            found.add(word)
            found.update(word.split("-"))
    return frozenset(found)


def _ends_in_hyphen(text: str) -> bool:
    """Whether a line ends in a hyphen that stands behind something."""
    return len(text) > 1 and text[-1] in _HYPHENS and not text[-2].isspace() and text[-2] not in _HYPHENS


@dataclass(frozen=True)
class Joiner:
    """Joins the lines of one page."""

    known: Collection[str] = frozenset()  # words of the page, see `words_of`
    cut: bool = False  # whether its Korean lines end inside words
    spaces: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """kinds of characters -> how many times more often they meet with a space between than without"""
    language: str = ""  # of the page, if it is known, and lines end in hyphens

    def join(self, lines: Sequence[str]) -> str:
        """Lines of one paragraph as running text; letters alone are a word. "\\n" behind one: see `Cell.lines`."""
        letters = "".join(lines).replace("\n", "")
        return letters if len(letters) == len(lines) and letters.isalpha() else reduce(self._joined, lines)

    def _joined(self, text: str, line: str) -> str:
        if text.endswith("\n"):
            return f"{text.rstrip()} {line}"
        if text.endswith(_SOFT):
            return text[:-1] + line
        if _ends_in_hyphen(text):
            if line.partition(" ")[0] in _AND.get(self.language or "en", "").split():
                return f"{text} {line}"
            return (text[:-1] if self._is_break(text[:-1], line) else text) + line
        if _UNSPACED.match(text[-1:]) and _UNSPACED.match(line[:1]):
            return text + line
        return f"{text} {line}" if self._is_space(text, line) else text + line

    def _is_break(self, text: str, line: str) -> bool:
        """Whether a hyphen between two lines was put there to break a word."""
        before, after = _LAST_WORD.search(text), _FIRST_WORD.match(line)
        if not before or not after or _CHAIN.match(line) or text[: before.start()].endswith(_BINDING):
            return False
        parts = before[0].lower(), after[0].lower()
        small = text[-1].islower() and line[0].islower()
        if len(line) == len(after[0]) + 1 and line[-1] in _HYPHENS:
            return small  # a column so narrow that words are broken twice
        if not small and not (before[0].isupper() and after[0].isupper()):
            return False
        whole = "".join(parts)
        if whole in self.known or "-".join(parts) in self.known:
            return whole in self.known
        if is_word(whole, self.language):
            return True
        long = [part for part in parts if len(part) >= MIN_PART]  # these may be words by themselves
        words = [part for part in long if part in self.known or is_word(part, self.language)]
        return small and (self.language in _CLOSED or not words)

    def _is_space(self, text: str, line: str) -> bool:
        """Whether a space stands between two lines of one paragraph."""
        last, first = text[-1:], line[:1]
        if _may_end(last, first):
            sign, kind = _sign(text, len(text) - 1), _kind(first)
            often = self.spaces.get((sign, kind), 0) or self.spaces.get(("", kind), 0) * (first in _BEFORE)
            if often:
                return often > 0
        before, after = text[text.rfind(" ") + 1 :], line.partition(" ")[0]
        opens = last in _OPENING or before in _QUOTES  # a quotation mark behind a space opens
        closes = first in _CLOSING and not any(map(str.isalnum, after))
        if opens or closes or (last == "/" and before != "/"):
            return False
        behind_others = is_syllable(first) and _LATIN.match(last)  # a particle or a unit, maybe
        asked = behind_others or (self.cut and (is_syllable(last) or is_syllable(first)))
        return not asked or space_score(text, line) >= 0


def joiner_of(paragraphs: Sequence[Sequence[str]], others: Sequence[str] = ()) -> Joiner:
    """What joins the lines of a page, by all its paragraphs' lines; `others` are what else it says, line by line."""
    said = [line for lines in (*paragraphs, others) for line in lines]
    hyphens = any(map(_ends_in_hyphen, said))
    known = words_of(said) if hyphens else frozenset()
    language = language_of("\n".join(said)) if hyphens else ""
    pairs = {(above[-8:], below[:8]) for lines in paragraphs for above, below in pairwise(lines)}  # each end once
    ends = [space_score(*pair) for pair in sorted(pairs) if is_syllable(pair[0][-1:]) and is_syllable(pair[1][:1])]
    ends += [inf for line in said if line.endswith("\n\n")]  # for certain
    # How much each end speaks for lines that end at words, against such that end anywhere: log-odds.
    spaced = [1 / (1 + exp(-score)) for score in ends]
    share = SPACED_ENDS / SPACES_SHARE, (1 - SPACED_ENDS) / (1 - SPACES_SHARE)
    cut = sum(log(share[0] * space + share[1] * (1 - space)) for space in spaced) < 0
    return Joiner(known, cut, _spaces(said), language)


def _may_end(last: str, first: str) -> bool:
    """Whether a line may end between two characters, be there a space or not."""
    return last in _BEHIND or (first in _BEFORE and not _LATIN.match(last))


def _spaces(lines: Sequence[str]) -> Counter[tuple[str, str]]:
    """How characters meet within lines, by their kinds: with a space between or, counted below zero, without.

    An empty kind stands for all signs before one.
    """
    found: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for match in _BOUNDARY.finditer(line):
            if _may_end(match[1], match[3]):
                pair = _sign(line, match.start()), _kind(match[3])
                found[pair] += 1 if match[2] else -1
                if match[3] in _BEFORE and not _LATIN.match(match[1]) and not is_syllable(match[1]):
                    found["", pair[1]] += 1 if match[2] else -1
    return found


def _kind(char: str) -> str:
    """What a character is to spaces: a letter of a script, a digit, or itself."""
    if char.isdigit():
        return "0"
    if char.isalpha():
        return "가" if is_syllable(char) else "a"
    return char


def _sign(text: str, at: int) -> str:
    """The kind of a character, and for a sign whether a space stands before it and others like it."""
    alone = not text[:at].rstrip(text[at])[-1:].strip()
    return f" {text[at]}" if alone and not text[at].isalnum() else _kind(text[at])


TABLE = 1 << 18  # weights, a signed byte each
SCALE = 16  # stored weight for a log-odds of 1
SEEN = 4  # signs on either side of a line's end that are looked at
MOST = 5  # signs of an n-gram
_LETTER, _DIGIT = re.compile(r"[A-Za-z\u00c0-\u024f]"), re.compile(r"\d")


def signs(text: str) -> str:
    """Text with one sign for all Latin letters and one for all digits."""
    return _DIGIT.sub("0", _LETTER.sub("a", text))


def features(before: str, after: str) -> list[int]:
    """Places in the table for the n-grams that end at a line's end, begin there or reach over it, spaces apart."""
    b, a = ("^" * SEEN + before)[-SEEN:], (after + "$" * SEEN)[:SEEN]
    reach = range(SEEN + 1)
    grams = (f"{i}{j}{b[SEEN - i :]}|{a[:j]}" for i in reach for j in reach if 0 < i + j <= MOST)
    return [crc32(gram.encode()) & (TABLE - 1) for gram in grams]


def space_score(before: str, after: str) -> float:
    """Log-odds that a space stands between two pieces of a Korean text."""
    dense_before, dense_after = ("".join(signs(text).split()) for text in (before[-8:], after[:8]))
    weights = _weights()
    return sum(weights[place] for place in features(dense_before, dense_after)) / SCALE


@cache
def _weights() -> memoryview:
    return memoryview(files("sokdok.layout").joinpath("korean_spacing.bin").read_bytes()).cast("b")
