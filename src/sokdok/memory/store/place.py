"""Where a memory is kept if no file is named."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from sokdok.errors import InputError

NAME = "memory.db"


def default_file() -> Path:
    """`memory.db` in the current folder if there is one, else in the folder of the user's data, which is made.

    Raises InputError if that can't be made.
    """
    here = Path(NAME)
    if here.is_file():
        return here
    folder = platformdirs.user_data_path("sokdok", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{folder} can't be made ({error.strerror})"
        raise InputError(f"{reason}: name another file for the memory with --file or SOKDOK_MEMORY") from None
    return folder / NAME
