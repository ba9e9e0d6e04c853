"""What went wrong with a request, in one line: short, printable, and without the key, whatever the server wrote."""

from __future__ import annotations

import json
import os
from typing import Any

from sokdok.reading.remote.key import without_key

MAX_QUOTE_CHARS = 300  # of a server's words in our errors
MAX_NAME_CHARS = 200  # of a model's name; hubs allow half of it


class RequestFailed(Exception):
    """One request failed; the endpoint may well answer others. `str(error)` is one line."""


def quote(text: str, key: str) -> str:
    """A server's words as an error shows them."""
    # Four times the room: what is cut off before the key is sought could be the half of it that gives it away.
    shown = without_key(text[: 4 * MAX_QUOTE_CHARS], key)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shown)[:MAX_QUOTE_CHARS]


def complaint(status: int, body: bytes, key: str) -> str:
    """HTTP status and the server's own words, if it has any: a page of HTML says nothing."""
    try:
        words = quote(words_of(json.loads(body)), key)
    except (ValueError, RecursionError):
        words = ""
    return f"HTTP {status}: {words}" if words else f"HTTP {status}"


def words_of(data: Any) -> str:
    """The message in an error's JSON."""
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)


def no_connection(error: BaseException) -> str:
    """The operating system's word for why there is no connection; the library wraps it several times over."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror  # below 0: of the name look-up
        cause = cause.__cause__ or cause.__context__
    return str(error) or "no connection"
