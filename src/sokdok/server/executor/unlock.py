"""PDFs without their passwords: what is kept of a file must be readable after a restart, and a password is not kept."""

from __future__ import annotations

import os
from importlib.util import find_spec

from sokdok.errors import InputError, MissingExtraError
from sokdok.files import replacing
from sokdok.jobs import Child, Died
from sokdok.reasons import say
from sokdok.server.executor.messages import Unlock
from sokdok.server.executor.open_files import OpenedFiles
from sokdok.server.executor.unlock_child import NAME

_HEAD = 1024


def unlock(files: OpenedFiles, asked: Unlock) -> None:
    """Write a PDF again without its password, which a process with limits opens it by.

    Files of other kinds stay as they are. Raises InputError if it can't be opened, or by another password;
    MissingExtraError without pikepdf.
    """
    path, shown_as = files.path(asked.upload), asked.upload.shown_as
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(_HEAD):
            return
    if find_spec("pikepdf") is None:
        raise MissingExtraError("pdf", "opening a PDF by its password")
    with Child(files.limits) as child, replacing(path) as temporary, temporary.open("wb") as file:
        try:
            child.call(f"{NAME}.open", os.fsencode(path.absolute()), shown_as, asked.password, kind=type(None))
            while chunk := child.call(f"{NAME}.take", kind=bytes):
                file.write(chunk)
        except (Died, RuntimeError) as error:
            raise InputError(say("not_opened", file=shown_as, why=error)) from None
