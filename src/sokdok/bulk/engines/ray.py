"""The engine on Ray Data: blocks of jobs go to a pool of actors, one reader each, and come back in any order.

- Paths and page ranges travel, a few hundred bytes a unit; results go from each node into the store. A block is a unit
  of many pages, or several small ones. Some thousand blocks are handed to Ray Data at a time, so that the driver's
  memory does not grow with the plan.
- An actor has a worker process of its own, that of the local engine: a file that kills it, or keeps it busy for ever,
  costs the actor nothing. So no document makes Ray restart anything, or try a block again and again. Nothing is raised
  in an actor: whatever ends the run is an answer.
- Ray restarts actors, and blocks of theirs a second time, when a node or an actor is lost, within bounds. Units that
  have their results by then are not read again. A block that was lost with actors twice is taken apart; a unit that is
  then lost once more has failed.
- Nothing is sent to anybody: Ray's usage statistics are off before it is imported. The extra `ray`, imported when it is
  needed.
"""

from __future__ import annotations

import logging
import os
import socket
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import islice
from typing import Any, TypeVar, cast

import msgspec

from sokdok.bulk.engine import Done, Look, Looked, Lost, Page, Read, Setup
from sokdok.bulk.engines.local import SILENCE_S, WORKER, LocalEngine, VllmEngine
from sokdok.bulk.lease import NAME as LEASE
from sokdok.bulk.plan import MOST_PAGES
from sokdok.bulk.results import read_header
from sokdok.bulk.served import find_vllm, is_served, served_name
from sokdok.bulk.sources import open_source
from sokdok.bulk.store import Store, open_store
from sokdok.errors import InputError, MissingExtraError, SokdokError, in_one_line
from sokdok.machine import usable_cores

MAX_RESTARTS = 20  # of an actor: each time it begins on a node that is there
MAX_TASK_RETRIES = 1  # of a block whose actor died
CHUNK_BLOCKS = 4_096  # handed to Ray Data at a time
SERVED_UNITS = 16  # of the full number of pages, in a block that a server in the actor reads
BLOCK_FILES = 16  # looked at in a block
_DEATHS = 2 * (1 + MAX_TASK_RETRIES)  # of actors, until a unit is given up
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_DEDUP_LOGS": "0",
    "RAY_worker_niceness": "0",  # 15 by default: with anything else on the machine workers would stand still
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # workers without a GPU see what there is, as those of the local engine
}
_STORE_BYTES = 200 << 20  # of the object store of a cluster started here: jobs and answers are small


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """Nothing can be read: it is not the document's fault, and the run ends."""

    message: str
    exit_code: int

    def error(self) -> SokdokError:
        """What the run ends with."""
        error = InputError(self.message) if self.exit_code == InputError.exit_code else SokdokError(self.message)
        error.exit_code = self.exit_code
        return error


Answered = tuple[str | int, Looked | Done | Lost | Broken]  # the key of a job (`_key`), and what became of it
ENCODER = msgspec.msgpack.Encoder()
BLOCKS: msgspec.msgpack.Decoder[list[Look | Read]] = msgspec.msgpack.Decoder(list[Look | Read])
ANSWERS: msgspec.msgpack.Decoder[list[Answered]] = msgspec.msgpack.Decoder(list[Answered])
COLUMN = "data"
ANSWER_S = 10.0  # in which a cluster's address must answer


