"""Files that documents are in: archives, data sets, lists. Each lists its parts and opens them one by one.

- Headers may say anything: names that lead out of an archive, links, bombs and what is encrypted are refused by a
  reason, header by header; the rest is listed as far as it can be read.
- Parts are read forward: fetched in their order, each is unpacked once.
"""

from __future__ import annotations

import gzip
import io
import itertools
import lzma
import stat
import tarfile
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol, cast

import msgspec

from sokdok.bulk.sources.files import Unusable, shown, valid_text
from sokdok.errors import InputError, MissingExtraError, in_one_line
from sokdok.files import lines_of
from sokdok.files.text import detect
from sokdok.jobs import Limits
from sokdok.office.kinds import PAGES, has_known_suffix

if TYPE_CHECKING:
    import pyarrow as pa

BOMB_RATIO = 200  # bytes out of a compressed byte: documents are below 20, drawings of nothing are 1,000
BOMB_BYTES = 64 << 20  # that may come out whatever the ratio
HIDDEN = ("__MACOSX",)  # folders that systems put into archives for themselves
MOST_FIELDS = 64  # of what is said of a document
MOST_VALUE = 4_000  # characters of what a field says
PATHS = ("path", "file_path", "file_name", "filename", "file")  # fields that may name a file; the first there is does
BYTES = ("content", "bytes", "data", "pdf", "document", "file", "image", "binary", "body")  # columns, preferred first
_MOST_HEADER = 1 << 20  # bytes of a header, of the JSON of a sample, of a line of a list
_STEP = 16 << 20  # bytes that are unpacked between two looks at how many there are
_ROWS, _META_ROWS = 16, 1024  # of a table, in memory at a time: with their documents, without
_GZIP = b"\x1f\x8b"
_ENCRYPTED, _UTF_8 = 0x1, 0x800  # bits of a zip member's flags
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
# What the libraries raise for archives that are not as they should be.
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
           NotImplementedError, RuntimeError, OverflowError, RecursionError)  # fmt: skip


class Part(msgspec.Struct, frozen=True, tag="part"):
    """A document in a container."""

    name: str  # for people: behind the container's own name
    place: str  # what `Container.open` finds it by
    size: int  # bytes; -1 where only reading it would show
    meta: dict[str, str] = {}
    named: str = ""  # a name that ends as the file's does, where `name` does not


class Elsewhere(msgspec.Struct, frozen=True, tag="elsewhere"):
    """A document that a container names and that lies in a file of its own."""

    path: str  # relative to the container, or an address
    trusted: bool  # whether it may lead out of the container's folder
    meta: dict[str, str] = {}


Listed = Part | Elsewhere | Unusable


class Container(Protocol):
    """An open file that documents are in."""

    def parts(self) -> Iterator[Listed]:
        """All of them in order; what is wrong with one, or with all from some place on, is an Unusable."""

    def open(self, place: str) -> AbstractContextManager[BinaryIO]:
        """The bytes of one. Raises InputError."""

    def close(self) -> None:
        """Close it."""


def opener_of(name: str) -> Callable[[BinaryIO, str, Limits], Container] | None:
    """How the documents in a file are found, by what its name ends in; None if it is one itself."""
    lower = name.lower()
    return next((opener for suffix, opener in _CONTAINERS.items() if lower.endswith(suffix)), None)


def require_library(name: str) -> None:
    """Raise MissingExtraError if the library that such a file is opened with is not installed."""
    if opener_of(name) is Parquet and find_spec("pyarrow") is None:
        raise MissingExtraError("bulk", "reading Parquet")


def meta_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """What is said of a document as bounded texts: whatever is no text as JSON, what is nothing left out."""
    found: dict[str, str] = {}
    for name, value in fields.items():
        if value is None or value == "" or len(found) == MOST_FIELDS:
            continue
        try:
            plain = msgspec.to_builtins(value, enc_hook=str)
            text = plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
        except (ValueError, RecursionError):
            text = type(value).__name__
        found[shown(str(name))] = valid_text(text)[:MOST_VALUE]
    return found


