"""A bucket of an object store that speaks S3: opened, read, and as the store of a run.

- Credentials are those of the environment (`AWS_ACCESS_KEY_ID` …), of a profile in `~/.aws/credentials`, or of the
  machine; `AWS_ENDPOINT_URL` names a store other than Amazon's.
- A store that refuses for a while is asked again for `RETRY_S` seconds; then what it said is one line.
- A put-if-absent that was not answered is sent again: the second time the store may say that the name is taken, though
  by us. That is as good: under a name of a run only one content can stand.
"""

from __future__ import annotations

import configparser
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sokdok.errors import EndpointError, InputError, MissingExtraError

if TYPE_CHECKING:
    from obstore.store import S3Store

RETRY_S = 60.0  # for which a store is asked again that is busy or does not answer
MOST_RETRIES = 12
_CONNECT_S, _ANSWER_S = 5.0, 60.0
_READ_BYTES = 4 << 20  # that are fetched at a time of an object that is read back and forth
MOST_IN_ONE_BYTES = 64 << 20  # larger objects are put in parts, where there is no condition
_KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_PROFILE = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
# Errors that name the machine's own metadata service, which is asked for keys as the last resort.
_NO_KEYS = ("169.254.", "InstanceCredential", "/latest/api/token", "/latest/meta-data")


class BucketStore:
    """A `Store` of objects below `s3://bucket/prefix`. Raises InputError, MissingExtraError, EndpointError."""

    def __init__(self, address: str) -> None:
        bucket, self._prefix = split_address(address)
        self.address = f"s3://{bucket}/{self._prefix}".rstrip("/")
        self._store = open_bucket(bucket)

    def create(self, name: str, data: bytes | Path) -> bool:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with asking(f"{self.address}/{name}", "writing"):
                obstore.put(self._store, self._key(name), data, mode="create", use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            return False
        return True

    def replace(self, name: str, data: bytes | Path) -> None:
        import obstore

        size = data.stat().st_size if isinstance(data, Path) else len(data)
        with asking(f"{self.address}/{name}", "writing"):
            obstore.put(self._store, self._key(name), data, use_multipart=size > MOST_IN_ONE_BYTES)

    def read(self, name: str) -> bytes:
        import obstore

        with asking(f"{self.address}/{name}", "reading"):
            return obstore.get(self._store, self._key(name)).bytes().to_bytes()

    def open(self, name: str) -> BinaryIO:
        return open_object(self._store, self._key(name), f"{self.address}/{name}")

    def exists(self, name: str) -> bool:
        return head_of(self._store, self._key(name), f"{self.address}/{name}") is not None

    def names(self, prefix: str = "") -> Iterator[str]:
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
        import obstore

        try:
            with asking(f"{self.address}/{name}", "removing"):
                obstore.delete(self._store, self._key(name))
        except FileNotFoundError:
            pass

    def _key(self, name: str) -> str:
        """The name within the bucket."""
        return f"{self._prefix}/{check_name(name)}" if self._prefix else check_name(name)


def check_name(name: str) -> str:
    """A name that stays within its store. Raises ValueError."""
    if not name or any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
        raise ValueError(f"{name!r} is no name within a store")
    return name


def split_address(address: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://bucket/prefix`. Raises InputError."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    parts = [part for part in prefix.split("/") if part]
    if not bucket or any(part in (".", "..") for part in parts):
        raise InputError(f"{address} is no address of a bucket; write it as s3://BUCKET/PREFIX")
    return bucket, "/".join(parts)


def open_bucket(bucket: str) -> S3Store:
    """Open a bucket. Raises MissingExtraError, InputError."""
    if find_spec("obstore") is None:
        raise MissingExtraError("bulk", f"s3://{bucket}")
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    options: Any = {"connect_timeout": timedelta(seconds=_CONNECT_S), "timeout": timedelta(seconds=_ANSWER_S)}
    if endpoint.startswith("http://"):
        options["allow_http"] = True
    backoff: Any = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5)}
    retry: Any = {"max_retries": MOST_RETRIES, "retry_timeout": timedelta(seconds=RETRY_S), "backoff": backoff}
    profile: Any = _profile()
    try:
        return S3Store(bucket, config=profile, client_options=options, retry_config=retry)
    except (BaseError, ValueError, TypeError) as error:
        raise InputError(f"s3://{bucket} can't be opened: {_shortened(error)}") from None


def head_of(store: S3Store, name: str, address: str) -> Any:
    """What the store says of an object, its size and version; None where there is none. Raises EndpointError."""
    import obstore

    try:
        with asking(address, "reading"):
            return obstore.head(store, name)
    except FileNotFoundError:
        return None


def open_object(store: S3Store, name: str, address: str) -> BinaryIO:
    """An object for reading back and forth. Raises FileNotFoundError, EndpointError."""
    head = head_of(store, name, address)
    if head is None:
        raise FileNotFoundError(f"{address}: no such object")
    return io.BufferedReader(_Object(store, name, address, head["size"]), _READ_BYTES)


class _Object(io.RawIOBase):
    """An object, by ranges of its bytes."""

    def __init__(self, store: S3Store, name: str, address: str, size: int) -> None:
        self._store, self._name, self._address, self._size = store, name, address, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        import obstore

        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        count = min(len(view), self._size - self._at)
        if count <= 0:
            return 0
        with asking(self._address, "reading"):
            data = obstore.get_range(self._store, self._name, start=self._at, length=count)
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
    except (BaseError, OSError) as error:
        text = str(error)
        if "NoSuchBucket" in text:
            reason = "there is no such bucket; make it, or name another"
        elif isinstance(error, FileNotFoundError):
            raise FileNotFoundError(f"{address}: no such object") from None
        elif isinstance(error, PermissionDeniedError | UnauthenticatedError):
            reason = (
                f"the store does not allow {doing} ({_shortened(error)}); see whether AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and AWS_REGION are those of this bucket"
            )
        elif any(sign in text for sign in _NO_KEYS):
            reason = (
                "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to one in "
                "~/.aws/credentials"
            )
        else:
            reason = (
                f"the store fails at {doing} ({_shortened(error)}). What is done is kept; run the same command again"
            )
        raise EndpointError(f"{address}: {reason}") from None


def _profile() -> dict[str, str]:
    """The keys of a profile, where the environment has none; nothing if the machine is to give them."""
    if any(os.environ.get(name) for name in _KEYS):
        return {}
    path = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
    profiles = configparser.ConfigParser(interpolation=None)
    try:
        profiles.read(path, encoding="utf-8")
        section = profiles[os.environ.get("AWS_PROFILE") or "default"]
    except (configparser.Error, KeyError, OSError, UnicodeError):
        return {}
    return {name: section[name] for name in _PROFILE if section.get(name)}


def _shortened(error: Exception) -> str:
    """The store's own words, in a line that is short enough to read."""
    line = " ".join(str(error).split("\n\nDebug source")[0].split())
    return line if len(line) <= 200 else f"{line[:200]}…"
