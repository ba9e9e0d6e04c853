"""Files: how they are called, written whole or not at all, and opened without surprises."""

from __future__ import annotations

from sokdok.files.markup import json_text
from sokdok.files.reading import (
    MAX_BYTES,
    MAX_PIPED_BYTES,
    check_file,
    copy_stream,
    lines_of,
    open_own,
    open_regular,
    read_file,
    read_stream,
    scratch_folder,
    spooled,
)
from sokdok.files.writing import (
    locked,
    make_folder,
    name_of,
    new_text_file,
    open_private,
    path_key,
    printable,
    replacing,
    temporary_name,
)

__all__ = [
    "MAX_BYTES",
    "MAX_PIPED_BYTES",
    "check_file",
    "copy_stream",
    "json_text",
    "lines_of",
    "locked",
    "make_folder",
    "name_of",
    "new_text_file",
    "open_own",
    "open_private",
    "open_regular",
    "path_key",
    "printable",
    "read_file",
    "read_stream",
    "replacing",
    "scratch_folder",
    "spooled",
    "temporary_name",
]
