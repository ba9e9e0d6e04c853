"""A bucket, or what is below a prefix of it, as a store: put-if-absent is the store's own condition on a put.

What is put under a condition and then not answered is put again: the second time the store may say that it is there,
though it is ours. That is as good: under a name of a run only one content can stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sokdok.bulk.store.bucket import asking, open_bucket, opened, split_address

MOST_IN_ONE_BYTES = 64 << 20  # larger objects are put in parts, where there is no condition


class S3Store:
    """Objects below `s3://bucket/prefix`. Raises InputError, MissingExtraError, and EndpointError when it refuses."""

    def __init__(self, address: str) -> None:
        self._bucket, self._prefix = split_address(address)
        self.address = f"s3://{self._bucket}/{self._prefix}".rstrip("/")
        self._store = open_bucket(self._bucket)

    def create(self, name: str, data: bytes | Path) -> bool:
        """Put if absent; False if it is there already."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with asking(self._said(name), "writing"):
                obstore.put(self._store, self._key(name), data, mode="create", use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            return False
        return True

    def replace(self, name: str, data: bytes | Path) -> None:
        """Put, whatever is there."""
        import obstore

        size = data.stat().st_size if isinstance(data, Path) else len(data)
        with asking(self._said(name), "writing"):
            obstore.put(self._store, self._key(name), data, use_multipart=size > MOST_IN_ONE_BYTES)

    def read(self, name: str) -> bytes:
        """All of it. Raises FileNotFoundError."""
        import obstore

        with asking(self._said(name), "reading"):
            return obstore.get(self._store, self._key(name)).bytes().to_bytes()

    def open(self, name: str) -> BinaryIO:
        """Open for reading. Raises FileNotFoundError."""
        return opened(self._store, self._key(name), self._said(name))

    def exists(self, name: str) -> bool:
        """Whether it is there."""
        import obstore

        try:
            with asking(self._said(name), "reading"):
                obstore.head(self._store, self._key(name))
        except FileNotFoundError:
            return False
        return True

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin so, sorted; what is hidden is left out."""
        import obstore

        above = prefix.rpartition("/")[0]
        start = len(self._prefix) + 1 if self._prefix else 0
        with asking(self.address, "listing"):
            for objects in obstore.list(self._store, prefix=self._key(above) if above else self._prefix or None):
                for one in objects:
                    name = one["path"][start:]
                    if name.startswith(prefix) and not any(part.startswith(".") for part in name.split("/")):
                        yield name

    def remove(self, name: str) -> None:
        """Remove it, if it is there."""
        import obstore

        try:
            with asking(self._said(name), "removing"):
                obstore.delete(self._store, self._key(name))
        except FileNotFoundError:
            pass

    def _key(self, name: str) -> str:
        """The name within the bucket."""
        if not name or any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
            raise ValueError(f"{name!r} is no name within a store")
        return f"{self._prefix}/{name}" if self._prefix else name

    def _said(self, name: str) -> str:
        return f"{self.address}/{name}"
