"""JSON that can be written and shown anywhere."""

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
