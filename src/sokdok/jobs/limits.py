"""How much a file from a stranger may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one file may take; beyond it a page, or the file, fails with the reason."""

    pages: int = 20_000  # opened of a file
    seconds: float = 60.0  # for a step, as opening the file or drawing a page; of the child's processor time as well
    file_seconds: float = 3_600.0  # for all steps of a file together, reading its pages apart
    megabytes: int = 2_048  # of memory that the child may take
    megapixels: int = 120  # of a picture: an A3 sheet at 800 dpi; a few bytes can ask for any size
    file_megabytes: int = 2_048  # of a file
    failures: int = 25  # failed pages in a row, until the rest of the file is left alone
    deaths: int = 3  # pages in a row at which the child died, until the rest of the file is left alone


DEFAULTS = Limits()
