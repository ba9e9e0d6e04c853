"""The options by which a command bounds what a file may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from sokdok.jobs.limits import DEFAULTS, Limits


@dataclass(frozen=True)
class LimitOptions:
    """Limits of each file; beyond one the page or the file fails, and the others go on."""

    PANEL: ClassVar[str] = "What a file may take"
    max_pages: Annotated[int, typer.Option(min=1, help="Files of more pages are refused.")] = DEFAULTS.pages
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for opening a file, and for drawing a page.")] = (
        DEFAULTS.seconds
    )
    max_memory_mb: Annotated[int, typer.Option(min=256, help="Memory for opening a file and drawing a page.")] = (
        DEFAULTS.megabytes
    )
    max_file_mb: Annotated[int, typer.Option(min=1, help="Larger files are refused.")] = DEFAULTS.file_megabytes

    def limits(self) -> Limits:
        """The limits, with the defaults of those that have no option."""
        return Limits(self.max_pages, self.timeout, megabytes=self.max_memory_mb, file_megabytes=self.max_file_mb)
