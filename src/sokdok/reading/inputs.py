"""Whatever has pages through a reader that takes pages: what can't be opened is a failed reading in its place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from sokdok.pages.inputs import pages_of
from sokdok.pages.page import Page, PageError
from sokdok.reading.reading import Reading

if TYPE_CHECKING:
    from sokdok.pages.inputs import Inputs

Read = Callable[[Iterator[Page]], Generator[Reading, None, None]]
"""reads pages; closing what it gives cancels what is under way"""


def read_inputs(inputs: Inputs, read: Read) -> Iterator[Reading]:
    """The readings that `read` makes of the pages of `inputs`, in order; see `pages.inputs.pages_of`.

    Raises InputError at once for what is no input, else only when it is iterated.
    """
    return _in_places(pages_of(inputs), read)


def _in_places(opened: Iterator[Page | PageError], read: Read) -> Iterator[Reading]:
    places: deque[int] = deque()  # of the pages that `read` was given and has not answered
    failed: deque[Reading] = deque()

    def pages() -> Iterator[Page]:
        for place, page in enumerate(opened):
            if isinstance(page, PageError):
                failed.append(Reading(place, page.source, "failed", "", error=page.message))
            else:
                places.append(place)
                yield page

    with closing(read(pages())) as readings:
        for reading in readings:
            place = places.popleft()
            while failed and failed[0].page < place:
                yield failed.popleft()
            yield reading if reading.page == place else replace(reading, page=place)
    yield from failed
