"""Who drives a run, and who takes part in it (`run --join`): no work is done twice.

- A second driver is refused. Runs that take part have leases below `workers/`; each unit is read by the run whose claim
  on it is there, as long as its lease is renewed.
- The driver renews its lease every few seconds; each renewal counts one up. A lease whose count stands still is
  nobody's, whatever the clocks of the two machines say. On the driver's own machine its process is looked at, so that a
  run that was killed goes on at once.
- Leases only save work: results are put if absent, and stay right if two drive.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from sokdok.bulk.store import Store
from sokdok.errors import InputError, SokdokError

NAME = "lease.json"
RENEWED_S = 5.0  # between renewals
SETTLED_S = 0.2  # until a lease that was taken over is looked at once more: two may have taken it
WATCHED_RENEWALS = 3  # that a lease of another machine is given to be counted up


class Lease(msgspec.Struct):
    """Who drives, and how it gets on."""

    host: str  # the machine: its name, its start and its process numbers' space
    pid: int
    began: str  # when the process began, as its machine counts: numbers are used again
    count: int = 0  # of renewals
    renewed: float = 0.0  # seconds since 1970 by the driver's clock: for people, and for `status`
    done: int = 0  # pages of this run
    failed: int = 0
    seconds: float = 0.0  # since its first page was begun

    @property
    def driver(self) -> str:
        """The driver in a few words."""
        return f"process {self.pid} on {self.host.partition(' ')[0]}"


class Driving:
    """Holds the lease of a destination while a block runs. Raises InputError if another process drives."""

    def __init__(self, store: Store, renewed_s: float = 0.0, *, join: bool = False) -> None:
        """`join`: take part in what another one drives."""
        self.store, self.renewed_s = store, renewed_s or RENEWED_S
        self.name = f"workers/{secrets.token_hex(8)}.json" if join else NAME
        self.lease = Lease(_host(), os.getpid(), _began(os.getpid()))
        self.lost = ""  # who has taken the lease over; empty as long as it is ours
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> Driving:
        self._acquire()
        self._thread.start()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        if not self.lost:
            with suppress(OSError, SokdokError):  # of a store that is gone, or full: what ended the block is raised
                self.store.remove(self.name)

    def require(self) -> None:
        """Raise SokdokError if somebody has taken the lease over: this process stood still for too long."""
        if self.lost:
            raise SokdokError(f"{self.lost} drives {self.store.address} now; this run ends, and what it did is kept")

    def _acquire(self) -> None:
        self.lease.renewed = time.time()
        data = msgspec.json.encode(self.lease)
        if self.store.create(self.name, data):
            return
        other = read_lease(self.store)
        if other is None or not self._is_alive(other):
            self.store.replace(NAME, data)
            time.sleep(SETTLED_S)
            other = read_lease(self.store)
        if other is not None and not _is_same(other, self.lease):
            raise InputError(f"{self.store.address} is driven by {other.driver}; wait for it, end it, or --join it")

    def _is_alive(self, other: Lease) -> bool:
        if other.host == self.lease.host:
            return _began(other.pid) == other.began
        for _ in range(WATCHED_RENEWALS):
            time.sleep(self.renewed_s)
            now = read_lease(self.store)
            if now is None:
                return False
            if now != other:
                return True
        return False

    def _renew(self) -> None:
        while not self._ended.wait(self.renewed_s):
            with suppress(OSError, SokdokError):  # it comes back, or the run ends for the same reason
                other = read_lease(self.store, self.name)
                if other is not None and not _is_same(other, self.lease):
                    self.lost = other.driver
                    return
                self.lease.count += 1
                self.lease.renewed = time.time()
                self.store.replace(self.name, msgspec.json.encode(self.lease))


class Claims:
    """Which units this run reads, of those that all runs on a destination have before them."""

    def __init__(self, driving: Driving) -> None:
        self._store, self._mine = driving.store, driving.name
        self._renewed_s = driving.renewed_s
        self._seen: dict[str, tuple[Lease | None, float]] = {}  # leases of the others, and since when they are so

    def take(self, unit: str) -> bool:
        """Claim a unit; False if another run that is alive has it."""
        if self._store.create(f"claims/{unit}", self._mine.encode()):
            return True
        with suppress(FileNotFoundError):  # it was given back just now
            owner = self._store.read(f"claims/{unit}").decode()
            if owner == self._mine or not self._is_alive(owner):
                self._store.replace(f"claims/{unit}", self._mine.encode())
                return True
        return False

    def give_back(self, unit: str) -> None:
        """The unit has its result."""
        self._store.remove(f"claims/{unit}")

    def _is_alive(self, owner: str) -> bool:
        """Whether a lease was renewed lately, by our own clock."""
        lease = read_lease(self._store, owner)
        if owner not in self._seen or self._seen[owner][0] != lease:
            self._seen[owner] = lease, time.monotonic()
        return lease is not None and time.monotonic() - self._seen[owner][1] < (WATCHED_RENEWALS + 1) * self._renewed_s


def read_lease(store: Store, name: str = NAME) -> Lease | None:
    """Who drives, or drove until it was killed; None where nobody does, or it can't be read."""
    try:
        return msgspec.json.decode(store.read(name), type=Lease)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _is_same(one: Lease, other: Lease) -> bool:
    return (one.host, one.pid, one.began) == (other.host, other.pid, other.began)


def _host() -> str:
    """What distinguishes machines, and containers on one, whose processes have numbers of their own."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), os.readlink("/proc/self/ns/pid")]
    return " ".join(parts)


def _began(pid: int) -> str:
    """When a process began, in ticks since its machine's start; empty if there is none, or the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "?"
