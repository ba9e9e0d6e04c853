"""What can go wrong in a way the user can act on: one line of text and an exit code each.

Exit codes of the command `sokdok`:

    0    all went well
    1    something failed that has no code of its own, or some of several inputs failed or were not read whole
    2    bad input: a wrong option, a file that is missing, broken or of the wrong kind
    3    a checkpoint is missing, corrupt or of another shape than its config says
    4    an optional dependency is not installed; the message names the extra
    5    an endpoint over HTTP did not answer, or answered with an error
    130  interrupted (Ctrl-C)
    141  whoever read standard output went away (`sokdok read … | head`)

This module imports nothing of sokdok but the sentences below it, so every layer may import it.
"""

from __future__ import annotations

import errno
import importlib
from collections.abc import Iterable
from typing import Any

from sokdok.reasons import say


class SokdokError(Exception):
    """Base of all errors meant for the user; `str(error)` is one line that says what to do."""

    exit_code: int = 1


class InputError(SokdokError):
    """The input cannot be used: a bad option, or a file that is missing, broken or of the wrong kind."""

    exit_code = 2


class ModelError(SokdokError):
    """A checkpoint is missing or corrupt; the message names the tensors, expected and found."""

    exit_code = 3


class MissingExtraError(SokdokError):
    """Something needs an optional dependency: `MissingExtraError("torch", "training")` names the extra and the need."""

    exit_code = 4

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(extra, purpose)  # args stay the constructor's, so the error survives pickling between workers
        self.extra = extra
        self.purpose = purpose

    def __str__(self) -> str:
        return say("missing_extra", purpose=self.purpose, extra=self.extra)


def imported(module: str, extra: str, purpose: str) -> Any:
    """A module that an extra brings, by its full name. Raises MissingExtraError, which says what it is needed for."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(extra, purpose) from None


class EndpointError(SokdokError):
    """An endpoint over HTTP did not answer, or answered with an error."""

    exit_code = 5


def is_disk_full(error: BaseException | None) -> bool:
    """Whether there is no room on the disk, or no more for this user."""
    full = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    return isinstance(error, OSError) and error.errno in full


def in_one_line(error: BaseException, most: int = 300) -> str:
    """What went wrong, for people: an error's own words, or what it is called where it has none that say it."""
    if isinstance(error, SokdokError):
        text = str(error)
    elif isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    elif isinstance(error, MemoryError):
        text = "it takes more memory than there is"
    else:
        text = f"{type(error).__name__}: {error}"
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def error_kinds() -> dict[str, type[SokdokError]]:
    """All kinds of error above by their names: what comes out of another process is made one of them again."""
    found = globals().items()
    return {name: kind for name, kind in found if isinstance(kind, type) and issubclass(kind, SokdokError)}


class SokdokWarning(UserWarning):
    """Something to know that is no error; commands print it as one line."""


def require_choice(what: str, name: str, choices: Iterable[str]) -> None:
    """Raise InputError if `name` is none of the choices; `what` is what it should be: "mode", "kind of figure"."""
    known = list(choices)
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(str(name).lower(), known, n=1)
        hint = f": did you mean {near[0]}?" if near else ";"
        raise InputError(f"unknown {what} {name!r}{hint} choose one of {', '.join(known)}")


def encoded(text: str, encoding: str = "utf-8", name: str = "the text") -> bytes:
    """Encode a text in some UTF. Raises InputError for a lone surrogate, which no file can hold."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds a lone surrogate at character {error.start}: not valid Unicode") from None
