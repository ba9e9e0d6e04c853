"""LaTeX of what stands on one baseline, and nothing where it does not."""

from __future__ import annotations

import pytest

from sokdok.imaging.box import Box
from sokdok.layout.formulas import latex_of, number_of
from sokdok.pages.textlayer import Alphabet, Word


def words(*parts: tuple[str, float, float] | str, alphabet: Alphabet = "", gap: float = 2.0) -> list[Word]:
    """Words from left to right: text, size, and how far it is raised; text alone stands on the line in 10 points."""
    found, x = [], 0.0
    for part in parts:
        text, em, raised = part if isinstance(part, tuple) else (part, 10.0, 0.0)
        width, base = 0.5 * em * len(text), 100 - raised
        x += gap if raised == 0 else 0
        found.append(Word(text, Box(x, base - em, x + width, base), em, base, alphabet=alphabet))
        x += width
    return found


@pytest.mark.parametrize(
    ("parts", "latex"),
    [
        (["x", ("2", 7, 4), "+", "y", "=", "0"], r"x^{2} + y = 0"),
        (["a", ("i", 7, -2), ("j", 7, -2), "≤", "α"], r"a_{ij} \le \alpha"),
        (["sin", "θ", "≠", "∞"], r"\sin\theta \ne \infty"),
        (["2πr", "=", "U"], r"2\pi r = U"),
        (["𝑥", "∈", "ℝ"], r"x \in \mathbb{R}"),
        (["x", "=", "−", "1"], r"x = - 1"),
        (["f", "(", "x", ")", ":", "{", "1", "}"], r"f(x):\{1\}"),
        (["x", "=", "1", "if", "y", ">", "0"], r"x = 1~\text{if}~y > 0"),
        (["x", "=", ("1", 10, 7), ("2", 10, -7)], ""),  # a fraction
        (["∑", "k"], ""),
        (["√", "2"], ""),
        (["x", "=", "\ufffd"], ""),
        (["x", "=", "\ue020"], ""),
        (["x", "="], ""),  # its right side is missing
        (["x", "=", "=", "2"], ""),
        (["x", "ˆ"], ""),
        ([("2", 7, 4), "x"], ""),
        (["x", ("2", 7, 4), ("3", 5, 8)], ""),  # a power of a power
    ],
)
def test_one_line_is_told_and_anything_else_is_not(parts: list[str], latex: str) -> None:
    assert latex_of(words(*parts)) == latex


def test_power_over_index() -> None:
    x, index, power = words("x", ("1", 7, -2), ("2", 7, 4))
    power = Word("2", index.box.moved(0, -6), 7, 96)
    assert latex_of([x, index, power]) == "x_{1}^{2}"


def test_accents_are_not_letters_beside() -> None:
    x, over = words("x", "v")
    assert latex_of([x, Word("v", x.box, 10, x.baseline)]) == ""
    assert latex_of([x, over]) == "xv"


@pytest.mark.parametrize(
    ("text", "alphabet", "latex"),
    [
        ("L", "cal", r"\mathcal{L}"), ("R", "bb", r"\mathbb{R}"), ("g", "frak", r"\mathfrak{g}"),
        ("ab", "italic", "ab"), ("X", "pieces", ""), (";", "italic", ""), ("!", "cal", ""),
    ],
)  # fmt: skip
def test_fonts_for_formulas_tell_alphabets_and_bare_codes(text: str, alphabet: Alphabet, latex: str) -> None:
    assert latex_of(words(text, alphabet=alphabet)) == latex


def test_wide_gaps_part_formulas() -> None:
    assert latex_of(words("a", "b", gap=20)) == r"a \quad b"


def test_numbers_of_equations() -> None:
    assert [number_of(text) for text in ("(1)", " (2.13a) ", "(A1)", "1)", "(x)", "(see 1)")] == [
        "1", "2.13a", "A1", "", "", "",
    ]  # fmt: skip
