r"""Formulas as LaTeX: those of Word and PowerPoint (Office Math), and those of web pages and books (MathML).

- What else there is in Office Math stands by its characters; elements of MathML that are not known raise KeyError.
- Standards: ECMA-376, part 1, chapter 22.1; MathML 3, chapter 3.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sokdok.office.package import attribute, bare, child, children, local
from sokdok.pages.signs import FUNCTIONS, SIGNS

_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_OPERATORS = _SAID["operators"]
_ABOVE, _BELOW = (
    {sign: accent for accent, signs in _SAID[place].items() for sign in signs} for place in ("above", "below")
)
_NO_SIGNS = "′°"  # as they are: some files raise them, and in LaTeX they would stand twice as high
_SYMBOLS = {
    **{sign: f"{latex} " if latex[0] == "\\" and latex[1:].isalpha() else latex
       for sign, latex in (SIGNS | _OPERATORS | {"√": r"\surd", "\\": r"\backslash"}).items() if sign not in _NO_SIGNS},
    **dict.fromkeys("\u2061\u2062\u2063\u2064", ""), **{sign: f"\\{sign}" for sign in "#&_$"},
}  # fmt: skip
_FUNCTIONS = FUNCTIONS - {"mod"}  # which stands between two terms
_WITH_LIMITS = {r"\lim", r"\max", r"\min", r"\sup", r"\inf", r"\det", *_OPERATORS.values()}


def latex(element: Any) -> str:
    """An `m:oMath`, `m:oMathPara` or `math` as LaTeX without delimiters. Raises KeyError, TypeError, ValueError."""
    write = _mathml if bare(element) == "math" else _office
    return " ".join(write(element).split())


def _letters(text: str) -> str:
    return "".join(_SYMBOLS.get(char, char) for char in text)


def _function(name: str) -> str:
    return f"\\{name} " if name in _FUNCTIONS else name


def _text(text: str) -> str:
    return f"\\text{{{text}}}" if text.strip() else " "


def _fraction(above: str, below: str, line: bool) -> str:
    return f"\\frac{{{above}}}{{{below}}}" if line else f"{{{above} \\atop {below}}}"


def _scripts(base: str, sub: str, sup: str) -> str:
    base = base.strip()
    alone = len(base) <= 1 or (base[0] == "\\" and base[1:].isalpha())
    return (base if alone else f"{{{base}}}") + (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else "")


def _limits(base: str, below: str, above: str) -> str:
    """What stands under and over a base: limits of an operator, accents, or other signs."""
    if base in _WITH_LIMITS:
        return _scripts(base, below, above)
    for sign, accents, other in ((above, _ABOVE, "overset"), (below, _BELOW, "underset")):
        accent = accents.get({r"\to": "→", r"\_": "_"}.get(sign, sign))
        if sign:
            base = f"{accent}{{{base}}}" if accent else f"\\{other}{{{sign}}}{{{base}}}"
    return base


def _root(degree: str, base: str) -> str:
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{base}}}"


def _fenced(begin: str, inner: str, end: str) -> str:
    begin, end = (f"\\{sign}" if sign in ("{", "}") else sign or "." for sign in (begin, end))
    return f"\\left{begin}{inner}\\right{end}"


def _matrix(rows: Iterable[Iterable[str]]) -> str:
    lines = " \\\\ ".join(" & ".join(map(str.strip, row)) for row in rows)
    return f"\\begin{{matrix}}{lines}\\end{{matrix}}"


def _office(element: Any) -> str:
    """What stands in an element of Office Math; what is not known by its characters."""
    return "".join(map(_office_one, element)) if element is not None else ""


def _office_one(element: Any) -> str:
    name = local(element)
    if name == "r":
        said = "".join(one.text or "" for one in children(element, "t"))
        return _text(said) if child(element, "rPr", "nor") is not None else _letters(said)
    if name in _OFFICE:
        parts, write = _OFFICE[name]
        return write(element, *(_office(child(element, part)).strip() for part in parts.split()))
    return "" if name.endswith("Pr") or name in ("del", "moveFrom") else _office(element)


def _said(element: Any, name: str, default: str) -> str:
    found = child(element, f"{local(element)}Pr", name)
    return attribute(found, "val") if found is not None else default


def _bracketed(element: Any) -> str:
    inner = f"{_said(element, 'sepChr', '|')} ".join(_office(one).strip() for one in children(element, "e"))
    return _fenced(_said(element, "begChr", "("), inner, _said(element, "endChr", ")"))


def _accented(element: Any, base: str) -> str:
    name = local(element)
    sign = _said(element, "chr", {"acc": "\u0302", "bar": "‾", "groupChr": "⏟"}[name])
    above = name == "acc" or _said(element, "pos", "bot") == "top"
    return _limits(base, "" if above else sign, sign if above else "")


_OFFICE: dict[str, tuple[str, Callable[..., str]]] = {
    "f": ("num den", lambda one, above, below: _fraction(above, below, _said(one, "type", "bar") != "noBar")),
    "sSub": ("e sub", lambda one, base, sub: _scripts(base, sub, "")),
    "sSup": ("e sup", lambda one, base, sup: _scripts(base, "", sup)),
    "sSubSup": ("e sub sup", lambda one, *parts: _scripts(*parts)),
    "sPre": ("sub sup e", lambda one, sub, sup, base: f"{{}}{_scripts('', sub, sup)}{base}"),
    "rad": ("deg e", lambda one, degree, base: _root(degree, base)),
    "nary": ("sub sup e", lambda one, sub, sup, e: f"{_scripts(_letters(_said(one, 'chr', '∫')), sub, sup)} {e}"),
    "func": ("fName e", lambda one, name, base: f"{_function(name)} {base}"),
    "limLow": ("e lim", lambda one, base, below: _limits(_function(base).strip(), below, "")),
    "limUpp": ("e lim", lambda one, base, above: _limits(_function(base).strip(), "", above)),
    **dict.fromkeys(("acc", "bar", "groupChr"), ("e", _accented)),
    "borderBox": ("e", lambda one, base: f"\\boxed{{{base}}}"),
    "phant": ("e", lambda one, base: "" if _said(one, "show", "1") in ("0", "off", "false") else base),
    "d": ("", _bracketed),
    "m": ("", lambda one: _matrix(map(_office, children(row, "e")) for row in children(one, "mr"))),
    "eqArr": ("", lambda one: _matrix([_office(row)] for row in children(one, "e"))),
}  # element → its parts, and what writes them


def _mathml(element: Any) -> str:
    """An element of MathML. Raises KeyError for one that is not known, TypeError for one that lacks its parts."""
    name, parts = bare(element), [one for one in element if not bare(one).startswith("annotation")]
    if name in ("mi", "mn", "mo", "ms", "mtext"):
        said = " ".join("".join(element.itertext()).split())
        is_text = name == "mtext" or (name == "mi" and len(said) > 1 and said not in _FUNCTIONS)
        return _text(said) if is_text else _function(_letters(said))
    if name in ("maction", "semantics"):  # its first part is shown
        return "".join(map(_mathml, parts[:1]))
    if name == "mtable":
        return _matrix(map(_mathml, row) for row in parts)
    if name == "mmultiscripts":
        names = [*map(bare, parts), "mprescripts"]
        at = names.index("mprescripts")
        behind, before = ([_mathml(one).strip() for one in some] for some in (parts[1:at], parts[at + 1 :]))
        first = f"{{}}{_scripts('', ''.join(before[::2]), ''.join(before[1::2]))}" if before else ""
        return first + _scripts(_mathml(parts[0]).strip(), "".join(behind[::2]), "".join(behind[1::2]))
    inner = [_mathml(one).strip() if name in _MATHML else _mathml(one) for one in parts]
    if name == "mfenced":
        return _fenced(element.get("open", "("), ", ".join(inner), element.get("close", ")"))
    if name == "mfrac":
        above, below = inner
        return _fraction(above, below, bool(element.get("linethickness", "1").strip("0.ptxem% ")))
    return _MATHML[name](*inner) if name in _MATHML else _ROWS[name].format("".join(inner))


_ROWS = {
    **dict.fromkeys(("math", "mrow", "mstyle", "mpadded", "merror", "mtd"), "{}"), "msqrt": "\\sqrt{{{}}}",
    **dict.fromkeys(("mphantom", "mspace", "none"), " "),
}  # fmt: skip
_MATHML: dict[str, Callable[..., str]] = {
    "mroot": lambda base, degree: _root(degree, base),
    "msub": lambda base, sub: _scripts(base, sub, ""),
    "msup": lambda base, sup: _scripts(base, "", sup),
    "munder": lambda base, below: _limits(base, below, ""),
    "mover": lambda base, above: _limits(base, "", above),
    **{"msubsup": _scripts, "munderover": _limits},
}
