"""Which form an output has: a folder of documents, or one document as its suffix says."""

from __future__ import annotations

import os
from pathlib import Path

FORMS = {".md": "markdown", ".html": "html", ".json": "json", ".txt": "text"}
"""suffix of a file to write → form of the document in it"""
OTHER_FILES = {".jsonl"}
"""suffixes of files that `sokdok read` writes"""


def is_folder(output: str) -> bool:
    """Whether an output means a folder of folders rather than one file."""
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        return True
    return Path(output).suffix.lower() not in FORMS.keys() | OTHER_FILES
