"""What is asked of each page of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sokdok.reading.prompts import prompt_for
from sokdok.reading.reading import Reader

Source = Literal["auto", "reader", "text-layer"]  # whose words a document has


@dataclass(frozen=True)
class ReadOptions:
    """What is asked of each page."""

    reader: Reader | None  # may be None if only text layers are wanted
    options: Mapping[str, Any] = field(default_factory=dict)  # for the reader's `read`
    mode: str = "auto"
    source: Source = "auto"
    batch: int = 8
    dpi: float | None = None  # None chooses one that shows the text well
    strict: bool = False  # take a page that is not SUCCESS for an error

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the reader's `read` is given: `options`, and the prompt for layout where none is among them."""
        task = self.reader.abilities.layout_task if self.reader else None
        return self.options if task is None else {"prompt": prompt_for(task), **self.options}
