"""Files: how they are called, written whole or not at all, and opened without surprises.

- Names are taken from other files' names, fit for any file system and for being shown as text.
- What is written stands under a temporary name until it is complete.
- Only regular files are opened, and no more of them than there is room for: opening a pipe would wait for whoever
  writes it, and a device such as /dev/zero has no end. A limit is an error that names it, never a text that is cut off.
- A pipe or bytes become a file for a while (`spooled`): PDFs and images are read back and forth.
- What well-known binary formats begin with (`kind_of`).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import stat
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, BinaryIO, NamedTuple, TextIO

from sokdok.errors import InputError
from sokdok.reasons import say

MOST_NAME_BYTES = 150  # of a name taken from a file's: with what is put behind it it stays below 255


def printable(path: Path) -> str:
    """A path as text that can be written anywhere: bytes of a name that are no UTF-8 become U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def name_of(path: Path, default: str = "document") -> str:
    """What is made of a file is called by its name without suffix, composed (NFC), as any file system takes it."""
    shown = unicodedata.normalize("NFC", printable(Path(path.stem)))
    stem = "".join(char if char.isprintable() else "_" for char in shown).strip(". ")
    return cut(stem, MOST_NAME_BYTES) or default


def path_key(path: Path) -> str:
    """One text a file and one file a text, links followed: other than `printable`, which is for reading."""
    return os.path.realpath(path).encode("utf-8", "backslashreplace").decode()


def refuse_source(path: Path, sources: Iterable[Path]) -> None:
    """Raise InputError if what would be written to is one of the files that are read: it would be lost."""
    if path_key(path) in map(path_key, sources):
        raise InputError(f"{printable(path)} is what is read, and would be lost: name another file to write")


def cut(name: str, most: int) -> str:
    """The beginning of a name, of `most` bytes at most."""
    return os.fsencode(name)[:most].decode("utf-8", "ignore") if len(os.fsencode(name)) > most else name


_TEMPORARY = ".tmp"


def temporary_name(path: Path) -> Path:
    """The name beside `path` under which it is written until it is complete; always the same, so that none pile up."""
    return path.with_name(cut(path.name, 255 - len(_TEMPORARY)) + _TEMPORARY)


@contextmanager
def replacing(path: Path, *, private: bool = False, kept: bool = False) -> Iterator[Path]:
    """A temporary name beside `path` to write to: renamed to `path` when all went well, removed when not.

    It is there, empty, and only its owner's if `private`; if `kept`, what was written stays when something went wrong.
    What stands under either name is replaced, also where it is a link: no file elsewhere is written. Raises InputError
    while another process writes `path`.
    """
    temporary = temporary_name(path)
    descriptor = _taken(path, temporary, 0o600 if private else 0o666)
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        if not kept or not temporary.stat().st_size:
            temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _taken(path: Path, temporary: Path, mode: int) -> int:
    """Make the file in which `path` is written, locked until it is closed; what a killed process left there goes."""
    with suppress(FileNotFoundError):
        if not temporary.is_symlink() and _is_locked(temporary):
            raise InputError(f"{path} is being written by another process: wait for it, or name another file")
        temporary.unlink()
    try:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except OSError as error:
        error.filename = os.fspath(path)
        raise
    with suppress(OSError):  # a file system without locks
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


@contextmanager
def new_text_file(path: Path, errors: str = "strict") -> Iterator[TextIO]:
    """A UTF-8 text file that gets its name when it is complete, and leaves nothing if it is not.

    `errors` is what becomes of lone surrogates, as in `open`.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors=errors, newline="\n") as file:
        yield file


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for this folder; a killed process is in none."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it. Raises InputError where a file is in the way."""
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{folder} can't be a folder: there is a file in its way; name another") from None


MAX_BYTES = 64 << 20  # of what is taken into memory whole: a text of some 20 million tokens
MAX_PIPED_BYTES = 1 << 30  # of standard input, where it is kept as a file
_ADDRESS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+):/{1,2}(?=[^/])")


def check_file(path: Path, source: str | None = None) -> None:
    """Raise InputError, which calls the file `source`, unless `path` is a regular file with something in it."""
    open_regular(path, source).close()


def open_regular(path: Path, source: str | None = None) -> BinaryIO:
    """Open a regular file that has something in it for reading. Raises InputError, which calls it `source`."""
    source = printable(path) if source is None else source
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        if match := _ADDRESS.match(source):
            address = f"{match[1]}://{source[match.end() :]}"  # a Path makes one slash of two
            raise InputError(f"{address} is an address and sokdok fetches nothing: download it first") from None
        raise InputError(f"{source}: no such file") from None
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}") from None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{source} is a folder; name the files in it, e.g. {source.rstrip('/')}/*")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{source} is no regular file; pipe what it gives into - instead")
    raise InputError(say("empty", file=source))