class RayEngine:
    """Actors on a cluster (`bulk.engine.Engine`)."""

    def __init__(
        self,
        setup: Setup,
        workers: int | None,
        *,
        address: str | None = None,
        gpus: float = 0.0,
        silence_s: float = SILENCE_S,
        vllm: tuple[str, ...] = (),
        worker: str = WORKER,
    ) -> None:
        """So many actors of a core and so many GPUs each, or as many as there is room for: on the cluster at `address`,
        or on one that is started here.
        """
        # Nodes have working folders of their own: they need the whole path.
        self.setup = msgspec.structs.replace(setup, destination=open_store(setup.destination).address)
        self.address = address
        self.gpus, self.silence_s, self.vllm, self.worker = gpus, silence_s, vllm, worker
        self.workers = workers or 0  # known once the cluster is
        self._stack = ExitStack()
        self._ray: Any = None

    def __enter__(self) -> RayEngine:
        self._ray = self._stack.enter_context(connected(self.address, self.workers or usable_cores()))
        try:
            self.workers = self.workers or self._room()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self._stack.close()

    def check(self) -> str:
        """Open the reader on a node, and see that it takes what it is asked; its name. Raises SokdokError."""
        task = self._ray.remote(num_cpus=1, num_gpus=self.gpus, max_retries=1)(check)
        try:
            data = self._ray.get(task.remote(ENCODER.encode(self.setup), self.worker))
        except self._ray.exceptions.RayError as error:
            raise SokdokError(f"the reader could not be opened on the cluster: {in_one_line(error)}") from None
        answer = msgspec.msgpack.decode(data, type=str | Broken)
        if isinstance(answer, Broken):
            raise answer.error()
        return answer

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        for job, answer in self._run(jobs, BLOCK_FILES):
            looked = Looked(reason=f"it can't be opened: {answer.reason}") if isinstance(answer, Lost) else answer
            yield cast(Look, job), cast(Looked, looked)

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        # A server in the actor has several readers to keep busy.
        pages = MOST_PAGES * (SERVED_UNITS if is_served(self.setup.question) else 1)
        for job, answer in self._run(jobs, pages):
            if isinstance(answer, Done):
                yield from ((cast(Read, job), Page()) for _ in range(answer.tally.pages))
            yield cast(Read, job), cast(Done | Lost, answer)

    def _run(self, jobs: Iterable[Look | Read], most: int) -> Iterator[tuple[Look | Read, Looked | Done | Lost]]:
        """Do jobs in blocks of at most so many pages or files, some thousand blocks at a time."""
        stream = packed(jobs, most)
        while chunk := list(islice(stream, CHUNK_BLOCKS)):
            missing: list[Look | Read] = []
            yield from self._attempt(chunk, missing)
            lost: list[Look | Read] = []
            yield from self._attempt([[job] for job in missing], lost)  # each alone: it may be the one that is at fault
            yield from (
                (job, Lost(f"the actors that had it in progress died, {_DEATHS} times", _DEATHS)) for job in lost
            )

    def _attempt(
        self, blocks: Sequence[Sequence[Look | Read]], missing: list[Look | Read]
    ) -> Iterator[tuple[Look | Read, Looked | Done | Lost]]:
        """Do each block, and add to `missing` the jobs of those that did not come back."""
        if not blocks:
            return
        waiting = {_key(job): job for block in blocks for job in block}
        for data in self._answers([ENCODER.encode(block) for block in blocks]):
            for key, answer in ANSWERS.decode(data):
                if isinstance(answer, Broken):
                    raise answer.error()
                if key in waiting:  # a block that was done a second time though its answer had come says nothing new
                    yield waiting.pop(key), answer
        missing += waiting.values()

    def _answers(self, blocks: list[bytes]) -> Iterator[bytes]:
        """What blocks were answered, as it comes. Raises SokdokError where Ray breaks off."""
        try:
            for row in self._dataset(blocks).iter_rows():
                yield row[COLUMN]
        except GeneratorExit:
            raise
        except Exception as error:  # Ray's own: all actors are gone, or the cluster is
            kept = "what is done is kept, and the same command goes on"
            raise SokdokError(f"the Ray job broke off ({in_one_line(error)}); {kept}") from None

    def _dataset(self, blocks: list[bytes]) -> Any:
        """A dataset that does blocks: one row, one block of Ray's, one task each."""
        import ray.data

        context = ray.data.DataContext.get_current()
        context.print_on_execution_start = False
        context.enable_progress_bars = False
        context.max_errored_blocks = -1  # any number: they are found by those that came back
        context.execution_options.preserve_order = False
        rows = [{COLUMN: block} for block in blocks]
        bounds = {"max_restarts": MAX_RESTARTS, "max_task_retries": MAX_TASK_RETRIES}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Ray 2.64 will have another way to say these bounds; pyproject.toml knows
            return ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                Actor,
                fn_constructor_args=(ENCODER.encode(self.setup), self.silence_s, self.worker, self.vllm),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=min(self.workers, len(rows))),
                num_cpus=1,
                num_gpus=self.gpus,
                ray_remote_args_fn=lambda: bounds,
            )

    def _room(self) -> int:
        """Workers that the cluster has room for now. Raises InputError if it has none."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        room = sum(int(node.get("CPU", 0)) for node in nodes)
        if self.gpus:
            room = min(room, sum(int(node.get("GPU", 0) / self.gpus) for node in nodes))
        if not room:
            needs = f"a core and {self.gpus:g} GPUs" if self.gpus else "a core"
            raise InputError(f"no node of the Ray cluster has {needs} for a worker")
        return room


Job = TypeVar("Job", bound=Look | Read)


def packed(jobs: Iterable[Job], most: int = MOST_PAGES) -> Iterator[list[Job]]:
    """Jobs in blocks of at most so many pages, or files to look at."""
    block: list[Job] = []
    size = 0
    for job in jobs:
        count = len(job.unit.numbers) if isinstance(job, Read) else 1
        if block and size + count > most:
            yield block
            block, size = [], 0
        block.append(job)
        size += count
    if block:
        yield block


class Actor:
    """One worker, on whichever node Ray puts it; called with blocks by Ray Data."""

    def __init__(self, setup: bytes, silence_s: float, worker: str, vllm: tuple[str, ...] = ()) -> None:
        self._setup: Setup = msgspec.msgpack.decode(setup, type=Setup)
        self._pool: LocalEngine | VllmEngine
        if is_served(self._setup.question):
            self._pool = VllmEngine(self._setup, None, vllm, silence_s=silence_s, worker=worker)
        else:
            self._pool = LocalEngine(self._setup, 1, silence_s=silence_s, worker=worker)
        self._store: Store | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Do the jobs of blocks."""
        return {COLUMN: [ENCODER.encode(self._answers(BLOCKS.decode(data))) for data in batch[COLUMN]]}

    def _answers(self, block: list[Look | Read]) -> list[Answered]:
        try:
            if self._store is None:
                self._store = _seen_from_here(self._setup)
            return list(self._done(block, self._store))
        except SokdokError as error:
            return [("", Broken(str(error), error.exit_code))]
        except Exception as error:
            where = f"on node {socket.gethostname()}"
            return [("", Broken(f"{where}: {in_one_line(error)}", SokdokError.exit_code))]

    def _done(self, block: list[Look | Read], store: Store) -> Iterator[Answered]:
        looks = [job for job in block if isinstance(job, Look)]
        if looks:
            yield from ((_key(job), looked) for job, looked in self._pool.looks(looks))
        missing: list[Read] = []
        for job in (job for job in block if isinstance(job, Read)):
            if (earlier := _earlier_result(store, job)) is not None:
                yield _key(job), earlier
            else:
                missing.append(job)
        for read, answer in self._pool.reads(missing) if missing else ():
            if not isinstance(answer, Page):
                yield _key(read), answer


