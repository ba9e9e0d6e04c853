"""A bucket of an object store that speaks S3: how it is opened, and what it says when it refuses.

- Credentials are those of the environment (`AWS_ACCESS_KEY_ID` …), of a profile in `~/.aws/credentials`, or of the
  machine; `AWS_ENDPOINT_URL` names a store other than Amazon's.
- A store that refuses for a while is asked again for `RETRY_S` seconds; then what it said is one line.
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
_KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_NO_KEYS = ("169.254.", "InstanceCredential", "/latest/api/token", "/latest/meta-data")
"""what is asked of the machine, as the last resort, stands in what went wrong"""
_PROFILE = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


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
        raise InputError(f"s3://{bucket} can't be opened: {_said(error)}") from None


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
        said = str(error)
        if "NoSuchBucket" in said:
            raise EndpointError(f"{address}: there is no such bucket; make it, or name another") from None
        if isinstance(error, FileNotFoundError):
            raise FileNotFoundError(f"{address}: no such object") from None
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            raise EndpointError(
                f"{address}: the store does not allow {doing} ({_said(error)}); see whether AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and AWS_REGION are those of this bucket"
            ) from None
        if any(sign in said for sign in _NO_KEYS):
            raise EndpointError(
                f"{address}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to one "
                "in ~/.aws/credentials"
            ) from None
        raise EndpointError(
            f"{address}: the store fails at {doing} ({_said(error)}). What is done is kept; run the same command again"
        ) from None


def opened(store: S3Store, name: str, address: str) -> BinaryIO:
    """An object for reading back and forth. Raises FileNotFoundError, EndpointError."""
    import obstore

    with asking(address, "reading"):
        size = int(obstore.head(store, name)["size"])
    return io.BufferedReader(_Object(store, name, address, size), _READ_BYTES)


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


def _said(error: Exception) -> str:
    """The store's own words, in a line that is short enough to read."""
    line = " ".join(str(error).split("\n\nDebug source")[0].split())
    return line if len(line) <= 200 else f"{line[:200]}…"