class Zip:
    """An open zip archive, whose members are found by their number. Raises InputError for what is none."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self._file = file
        try:
            self._archive = zipfile.ZipFile(file)
        except _DAMAGE as error:
            file.close()
            raise InputError(f"{name} is no zip archive that can be read: {error}") from None

    def parts(self) -> Iterator[Part | Unusable]:
        """Its members in the order of the archive."""
        for number, member in enumerate(self._archive.infolist()):
            name = _zip_name(member)
            if name.endswith("/") or _is_hidden(name):
                continue
            if reason := self._refused(member, name):
                yield Unusable(shown(name), reason, has_known_suffix(name))
            else:
                yield Part(shown(name), str(number), member.file_size)

    @contextmanager
    def open(self, place: str) -> Iterator[BinaryIO]:
        try:
            with self._archive.open(self._archive.infolist()[int(place)]) as file:
                yield cast(BinaryIO, file)
        except (*_DAMAGE, IndexError) as error:
            raise InputError(f"a member of {self.name} can't be unpacked: {error}") from None

    def close(self) -> None:
        self._archive.close()
        self._file.close()

    def _refused(self, member: zipfile.ZipInfo, name: str) -> str:
        if member.flag_bits & _ENCRYPTED:
            return "it is encrypted; unpack the archive with its password first"
        if stat.S_ISLNK(member.external_attr >> 16):
            return "it is a link"
        if member.compress_type not in _METHODS:
            return f"it is compressed in a way that is not known here (method {member.compress_type})"
        if _is_bomb(member.file_size, member.compress_size):
            return f"{member.compress_size:,} bytes of it become {member.file_size:,}: it is a bomb"
        return _refused(name, member.file_size, self.limits)


class _Member(NamedTuple):
    """A member of a tar archive."""

    name: str
    place: str  # where its bytes begin, and how many they are
    size: int
    refused: str
    meta: dict[str, str] | None  # what a small JSON says; None for anything else

    @property
    def key(self) -> str:
        """The name up to the first dot behind its folders."""
        folder, slash, name = self.name.rpartition("/")
        return f"{folder}{slash}{name.partition('.')[0]}"


class Tar:
    """An open tar archive, compressed by gzip or not, of documents or of samples as WebDataset has them.

    Members that follow each other and share their key are a sample: its JSON says what is known of the document in it,
    and whatever else stands there (a text, a class) is no document.
    """

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self._file = file
        try:
            self._bytes = _Bounded(file)
        except _DAMAGE as error:
            file.close()
            raise InputError(f"{name} can't be read: {error}") from None

    def parts(self) -> Iterator[Part | Unusable]:
        """The documents of its samples, in the order of the archive."""
        broken: list[Unusable] = []
        for _, sample in itertools.groupby(self._members(broken), key=lambda member: member.key):
            yield from _of_sample(list(sample))
        yield from broken

    @contextmanager
    def open(self, place: str) -> Iterator[BinaryIO]:
        offset, _, size = place.partition("+")
        try:
            self._bytes.seek(int(offset))
            yield cast(BinaryIO, _Window(self._bytes, int(size)))
        except _DAMAGE as error:
            raise InputError(f"a member of {self.name} can't be unpacked: {error}") from None

    def close(self) -> None:
        self._bytes.close()
        self._file.close()

    def _members(self, broken: list[Unusable]) -> Iterator[_Member]:
        try:
            self._bytes.seek(0)
            with tarfile.open(fileobj=self._bytes, mode="r:") as archive:  # type: ignore[call-overload]
                while (member := archive.next()) is not None:
                    archive.members = []  # it would keep them all
                    name = member.name.removeprefix("./")
                    if not member.isdir() and not _is_hidden(name):
                        yield self._member(archive, member, name)
        except _DAMAGE as error:
            broken.append(Unusable("", f"the archive can't be read any further: {' '.join(str(error).split())}"))

    def _member(self, archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> _Member:
        why = "" if member.isreg() else "it is a link" if member.issym() or member.islnk() else "it is no regular file"
        why = why or ("it has holes" if member.issparse() else _refused(name, member.size, self.limits))
        meta = None
        if not why and name.lower().endswith(".json") and member.size <= _MOST_HEADER:
            file = archive.extractfile(member)
            meta = _object(file.read()) if file else None
        return _Member(name, f"{member.offset_data}+{member.size}", member.size, why, meta)


def _of_sample(members: list[_Member]) -> Iterator[Part | Unusable]:
    """The documents among members of one key."""
    described = [member for member in members if member.meta is not None] if len(members) > 1 else []
    meta = {name: value for member in described for name, value in (member.meta or {}).items()}
    others = [member for member in members if member not in described]
    page_files = {member for member in others if f".{member.name.rpartition('.')[2].lower()}" in PAGES}
    has_page = any(not member.refused for member in page_files)
    for member in others:
        if member.refused:
            yield Unusable(shown(member.name), member.refused, has_known_suffix(member.name))
        elif has_page and member not in page_files:
            yield Unusable(shown(member.name), "it is a part of a document's sample", False)
        else:
            yield Part(shown(member.name), member.place, member.size, meta)


class _Bounded:
    """A file that `tarfile` reads headers from, and that is not unpacked without end."""

    def __init__(self, file: BinaryIO) -> None:
        self._packed = file if file.read(2) == _GZIP else None
        file.seek(0)
        self._file = gzip.GzipFile(fileobj=file, mode="rb") if self._packed else file

    def read(self, size: int) -> bytes:
        if size > _MOST_HEADER:
            raise tarfile.ReadError("a header of it is too large")
        return self.take(size)

    def take(self, size: int) -> bytes:
        """Read what is no header."""
        data = self._file.read(size)
        self._check()
        return data

    def seek(self, offset: int) -> int:
        """Go to a place, in steps."""
        while offset - (at := self._file.tell()) > _STEP and self._packed is not None:
            if self._file.seek(at + _STEP) < at + _STEP:
                break
            self._check()
        return self._file.seek(offset)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()

    def _check(self) -> None:
        if self._packed is not None and _is_bomb(self._file.tell(), self._packed.tell()):
            raise tarfile.ReadError("it unpacks to far more than a document would: it is a bomb")


class _Window:
    """So many bytes of a file from where it stands; fewer are an error."""

    def __init__(self, file: _Bounded, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int) -> bytes:
        data = self._file.take(min(size, self._left))
        if not data and self._left:
            raise EOFError("it ends too early")
        self._left -= len(data)
        return data


class Manifest:
    """A list of documents: a JSON object a line, with the path of a file and what is known of it.

    {"path": "reports/a.pdf", "url": "https://…", "date": "2024-05-01", "license": "CC-BY-4.0"}

    A path may be relative to the list, absolute, or `s3://…`: a list may name any file that its user may read.
    """

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        self.name = name
        self._file = file

    def parts(self) -> Iterator[Elsewhere | Unusable]:
        """The documents that it names, in its order; a line that names none is an Unusable with its number."""
        self._file.seek(0)
        packed = self._file.read(2) == _GZIP
        self._file.seek(0)
        lines = gzip.GzipFile(fileobj=self._file, mode="rb") if packed else self._file
        number = 0
        try:
            for line in lines_of(cast(BinaryIO, lines), self.name, _MOST_HEADER):
                number += 1
                if line.strip():
                    yield _row(line, f":{number}")
        except (InputError, OSError, EOFError, zlib.error) as error:
            yield Unusable(f":{number + 1}", f"the list can't be read any further: {error}")

    def open(self, place: str) -> AbstractContextManager[BinaryIO]:
        raise InputError(f"{self.name} is a list of documents: they are opened where they lie")

    def close(self) -> None:
        self._file.close()


def _row(line: bytes, where: str) -> Elsewhere | Unusable:
    """The document that a line of a list names."""
    try:
        row = msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        return Unusable(where, f"no JSON: {error}")
    if not isinstance(row, dict):
        return Unusable(where, "no JSON object")
    field = next((name for name in PATHS if isinstance(row.get(name), str) and row[name]), None)
    if field is None:
        return Unusable(where, f'it names no file: a line has a field "{PATHS[0]}"')
    path = row.pop(field)
    return Unusable(where, "what it names is no path") if "\0" in path else Elsewhere(path, True, meta_of(row))


class _Columns(NamedTuple):
    """Columns of a table, dotted where they are within structures."""

    bytes: str | None
    name: str | None  # of the file: with the bytes, or in their stead
    meta: list[str]


class Parquet:
    """An open Parquet file whose rows hold documents, or name files in its folder. Raises InputError if none do.

    Bytes stand in a column of binaries, or in one of structures with `bytes` and `path` as the `datasets` library has.
    """

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.name, self.limits = name, limits
        self._file = file
        self._damage = (pa.ArrowException, OSError, ValueError, MemoryError)
        self._ahead: tuple[int, Iterator[Any]] = (0, iter(()))  # the next row that is read, and the rows from it on
        try:
            self._parquet = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
            columns = _columns_of(self._parquet.schema_arrow)
            self._groups = [self._parquet.metadata.row_group(at).num_rows for at in range(self._parquet.num_row_groups)]
        except self._damage as error:
            file.close()
            raise InputError(f"{name} is no Parquet that can be read: {in_one_line(error)}") from None
        if columns is None:
            names = ", ".join(map(repr, self._parquet.schema_arrow.names[:12]))
            file.close()
            raise InputError(f"{name} has no column of bytes or of paths, but {names}")
        self._columns = columns

    def parts(self) -> Iterator[Listed]:
        """Its rows in order."""
        wanted = [*self._columns.meta, *filter(None, [self._columns.name])]
        row = 0
        try:
            for group, rows in enumerate(self._groups):
                for notes in self._notes(group, wanted) if wanted else itertools.repeat({}, rows):
                    yield self._part(row, notes)
                    row += 1
        except self._damage as error:
            yield Unusable(f"#{row}", f"the rows from here on can't be read: {in_one_line(error)}")

    @contextmanager
    def open(self, place: str) -> Iterator[BinaryIO]:
        try:
            data = self._bytes(int(place))
        except self._damage as error:
            raise InputError(f"row {place} of {self.name} can't be read: {in_one_line(error)}") from None
        if not data:
            raise InputError(f"row {place} of {self.name} holds no bytes")
        yield io.BytesIO(data)

    def close(self) -> None:
        self._ahead = (0, iter(()))
        self._parquet.close()
        self._file.close()

    def _notes(self, group: int, wanted: list[str]) -> Iterator[dict[str, Any]]:
        """What the rows of a group say, their bytes apart."""
        for batch in self._parquet.iter_batches(_META_ROWS, row_groups=[group], columns=wanted):
            yield from batch.to_pylist()

    def _part(self, row: int, notes: dict[str, Any]) -> Listed:
        columns = self._columns
        name: Any = notes if columns.name else None
        for key in columns.name.split(".") if columns.name else ():
            name = name.get(key) if isinstance(name, dict) else None
        meta = meta_of({column: notes.get(column) for column in columns.meta})
        if columns.bytes is not None:
            meta = meta_of({"file_name": name if isinstance(name, str) else None}) | meta
            return Part(f"#{row}", str(row), -1, meta, next((meta[field] for field in PATHS if field in meta), ""))
        if not isinstance(name, str) or not name or "\0" in name:
            return Unusable(f"#{row}", f"its column {columns.name!r} names no file")
        return Elsewhere(name, False, meta)

    def _bytes(self, row: int) -> bytes | None:
        """The bytes of a row, read on from the last one where it stands behind it in the same group."""
        starts = [0, *itertools.accumulate(self._groups)]
        group = bisect_right(starts, row) - 1
        at, rows = self._ahead
        if not starts[group] < at <= row:
            at, rows = starts[group], self._rows(group)
        found = None
        while at <= row:
            found = next(rows, None)
            at += 1
        self._ahead = (at, rows)
        return found

    def _rows(self, group: int) -> Iterator[bytes | None]:
        column = self._columns.bytes or ""
        for batch in self._parquet.iter_batches(_ROWS, row_groups=[group], columns=[column]):
            top = batch.column(0)
            values = top.field(column.rpartition(".")[2]) if "." in column else top
            yield from (value.as_py() for value in values)


def _columns_of(schema: pa.Schema) -> _Columns | None:
    """The columns of documents, of their names, and of what is known of them; None without documents."""
    import pyarrow.types as types

    def is_binary(kind: Any) -> bool:
        return str(kind) in ("binary", "large_binary", "binary_view")

    def inner(kind: Any) -> dict[str, Any]:
        fields = [kind.field(at) for at in range(kind.num_fields)] if types.is_struct(kind) else []
        return {field.name: field.type for field in fields}

    def preferred(names: list[str]) -> str:
        return min(names, key=lambda name: BYTES.index(name) if name in BYTES else len(BYTES))

    kinds = {field.name: field.type for field in schema if "." not in field.name}
    meta = [
        name
        for name, kind in kinds.items()
        if not (types.is_nested(kind) or is_binary(kind) or types.is_dictionary(kind))
    ]
    if whole := [name for name, kind in kinds.items() if is_binary(inner(kind).get("bytes", kind))
                 and "bytes" in inner(kind)]:  # fmt: skip
        name = preferred(whole)
        return _Columns(f"{name}.bytes", f"{name}.path" if "path" in inner(kinds[name]) else None, meta)
    if binary := [name for name, kind in kinds.items() if is_binary(kind)]:
        return _Columns(preferred(binary), None, meta)
    path = next((name for name in PATHS if "string" in str(kinds.get(name)) and not types.is_nested(kinds[name])), None)
    return _Columns(None, path, [name for name in meta if name != path]) if path else None


def _is_hidden(name: str) -> bool:
    """Whether a member is hidden, or a system's own."""
    parts = name.replace("\\", "/").split("/")
    return any(part.startswith(".") and part not in (".", "..") or part in HIDDEN for part in parts)


