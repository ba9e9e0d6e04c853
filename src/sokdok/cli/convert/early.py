"""The child process that will open the first file, started before the rest of the program is loaded: both take .2 s."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sokdok.jobs import Limits, prepare
from sokdok.office import suffixes

PAGES = "sokdok.pages.child"
OFFICE = "sokdok.office.child"
OPENERS = dict.fromkeys(suffixes.PAGES, PAGES) | dict.fromkeys((*suffixes.OFFICE, *suffixes.TEXTS), OFFICE)
"""suffix → the module that opens such files as a rule: a child that nobody borrows is no harm"""


def start_child(files: Sequence[str], limits: Limits) -> None:
    """Start the child that opens the first of `files`, if its suffix tells which one that is."""
    first = Path(files[0])
    if (opener := OPENERS.get(first.suffix.lower())) and os.path.isfile(first):
        prepare(limits, opener)
