"""What documents are called: the one list of suffixes, for folders, archives, collections and mails."""

from __future__ import annotations

from pathlib import PurePosixPath

TEXTS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "plain",
    ".eml": "mail",
}  # suffix of a text → format
PAGES = {".pdf", ".png", ".jpg", ".jpeg", ".jfif", ".tif", ".tiff", ".webp", ".gif", ".bmp"}
"""suffixes of what has pixels"""
OFFICE = {".docx", ".docm", ".dotx", ".pptx", ".pptm", ".ppsx", ".xlsx", ".xlsm", ".xltx", ".epub", ".hwp", ".hwpx"}
"""suffixes of archives and compound files"""
REFUSED = {".doc", ".xls", ".xlsb", ".ppt", ".pps", ".rtf", ".odt", ".ods", ".odp", ".msg"}
"""suffixes of what is known and not read: it is named with what to save it as"""
SUFFIXES = PAGES | OFFICE | REFUSED | TEXTS.keys()


def has_known_suffix(name: str) -> bool:
    """Whether a name is that of a document; not those that systems and open programs make beside one."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))