def _refused(name: str, size: int, limits: Limits) -> str:
    """Why a member is not taken, by what the archive says of it; empty if it is."""
    if not name:
        return "it has no name"
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or "\0" in name:
        return "its name leads out of the archive"
    if size > limits.file_megabytes << 20:
        return f"it has more than {limits.file_megabytes:,} MB"
    return "it is empty (0 bytes)" if not size else ""


def _is_bomb(unpacked: int, packed: int) -> bool:
    """Whether too many bytes come out of packed ones."""
    return unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * max(packed, 1)


def _zip_name(member: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: without the flag it is taken for a PC's of 1981, and Korean ones mostly are."""
    if member.flag_bits & _UTF_8 or member.filename.isascii():
        return member.filename
    try:
        raw = member.orig_filename.encode("cp437")
        return raw.decode(detect(raw) or "cp437").split("\0")[0]
    except (UnicodeError, LookupError):
        return member.filename


def _object(data: bytes) -> dict[str, str] | None:
    """What the JSON of a sample says; None for what is no object."""
    try:
        found = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None
    return meta_of(found) if isinstance(found, dict) else None


_CONTAINERS: dict[str, Callable[[BinaryIO, str, Limits], Container]] = {
    ".zip": Zip,
    ".tar": Tar,
    ".tar.gz": Tar,
    ".tgz": Tar,
    ".parquet": Parquet,
    ".jsonl": Manifest,
    ".jsonl.gz": Manifest,
    ".ndjson": Manifest,
}  # what a name ends in → how documents are found in it
ARCHIVES = (Zip, Tar, Parquet)  # that hold documents; a list only names them
