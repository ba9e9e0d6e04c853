"""A file of pages, opened and drawn in a child process: whatever it does there, the next page or file goes on.

`OpenPages` is what the child does of a PDF or an image: open it, draw its pages, read its text layers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from msgspec import Struct

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok.jobs import Child, Died, Job, Limits, TimedOut
from sokdok.pages.cells import CELLS
from sokdok.pages.images import ImageFile
from sokdok.pages.page import OpeningDied, Page, PageError
from sokdok.pages.textlayer import TextLayer
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.pages.pdf import PdfFile

OPEN_PAGES = "sokdok.pages.isolated:OpenPages"


class Opened(Struct):
    """A file that could be opened."""

    count: int  # pages
    remark: str  # what there is to know about it beside its pages; mostly empty
    attached: list[str] = []  # names of the files that it holds


class Pixels(Struct, tag="pixels"):
    """A picture: bytes of RGB or grey, row by row."""

    size: tuple[int, int]  # width and height
    data: memoryview  # of the message: a page is not copied once more
    cell: str = ""  # of a page that sokdok drew
    part: tuple[int, int] | None = None
    undecoded: str = ""

    def whole(self, channels: int) -> bool:
        """Whether there are as many bytes as the size says, and any."""
        return min(self.size) > 0 and len(self.data) == channels * self.size[0] * self.size[1]


class OpenPages:
    """One file at a time."""

    _file: PdfFile | ImageFile  # the one that is open

    def open(self, path: Path, source: str, pdf: bool, password: str | None, megapixels: int) -> Opened:
        """Open a file, and forget the one before. Raises InputError if it can't be used."""
        self.close()
        if pdf:
            from sokdok.pages.pdf import PdfFile

            self._file = PdfFile(path, source, password)
        else:
            self._file = ImageFile(path, source, megapixels)
        return Opened(len(self._file), self._file.remark)

    def page(self, index: int, dpi: float | None, enlarged: float) -> Pixels | str:
        """Draw a page, or say why it can't be drawn; see `ChildFile.page`."""
        page = self._file.page(index, dpi, enlarged)
        if isinstance(page, PageError):
            return page.message
        data = memoryview(page.image.tobytes())
        return Pixels(page.size, data, str(page.cell or ""), page.part, page.undecoded)

    def layer(self, index: int) -> TextLayer | None:
        """The page's text layer."""
        return self._file.layer(index)

    def strips(self, index: int, areas: list[Box], turned: int) -> list[Pixels]:
        """Small parts of a page of a PDF; see `PdfFile.strips`."""
        found = [] if isinstance(self._file, ImageFile) else self._file.strips(index, areas, turned)
        return [Pixels(image.size, memoryview(image.tobytes())) for image in found]

    def close(self) -> None:
        """Close the file, if one is open."""
        if file := self.__dict__.pop("_file", None):
            file.close()


T = TypeVar("T")
_LAYER: Any = TextLayer | None


