"""A Parquet file whose rows hold documents, or name files beside it; the other columns say what is known of each.

- Bytes stand in a column of binaries, or in one of structures with `bytes` and `path` as the `datasets` library has.
- Rows are read a few at a time, and forward: fetched in their order, each is read once.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from sokdok.bulk.sources.containers.container import Elsewhere, Part
from sokdok.bulk.sources.containers.manifest import PATHS
from sokdok.bulk.sources.source import Unusable
from sokdok.bulk.sources.text import meta_of
from sokdok.errors import InputError
from sokdok.isolation import Limits

if TYPE_CHECKING:
    import pyarrow as pa

BYTES = ("content", "bytes", "data", "pdf", "document", "file", "image", "binary", "body")
"""columns that hold documents, where more than one holds bytes"""
_ROWS = 16  # documents in memory at a time
_META_ROWS = 1024


class _Columns(NamedTuple):
    bytes: str | None  # dotted
    name: str | None  # of the file, dotted: beside the bytes, or in their stead
    meta: list[str]


class Parquet:
    """An open Parquet file. Raises InputError for what is none, or has no documents."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.name, self.limits = name, limits
        self._file = file
        self._damage = (pa.ArrowException, OSError, ValueError, MemoryError)
        self._ahead: tuple[int, Iterator[Any]] = (0, iter(()))
        try:
            self._parquet = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
            self._columns = _chosen(self._parquet.schema_arrow)
            groups = (self._parquet.metadata.row_group(group) for group in range(self._parquet.num_row_groups))
            self._starts = [0, *accumulate(group.num_rows for group in groups)]
            """the first row of each group, and behind the last one"""
        except self._damage as error:
            file.close()
            raise InputError(f"{name} is no Parquet that can be read: {error}") from None
        if self._columns is None:
            names = ", ".join(map(repr, self._parquet.schema_arrow.names[:12]))
            file.close()
            raise InputError(f"{name} has no column of bytes or of paths, but {names}")

    def parts(self) -> Iterator[Part | Elsewhere | Unusable]:
        """Its rows in order."""
        columns = self._columns
        assert columns is not None
        wanted = [*columns.meta, *filter(None, [columns.name])]
        row = 0
        try:
            for group in range(self._parquet.num_row_groups):
                for notes in self._notes(group, wanted):
                    yield self._part(row, notes, columns)
                    row += 1
        except self._damage as error:
            yield Unusable(f"#{row}", f"the rows from here on can't be read: {error}")

    @contextmanager
    def open(self, place: str) -> Iterator[BinaryIO]:
        """The bytes of a row. Raises InputError."""
        try:
            data = self._bytes(int(place))
        except self._damage as error:
            raise InputError(f"row {place} of {self.name} can't be read: {error}") from None
        if not data:
            raise InputError(f"row {place} of {self.name} holds no bytes")
        yield io.BytesIO(data)

    def close(self) -> None:
        """Close it."""
        self._ahead = (0, iter(()))
        self._parquet.close()
        self._file.close()

    def _notes(self, group: int, wanted: list[str]) -> Iterator[dict[str, Any]]:
        """What the rows of a group say, their bytes apart."""
        if not wanted:
            yield from ({} for _ in range(self._parquet.metadata.row_group(group).num_rows))
            return
        for batch in self._parquet.iter_batches(_META_ROWS, row_groups=[group], columns=wanted):
            yield from batch.to_pylist()

    def _part(self, row: int, notes: dict[str, Any], columns: _Columns) -> Part | Elsewhere | Unusable:
        name = _inner(notes, columns.name) if columns.name else None
        meta = meta_of({column: notes.get(column) for column in columns.meta})
        if columns.bytes is not None:
            named = meta_of({"file_name": name if isinstance(name, str) else None})
            meta = named | meta
            return Part(f"#{row}", str(row), -1, meta, next((meta[field] for field in PATHS if field in meta), ""))
        if not isinstance(name, str) or not name or "\0" in name:
            return Unusable(f"#{row}", f"its column {columns.name!r} names no file")
        return Elsewhere(name, False, meta)

    def _bytes(self, row: int) -> bytes | None:
        """The bytes of a row, read on from the last one where it stands behind it."""
        at, rows = self._ahead
        group = bisect_right(self._starts, row) - 1
        start = self._starts[group]
        if not start < at <= row:  # behind it, or in another group
            at, rows = start, self._rows(group)
        found = None
        while at <= row:
            found = next(rows, None)
            at += 1
        self._ahead = (at, rows)
        return found

    def _rows(self, group: int) -> Iterator[bytes | None]:
        column = self._columns.bytes if self._columns else None
        assert column is not None
        for batch in self._parquet.iter_batches(_ROWS, row_groups=[group], columns=[column]):
            top = batch.column(0)
            values = top.field(column.rpartition(".")[2]) if "." in column else top
            yield from (value.as_py() for value in values)


def _inner(notes: dict[str, Any], dotted: str) -> Any:
    value: Any = notes
    for name in dotted.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _chosen(schema: pa.Schema) -> _Columns | None:
    """The columns of documents, of their names, and of what is known of them; None without documents."""
    import pyarrow.types as types

    def is_binary(kind: Any) -> bool:
        return types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)

    def is_text(kind: Any) -> bool:
        return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)

    def fields_of(kind: Any) -> set[str]:
        return {kind.field(at).name for at in range(kind.num_fields)} if types.is_struct(kind) else set()

    def plain(kind: Any) -> bool:
        return not types.is_nested(kind) and not is_binary(kind) and not types.is_dictionary(kind)

    simple = [field for field in schema if "." not in field.name]
    paths = [name for name in PATHS if any(field.name == name and is_text(field.type) for field in simple)]
    meta = [field.name for field in simple if plain(field.type)]
    whole = [
        field for field in simple if "bytes" in fields_of(field.type) and is_binary(field.type.field("bytes").type)
    ]
    if whole:
        field = _preferred(whole)
        name = f"{field.name}.path" if "path" in fields_of(field.type) else None
        return _Columns(f"{field.name}.bytes", name, meta)
    binary = [field for field in simple if is_binary(field.type)]
    if binary:
        return _Columns(_preferred(binary).name, None, meta)
    return _Columns(None, paths[0], [name for name in meta if name != paths[0]]) if paths else None


def _preferred(fields: list[Any]) -> Any:
    known = {name: at for at, name in enumerate(BYTES)}
    return min(fields, key=lambda field: known.get(field.name, len(known)))
