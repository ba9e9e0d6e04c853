"""Lines of a paragraph or a cell as running text.

- A hyphen at a line's end binds. Whether it is the word's own or was put there to break it, the other words tell: the
  word without it, with it, or its parts by themselves; else it goes where it stands between letters alone.
- Chinese and Japanese lines join without a space. Korean lines end at spaces on some pages and inside words on others:
  which, all the lines' ends of a page tell together, and where they end inside words, each is judged by the words of
  the page: one that begins as both parts do binds, the parts by themselves part; else by its syllables.
- Lines end behind signs without a space too, and before brackets: `--` and `option`, `%...` and `{name}`, 상태 and
  `(status)`. Whether there is a space, the lines' insides tell: how often the same signs meet with and without one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sokdok.layout.korean import space_score
from sokdok.pages.hangul import is_syllable

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e\u3000-\u303f]")
_HYPHENS = "-\u2010\u2011"
_SOFT = "\u00ad"
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
MAX_SPACES_SHARE = 0.8
"""of the ends of Korean lines that seem to be spaces, on a page whose lines end inside words; where they end at spaces,
nearly all do"""
MIN_PART = 3
"""letters of a part that is a word by itself"""
_BEHIND = frozenset("-\u2010\u2011–—/\\|?!&=+([{<“‘")
"""signs behind which a line may end without a space"""
_BEFORE = frozenset("([{<“‘%$")
"""signs before which it may"""
_OPENING = frozenset("([{“‘「『《〈")
_CLOSING = frozenset(")]}”’」』》〉,.;:!?%")
_LATIN = re.compile(r"[^\W_가-힣]")
_HANGUL_WORD = re.compile(r"[가-힣]+")
_TAIL = re.compile(r"(?<=[A-Za-z0-9])[가-힣]+(?=[.,:;)]*$)")
_UNIT = re.compile(r"\d([가-힣])")
_QUOTES = ('"', "'")
_BOUNDARY = re.compile(r"(\S)( ?)(?=(\S))")


def words_of(texts: Sequence[str]) -> frozenset[str]:
    """The words of some lines, in small letters, but for those that a hyphen breaks: what a `Joiner` knows."""
    found: set[str] = set()
    for text in texts:
        body = text.rstrip()
        if body[-1:] in _HYPHENS:
            body = body[: body.rfind(" ") + 1]
        for word in _WORD.findall(body.lower().replace("\u2010", "-")):
            found.add(word)
            found.update(word.split("-"))
    return frozenset(found)


@dataclass(frozen=True)
class Joiner:
    """Joins the lines of one page."""

    known: Collection[str] = frozenset()
    """words of the page, see `words_of`"""
    cut: bool = False
    """whether its Korean lines end inside words"""
    tokens: Sequence[str] = ()
    """what stands between spaces within its lines, in order"""
    tails: Collection[str] = ()
    """Korean that stands behind other letters without a space, and nowhere by itself: particles; behind 0 the first
    syllables of what stands behind digits: units"""
    spaces: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """kinds of characters -> how many times more often they meet with a space between than without"""

    def join(self, lines: Sequence[str]) -> str:
        """Lines of one paragraph as running text."""
        text = lines[0]
        for line in lines[1:]:
            text = self._joined(text, line)
        return text

    def _joined(self, text: str, line: str) -> str:
        if text.endswith(_SOFT):
            return text[:-1] + line
        if len(text) > 1 and text[-1] in _HYPHENS and not text[-2].isspace() and text[-2] not in _HYPHENS:
            return (text[:-1] if _is_break(text[:-1], line, self.known) else text) + line
        if _UNSPACED.match(text[-1:]) and _UNSPACED.match(line[:1]):
            return text + line
        return f"{text} {line}" if self._is_space(text, line) else text + line

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
        tail = _HANGUL_WORD.match(line) if _LATIN.match(last) else None
        if tail and (tail[0] in self.tails or (last.isdigit() and f"0{first}" in self.tails)):
            return False
        if not self.cut or not (is_syllable(last) or is_syllable(first)):
            return True
        one, two = self._begins(before + after[:2]), self._is_token(before) and self._begins(after[:2])
        return two if one != two else space_score(text, line) >= 0

    def _begins(self, start: str) -> bool:
        """Whether a token begins so."""
        at = bisect_left(self.tokens, start)
        return at < len(self.tokens) and self.tokens[at].startswith(start)

    def _is_token(self, token: str) -> bool:
        at = bisect_left(self.tokens, token)
        return at < len(self.tokens) and self.tokens[at] == token


def joiner_of(paragraphs: Sequence[Sequence[str]], others: Sequence[str] = ()) -> Joiner:
    """What joins the lines of a page, by all its paragraphs' lines; `others` are what else it says, line by line."""
    every = [line for lines in paragraphs for line in lines]
    known = words_of(every)
    ends = [
        space_score(upper, lower)
        for lines in paragraphs
        for upper, lower in pairwise(lines)
        if is_syllable(upper[-1:]) and is_syllable(lower[:1])
    ]
    cut = bool(ends) and sum(end > 0 for end in ends) < MAX_SPACES_SHARE * len(ends)
    tokens = sorted({token for line in (*every, *others) for token in line.split()[1:-1]})
    tails = {match[0] for token in tokens if (match := _TAIL.search(token))}.difference(tokens)
    tails |= {f"0{match[1]}" for token in tokens if (match := _UNIT.search(token))}
    return Joiner(known, cut, tokens, tails, _spaces([*every, *others]))


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


def joined(lines: Sequence[str]) -> str:
    """Lines of one paragraph as running text, where nothing is known of their page."""
    return Joiner().join(lines)


def _is_break(text: str, line: str, known: Collection[str]) -> bool:
    """Whether a hyphen between two lines was put there to break a word."""
    before, after = _LAST_WORD.search(text), _FIRST_WORD.match(line)
    if not before or not after or not text[-1].islower() or not line[0].islower():
        return False
    if text[: before.start()][-1:] in _HYPHENS or before.start() and text[before.start() - 1] == "_":
        return False  # one part of many
    first, second = before[0].lower(), after[0].lower()
    if first + second in known:
        return True
    if f"{first}-{second}" in known:
        return False
    parts = [part for part in (first, second) if len(part) >= MIN_PART and part in known]
    return not parts