class ChildFile:
    """An open file of pages, each of which is drawn, or gives its words as text, when it is needed.

    A child holds it: where the child died, the file is opened once more; its time is counted. `target` names the
    child's class, whose `open` takes `arguments`. Raises InputError if the file can't be opened, OpeningDied if the
    child died at that.
    """

    scalable = False  # whether its pages can be drawn at any size, and may have text layers

    def __init__(self, target: str, source: str, limits: Limits, arguments: tuple[Any, ...]) -> None:
        self.source, self.limits = source, limits  # the name its pages carry, and what it may take
        self.given_up = ""  # why the pages that were not drawn yet should be left alone; mostly empty
        self.deaths = 0  # how many pages there were at which the process that draws them died
        self.lost_layers: dict[int, str] = {}  # why text layers that were asked for could not be read, by position
        self._target, self._arguments = target, arguments
        self._seconds = 0.0
        self._closed = False
        self._child = Child.borrow(limits)
        try:
            self.opened = self._open()
        except BaseException:
            self.close()
            raise
        self.remark = self.opened.remark

    def __len__(self) -> int:
        return self.opened.count

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> Page | PageError:
        """Page `index`, from 0. Of a PDF drawn at `dpi`, or `enlarged` from `textlayer.LONG_SIDE` pixels.

        Raises InputError if the file has only this page, and it is bad.
        """
        return PageError(self.source, index, "it has no pixels: its words are text in the file")

    def part(self, index: int) -> Any:
        """What page `index`, from 0, says of itself (`office.flow.Part`); None where it is to be drawn and read."""

    def figure(self, index: int, number: int) -> Image.Image:
        """The picture of a piece, by its number on page `index`. Raises InputError where it can't be shown."""
        raise InputError("it is no picture by itself")  # what a page shows is cut out of it

    def layer(self, index: int) -> TextLayer | None:
        """The page's text layer, if it has one."""

    def strips(self, index: int, areas: Sequence[Box], turned: int = 0) -> list[np.ndarray]:
        """Small parts of a page that has a text layer, drawn (H, W) uint8 grey; none where it can't be done.

        `areas` and `turned` count as the layer's places do (`TextLayer.turned`).
        """
        return []

    def read_ahead(self, index: int) -> None:
        """Begin to read the text layer that will be asked for next."""

    def close(self) -> None:
        """Close the file, and leave the child for the next one."""
        if self._closed:  # somebody else may have the child by now
            return
        self._closed = True
        with suppress(Died, InputError, RuntimeError):
            if self._child.running:
                self._child.call(f"{self._target}.close", kind=type(None))
        self._child.give_back()

    def _open(self) -> Opened:
        try:
            return self._child.call(f"{self._target}.open", *self._arguments, kind=Opened)
        except (Died, RuntimeError) as error:
            kind = OpeningDied if isinstance(error, Died) else InputError
            raise kind(say("not_opened", file=self.source, why=error)) from None

    def _call(self, method: str, *arguments: Any, kind: type[T]) -> T:
        """Call the child; in place of one that died another is started, and opens the file once more."""
        began = time.monotonic()
        try:
            if not self._child.running:
                self._child.close()
                self._child = Child(self.limits)
                self._open()
            return self._child.call(f"{self._target}.{method}", *arguments, kind=kind)
        finally:
            self._seconds += time.monotonic() - began


