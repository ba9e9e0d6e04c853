"""A file of pages, opened and drawn in a child process: whatever it does there, the next page or file goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok.jobs import Child, Died, Job, Limits, TimedOut, borrow, give_back
from sokdok.pages.cells import CELLS
from sokdok.pages.child import OPEN_PAGES, NotDrawn, PagesOpened, Pixels
from sokdok.pages.page import OpeningDied, Page, PageError
from sokdok.pages.textlayer import TextLayer
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image

Answer = TypeVar("Answer")
T = TypeVar("T")
_LAYER: Any = TextLayer | None


class ChildFile(Generic[Answer]):
    """A file that a child holds open: opened once more where the child died, its time counted.

    `target` names the child's class, whose `open` takes `arguments` and answers an `opened` of some kind. Raises
    InputError if the file can't be opened, OpeningDied if the child died at that.
    """

    def __init__(
        self, target: str, source: str, limits: Limits, arguments: tuple[Any, ...], opened: type[Answer]
    ) -> None:
        self.source, self.limits = source, limits
        self.given_up = ""
        self.deaths = 0
        self._target, self._arguments, self._kind = target, arguments, opened
        self._seconds = 0.0
        self._closed = False
        self._child = borrow(limits)
        try:
            self.opened = self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file, and leave the child for the next one."""
        if self._closed:  # somebody else may have the child by now
            return
        self._closed = True
        with suppress(Died, InputError, RuntimeError):
            if self._child.running:
                self._child.call(f"{self._target}.close", kind=type(None))
        give_back(self._child)

    def _open(self) -> Answer:
        try:
            return self._child.call(f"{self._target}.open", *self._arguments, kind=self._kind)
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


class IsolatedFile(ChildFile[PagesOpened]):
    """An open PDF or image file (`files.PageFile`); InputError if it can't be opened, OpeningDied if the child died.

    A page at which the child dies or is too slow is a PageError, and the file is opened anew for the next one. A child
    that has done other work before it crashed is no proof against a page, which is tried once more in a new one. After
    `limits.failures` failed pages in a row, `limits.deaths` at which the child died or `limits.file_seconds`,
    `given_up` says so.
    """

    def __init__(self, path: Path, source: str, pdf: bool, password: str | None, limits: Limits) -> None:
        self.scalable = pdf
        self.lost_layers: dict[int, str] = {}
        self._failed: list[bool] = []  # of the pages that failed in a row, whether the child died at each
        self._layer_deaths = 0
        self._ahead: tuple[int, Job] | None = None
        asked = (path.absolute(), source, pdf, password, limits.megapixels)
        super().__init__(OPEN_PAGES, source, limits, asked, PagesOpened)
        self._count, self.remark = self.opened.count, self.opened.remark

    def __len__(self) -> int:
        return self._count

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> Page | PageError:
        """Draw page `index`, from 0; see `PageFile.page`."""
        deaths = self.deaths
        page = self._page(index, dpi, enlarged)
        self._failed = [*self._failed, self.deaths > deaths] if isinstance(page, PageError) else []
        self._consider()
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
        """Parts of a page; see `PageFile.strips`."""
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
        self._settle()
        if self._child.running and self._layer_deaths < self.limits.deaths:
            self._ahead = index, self._child.submit(f"{OPEN_PAGES}.layer", index, kind=_LAYER)

    def part(self, index: int) -> None:
        """Nothing that the page says of itself: it is drawn and read."""

    def figure(self, index: int, number: int) -> Image.Image:
        """Raise InputError: what a page shows is cut out of it."""
        raise InputError("it is no picture by itself")

    def close(self) -> None:
        """Close the file."""
        if self._ahead and not self._ahead[1].done():  # nobody will ask for it
            self._child.close()
        super().close()

    def _layer(self, index: int) -> TextLayer | None:
        """A page's layer, as it was read ahead, or read now."""
        self._settle()
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead[0] != index:
            return self._call("layer", index, kind=_LAYER)
        try:
            return ahead[1].result()
        except Died:
            self.deaths += 1
            raise

    def _settle(self) -> None:
        """Wait for what is read ahead: should it end the child, that is not the fault of what is asked next."""
        if self._ahead and not self._ahead[1].done():
            began = time.monotonic()
            with suppress(Died, InputError, RuntimeError):
                self._child.wait(self._ahead[1])
            self._seconds += time.monotonic() - began

    def _page(self, index: int, dpi: float | None, enlarged: float) -> Page | PageError:
        try:
            return self._taken(index, self._drawn(index, dpi, enlarged))
        except Died as died:
            self.deaths += 1
            if self._count == 1 and not self.scalable:
                raise OpeningDied(say("not_opened", file=self.source, why=died)) from None
            return PageError(self.source, index, say("not_drawn", why=died))
        except InputError as error:
            if self._count == 1:
                raise
            return PageError(self.source, index, str(error))
        except RuntimeError as error:
            return PageError(self.source, index, say("not_drawn", why=error))

    def _drawn(self, index: int, dpi: float | None, enlarged: float) -> Pixels | NotDrawn:
        kind: Any = Pixels | NotDrawn
        try:
            return self._call("page", index, dpi, enlarged, kind=kind)
        except TimedOut:
            raise
        except Died as died:
            if died.answered < 2:  # it had opened this file and done nothing else
                raise
        return self._call("page", index, dpi, enlarged, kind=kind)

    def _taken(self, index: int, drawn: Pixels | NotDrawn) -> Page | PageError:
        from PIL import Image

        if isinstance(drawn, NotDrawn):
            return PageError(self.source, index, drawn.message)
        if not drawn.whole(3):
            return PageError(self.source, index, say("not_drawn", why="it has too many pixels or too few"))
        image = Image.frombytes("RGB", drawn.size, drawn.data)
        cell = CELLS.get(drawn.cell) if drawn.cell else None
        return Page(image, self.source, index, cell=cell, part=drawn.part)

    def _consider(self) -> None:
        """Give the file up, or not."""
        failures = len(self._failed)
        if failures >= self.limits.failures or sum(self._failed) >= self.limits.deaths:
            self.given_up = say("failed_in_a_row", count=failures)
        elif self._seconds > self.limits.file_seconds:
            self.given_up = say("file_slow", seconds=f"{self.limits.file_seconds:,g}")

    def _call(self, method: str, *arguments: Any, kind: type[T]) -> T:
        """Call the child, once it has read what is read ahead."""
        self._settle()
        return super()._call(method, *arguments, kind=kind)
