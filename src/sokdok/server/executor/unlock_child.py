"""What a child process does of a PDF that is to be without its password (`jobs`)."""

from __future__ import annotations

import io
import os

from sokdok.errors import InputError
from sokdok.reasons import say

NAME = "sokdok.server.executor.unlock_child:Servant"
CHUNK = 1 << 20


class Servant:
    """Opens a PDF with its password and hands it over without."""

    def __init__(self) -> None:
        self._file = io.BytesIO()

    def open(self, path: bytes, source: str, password: str) -> None:
        """Open a PDF. Raises InputError if it can't be, or the password is another one."""
        import pikepdf

        try:
            with pikepdf.open(os.fsdecode(path), password=password) as pdf:
                pdf.save(self._file, encryption=False)
        except pikepdf.PasswordError:
            raise InputError(say("other_password", file=source)) from None
        except pikepdf.PdfError as error:
            raise InputError(say("not_opened", file=source, why=error)) from None
        self._file.seek(0)

    def take(self) -> bytes:
        """The next bytes of it; none at its end."""
        return self._file.read(CHUNK)
