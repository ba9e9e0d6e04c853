"""Server-sent events, as chat completions are streamed: bytes in, the data of each event out.

Lines end in a line feed, nothing else: a text may hold U+2028 and U+0085 as they are, at which `str.splitlines` and the
line iterators of HTTP libraries would break its JSON apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

DONE = "[DONE]"
"""the data of the event that ends an answer"""


def is_event_stream(response: httpx.Response) -> bool:
    """Whether an answer comes as events; a server may ignore that it was asked to stream."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.is_success and kind == "text/event-stream"


class EventParser:
    """Takes bytes as they arrive, cut anywhere. An event that its blank line did not end is none."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of each event that these bytes complete; comments and other fields are skipped."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
            elif not line and self._data:
                yield b"\n".join(self._data).decode("utf-8", "replace")
                self._data = []