def check(setup: bytes, worker: str) -> bytes:
    """Open the reader on a node: its name, or what is wrong, as an encoded `Broken` or text."""
    given: Setup = msgspec.msgpack.decode(setup, type=Setup)
    try:
        if is_served(given.question):  # starting it takes minutes, and the first block does so anyway
            find_vllm()
            return ENCODER.encode(served_name(given.question))
        with LocalEngine(given, 1, worker=worker) as pool:
            return ENCODER.encode(pool.check())
    except SokdokError as error:
        return ENCODER.encode(Broken(str(error), error.exit_code))


def _seen_from_here(setup: Setup) -> Store:
    """The destination, as this node sees it. Raises InputError where it is not the driver's, or a source is missing."""
    here = f"node {socket.gethostname()} does not see what the driver sees"
    shared = "name folders that all nodes share, or s3://bucket/prefix"
    if "://" not in setup.destination and not os.path.isdir(setup.destination):
        raise InputError(f"{here}: {setup.destination} is not there; {shared}")
    store = open_store(setup.destination)
    if not store.exists(LEASE):  # the driver holds it as long as it runs
        raise InputError(f"{here} in {setup.destination}; {shared}")
    for address in setup.sources:
        try:
            open_source(address, setup.question.limits)
        except InputError as error:
            raise InputError(f"{here}: {error}; {shared}") from None
    return store


def _earlier_result(store: Store, job: Read) -> Done | None:
    """What a run of the same block left before its node was lost."""
    try:
        return Done(read_header(store, job.unit.id, job.attempt).tally)
    except (FileNotFoundError, InputError):  # damaged: whoever reads results says so
        return None


def _key(job: Look | Read) -> str | int:
    """What distinguishes the jobs of a run."""
    return job.unit.id if isinstance(job, Read) else job.number


def import_ray() -> Any:
    """Ray, with usage statistics off. Raises MissingExtraError."""
    if find_spec("ray") is None or find_spec("ray.data") is None:
        raise MissingExtraError("ray", "--engine ray")
    os.environ |= _SETTINGS
    if not (shown := bool(os.environ.get("SOKDOK_DEBUG"))):
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.INFO if shown else logging.CRITICAL)
    return ray


@contextmanager
def connected(address: str | None, cores: int) -> Iterator[Any]:
    """Ray, connected to the cluster at an address, or with one of so many cores started here; left at the end.

    `RAY_ADDRESS` counts as an address. Raises InputError where no cluster answers, MissingExtraError without Ray.
    """
    ray = import_ray()
    if ray.is_initialized():  # by who calls us, and theirs to leave
        yield ray
        return
    address = address or os.environ.get("RAY_ADDRESS")
    quiet = {"log_to_driver": bool(os.environ.get("SOKDOK_DEBUG")), "logging_level": logging.ERROR}
    try:
        if address:
            host, _, port = address.rpartition(":")
            if host and port.isdecimal():  # Ray would ask a host that does not answer for minutes, in silence
                socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()
            ray.init(address=address, **quiet)
        else:
            # "local": without it Ray joins a cluster that runs on this machine, or that it believes to.
            ray.init("local", num_cpus=cores, include_dashboard=False, object_store_memory=_STORE_BYTES, **quiet)
    except Exception as error:  # of any kind: a node that is not up after 30 s is a bare Exception
        raise _refusal(address, error) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _refusal(address: str | None, error: Exception) -> SokdokError:
    if address is None:
        return SokdokError(f"Ray could not be started here: {in_one_line(error)}; --engine local needs none")
    return InputError(f"no Ray cluster answers at {address}: {in_one_line(error)}; start one by `ray start --head`")
