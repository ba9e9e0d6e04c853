"""The key of an endpoint: from the environment, each to whom it belongs, and into no message.

- OPENAI_API_KEY goes to OpenAI, encrypted, and to nobody else, however an address came into a script; any other server
  gets SOKDOK_API_KEY.
- A server may send the key back: as it is, in capitals, percent-encoded, in part. A word with a trace of it is left out
  of what is quoted; if one remains, spread over words, all is.
"""

from __future__ import annotations

import os
import re
from html import unescape
from urllib.parse import unquote

from sokdok.errors import InputError
from sokdok.reading.remote.address import is_openai

OWN_VARIABLE, OPENAI_VARIABLE = "SOKDOK_API_KEY", "OPENAI_API_KEY"
TRACE_CHARS = 6  # letters and digits in a row that give a key away
MIN_KEY_CHARS = 16
"""letters and digits of a key that names of models are searched for; shorter ones are stand-ins, such as `EMPTY`"""
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
    traces = _traces(key)
    if not traces:
        return " ".join(words)
    shown = " ".join(HIDDEN if _shows(word, traces) else word for word in words)
    return HIDDEN if _shows(shown, traces) else shown


def holds_key(name: str, key: str) -> bool:
    """Whether a name that a server gives holds the whole key."""
    return len(_letters(key)) >= MIN_KEY_CHARS and _shows(name, {_letters(key)})


def _traces(key: str) -> set[str]:
    letters = _letters(key)
    return {letters[i : i + TRACE_CHARS] for i in range(max(1, len(letters) - TRACE_CHARS + 1))} - {""}


def _shows(text: str, traces: set[str]) -> bool:
    decoded = unescape(unquote(unquote(text)))
    return any(trace in letters for letters in (_letters(text), _letters(decoded)) for trace in traces)


def _letters(text: str) -> str:
    """Letters and digits only, none of them capital."""
    return _NO_LETTER.sub("", text).lower()
