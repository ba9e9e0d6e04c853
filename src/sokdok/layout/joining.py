"""Lines of a paragraph or a cell as running text.

- A hyphen at a line's end binds. Whether it is the word's own or was put there to break it, the other words tell: the
  word without it, with it, or its parts by themselves; else it goes where it stands between letters alone.
- Chinese and Japanese lines join without a space. Korean lines end at spaces on some pages and inside words on others:
  which, all the lines' ends of a page tell together, and where they end inside words, each is judged by its syllables.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sokdok.layout.korean import space_score

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e\u3000-\u303f]")
_HANGUL = re.compile(r"[가-힣]")
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
        if self.cut and (_HANGUL.match(text[-1:]) or _HANGUL.match(line[:1])) and space_score(text, line) < 0:
            return text + line
        return f"{text} {line}"


def joiner_of(paragraphs: Sequence[Sequence[str]]) -> Joiner:
    """What joins the lines of a page, by all its paragraphs' lines."""
    known = words_of([line for lines in paragraphs for line in lines])
    ends = [
        space_score(upper, lower)
        for lines in paragraphs
        for upper, lower in pairwise(lines)
        if _HANGUL.match(upper[-1:]) and _HANGUL.match(lower[:1])
    ]
    return Joiner(known, bool(ends) and sum(end > 0 for end in ends) < MAX_SPACES_SHARE * len(ends))


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
