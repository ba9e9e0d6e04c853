"""A bucket of an object store (S3, Google's, Azure's): opened, read, and as the store of a run.

- Credentials are those of the environment (`KEYS`), of a profile in `~/.aws/credentials`, or of the machine;
  `AWS_ENDPOINT_URL` names a store other than Amazon's.
- A store that refuses for a while is asked again for `RETRY_S` seconds; then what it said is one line.
- A put-if-absent that was not answered is sent again: the second time the store may say that the name is taken, though
  by us. That is as good: under a name of a run only one content can stand.
"""

from __future__ import annotations

import configparser
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from sokdok.errors import EndpointError, InputError, MissingExtraError

KEYS = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION",
    "gs": "GOOGLE_SERVICE_ACCOUNT, a file",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "hf": "HF_TOKEN",
}  # kinds of buckets, and what names their keys; the hub is read alone
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "GOOGLE_BASE_URL", "AZURE_STORAGE_ENDPOINT")
RETRY_S = 60.0  # for which a store is asked again that is busy or does not answer
MOST_RETRIES = 12
_CONNECT_S, _ANSWER_S = 5.0, 60.0
_READ_BYTES = 4 << 20  # that are fetched at a time of an object that is read back and forth
MOST_IN_ONE_BYTES = 64 << 20  # larger objects are put in parts, where there is no condition
_OWN = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_")  # variables that give keys
_PROFILE = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
# Errors that name the machine's own metadata service, which is asked for keys as the last resort.
_NO_KEYS = ("169.254.", "InstanceCredential", "/latest/", "/computeMetadata/")


class BucketStore:
    """A `Store` of objects below `s3://bucket/prefix`. Raises InputError, MissingExtraError, EndpointError."""

    def __init__(self, address: str) -> None:
        root, self._prefix = split_address(address)
        self.address = f"{root}/{self._prefix}".rstrip("/")
        self._store = open_bucket(root)

    def create(self, name: str, data: bytes | Path) -> bool:
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with asking(f"{self.address}/{name}", "writing"):
                self._store.put(self._key(name), data, mode="create", use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            return False
        return True

    def replace(self, name: str, data: bytes | Path) -> None:
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        with asking(f"{self.address}/{name}", "writing"):
            self._store.put(self._key(name), data, use_multipart=size > MOST_IN_ONE_BYTES)

    def read(self, name: str) -> bytes:
        with asking(f"{self.address}/{name}", "reading"):
            return self._store.get(self._key(name)).bytes().to_bytes()

    def open(self, name: str) -> BinaryIO:
        return open_object(self._store, self._key(name), f"{self.address}/{name}")

    def exists(self, name: str) -> bool:
        return head_of(self._store, self._key(name), f"{self.address}/{name}") is not None

    def names(self, prefix: str = "") -> Iterator[str]:
        above = prefix.rpartition("/")[0]
        start = len(self._prefix) + 1 if self._prefix else 0
        with asking(self.address, "listing"):
            for objects in self._store.list(prefix=self._key(above) if above else self._prefix or None):
                for one in objects:
                    name = one["path"][start:]
                    if name.startswith(prefix) and not any(part.startswith(".") for part in name.split("/")):
                        yield name

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError), asking(f"{self.address}/{name}", "removing"):
            self._store.delete(self._key(name))

    def _key(self, name: str) -> str:
        """The name within the bucket."""
        return f"{self._prefix}/{check_name(name)}" if self._prefix else check_name(name)


def check_name(name: str) -> str:
    """A name that stays within its store. Raises ValueError."""
    if not name or any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
        raise ValueError(f"{name!r} is no name within a store")
    return name


def split_address(address: str) -> tuple[str, str]:
    """`s3://bucket` and the prefix of `s3://bucket/prefix`. Raises InputError."""
    scheme, _, path = address.partition("://")
    bucket, _, prefix = path.partition("/")
    parts = [part for part in prefix.split("/") if part]
    if not bucket or any(part in (".", "..") for part in parts):
        raise InputError(f"{address} is no address of a bucket; write it as {scheme}://BUCKET/PREFIX")
    return f"{scheme}://{bucket}", "/".join(parts)


def open_bucket(root: str) -> Any:
    """Open the bucket `s3://bucket`: obstore's store, or what looks like one. Raises MissingExtraError, InputError."""
    if find_spec("obstore") is None:
        raise MissingExtraError("bulk", root)
    if root.startswith("hf:"):
        if find_spec("huggingface_hub") is None:
            raise InputError(f"{root} is read by a package that is not installed: pip install huggingface_hub")
        return Hub(root[5:])
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    options: Any = {"connect_timeout": timedelta(seconds=_CONNECT_S), "timeout": timedelta(seconds=_ANSWER_S)}
    options["allow_http"] = any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS)
    backoff: Any = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5)}
    retry: Any = {"max_retries": MOST_RETRIES, "retry_timeout": timedelta(seconds=RETRY_S), "backoff": backoff}
    profile: Any = _profile() if root.startswith("s3:") else {}
    try:
        return from_url(root, config=profile, client_options=options, retry_config=retry)
    except (BaseError, ValueError, TypeError) as error:
        raise InputError(f"{root} can't be opened ({_shortened(error)}); set {KEYS[root[:2]]}") from None


