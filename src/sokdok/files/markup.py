"""Fill templates of HTML so that text can't become markup: what is not `Markup` is escaped, whoever fills it in."""

from __future__ import annotations

import html
from collections.abc import Iterable

_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys([*range(0x80, 0xA0), 0xFFFE, 0xFFFF], 0xFFFD)
"""Control characters, which HTML can't hold, as the pictures that Unicode has of them."""


class Markup(str):
    """HTML that is safe as it is."""

    __slots__ = ()


NONE = Markup("")


def escape(text: str) -> Markup:
    """Escape a text for HTML, for attributes too, with control characters made visible."""
    return Markup(html.escape(shown_controls(text)))


def shown_controls(text: str) -> str:
    """A text with its control characters made visible."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)


def fill(template: str, **values: object) -> Markup:
    """Fill the `{names}` of a template; values that are not `Markup` are escaped."""
    filled = {name: value if isinstance(value, Markup) else escape(str(value)) for name, value in values.items()}
    return Markup(template.format(**filled))


def joined(parts: Iterable[Markup], separator: str = "") -> Markup:
    """Join pieces of HTML."""
    return Markup(separator.join(parts))
