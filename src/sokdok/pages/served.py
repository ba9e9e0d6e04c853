"""A file that a servant holds open in a child process: opened once more where the child died, its time counted."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from typing import Any, Generic, TypeVar

from sokdok.errors import InputError
from sokdok.isolation import Died, Limits, borrowed
from sokdok.pages.page import OpeningDied
from sokdok.reasons import say

Answer = TypeVar("Answer")
T = TypeVar("T")


class ServedFile(Generic[Answer]):
    """An open file; InputError if it can't be opened, OpeningDied if the child died at that.

    The servant has `open`, which takes `arguments` and answers an `opened` of some kind, and `close`.
    """

    def __init__(
        self, servant: str, source: str, limits: Limits, arguments: tuple[Any, ...], opened: type[Answer]
    ) -> None:
        self.source, self.limits = source, limits
        self.given_up = ""
        self.deaths = 0
        self._arguments, self._kind = arguments, opened
        self._seconds = 0.0
        self._stack = ExitStack()
        self._process = self._stack.enter_context(borrowed(servant, limits))
        try:
            self.opened = self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        with suppress(Died, InputError, RuntimeError):
            if self._process.running:
                self._process.call("close", kind=type(None))
        self._stack.close()

    def _open(self) -> Answer:
        try:
            return self._process.call("open", *self._arguments, kind=self._kind)
        except (Died, RuntimeError) as error:
            kind = OpeningDied if isinstance(error, Died) else InputError
            raise kind(say("not_opened", file=self.source, why=error)) from None

    def _call(self, method: str, *arguments: Any, kind: type[T]) -> T:
        """Call the servant; a child that died before is started, and opens the file, once more."""
        began = time.monotonic()
        try:
            if not self._process.running:
                self._open()
            return self._process.call(method, *arguments, kind=kind)
        finally:
            self._seconds += time.monotonic() - began
