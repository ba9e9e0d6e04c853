"""Lines of a paragraph or a cell as running text.

- A hyphen at a line's end binds. Whether it is the word's own or was put there to break it, the other words tell: the
  word without it, with it, or its parts by themselves; else it goes where it stands between letters alone.
- Chinese and Japanese lines join without a space.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e\u3000-\u303f]")
_HYPHENS = "-\u2010\u2011"
_SOFT = "\u00ad"
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
MIN_PART = 3
"""letters of a part that is a word by itself"""


def words_of(texts: Sequence[str]) -> frozenset[str]:
    """The words of some lines, in small letters, but for those that a hyphen breaks: what `joined` knows."""
    found: set[str] = set()
    for text in texts:
        body = text.rstrip()
        if body[-1:] in _HYPHENS:
            body = body[: body.rfind(" ") + 1]
        for word in _WORD.findall(body.lower().replace("\u2010", "-")):
            found.add(word)
            found.update(word.split("-"))
    return frozenset(found)


def joined(lines: Sequence[str], known: Collection[str] = ()) -> str:
    """Lines of one paragraph as running text; `known` are words of its page, see `words_of`."""
    text = lines[0]
    for line in lines[1:]:
        text = _join(text, line, known)
    return text


def _join(text: str, line: str, known: Collection[str]) -> str:
    if text.endswith(_SOFT):
        return text[:-1] + line
    if len(text) > 1 and text[-1] in _HYPHENS and not text[-2].isspace() and text[-2] not in _HYPHENS:
        return (text[:-1] if _is_break(text[:-1], line, known) else text) + line
    if _UNSPACED.match(text[-1:]) and _UNSPACED.match(line[:1]):
        return text + line
    return f"{text} {line}"


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
