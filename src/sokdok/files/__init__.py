"""Files: how they are called, written whole or not at all, and opened without surprises."""

from __future__ import annotations

from sokdok.files.names import name_of, path_key, printable
from sokdok.files.writing import locked, make_folder, new_text_file, replacing, temporary_name

__all__ = [
    "locked",
    "make_folder",
    "name_of",
    "new_text_file",
    "path_key",
    "printable",
    "replacing",
    "temporary_name",
]
