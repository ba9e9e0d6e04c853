"""Readers on a Ray cluster: replicas of Ray Serve in the place of children of this machine. The extra `ray`.

- Ray places replicas, watches them and starts others where some are lost; the queue, the journal and every refusal stay
  in the front process, which holds the deployment like a `jobs.Pool`.
- A replica has a child of its own, as on one machine: a file that kills it, or keeps it busy for ever, costs the
  replica nothing. Uploads come with the requests, as nodes do not see the server's folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
import threading
import warnings
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from sokdok.bulk.engines.ray import connected, import_ray
from sokdok.errors import MissingExtraError, SokdokError, error_kinds, in_one_line
from sokdok.jobs import Died, Job
from sokdok.machine import usable_cores
from sokdok.server.engine.engine import PAGE_READER, local_children
from sokdok.server.engine.job import About, PageRead, ReaderSetup, ReadJob

_PUT = 4  # uploads that are kept in the object store: the units of a document come one after the other
_KEPT = 8  # uploads that a replica keeps
_READY_S = 600.0  # in which a replica must be ready: a cluster may have to start a machine for it
_READ = tuple[list[ReadJob], list[int], bool]  # what `PageReader.read` takes


class Outcome(msgspec.Struct, frozen=True):
    """How a request ended, behind its pages."""

    kind: str = ""  # class of a SokdokError, `Died`, or of a mistake; empty: well
    message: str = ""


class Replica:
    """What Ray Serve runs on the nodes, one request at a time. Nothing is raised: what goes wrong is an `Outcome`."""

    def __init__(self, setup: bytes, opens: str) -> None:
        self._folder = TemporaryDirectory(prefix="sokdok-replica-")
        self._spool = Path(self._folder.name)
        given = msgspec.structs.replace(msgspec.msgpack.decode(setup, type=ReaderSetup), spool=str(self._spool))
        self._pool = local_children(given, 1, opens)

    async def about(self) -> bytes:
        """The reader that is open, or why it can't be: an `About` and an `Outcome`."""
        job = self._pool.submit("about", kind=About)
        with suppress(Exception):
            await asyncio.wrap_future(job)
        outcome = _outcome(job)
        return msgspec.msgpack.encode((About() if outcome.kind else job.result(), outcome))

    async def read(self, request: bytes, uploads: Sequence[Any]) -> AsyncGenerator[bytes, None]:
        """Pages, and at last the `Outcome`; `uploads` are the contents of its files, or references to them."""
        asked = msgspec.msgpack.decode(request, type=_READ)
        for job, content in zip(asked[0], uploads, strict=True):
            await asyncio.to_thread(self._keep, job.upload, content if isinstance(content, bytes) else await content)
        loop, pages = asyncio.get_running_loop(), asyncio.Queue[PageRead | None]()

        def heard(page: PageRead) -> None:
            loop.call_soon_threadsafe(pages.put_nowait, page)

        reading = self._pool.submit("read", *asked, item=PageRead, on_item=heard, retry=_never)
        reading.add_done_callback(lambda _: loop.call_soon_threadsafe(pages.put_nowait, None))
        try:
            while (page := await pages.get()) is not None:
                yield msgspec.msgpack.encode((page, None))
            yield msgspec.msgpack.encode((None, _outcome(reading)))
        finally:
            reading.cancel()

    def _keep(self, name: str, content: bytes) -> None:
        """Put an upload where the child finds it, unless it is there from the request before."""
        path = self._spool / Path(name).name
        if not path.exists():
            kept = sorted(self._spool.iterdir(), key=lambda path: path.stat().st_mtime)
            for old in kept[: max(len(kept) - _KEPT + 1, 0)]:
                old.unlink()
            path.write_bytes(content)


