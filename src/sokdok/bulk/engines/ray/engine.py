"""The engine on Ray Data: blocks of jobs go to a pool of actors, one reader each, and come back in any order.

- Paths and page ranges travel, a few hundred bytes a unit; results go from each node into the store.
- A block is a unit of many pages, or several small ones; the last blocks are smaller, so that no actor has long to do
  when the others are done. Some thousand blocks are handed to Ray Data at a time, so that the driver's memory does not
  grow with the plan.
- Ray starts actors anew, and blocks of theirs a second time, when a node or an actor is lost, within bounds. A block
  that was lost with actors twice is taken apart; a unit that is then lost once more has failed.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count, islice
from types import TracebackType
from typing import Any, TypeVar, cast

import msgspec

from sokdok.bulk.engines.engine import Lost, told
from sokdok.bulk.engines.local.pool import MAIN, SILENCE_S
from sokdok.bulk.engines.ray.actor import ANSWERS, COLUMN, ENCODER, Actor, Numbered, check
from sokdok.bulk.engines.ray.session import connected
from sokdok.bulk.plan import MOST_PAGES
from sokdok.bulk.store import open_store
from sokdok.bulk.work.messages import Broken, Done, Look, Looked, Page, Read, Setup
from sokdok.bulk.work.served import is_served
from sokdok.errors import InputError, SokdokError, in_one_line
from sokdok.machine import usable_cores

MAX_RESTARTS = 20  # of an actor: each time it begins on a node that is there
MAX_TASK_RETRIES = 1  # of a block whose actor died
CHUNK_BLOCKS = 4_096  # handed to Ray Data at a time
SERVED_UNITS = 32  # of the full number of pages, in a block that a server in the actor reads
BLOCK_FILES = 16  # looked at in a block
LAST_BLOCKS = 2  # for each actor, that are cut smaller
LAST_SHARE = 4  # into which part of a block
_DEATHS = 2 * (1 + MAX_TASK_RETRIES)  # of actors, until a unit is given up


class RayEngine:
    """Actors on a cluster (`engines.engine.Engine`)."""

    def __init__(
        self,
        setup: Setup,
        workers: int | None,
        *,
        address: str | None = None,
        gpus: float = 0.0,
        silence_s: float = SILENCE_S,
        vllm: tuple[str, ...] = (),
        main: str = MAIN,
    ) -> None:
        """So many actors of a core and so many GPUs each, or as many as there is room for: on the cluster at `address`,
        or on one that is started here.
        """
        # Nodes have working folders of their own: they are told the whole path.
        self.setup = msgspec.structs.replace(setup, destination=open_store(setup.destination).address)
        self.address = address
        self.gpus, self.silence_s, self.vllm, self.main = gpus, silence_s, vllm, main
        self.workers = workers or 0
        """known once the cluster is"""
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def check(self) -> str:
        """Open the reader on a node, and see that it takes what it is asked; its name. Raises SokdokError."""
        task = self._ray.remote(num_cpus=1, num_gpus=self.gpus, max_retries=1)(check)
        try:
            data = self._ray.get(task.remote(ENCODER.encode(self.setup), self.main))
        except self._ray.exceptions.RayError as error:
            raise SokdokError(f"the reader could not be opened on the cluster: {in_one_line(error)}") from None
        answer = msgspec.msgpack.decode(data, type=str | Broken)
        if isinstance(answer, Broken):
            raise told(answer)
        return answer

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        """Look at files."""
        for job, answer in self._run(jobs, BLOCK_FILES):
            looked = Looked(reason=f"it can't be opened: {answer.reason}") if isinstance(answer, Lost) else answer
            yield cast(Look, job), cast(Looked, looked)

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        """Read units into their results; of their pages nothing is told before."""
        for job, answer in self._run(jobs, self._block_pages):
            if isinstance(answer, Done):
                yield from ((cast(Read, job), Page()) for _ in range(answer.tally.pages))
            yield cast(Read, job), cast(Done | Lost, answer)

    def _run(self, jobs: Iterable[Look | Read], most: int) -> Iterator[tuple[Look | Read, Looked | Done | Lost]]:
        """Do jobs in blocks of at most so many pages or files, some thousand blocks at a time."""
        stream = packed(jobs, most)
        while chunk := list(islice(stream, CHUNK_BLOCKS)):
            missing: list[Look | Read] = []
            yield from self._once(tapered(chunk, self.workers, most), missing)
            lost: list[Look | Read] = []
            yield from self._once([[job] for job in missing], lost)  # each alone: it may be the one that is at fault
            yield from ((job, Lost(f"the actors that had it in hand died, {_DEATHS} times", _DEATHS)) for job in lost)

    def _once(
        self, blocks: Sequence[Sequence[Look | Read]], missing: list[Look | Read]
    ) -> Iterator[tuple[Look | Read, Looked | Done | Lost]]:
        """Do each block, and add to `missing` the jobs of those that did not come back."""
        if not blocks:
            return
        numbers = count()
        numbered = [[Numbered(next(numbers), job) for job in block] for block in blocks]
        waiting = {each.number: each.job for block in numbered for each in block}
        for data in self._answers([ENCODER.encode(block) for block in numbered]):
            for answered in ANSWERS.decode(data):
                answer = answered.lost or answered.answer
                if isinstance(answer, Broken):
                    raise told(answer)
                # A block that was done a second time though its answer had come has nothing new to say.
                if answer is not None and answered.number in waiting:
                    yield waiting.pop(answered.number), answer
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
        context.max_errored_blocks = -1  # any number: they are told from those that came back
        context.execution_options.preserve_order = False
        rows = [{COLUMN: block} for block in blocks]
        bounds = {"max_restarts": MAX_RESTARTS, "max_task_retries": MAX_TASK_RETRIES}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Ray 2.64 will have another way to say these bounds; pyproject.toml knows
            return ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                Actor,
                fn_constructor_args=(ENCODER.encode(self.setup), self.silence_s, self.main, self.vllm),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=min(self.workers, len(rows))),
                num_cpus=1,
                num_gpus=self.gpus,
                ray_remote_args_fn=lambda: bounds,
            )

    @property
    def _block_pages(self) -> int:
        """Most pages of a block; a server in the actor has several readers to keep busy."""
        return MOST_PAGES * (SERVED_UNITS if is_served(self.setup.question) else 1)

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


def tapered(blocks: Sequence[list[Job]], workers: int, most: int) -> list[list[Job]]:
    """The same jobs in the same order, those of the last blocks in smaller ones."""
    last = LAST_BLOCKS * workers
    jobs = (job for block in blocks[-last:] for job in block)
    return [*blocks[:-last], *packed(jobs, max(most // LAST_SHARE, 1))]
