"""How a server is set up: who reads, where, how much, and for whom.

Keys that clients show are kept as hashes, compared in constant time, never logged.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.files import printable, read_file
from sokdok.jobs import Limits
from sokdok.reading.remote.key import is_loopback

LOOPBACK = "127.0.0.1"
NOBODY = "local"  # who asks where no keys are set
LEAST_KEY = 16  # characters of a key: a shorter one can be guessed
_ID_DIGITS = 12
_LIMIT = re.compile(r"queue=(\d{1,9})")
_HASHED = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Bounds:
    """What clients may ask for. Stated by `/v1/capabilities`."""

    body_bytes: int = 100 << 20  # of a request
    queue_pages: int = 1_000  # accepted and not yet read, of all clients together
    key_pages: int = 1_000  # the same of one key
    uploads: int = 32  # requests whose files are looked at before they are accepted
    job_seconds: float = 3_600.0  # from accepting a job to its last page
    wait_seconds: float = 600.0  # for which a request waits for its answer
    kept_hours: float = 24.0  # for which a task is kept when it has ended
    kept_bytes: int = 10 << 30  # of tasks that have ended, uploads included; the oldest go first
    text_characters: int = 200_000  # of a text that is drawn as pages
    text_pages: int = 100  # that it may take


@dataclass(frozen=True)
class Settings:
    """How to serve. Raises InputError for what would be open to strangers."""

    data: Path  # folder of tasks and uploads: one server's alone
    host: str = LOOPBACK
    port: int = 8400
    reader: str = "nano"  # what `reading.load` takes
    model: str | None = None
    dtype: str = "bfloat16"
    device: str = "auto"
    workers: int = 1
    threads: int = 1  # processor cores of a worker
    keys: tuple[str, ...] = field(default=(), repr=False)
    """that clients may show, each as `key_of` takes it; none: any client on this machine"""
    limits: Limits = field(default_factory=lambda: Limits(pages=2_000, seconds=30.0, file_seconds=600.0))
    """what one file may take"""
    bounds: Bounds = field(default_factory=Bounds)
    extract_model: str | None = None
    """address of a language model that extracts fields; by default of the endpoint that reads"""
    memory: Path | None = None  # folder of memories, each key's in a folder of its own; None: there are none
    demo: bool = False  # whether there are examples to try, and a conversation in the memory
    stop_seconds: float = 10.0  # for pages in progress, when the server is stopped
    others: tuple[str, ...] = ()  # further endpoints with the same model: the least loaded one reads
    concurrency: int = 8  # requests under way at each endpoint, by each worker
    compress: bool = False  # old tool results of a gateway's messages; otherwise only what that would save is counted

    def __post_init__(self) -> None:
        if self.others and not all("://" in reader for reader in self.readers):
            raise InputError("several --reader must all be addresses of endpoints; --workers reads with more processes")
        if not self.keys and not is_loopback(self.host):
            raise InputError(
                f"{self.host} is open to other machines: set SOKDOK_SERVE_KEYS to keys for clients, or leave "
                f"--host at {LOOPBACK}"
            )
        Keys(self.keys)

    @property
    def readers(self) -> tuple[str, ...]:
        """All of them."""
        return self.reader, *self.others

    @property
    def extractor(self) -> tuple[str, str | None] | None:
        """Address and name of the language model that extracts fields; None if there is none."""
        if self.extract_model is not None:
            return self.extract_model, None
        return (self.reader, self.model) if "://" in self.reader else None

    def capabilities(self) -> dict[str, Any]:
        """Limits, for clients."""
        stated = "body_bytes job_seconds wait_seconds queue_pages kept_hours kept_bytes text_characters text_pages"
        return {
            "reader": self.reader if "://" not in self.reader else "endpoint",  # its address is nobody's business
            "limits": {name: getattr(self.bounds, name) for name in stated.split()}
            | {
                "file_pages": self.limits.pages,
                "picture_pixels": self.limits.megapixels * 1_000_000,
                "file_seconds": self.limits.file_seconds,
            },
            "fetches_urls": False,
            "memory": self.memory is not None,
            "extracts": self.extractor is not None,
            "demo": self.demo,
        }


@dataclass(frozen=True)
class Key:
    """A key, and its share of the queue."""

    digest: bytes  # SHA-256
    queue: int | None = None  # pages accepted and not yet read; None: as many as any

    @property
    def owner(self) -> str:
        """A name for whoever has it, which does not give it away."""
        return self.digest.hex()[:_ID_DIGITS]


class Keys:
    """The keys that open a server; none: every client is `NOBODY`. Raises InputError for one that is no key."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Each as in the settings."""
        self._keys = tuple(map(key_of, entries))

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def queues(self) -> dict[str, int]:
        """Pages that may wait, by owner, where the key states them."""
        return {key.owner: key.queue for key in self._keys if key.queue is not None}

    def owner(self, shown: str | None) -> str | None:
        """Whose a key is; None if it opens nothing."""
        if not self._keys:
            return NOBODY
        given = _hash(shown or "")
        # All are compared, whichever fits: the time taken gives nothing away.
        fitting = [key.owner for key in self._keys if hmac.compare_digest(key.digest, given)]
        return fitting[0] if fitting else None


def key_of(entry: str) -> Key:
    """A key from its text: `KEY` or `sha256:HASH`, and `queue=200` behind it. Raises InputError."""
    secret, *limits = entry.split(" ")
    found = [_LIMIT.fullmatch(limit) for limit in limits]
    hashed = _HASHED.fullmatch(secret)
    is_good = len(secret) >= LEAST_KEY and secret.isascii() and secret.isprintable()
    if not all(found) or (hashed is None and not is_good):
        raise InputError(
            f"a key of SOKDOK_SERVE_KEYS needs at least {LEAST_KEY} ASCII characters without spaces; behind it may "
            "stand queue=N (pages that wait)"
        )
    queue = [int(limit[1]) for limit in found if limit is not None]
    return Key(bytes.fromhex(hashed[1]) if hashed is not None else _hash(secret), queue[-1] if queue else None)


def keys_of(text: str) -> tuple[str, ...]:
    """Entries of a text: parted by commas or white space, limits behind their key."""
    entries: list[str] = []
    for word in text.replace(",", " ").split():
        if entries and _LIMIT.fullmatch(word):
            entries[-1] += f" {word}"
        else:
            entries.append(word)
    return tuple(dict.fromkeys(entries))


def keys_in(path: Path) -> tuple[str, ...]:
    """Entries (`keys_of`) of a file, `#` begins a comment. Raises InputError, also for a file without keys."""
    lines = read_file(path).decode("utf-8", "replace").splitlines()
    entries = keys_of("\n".join(line for line in lines if not line.lstrip().startswith("#")))
    if not entries:  # it would be open to all
        raise InputError(f"{printable(path)} holds no key")
    return entries


def shown_key(headers: Mapping[str, str]) -> str | None:
    """The key of a request: `Authorization: Bearer` or `X-Api-Key`. Addresses hold none: they end up in logs."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key")


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