class RayChildren:
    """So many replicas, each with a reader, held like a pool of children; a thread waits for each request."""

    def __init__(
        self, setup: ReaderSetup, replicas: int, address: str | None, gpus: float, opens: str = PAGE_READER
    ) -> None:
        self.deaths = 0  # replicas that were lost, and children of theirs that died
        self._setup, self._replicas, self._address, self._gpus, self._opens = setup, replicas, address, gpus, opens
        self._threads = ThreadPoolExecutor(2 * replicas, "sokdok-ray")
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._ray: Any = None
        self._handle: Any = None
        self._uploads: OrderedDict[str, Any] = OrderedDict()
        self._requests: dict[Job, Any] = {}  # that are under way
        self._ready = False

    @property
    def room(self) -> int:
        """Requests that would be begun soon."""
        return max(2 * self._replicas - len(self._requests), 0)

    @property
    def ready(self) -> int:
        """Replicas, once one has answered."""
        return self._replicas if self._ready else 0

    def start(self) -> None:
        """The first request deploys them."""

    def submit(
        self,
        name: str,
        *arguments: Any,
        kind: Any = None,
        item: Any = None,
        on_item: Callable[[Any], None] | None = None,
        retry: Callable[[Job, Died], Sequence[Any] | None] | None = None,
    ) -> Job:
        """Queue a request: `about` or `read`."""
        job = Job(name, arguments, kind, item, on_item)
        job.owner = self
        self._requests[job] = None
        self._threads.submit(self._do, job, retry or _never)
        return job

    def leave(self, job: Job, kill: bool) -> None:
        """Nobody waits for a request any more."""
        if (request := self._requests.get(job)) is not None:
            request.cancel()

    def close(self) -> None:
        """End the replicas, and the cluster if it was started here."""
        for job in list(self._requests):
            job.cancel()
        if self._handle is not None:
            with suppress(Exception):  # the cluster may be gone
                import_serve().delete(self._name)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._stack.close()

    def _do(self, job: Job, retry: Callable[[Job, Died], Sequence[Any] | None]) -> None:
        """What a thread does for a request."""
        try:
            while job.begin():
                error = self._asked(job)
                if isinstance(error, Died):
                    self.deaths += 1
                    if not job.left and (again := retry(job, error)) is not None:
                        job.arguments = again
                        continue
                del self._requests[job]
                if job.left:
                    error = CancelledError()
                job.set_exception(error) if error is not None else job.set_result(self._about)
                return
        finally:
            self._requests.pop(job, None)

    def _asked(self, job: Job) -> BaseException | None:
        """Ask a replica; what went wrong."""
        try:
            handle = self._deployed()
            if job.name == "about":
                answer = handle.about.remote().result(timeout_s=_READY_S)
                self._about, outcome = msgspec.msgpack.decode(answer, type=tuple[About, Outcome])
                self._ready = not outcome.kind
                return _error(outcome)
            uploads = [self._upload(each.upload) for each in job.arguments[0]]
            stream = handle.options(stream=True).read.remote(msgspec.msgpack.encode(job.arguments), uploads)
            self._requests[job] = stream
            for data in stream:
                page, ended = msgspec.msgpack.decode(data, type=tuple[PageRead | None, Outcome | None])
                if ended is not None:
                    return _error(ended)
                if job.on_item is not None:
                    job.on_item(page)
            return Died("said nothing of its end")
        except SokdokError as error:
            return error
        except Exception as error:  # Ray's own, of many kinds: the replica is lost, or the cluster is
            return Died(f"was lost ({type(error).__name__})")

    def _upload(self, name: str) -> Any:
        """A reference to the content of an upload: it travels to a node once."""
        with self._lock:
            if name not in self._uploads:
                self._uploads[name] = self._ray.put(Path(self._setup.spool, name).read_bytes())
                while len(self._uploads) > _PUT:
                    self._uploads.popitem(last=False)
            return self._uploads[name]

    def _deployed(self) -> Any:
        """What requests are sent by. Raises SokdokError where there is no cluster."""
        with self._lock:
            if self._handle is None:
                self._handle = self._deploy()
            return self._handle

    @property
    def _name(self) -> str:
        # After what is this server's alone: started again after a kill, it takes the place of what it left.
        return "sokdok-" + hashlib.sha256(f"{socket.gethostname()} {self._setup.spool}".encode()).hexdigest()[:8]

    def _deploy(self) -> Any:
        cores = max(self._replicas * self._setup.threads, usable_cores())
        self._ray = self._stack.enter_context(connected(self._address, cores))
        serve = import_serve()
        quiet = {"enable_access_log": False, "log_level": "INFO" if os.environ.get("SOKDOK_DEBUG") else "CRITICAL"}
        try:
            # No proxy: clients ask the front process, which has the limits, the keys and the journal.
            serve.start(proxy_location="Disabled", logging_config=quiet)
            deployment = serve.deployment(
                name="reader",
                num_replicas=self._replicas,
                max_ongoing_requests=1,
                ray_actor_options={"num_cpus": self._setup.threads, "num_gpus": self._gpus},
                health_check_period_s=2,
                graceful_shutdown_timeout_s=1,
                logging_config=quiet,
            )(Replica)
            application = deployment.bind(msgspec.msgpack.encode(self._setup), self._opens)
            # Not waited for: one replica is enough to begin with.
            target = serve.RunTarget(application, name=self._name, route_prefix=None)
            return serve.run_many([target], wait_for_applications_running=False)[0]
        except Exception as error:  # Ray's own, of many kinds
            raise SokdokError(f"the readers could not be deployed on the Ray cluster: {in_one_line(error)}") from None


def import_serve() -> Any:
    """Ray Serve, quiet. Raises MissingExtraError."""
    import_ray()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Ray's own settings, by pydantic
            from ray import serve
    except ModuleNotFoundError:  # one of the packages that only ray[serve] brings
        raise MissingExtraError("ray", "--engine ray") from None
    level = logging.INFO if os.environ.get("SOKDOK_DEBUG") else logging.CRITICAL
    logging.getLogger("ray.serve").setLevel(level)
    return serve


def _outcome(job: Job) -> Outcome:
    error = None if job.cancelled() else job.exception()
    if error is None:
        return Outcome()
    return Outcome("Died" if isinstance(error, Died) else type(error).__name__, str(error))


def _error(outcome: Outcome) -> BaseException | None:
    """What a replica said, of the kind that it had there."""
    if not outcome.kind:
        return None
    if outcome.kind == "Died":
        return Died(outcome.message)
    return error_kinds().get(outcome.kind, SokdokError)(outcome.message)


def _never(job: Job, death: Died) -> None:
    """What a replica's child died at is tried again by the front, which may choose another."""
