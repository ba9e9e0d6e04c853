"""Texts as words and lines, simple enough to count alike everywhere.

- A word is a run of letters and digits, with an apostrophe, point or comma inside (`isn't`, `3.14`, `1,000`); a sign is
  a word by itself, as the tokenizers are that the published limits were set with; so is a Chinese or Japanese sign.
- Korean words are those between spaces: limits that were set with morphemes are set anew (`docs/reference/quality.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['’.,][^\W_{_CJK}]+)*|[{_CJK}]|[^\w\s]|_")
_LINE = re.compile(r"[^\n]+")
_SENTENCE_END = re.compile(r"[.!?。．！？…]+[\"'”’)\]]*(?=\s|$)")

TERMINAL = tuple(".?!。．？！｡‽⁇⁈⁉؟۔܀।॥։።፧၊။។៕᙮᠃᠉﹒﹖﹗⸮‼")  # signs that end a sentence in any script


def words_of(text: str) -> list[str]:
    """Words and signs, in order."""
    return _WORD.findall(text)


def is_word(word: str) -> bool:
    """Whether it is no sign."""
    return word[0].isalnum()


def lines_of(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line with something in it, blanks at both ends left out."""
    for match in _LINE.finditer(text):
        line = match[0]
        left = len(line) - len(line.lstrip())
        right = len(line.rstrip())
        if left < right:
            yield match.start() + left, match.start() + right


def paragraphs_of(text: str) -> list[str]:
    """What stands between blank lines, blanks at both ends left out."""
    found: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip():
            found[-1].append(line.strip())
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def sentences_of(line: str) -> list[str]:
    """A line's sentences, their ends included; what stands behind the last end is one, too."""
    found, at = [], 0
    for match in _SENTENCE_END.finditer(line):
        found.append(line[at : match.end()].strip())
        at = match.end()
    rest = line[at:].strip()
    return [*found, rest] if rest else found
