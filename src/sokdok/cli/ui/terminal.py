"""What a terminal is shown: texts, and the colours of tables, but nothing else that a terminal obeys.

A control character in an answer, a file's name or a stored turn could set the window's title, write to the clipboard
or clear the screen. Pipes and files get everything as it is.
"""

from __future__ import annotations

import codecs
import io
import re
import sys
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_OBEYED = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\r(?!\n|\Z)|\x1b(?!\[[0-9;]*m)")
"""all control characters but tab, line end and form feed, and what sets colours"""
_MARK = "\N{REPLACEMENT CHARACTER}"
MOST_CHARACTERS = 2000  # of a message: a server or a file may say anything at any length


def guard_stdout() -> None:
    """Let standard output pass nothing on that a terminal would obey, where it is one."""
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper) and out.isatty():
        guarded = io.BufferedWriter(_Guard(out.buffer, out.encoding))
        sys.stdout = io.TextIOWrapper(guarded, out.encoding, out.errors, line_buffering=True)


def message(text: str) -> str:
    """A text in one line that is safe to print and not too long."""
    line = re.sub(r"[\x00-\x1f\x7f-\x9f]", _MARK, text.replace("\n", " "))
    return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]} …"


class _Guard(io.RawIOBase):
    """The bytes of a terminal's text, without what is obeyed."""

    def __init__(self, out: BinaryIO, encoding: str) -> None:
        self._out, self._encoding = out, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._out.fileno()

    def write(self, data: ReadableBuffer, /) -> int:
        data = bytes(data)
        text = _OBEYED.sub(_MARK, self._decoder.decode(data))
        self._out.write(text.encode(self._encoding, "replace"))
        self._out.flush()
        return len(data)
