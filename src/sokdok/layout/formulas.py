"""LaTeX of a displayed formula whose lines stand each on one baseline: letters, digits, signs, powers and indices.

What is set otherwise (fractions, roots, sums with limits, matrices, accents, glyphs without a known character) is none
of it: a formula that is written in part would say something else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from sokdok.layout.blocks import Row, rows_of
from sokdok.layout.text_line import TextLine
from sokdok.pages.signs import FUNCTIONS, LARGE, OPERATIONS, RELATIONS, SIGNS, is_prose, letter_of
from sokdok.pages.textlayer import Word

ON_LINE_EM = 0.05  # by which baselines of one line differ
SMALLER = 0.85  # times the size of the line: a power or an index
SMALLEST = 0.6  # a power of a power is smaller
RAISED_EM = (0.1, 0.6)  # of powers and indices from the line
QUAD_EM = 0.9  # a gap as wide as this parts two formulas
BACK_EM = 0.1  # by which a glyph may reach into the one before; more, and one is an accent of the other
BREAK = r" \\ "
_NUMBER = re.compile(r"\(?([0-9A-Z]{1,3}(?:[.-][0-9]{1,3})*[a-z]?)\)")
_TOKEN = re.compile(r"[A-Za-z]+|.", re.DOTALL)
_COMMAND_END = re.compile(r"\\[A-Za-z]+$")
_ASCII = {"italic": "A-Za-z0-9.,/<>", "cal": "A-Z{}|*-", "bb": "A-Zk1", "frak": "A-Za-z"}
_NAMED = {style: re.compile(f"[{characters}]*") for style, characters in _ASCII.items()}
"""ASCII characters that TeX's fonts have; any other is the bare code of a glyph without a name"""
_BOX = {"cal": r"\mathcal", "bb": r"\mathbb", "frak": r"\mathfrak"}


def is_formula(pieces: Sequence[TextLine], likely: bool) -> bool:
    """Whether a block of a text layer is a formula: set in fonts for formulas, or `likely` and with hardly a word."""
    if any(piece.source != "layer" for piece in pieces):
        return False
    plain = " ".join(word.text for piece in pieces for word in piece.run if not word.alphabet)
    return not plain or (likely and not is_prose(plain))


def formula_latex(rows: Sequence[Row]) -> str:
    """LaTeX of a formula, with its number; of several lines if each is certain and has a relation of its own."""
    pieces = [piece for row in rows for piece in row.pieces]
    numbers = [piece for piece in pieces if number_of(piece.text) and len(pieces) > 1][:1]
    words = [word for piece in pieces if piece not in numbers for word in piece.words]
    latex = latex_of(words)
    if not latex:
        lines = rows_of([piece for piece in pieces if piece not in numbers])
        parts = [latex_of([word for piece in row.pieces for word in piece.words]) for row in lines]
        alike = min(row.em for row in lines) > SMALLER * max(row.em for row in lines)  # no limits below a sign
        if len(lines) < 2 or not (alike and all(parts) and all(set(row.text) & RELATIONS.keys() for row in lines)):
            return ""
        latex = rf"\begin{{gathered}} {BREAK.join(parts)} \end{{gathered}}"
    return latex + "".join(rf" \tag{{{number_of(piece.text)}}}" for piece in numbers)


def number_of(text: str) -> str:
    """The number of an equation, as `(2.1)` says it; empty if it is none."""
    match = _NUMBER.fullmatch(text.strip())
    return match[1] if match and text.strip().startswith("(") else ""


def latex_of(words: Sequence[Word]) -> str:
    """LaTeX of words, in any order; empty if it is not certain."""
    if not words or any(word.alphabet == "pieces" for word in words):
        return ""
    words = sorted(words, key=lambda word: word.box.left)
    em = max(word.em for word in words)
    counts: Counter[float] = Counter()
    for word in words:
        if word.em > SMALLER * em:
            counts[round(word.baseline, 1)] += len(word.text)
    line = max(counts, key=lambda at: counts[at])
    parts: list[str] = []
    scripts: dict[str, list[str]] = {}
    last: dict[str, Word] = {}
    for word in words:
        place = _place(word, line, em)
        latex = _word_latex(word)
        if not latex or place is None or (not parts and place != "base"):
            return ""
        before = last.get(place) or last.get("base")
        if before is not None and word.box.left < before.box.right - BACK_EM * em:
            return ""
        if place != "base":
            scripts.setdefault(place, []).append(latex)
            last[place] = word
            continue
        _close(parts, scripts)
        gap = word.box.left - max((one.box.right for one in last.values()), default=word.box.left)
        if parts and gap > QUAD_EM * em:
            parts.append(r"\quad")
        elif parts and not word.joined and any(part.startswith(r"\text{") for part in (latex, parts[-1])):
            parts.append("~")
        parts.append(latex)
        scripts, last = {}, {"base": word}
    _close(parts, scripts)
    latex = _joined(parts)
    # A relation or operation with nothing behind it, or with another one that is no sign of a number, lacks a part.
    lacks = any(
        part in _SPACED and part != r"\quad" and after in _SPACED and after not in ("-", r"\pm", r"\mp")
        for part, after in pairwise([*latex.split(" "), "="])
    )
    return "" if lacks else latex


def _place(word: Word, line: float, em: float) -> str | None:
    """Whether a word stands on the line, or is a power or an index; None for anything else."""
    shift = (line - word.baseline) / em
    if abs(shift) <= ON_LINE_EM and word.em > SMALLER * em:
        return "base"
    if not (SMALLEST * em <= word.em <= SMALLER * em and RAISED_EM[0] <= abs(shift) <= RAISED_EM[1]):
        return None
    return "^" if shift > 0 else "_"


def _word_latex(word: Word) -> str:
    """LaTeX of a word's characters; empty if one of them is unknown."""
    plain = "".join(char for char in word.text if char.isascii())
    if word.alphabet in _NAMED and not _NAMED[word.alphabet].fullmatch(plain):
        return ""
    parts: list[str] = []
    for token in _TOKEN.findall(word.text):
        if token in FUNCTIONS:
            parts.append(r"\bmod" if token == "mod" else rf"\{token}")
        elif token.isascii() and token.isalpha() and word.alphabet in _BOX:
            parts.append(f"{_BOX[word.alphabet]}{{{token}}}")
        elif token.isascii() and token.isalpha() and (len(token) == 1 or word.alphabet or word.italic):
            parts.append(rf"\mathbf{{{token}}}" if word.bold else token)
        elif token.isascii() and token.isalpha():
            parts.append(rf"\text{{{token}}}")
        else:
            latex = "" if token in LARGE else SIGNS.get(token) or letter_of(token)
            if not latex:
                return ""
            parts.append(latex)
    return _joined(parts)


def _close(parts: list[str], scripts: dict[str, list[str]]) -> None:
    """Put the powers and indices of the last part behind it."""
    for mark in ("_", "^"):
        if mark in scripts:
            inner = _joined(scripts[mark])
            parts[-1] += rf"{mark}{{{inner}}}"


_SPACED = {*RELATIONS.values(), *OPERATIONS.values(), r"\quad"}


def _joined(parts: Sequence[str]) -> str:
    """Parts as one formula: a space around relations and operations, and wherever a command would run on."""
    text = ""
    spaced = False
    for part in parts:
        now = part in _SPACED
        runs_on = bool(_COMMAND_END.search(text)) and part[:1].isalpha()
        text += f" {part}" if text and (now or spaced or runs_on) else part
        spaced = now
    return text
