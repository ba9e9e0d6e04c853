"""Addresses and keys of endpoints, and what went wrong with a request: in one line, short, printable, without the key.

- OPENAI_API_KEY goes to OpenAI, encrypted, and to nobody else, however an address came into a script; any other server
  gets SOKDOK_API_KEY.
- A server may send the key back: as it is, in capitals, percent-encoded, in part. A word with a trace of it is left out
  of what is quoted; if one remains, spread over words, all is.
"""

from __future__ import annotations

import json
import os
import re
from html import unescape
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from sokdok.errors import InputError

OPENAI_HOST = "api.openai.com"


def base_address(url: str) -> str:
    """The address without a slash at its end; `/v1` is added to one without a path. Raises InputError."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address in them, a port that is no number
        valid = False
    if not valid:
        raise InputError(f"{url!r} is no address of a server; it looks like http://localhost:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError("an address takes neither password nor parameters; put a key into SOKDOK_API_KEY")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def is_openai(url: str) -> bool:
    """Whether OpenAI itself is behind an address, and nobody else can read what is sent."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname == OPENAI_HOST


def is_open(url: str) -> bool:
    """Whether what is sent leaves this machine unencrypted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "http" and not (host.endswith(".localhost") or is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:  # a name
        return False


OWN_VARIABLE, OPENAI_VARIABLE = "SOKDOK_API_KEY", "OPENAI_API_KEY"
TRACE_CHARS = 6  # letters and digits in a row that give a key away
MIN_KEY_CHARS = 16  # of a key that names of models are searched for; shorter ones are stand-ins, such as `EMPTY`
HIDDEN = "…"

_NO_LETTER = re.compile(r"[\W_]+")


def key_variable(url: str) -> str:
    """The environment variable whose key goes to this address."""
    return OPENAI_VARIABLE if is_openai(url) else OWN_VARIABLE


def key_from_environment(url: str) -> str:
    """The key for an address, or nothing. Raises InputError, without it, if it can't be sent as a header."""
    name = key_variable(url)
    key = os.environ.get(name, "").strip()
    if not key.isascii() or not key.isprintable():
        raise InputError(f"{name} holds characters that no key has; was it copied whole?")
    return key


def key_advice(url: str, key: str) -> str:
    """What to do about a server that lets nobody in."""
    name = key_variable(url)
    if key:
        return f"is the key in {name} the right one?"
    if name == OWN_VARIABLE and os.environ.get(OPENAI_VARIABLE):
        return f"put its key into {name}, for {OPENAI_VARIABLE} goes to OpenAI only"
    return f"put a key into {name} please"


def without_key(text: str, key: str) -> str:
    """A text on one line, its words with a trace of the key left out; nothing, if a trace remains over several."""
    words = text.split()
    letters = _letters(key)
    traces = {letters[i : i + TRACE_CHARS] for i in range(max(1, len(letters) - TRACE_CHARS + 1))} - {""}
    if not traces:
        return " ".join(words)
    shown = " ".join(HIDDEN if _shows(word, traces) else word for word in words)
    return HIDDEN if _shows(shown, traces) else shown


def holds_key(name: str, key: str) -> bool:
    """Whether a name that a server gives holds the whole key."""
    return len(_letters(key)) >= MIN_KEY_CHARS and _shows(name, {_letters(key)})


def _shows(text: str, traces: set[str]) -> bool:
    decoded = unescape(unquote(unquote(text)))
    return any(trace in letters for letters in (_letters(text), _letters(decoded)) for trace in traces)


def _letters(text: str) -> str:
    """Letters and digits only, none of them capital."""
    return _NO_LETTER.sub("", text).lower()


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