class IsolatedFile(ChildFile):
    """An open PDF or image file.

    A page at which the child dies or is too slow is a PageError, and the file is opened again for the next one. A child
    that has done other work before it crashed is no proof against a page, which is tried once more in a new one. After
    `limits.failures` failed pages in a row, `limits.deaths` at which the child died or `limits.file_seconds`,
    `given_up` says so.
    """

    def __init__(self, path: Path, source: str, pdf: bool, password: str | None, limits: Limits) -> None:
        self.scalable = pdf
        self._failed: list[bool] = []  # of the pages that failed in a row, whether the child died at each
        self._layer_deaths = 0
        self._ahead: tuple[int, Job] | None = None
        super().__init__(OPEN_PAGES, source, limits, (path.absolute(), source, pdf, password, limits.megapixels))

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> Page | PageError:
        """Draw page `index`, from 0."""
        deaths = self.deaths
        page = self._page(index, dpi, enlarged)
        self._failed = [*self._failed, self.deaths > deaths] if isinstance(page, PageError) else []
        failures = len(self._failed)
        if failures >= self.limits.failures or sum(self._failed) >= self.limits.deaths:
            self.given_up = say("failed_in_a_row", count=failures)
        elif self._seconds > self.limits.file_seconds:
            self.given_up = say("file_slow", seconds=f"{self.limits.file_seconds:,g}")
        return page

    def layer(self, index: int) -> TextLayer | None:
        """The page's text layer; None if it has none, or none that can be read, as `lost_layers` says.

        None is read any more after `limits.deaths` of them at which the child died.
        """
        if self._layer_deaths >= self.limits.deaths:
            reason = f"those of {self._layer_deaths} pages before it ended the process that reads them"
        else:
            try:
                return self._layer(index)
            except Died as died:
                self._layer_deaths += 1
                reason = str(died)
            except (InputError, RuntimeError) as error:
                reason = str(error)
        self.lost_layers[index] = f"the text layer can't be read: {reason}"
        return None

    def strips(self, index: int, areas: Sequence[Box], turned: int = 0) -> list[np.ndarray]:
        """Parts of a page; none where the child can't draw them."""
        try:
            found = self._call("strips", index, list(areas), turned, kind=list[Pixels])
        except (Died, InputError, RuntimeError) as error:
            self.deaths += isinstance(error, Died)
            return []
        if len(found) != len(areas) or not all(strip.whole(1) for strip in found):
            return []
        return [np.frombuffer(strip.data, np.uint8).reshape(strip.size[::-1]) for strip in found]

    def read_ahead(self, index: int) -> None:
        """Let the child read a layer that will be asked for next, while the parent does other work.

        Should it die meanwhile, that counts when the layer is asked for.
        """
        self._finish_reading_ahead()
        if self._child.running and self._layer_deaths < self.limits.deaths:
            self._ahead = index, self._child.submit(f"{OPEN_PAGES}.layer", index, kind=_LAYER)

    def close(self) -> None:
        """Close the file."""
        if self._ahead and not self._ahead[1].done():  # nobody will ask for it
            self._child.close()
        super().close()

    def _layer(self, index: int) -> TextLayer | None:
        """A page's layer, as it was read ahead, or read now."""
        self._finish_reading_ahead()
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead[0] != index:
            return self._call("layer", index, kind=_LAYER)
        try:
            return ahead[1].result()
        except Died:
            self.deaths += 1
            raise

    def _finish_reading_ahead(self) -> None:
        """Wait for what is read ahead: should it end the child, that is not the fault of what is asked next."""
        if self._ahead and not self._ahead[1].done():
            began = time.monotonic()
            with suppress(Died, InputError, RuntimeError):
                self._child.wait(self._ahead[1])
            self._seconds += time.monotonic() - began

    def _page(self, index: int, dpi: float | None, enlarged: float) -> Page | PageError:
        try:
            return self._as_page(index, self._drawn(index, dpi, enlarged))
        except Died as died:
            self.deaths += 1
            if len(self) == 1 and not self.scalable:
                raise OpeningDied(say("not_opened", file=self.source, why=died)) from None
            return PageError(self.source, index, say("not_drawn", why=died))
        except InputError as error:
            if len(self) == 1:
                raise
            return PageError(self.source, index, str(error))
        except RuntimeError as error:
            return PageError(self.source, index, say("not_drawn", why=error))

    def _drawn(self, index: int, dpi: float | None, enlarged: float) -> Pixels | str:
        kind: Any = Pixels | str
        try:
            return self._call("page", index, dpi, enlarged, kind=kind)
        except Died as died:
            if isinstance(died, TimedOut) or died.answered < 2:  # it had opened this file and done nothing else
                raise
        return self._call("page", index, dpi, enlarged, kind=kind)

    def _as_page(self, index: int, drawn: Pixels | str) -> Page | PageError:
        from PIL import Image

        if isinstance(drawn, str):
            return PageError(self.source, index, drawn)
        if not drawn.whole(3):
            return PageError(self.source, index, say("not_drawn", why="it has too many pixels or too few"))
        image = Image.frombytes("RGB", drawn.size, drawn.data)
        cell = CELLS.get(drawn.cell)
        return Page(image, self.source, index, cell=cell, part=drawn.part, undecoded=drawn.undecoded)

    def _call(self, method: str, *arguments: Any, kind: type[T]) -> T:
        """Call the child, once it has read what is read ahead."""
        self._finish_reading_ahead()
        return super()._call(method, *arguments, kind=kind)
