"""How a document is found again: the name of its file, and of its part where that is an archive: `papers.zip#3`.

A name may hold any bytes; those that are no UTF-8, and `%` and `#`, are written as in addresses.
"""

from __future__ import annotations

import os
import re
from urllib.parse import unquote_to_bytes

_SPECIAL = re.compile("[%#\ud800-\udfff]")


def place_of(name: str, part: str = "") -> str:
    """The place of a file, or of a part of it."""
    quoted = _SPECIAL.sub(lambda match: "".join(f"%{byte:02X}" for byte in os.fsencode(match[0])), name)
    return f"{quoted}#{part}" if part else quoted


def name_and_part(place: str) -> tuple[str, str]:
    """The name of the file and what is sought in it, empty for the file itself."""
    quoted, _, part = place.partition("#")
    return os.fsdecode(unquote_to_bytes(quoted)), part
