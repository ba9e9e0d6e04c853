"""Keys that clients show: kept as hashes, compared in constant time, never logged."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sokdok.errors import InputError
from sokdok.files import printable, read_file

NOBODY = "local"  # who asks where no keys are set
LEAST_KEY = 16  # characters of a key: a shorter one can be guessed
_ID_DIGITS = 12
_LIMIT = re.compile(r"queue=(\d{1,9})")
_RATE = re.compile(r"(requests|pages)=\d+")  # limits of a minute that stood behind keys: a proxy has them now
_HASHED = re.compile(r"sha256:([0-9a-f]{64})")


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
    if not all(found) or (hashed is None and not _is_good(secret)):
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
    """The same of a file, in which `#` begins a line that is none. Raises InputError, also if there are none."""
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


def _is_good(secret: str) -> bool:
    return len(secret) >= LEAST_KEY and secret.isascii() and secret.isprintable() and not _RATE.fullmatch(secret)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
