"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to: renamed to `path` when all went well, removed when not."""
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def new_text_file(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file that gets its name when it is complete, and leaves nothing if it is not."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        yield file