class Hub:
    """Repositories of Hugging Face's hub as a bucket that is read alone, by the hub's own file system (fsspec's)."""

    def __init__(self, bucket: str) -> None:
        from huggingface_hub import HfFileSystem

        self._files, self._begin = HfFileSystem(), f"{bucket}/"

    def list(self, prefix: str | None = None, chunk_size: int = 0) -> Iterator[list[Any]]:
        """All files below a folder, or the file of that name."""
        with suppress(FileNotFoundError):  # of a repository that is not there, or not ours to see
            found: Any = self._files.find(f"{self._begin}{prefix or ''}", detail=True)
            yield [
                {"path": path.removeprefix(self._begin), "size": one["size"], "e_tag": str(one.get("blob_id"))}
                for path, one in found.items()
            ]

    def head(self, name: str) -> Any:
        """What is known of one. Raises FileNotFoundError."""
        for one in (one for found in self.list(name) for one in found if one["path"] == name):
            return one
        raise FileNotFoundError(name)

    def get_range(self, name: str, *, start: int, length: int) -> bytes:
        """Some bytes of one."""
        return bytes(self._files.cat_file(f"{self._begin}{name}", start, start + length))


def head_of(store: Any, name: str, address: str) -> Any:
    """What the store says of an object, its size and version; None where there is none. Raises EndpointError."""
    try:
        with asking(address, "reading"):
            return store.head(name)
    except FileNotFoundError:
        return None


def open_object(store: Any, name: str, address: str) -> BinaryIO:
    """An object for reading back and forth. Raises FileNotFoundError, EndpointError."""
    head = head_of(store, name, address)
    if head is None:
        raise FileNotFoundError(f"{address}: no such object")
    return io.BufferedReader(_Object(store, name, address, head["size"]), _READ_BYTES)


class _Object(io.RawIOBase):
    """An object, by ranges of its bytes."""

    def __init__(self, store: Any, name: str, address: str, size: int) -> None:
        self._store, self._name, self._address, self._size = store, name, address, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        count = min(len(view), self._size - self._at)
        if count <= 0:
            return 0
        with asking(self._address, "reading"):
            data = self._store.get_range(self._name, start=self._at, length=count)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


@contextmanager
def asking(address: str, doing: str) -> Iterator[None]:
    """What a store says, as an EndpointError in one line; FileNotFoundError where nothing is there."""
    from obstore.exceptions import (
        AlreadyExistsError,
        BaseError,
        PermissionDeniedError,
        PreconditionError,
        UnauthenticatedError,
    )

    try:
        yield
    except (AlreadyExistsError, PreconditionError):  # what a condition on a put is answered by
        raise
    except Exception as error:
        if not isinstance(error, BaseError | OSError) and not address.startswith("hf:"):  # the hub's are of many kinds
            raise
        text, said, keys = str(error), _shortened(error), KEYS[address[:2]]
        if "NoSuchBucket" in text or "ContainerNotFound" in text:
            reason = "there is no such bucket; make it, or name another"
        elif isinstance(error, FileNotFoundError):
            raise FileNotFoundError(f"{address}: no such object") from None
        elif isinstance(error, PermissionDeniedError | UnauthenticatedError):
            reason = f"the store does not allow {doing} ({said}); see whether {keys} are this bucket's"
        elif any(sign in text for sign in _NO_KEYS):
            profile = ", or AWS_PROFILE to one in ~/.aws/credentials" if address.startswith("s3:") else ""
            reason = f"no credentials; set {keys}{profile}"
        else:
            reason = f"the store fails at {doing} ({said}). What is done is kept; run the same command again"
        raise EndpointError(f"{address}: {reason}") from None


def _profile() -> dict[str, str]:
    """The keys of a profile, where the environment has none; nothing if the machine is to give them."""
    if any(value and name.startswith(_OWN) for name, value in os.environ.items()):
        return {}
    profiles = configparser.ConfigParser(interpolation=None)
    with suppress(configparser.Error, KeyError, OSError, UnicodeError):
        path = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
        profiles.read(path, encoding="utf-8")
        section = profiles[os.environ.get("AWS_PROFILE") or "default"]
        return {name: section[name] for name in _PROFILE if section.get(name)}
    return {}


def _shortened(error: Exception) -> str:
    """The store's own words, in a line that is short enough to read."""
    line = " ".join(str(error).split("\n\nDebug source")[0].split())
    return line if len(line) <= 200 else f"{line[:200]}…"
