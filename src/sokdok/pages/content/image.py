"""The hash of what a picture shows: its pixels; of a JPEG what they are decoded from, which is far quicker."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sokdok.errors import InputError
from sokdok.pages.images import ImageFile
from sokdok.pages.page import Page

MOST_PIXELS = 100_000_000
"""of all pages: some 2 s"""
_SOS, _APP0, _APP14, _APP15, _COM = 0xDA, 0xE0, 0xEE, 0xEF, 0xFE
"""markers of a JPEG; those of applications hold metadata, but that of Adobe says how colours are coded"""


def image_content(path: Path, file: ImageFile) -> str:
    """A hash of what an open picture shows, in hex digits; empty where there is doubt."""
    if file.remark or file.pixels() > MOST_PIXELS:  # frames that are not read may differ
        return ""
    digest = hashlib.sha256(b"what a picture shows, 1")
    if file.format == "JPEG":
        coded = _coded(path.read_bytes())
        digest.update(b"jpeg %d " % file.orientation())
        digest.update(coded)
        return digest.hexdigest() if coded else ""
    for index in range(len(file)):
        try:
            page = file.page(index)
        except InputError:
            return ""
        if not isinstance(page, Page):
            return ""
        digest.update(f"{page.size} {page.cell} {page.part} ".encode())
        digest.update(page.image.tobytes())
    return digest.hexdigest()


def _coded(data: bytes) -> bytes:
    """A JPEG without its metadata; empty where its segments are not as they should be."""
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SOS:
            return b"".join([*kept, data[at:]])
        if marker < 0xC0 or 0xD0 <= marker <= 0xD9 or end < at + 4:
            return b""
        if marker != _COM and not (_APP0 <= marker <= _APP15 and marker != _APP14):
            kept.append(data[at:end])
        at = end
    return b""
