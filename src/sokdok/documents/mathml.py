"""LaTeX of a model as MathML, which browsers draw by themselves: made by latex2mathml, built anew of known tags alone.

What it makes of `\\href`, `\\style` or `\\class` is left out with all other attributes that lead or run somewhere.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

MOST_CHARACTERS = 1_000  # of a formula: longer ones are no line that a person wrote
_DEEPEST = 40
TAGS = frozenset(
    {
        "math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "mspace",
        "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
    }
)  # fmt: skip
_ATTRIBUTES = frozenset(
    {
        "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "displaystyle", "fence",
        "form", "height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize",
        "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
        "symmetric", "voffset", "width",
    }
)  # fmt: skip
_VALUE = re.compile(r"[\w .%+-]{1,60}")


@lru_cache(512)
def mathml(latex: str, *, display: bool = False) -> str | None:
    """A formula as a `math` element with its LaTeX beside it; None for what is no LaTeX that can be drawn."""
    from latex2mathml.converter import convert_to_element

    if len(latex) > MOST_CHARACTERS or not latex.strip():
        return None
    try:
        drawn = _written(convert_to_element(latex), 0)
    except Exception:  # of the converter, which raises nearly anything for what is no LaTeX; or of what is not known
        return None
    how = ' display="block"' if display else ""
    source = f'<annotation encoding="application/x-tex">{html.escape(latex)}</annotation>'
    return f"<math{how}><semantics><mrow>{drawn}</mrow>{source}</semantics></math>"


def _written(element: Element, depth: int) -> str:
    """An element's children and text. Raises ValueError for a command that the converter does not know."""
    text = html.unescape(element.text or "")
    if depth > _DEEPEST or text.startswith("\\"):
        raise ValueError(text)
    return html.escape(text) + "".join(_whole(child, depth + 1) for child in element)


def _whole(element: Element, depth: int) -> str:
    if element.tag not in TAGS:
        raise ValueError(element.tag)
    kept = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES and _VALUE.fullmatch(value)}
    told = "".join(f' {name}="{value}"' for name, value in kept.items())
    return f"<{element.tag}{told}>{_written(element, depth)}</{element.tag}>"
