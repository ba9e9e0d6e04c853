"""Text that goes into HTML: what HTML can't hold made visible."""

from __future__ import annotations

_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys([*range(0x80, 0xA0), 0xFFFE, 0xFFFF], 0xFFFD)
"""Control characters, which HTML can't hold, as the pictures that Unicode has of them."""


def shown_controls(text: str) -> str:
    """Return a text with its control characters made visible."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)
