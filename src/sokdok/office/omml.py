r"""Word's formulas as LaTeX: fractions, powers, roots, sums, brackets, matrices; what else there is by its characters.

Standard: ECMA-376, part 1, chapter 22.1 (Office Math).
"""

from __future__ import annotations

from typing import Any

from sokdok.office.package import attribute, child, children, local

_OPERATORS = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "∮": r"\oint", "⋃": r"\bigcup", "⋂": r"\bigcap"}
_ACCENTS = {
    "\u0302": r"\hat",
    "\u0303": r"\tilde",
    "\u0304": r"\bar",
    "\u20d7": r"\vec",
    "\u0307": r"\dot",
    "¯": r"\bar",
}
_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau "
    "upsilon phi chi psi omega"
)
_SYMBOLS = dict(zip(map(chr, range(0x3B1, 0x3CA)), (f"\\{name} " for name in _LETTERS.split()), strict=True)) | {
    "Γ": r"\Gamma ", "Δ": r"\Delta ", "Θ": r"\Theta ", "Λ": r"\Lambda ", "Π": r"\Pi ", "Σ": r"\Sigma ", "Φ": r"\Phi ",
    "Ψ": r"\Psi ", "Ω": r"\Omega ", "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "±": r"\pm ",
    "×": r"\times ", "÷": r"\div ", "·": r"\cdot ", "→": r"\to ", "∂": r"\partial ", "∇": r"\nabla ", "∈": r"\in ",
    "∀": r"\forall ", "∃": r"\exists ", "≈": r"\approx ", "≡": r"\equiv ", "√": r"\surd ", "−": "-", "%": r"\%",
    "#": r"\#", "&": r"\&", "_": r"\_", "$": r"\$", "{": r"\{", "}": r"\}", "\\": r"\backslash ",
}  # fmt: skip


def latex(element: Any) -> str:
    """An `m:oMath` or `m:oMathPara` as LaTeX, without delimiters."""
    return " ".join(_all(element).split())


def _all(element: Any) -> str:
    return "".join(map(_one, element)) if element is not None else ""


def _one(element: Any) -> str:
    name = local(element)
    if name == "r":
        return "".join(_SYMBOLS.get(char, char) for one in children(element, "t") for char in one.text or "")
    write = _WRITERS.get(name)
    if write is not None:
        return write(element)
    return "" if name.endswith("Pr") else _all(element)


def _inner(element: Any, name: str) -> str:
    return _all(child(element, name)).strip()


def _scripts(element: Any) -> str:
    sub, sup = child(element, "sub"), child(element, "sup")
    text = _inner(element, "e")
    base = text if len(text) <= 1 else f"{{{text}}}"
    return (
        base
        + (f"_{{{_all(sub).strip()}}}" if sub is not None else "")
        + (f"^{{{_all(sup).strip()}}}" if sup is not None else "")
    )


def _root(element: Any) -> str:
    degree = _inner(element, "deg")
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_inner(element, 'e')}}}"


def _nary(element: Any) -> str:
    sign = _property(element, "naryPr", "chr", "∫")
    sub, sup = _inner(element, "sub"), _inner(element, "sup")
    limits = (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else "")
    return f"{_OPERATORS.get(sign, sign)}{limits} {_inner(element, 'e')}"


def _brackets(element: Any) -> str:
    begin, end = _property(element, "dPr", "begChr", "("), _property(element, "dPr", "endChr", ")")
    inner = ", ".join(_all(one).strip() for one in children(element, "e"))
    return f"\\left{_bracket(begin)}{inner}\\right{_bracket(end)}"


def _bracket(char: str) -> str:
    return f"\\{char}" if char and char in "{}" else char or "."


def _matrix(element: Any) -> str:
    rows = (" & ".join(_all(one).strip() for one in children(row, "e")) for row in children(element, "mr"))
    lines = " \\\\ ".join(rows)
    return f"\\begin{{matrix}}{lines}\\end{{matrix}}"


def _function(element: Any) -> str:
    name = _inner(element, "fName")
    return f"\\{name} {_inner(element, 'e')}" if name in _FUNCTIONS else f"{name} {_inner(element, 'e')}"


def _property(element: Any, group: str, name: str, default: str) -> str:
    found = child(element, group, name)
    return attribute(found, "val") if found is not None else default


_FUNCTIONS = {"sin", "cos", "tan", "log", "ln", "exp", "lim", "max", "min", "det", "arg", "sinh", "cosh", "tanh"}
_WRITERS = {
    "f": lambda one: f"\\frac{{{_inner(one, 'num')}}}{{{_inner(one, 'den')}}}",
    **dict.fromkeys(("sSup", "sSub", "sSubSup"), _scripts),
    **{"rad": _root, "nary": _nary, "d": _brackets, "m": _matrix, "func": _function},
    "acc": lambda one: f"{_ACCENTS.get(_property(one, 'accPr', 'chr', chr(0x302)), '')}{{{_inner(one, 'e')}}}",
    "eqArr": lambda one: " \\\\ ".join(_all(line).strip() for line in children(one, "e")),
}
