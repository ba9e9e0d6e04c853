"""Server-sent events, as chat completions are streamed: bytes in, the data of each event out.

Lines end in a line feed, nothing else: a text may hold U+2028 and U+0085 as they are, at which `str.splitlines` and the
line iterators of HTTP libraries would break its JSON apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

from sokdok.reading.remote.failure import RequestFailed

DONE = "[DONE]"  # the data of the event that ends an answer
MAX_EVENTS = 500_000  # of an answer; a token is one at most


def is_event_stream(response: httpx.Response) -> bool:
    """Whether an answer comes as events; a server may ignore that it was asked to stream."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.is_success and kind == "text/event-stream"


class EventParser:
    """Takes bytes as they arrive, cut anywhere. An event that its blank line did not end is none.

    Raises RequestFailed for an event of more than `limit` bytes, and for more events than an answer can have.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._line = bytearray()
        """the beginning of a line"""
        self._data: list[bytes] = []
        self._size = 0
        """bytes of `_data`"""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of each event that these bytes complete; comments and other fields are skipped."""
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._line += line
            yield from self._take(bytes(self._line).removesuffix(b"\r"))
            self._line.clear()
        self._line += rest
        self._check(len(self._line))

    def _take(self, line: bytes) -> Iterator[str]:
        if line.startswith(b"data:"):
            data = line.removeprefix(b"data:").removeprefix(b" ")
            self._check(len(line))
            self._data.append(data)
            self._size += len(line)
        elif not line and self._data:
            self._count += 1
            if self._count > MAX_EVENTS:
                raise RequestFailed(f"the endpoint sent more than {MAX_EVENTS:,} events for one answer")
            yield b"\n".join(self._data).decode("utf-8", "replace")
            self._data, self._size = [], 0

    def _check(self, more: int) -> None:
        if self._size + more > self._limit:
            raise RequestFailed(f"the endpoint sent an event of more than {self._limit >> 20} MB")