def open_own(path: Path) -> BinaryIO:
    """Open for reading what is a regular file itself. Raises OSError; for a link, a pipe or a device as well."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_file(path: Path, source: str | None = None, most: int = MAX_BYTES) -> bytes:
    """All bytes of a regular file. Raises InputError if there are none, or more than `most`."""
    source = printable(path) if source is None else source
    with open_regular(path, source) as file:
        return read_stream(file, source, most)


def read_stream(stream: BinaryIO, source: str, most: int = MAX_BYTES) -> bytes:
    """All bytes of an open file or pipe. Raises InputError if there are more than `most`."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise _too_large(source, most)
    return data


def copy_stream(stream: BinaryIO, target: BinaryIO, source: str, most: int = MAX_PIPED_BYTES) -> None:
    """Copy all bytes of a pipe to a file. Raises InputError if there are more than `most`."""
    left = most
    while chunk := stream.read(1 << 20):
        left -= len(chunk)
        if left < 0:
            raise _too_large(source, most)
        target.write(chunk)


def lines_of(stream: BinaryIO, source: str, longest: int = MAX_BYTES, most: int | None = None) -> Iterator[bytes]:
    """Lines of an open file or pipe. Raises InputError for one of more than `longest` bytes, or `most` in all."""
    taken = 0
    while line := stream.readline(longest + 1):
        taken += len(line)
        if len(line) > longest:
            raise InputError(f"{source} has a line of more than {_megabytes(longest)}")
        if most is not None and taken > most:
            raise _too_large(source, most)
        yield line


def _too_large(source: str, most: int) -> InputError:
    return InputError(f"{source} has more than {_megabytes(most)}; split it")


def _megabytes(count: int) -> str:
    return f"{count >> 20:,} MB" if count >= 1 << 20 else f"{count:,} bytes"


_PREFIX = "sokdok-spool-"
_YOUNG_S = 60  # age of a folder that may be of a process that is just starting


@contextmanager
def spooled(stream: BinaryIO, source: str, name: str, most: int = MAX_PIPED_BYTES) -> Iterator[Path]:
    """A file called `name` with all that a stream gives, removed at the end; errors call it `source`.

    Raises InputError for nothing, and beyond `most` bytes.
    """
    with scratch_folder() as folder:
        path = folder / name
        with path.open("wb") as file:
            copy_stream(stream, file, source, most)
        check_file(path, source)
        yield path


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder, removed at the end. What a killed process left is removed by the next one."""
    _remove_abandoned()
    with TemporaryDirectory(prefix=_PREFIX) as folder, locked(Path(folder)):
        yield Path(folder)


def _remove_abandoned() -> None:
    """Remove folders of ours whose process is gone: nobody holds their lock."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # it went in the meantime
            status = folder.lstat()
            ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
            if ours and time.time() - status.st_mtime > _YOUNG_S and not _is_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_locked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


_ESCAPED = re.compile(r"[\x7f-\x9f\ud800-\udfff]")  # what a terminal obeys, and halves of characters


def json_text(value: Any, indent: int | None = None) -> str:
    """Strict JSON in readable Unicode. Raises ValueError for NaN and infinity."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys([*range(0x80, 0xA0), 0xFFFE, 0xFFFF], 0xFFFD)
"""Control characters, which HTML can't hold, as the pictures that Unicode has of them."""


def shown_controls(text: str) -> str:
    """Return a text with its control characters made visible."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)


class Kind(NamedTuple):
    """A file format that its first bytes give away."""

    magic: bytes
    name: str
    image: bool = False


KINDS = (
    Kind(b"%PDF-", "a PDF"),
    Kind(b"\x89PNG\r\n\x1a\n", "a PNG image", image=True),
    Kind(b"\xff\xd8\xff", "a JPEG image", image=True),
    *(Kind(magic, "a TIFF image", image=True) for magic in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    *(Kind(magic, "a GIF image", image=True) for magic in (b"GIF87a", b"GIF89a")),
    Kind(b"PK\x03\x04", "a zip archive or an office document"),
    Kind(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (doc, xls, hwp)"),
    Kind(b"\x1f\x8b", "gzip data"),
    Kind(b"BZh", "bzip2 data"),
    Kind(b"\xfd7zXZ\0", "xz data"),
    Kind(b"\x28\xb5\x2f\xfd", "zstd data"),
    Kind(b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    Kind(b"\x7fELF", "a program"),
    Kind(b"SQLite format 3\0", "an SQLite database"),
)
_WEBP = Kind(b"RIFF", "a WebP image", image=True)
_BMP = Kind(b"BM", "a BMP image", image=True)
_BMP_HEADS = (12, 40, 52, 56, 64, 108, 124)  # bytes of what follows its first 14


def kind_of(head: bytes) -> Kind | None:
    """The well-known binary format that `head`, a file's first bytes, begins with."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _WEBP
    if head[:2] == b"BM" and head[6:10] == bytes(4) and int.from_bytes(head[14:18], "little") in _BMP_HEADS:
        return _BMP
    return next((kind for kind in KINDS if head.startswith(kind.magic)), None)
