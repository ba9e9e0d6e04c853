"""Signs of mathematics and what LaTeX calls them."""

from __future__ import annotations

import re
import unicodedata

RELATIONS = {
    "=": "=", "<": "<", ">": ">", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≡": r"\equiv", "∼": r"\sim",
    "≃": r"\simeq", "≅": r"\cong", "∝": r"\propto", "≪": r"\ll", "≫": r"\gg", "⩽": r"\le", "⩾": r"\ge",
    "∈": r"\in", "∉": r"\notin", "∋": r"\ni", "⊂": r"\subset", "⊆": r"\subseteq", "⊃": r"\supset", "⊇": r"\supseteq",
    "→": r"\to", "←": r"\leftarrow", "↔": r"\leftrightarrow", "⇒": r"\Rightarrow", "⇐": r"\Leftarrow",
    "⇔": r"\Leftrightarrow", "↦": r"\mapsto", "∣": r"\mid", "∥": r"\parallel", "⊥": r"\perp",
}  # fmt: skip
OPERATIONS = {
    "+": "+", "−": "-", "-": "-", "±": r"\pm", "∓": r"\mp", "×": r"\times", "·": r"\cdot", "⋅": r"\cdot", "∗": "*",
    "*": "*", "÷": r"\div", "∘": r"\circ", "◦": r"\circ", "∪": r"\cup", "∩": r"\cap", "∧": r"\wedge", "∨": r"\vee",
    "⊕": r"\oplus", "⊗": r"\otimes", "∖": r"\setminus",
}  # fmt: skip
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
)
_NO_COMMAND = {"Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N", "Ο": "O",
               "Ρ": "P", "Τ": "T", "Χ": "X", "ο": "o"}  # fmt: skip
GREEK = {
    **{unicodedata.lookup(f"GREEK {size} LETTER {'lamda' if name == 'lambda' else name}"): f"\\{named(name)}"
       for size, named in (("SMALL", str), ("CAPITAL", str.title)) for name in _GREEK.split()},
    **_NO_COMMAND,
    "ε": r"\varepsilon", "ϵ": r"\epsilon", "φ": r"\varphi", "ϕ": r"\phi", "ϑ": r"\vartheta", "ϱ": r"\varrho",
    "ς": r"\varsigma", "ϖ": r"\varpi", "µ": r"\mu", "Ω": r"\Omega", "∆": r"\Delta",
}  # fmt: skip
LARGE = frozenset("∑∏∐∫∬∭∮⋃⋂⨁⨂√∛∜")  # what stands over, under or beside them belongs to them, and no line says how far
OTHERS = {
    "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "∀": r"\forall", "∃": r"\exists", "∅": r"\emptyset",
    "¬": r"\neg", "ℓ": r"\ell", "ℏ": r"\hbar", "ℜ": r"\Re", "ℑ": r"\Im", "ℵ": r"\aleph",
    "′": r"\prime", "†": r"\dagger",
    "…": r"\ldots", "⋯": r"\cdots", "‖": r"\|", "⟨": r"\langle", "⟩": r"\rangle", "〈": r"\langle", "〉": r"\rangle",
    "{": r"\{", "}": r"\}", "%": r"\%", "°": r"^{\circ}", ":": ":", ";": ";", ",": ",", ".": ".", "!": "!",
    "/": "/", "|": "|", "(": "(", ")": ")", "[": "[", "]": "]", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil",
    "⌉": r"\rceil",
}  # fmt: skip
SIGNS = {**RELATIONS, **OPERATIONS, **GREEK, **OTHERS}
_FUNCTIONS = (
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp log ln lg lim sup inf max min arg det dim "
    "ker deg gcd mod Pr hom"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
_STYLES = (
    ("DOUBLE-STRUCK", r"\mathbb"), ("BOLD SCRIPT", r"\mathcal"), ("SCRIPT", r"\mathcal"),
    ("FRAKTUR", r"\mathfrak"), ("BLACK-LETTER", r"\mathfrak"), ("BOLD", r"\mathbf"),
)  # fmt: skip
"""words in the names of Unicode's mathematical letters"""


def letter_of(char: str) -> str:
    """LaTeX of a letter or digit; empty if it is none that is known."""
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) != 1 or not (plain.isascii() and plain.isalnum() or plain in GREEK):
        return ""
    latex = GREEK.get(plain, plain)
    if plain == char:
        return latex
    name = unicodedata.name(char, "")
    style = next((command for word, command in _STYLES if word in name), "")
    return f"{style}{{{latex}}}" if style else latex


MOST_PROSE = 0.3  # of a formula's characters that are those of words
_WORD = re.compile(r"[A-Za-z]{3,}|(?:(?![A-Za-z])[^\W\d_]){2,}")


def is_prose(text: str) -> bool:
    """Whether more of a text belongs to words than of a formula."""
    prose = sum(len(word) for word in _WORD.findall(text) if word not in FUNCTIONS)
    return prose > MOST_PROSE * len("".join(text.split()))
