"""Files opened one ahead: the next one, and its first text layer, while the one before is put together and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.open_source import SourceFile, open_source
from sokdok.documents.convert.outputs import identity
from sokdok.errors import InputError
from sokdok.office.file import OfficeFile
from sokdok.pages.files import page_range

Opener = Callable[[Path], SourceFile]
"""opens a file; what it raises is that of `open_source`"""


class OneAhead:
    """Opens `paths`, which are asked for in order; a file that nobody asked for is closed in the end.

    `wanted` says of a path whether it will be asked for as far as one can know: only then it is opened ahead.
    """

    def __init__(self, paths: Sequence[Path], asked: Conversion, wanted: Callable[[Path], bool]) -> None:
        self._asked, self._wanted = asked, wanted
        self._following = dict(pairwise(paths))
        self._ahead: tuple[Path, dict[str, Any], Future[SourceFile]] | None = None

    def __enter__(self) -> OneAhead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def __call__(self, path: Path) -> SourceFile:
        """Open a file, or take it as it was opened ahead, and begin with the next one."""
        try:
            return self._taken(path) or open_as_asked(path, self._asked)
        finally:
            self._begin(self._following.get(path))

    def _taken(self, path: Path) -> SourceFile | None:
        """The file if it was opened ahead, and is what it was then."""
        if self._ahead is None or self._ahead[:2] != (path, identity(path)):
            self._leave()
            return None
        (_, _, future), self._ahead = self._ahead, None
        return future.result()

    def _begin(self, path: Path | None) -> None:
        if path is None or not self._wanted(path):
            return
        try:
            version = identity(path)
        except OSError:  # whoever asks for it is told
            return
        future: Future[SourceFile] = Future()
        self._ahead = path, version, future
        # Not a pool's, which the interpreter waits for at its end: a hostile file may take its time.
        Thread(target=self._open, args=(path, future), daemon=True).start()

    def _open(self, path: Path, future: Future[SourceFile]) -> None:
        try:
            file = open_as_asked(path, self._asked)
            self._read_ahead(file)
            future.set_result(file)
        except BaseException as error:  # it is raised where the file is asked for
            future.set_exception(error)

    def _read_ahead(self, file: SourceFile) -> None:
        """Have the first page's text layer read."""
        if isinstance(file, OfficeFile) or not file.scalable:
            return
        try:
            first = page_range(self._asked.pages, len(file), file.source, self._asked.limits.pages)[0]
        except (InputError, IndexError):
            return
        file.read_ahead(first)

    def _leave(self) -> None:
        """Close what nobody asked for, once it is open."""
        if self._ahead is not None:
            self._ahead[2].add_done_callback(_close)
        self._ahead = None


def open_as_asked(path: Path, asked: Conversion) -> SourceFile:
    """Open a file as a conversion asks for it; see `open_source`."""
    return open_source(path, password=asked.password, encoding=asked.encoding, limits=asked.limits, pixels=asked.pixels)


def _close(future: Future[SourceFile]) -> None:
    if future.exception() is None:
        future.result().close()
