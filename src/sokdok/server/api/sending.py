"""Files as answers, piece by piece, so that no answer is in memory as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

from fastapi.responses import StreamingResponse

_PIECE = 1 << 18


def sent(file: IO[bytes], media_type: str = "application/json", name: str = "") -> StreamingResponse:
    """What is in an open file, saved under a name if there is one; it is closed then."""
    headers = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(_pieces(file), media_type=media_type, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
