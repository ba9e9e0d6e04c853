"""Texts made fit for where they are written: JSON that can be shown anywhere, and what HTML can't hold made visible."""

from __future__ import annotations

import json
import re
from typing import Any

_ESCAPED = re.compile(r"[\x7f-\x9f\ud800-\udfff]")
"""what a terminal obeys, and halves of characters, which file names may hold: JSON would leave them as they are"""


def json_text(value: Any, indent: int | None = None) -> str:
    """Strict JSON in readable Unicode. Raises ValueError for NaN and infinity."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys([*range(0x80, 0xA0), 0xFFFE, 0xFFFF], 0xFFFD)
"""Control characters, which HTML can't hold, as the pictures that Unicode has of them."""


def shown_controls(text: str) -> str:
    """Return a text with its control characters made visible."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)
