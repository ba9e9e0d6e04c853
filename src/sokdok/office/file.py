"""An office document, opened in a child process: its pages, and their pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sokdok.errors import InputError
from sokdok.files import open_regular
from sokdok.jobs import Died, Limits
from sokdok.office.child import OPEN_DOCUMENT, DocumentOpened
from sokdok.office.flow import Part
from sokdok.office.kinds import require_libraries
from sokdok.pages.child import Pixels
from sokdok.pages.isolated import ChildFile
from sokdok.pages.page import PageError
from sokdok.reasons import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PIL import Image

    from sokdok.imaging.box import Box

T = TypeVar("T")


class OfficeFile(ChildFile[DocumentOpened]):
    """An open office document or text; InputError if it can't be opened, OpeningDied if its child
    died at that, MissingExtraError without its library.
    """

    def __init__(self, path: Path, source: str, kind: str, encoding: str | None, limits: Limits) -> None:
        require_libraries(kind, source)
        self._last: tuple[int, dict[int, str]] | None = None
        """page that the child read last, and what its file calls the pictures of its pieces"""
        with open_regular(path, source) as file:
            if os.fstat(file.fileno()).st_size > limits.file_megabytes << 20:
                raise InputError(say("large_file", file=source, most=limits.file_megabytes))
        asked = (path.absolute(), source, kind, encoding, limits.megabytes)
        super().__init__(OPEN_DOCUMENT, source, limits, asked, DocumentOpened)
        self.kind, self.scalable = kind, False
        self.lost_layers: dict[int, str] = {}
        self._count, self.remark = self.opened.count, self.opened.remark
        self.attached = self.opened.attached  # names of the files that it holds

    def __len__(self) -> int:
        return self._count

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> PageError:
        """Nothing to be drawn."""
        return PageError(self.source, index, "it has no pixels: it says its words itself")

    def layer(self, index: int) -> None:
        """No layer: the page says its words itself."""

    def strips(self, index: int, areas: Sequence[Box], turned: int = 0) -> list[np.ndarray]:
        """No pixels."""
        return []

    def read_ahead(self, index: int) -> None:
        """Do nothing, as there is no layer."""

    def part(self, index: int) -> Part | PageError:
        """Page `index`, from 0, or why it can't be read."""
        try:
            return self._part(index)
        except (Died, InputError, RuntimeError) as error:
            return PageError(self.source, index, say("not_read", why=error))

    def figure(self, index: int, number: int) -> Image.Image:
        """The picture of a piece, by its number on page `index`. Raises InputError where it can't be shown."""
        from PIL import Image

        try:
            if self._last is None or self._last[0] != index or not self._child.running:
                self._part(index)
            reference = self._last[1].get(number) if self._last else None
            if reference is None:
                raise InputError(f"there is no picture in piece {number + 1}")
            pixels = self._call("picture", reference, self.limits.megapixels, kind=Pixels)
        except (Died, RuntimeError) as error:
            raise InputError(str(error)) from None
        if not pixels.whole(3):
            raise InputError("it has too many pixels or too few")
        return Image.frombytes("RGB", pixels.size, pixels.data)

    def attachment(self, number: int) -> bytes:
        """A file that it holds, from 0. Raises InputError where it can't be taken out."""
        try:
            return self._call("attachment", number, kind=bytes)
        except (Died, RuntimeError) as error:
            raise InputError(f"it can't be taken out of its mail: {error}") from None

    def _part(self, index: int) -> Part:
        part = self._call("part", index, kind=Part)
        part.markdown = self.kind == "markdown"
        self._last = (index, dict(part.pictures))
        return part

    def _call(self, method: str, *arguments: Any, kind: type[T]) -> T:
        """Call the child, and give the file up where that has taken too much."""
        try:
            return super()._call(method, *arguments, kind=kind)
        except Died:
            self.deaths += 1
            raise
        finally:
            if self.deaths >= self.limits.deaths:
                self.given_up = f"process that opens it died {self.deaths} times"
            elif self._seconds > self.limits.file_seconds:
                self.given_up = f"pages before it took more than {self.limits.file_seconds:,g} s"
