"""Readers from a Ray Serve deployment, on a cluster that runs or on one that is started here."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
import warnings
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import msgspec

from sokdok.bulk.engines.ray import connected, import_ray
from sokdok.errors import MissingExtraError, SokdokError, in_one_line
from sokdok.machine import usable_cores
from sokdok.server.engine.messages import Answer, Setup
from sokdok.server.ray.replica import Replica
from sokdok.server.ray.worker import RayWorker

_PUT = 4
"""uploads that are kept in the object store: the units of a document come one after the other"""


class RayDeployment:
    """So many replicas, each with a reader; deployed when the first is launched (`engine.worker.Launcher`)."""

    def __init__(self, replicas: int, address: str | None, gpus: float, main: str) -> None:
        """Raises MissingExtraError."""
        import_ray()
        _import_serve()
        self._replicas, self._address, self._gpus, self._main = replicas, address, gpus, main
        self._stack = ExitStack()
        self._ray: Any = None
        self._name = ""
        self._spool = Path()
        self._starting: asyncio.Task[Any] | None = None
        self._uploads: OrderedDict[str, Any] = OrderedDict()

    def launch(self, setup: Setup, heard: Callable[[Any, Answer], None], died: Callable[[Any, str], None]) -> RayWorker:
        """One more place for requests."""
        if self._starting is None:
            self._spool = Path(setup.spool)
            self._starting = asyncio.create_task(asyncio.to_thread(self._start, setup))
        return RayWorker(self, heard, died)

    async def handle(self) -> Any:
        """What requests are sent by. Raises SokdokError where there is no cluster."""
        assert self._starting is not None
        return await asyncio.shield(self._starting)

    async def upload(self, name: str) -> Any:
        """A reference to the content of an upload: it travels to a node once."""
        if name not in self._uploads:
            self._uploads[name] = await asyncio.to_thread(self._put, name)
            while len(self._uploads) > _PUT:
                self._uploads.popitem(last=False)
        return self._uploads[name]

    async def stop(self) -> None:
        """End the replicas, and the cluster if it was started here."""
        if self._starting is not None:
            with suppress(Exception):
                await self._starting
            await asyncio.to_thread(self._stop)

    def _put(self, name: str) -> Any:
        return self._ray.put((self._spool / name).read_bytes())

    def _start(self, setup: Setup) -> Any:
        cores = max(self._replicas * setup.threads, usable_cores())
        self._ray = self._stack.enter_context(connected(self._address, cores))
        serve = _import_serve()
        # Named after what is this server's alone: started again after a kill, it takes the place of what it left.
        self._name = "sokdok-" + hashlib.sha256(f"{socket.gethostname()} {setup.spool}".encode()).hexdigest()[:8]
        quiet = {"enable_access_log": False, "log_level": "INFO" if _told() else "CRITICAL"}
        try:
            # No proxy: clients ask the front process, which has the limits, the keys and the journal.
            serve.start(proxy_location="Disabled", logging_config=quiet)
            deployment = serve.deployment(
                name="reader",
                num_replicas=self._replicas,
                max_ongoing_requests=1,
                ray_actor_options={"num_cpus": setup.threads, "num_gpus": self._gpus},
                health_check_period_s=2,
                graceful_shutdown_timeout_s=1,
                logging_config=quiet,
            )(Replica)
            application = deployment.bind(msgspec.msgpack.encode(setup), self._main)
            # Not waited for: one replica is enough to begin with.
            target = serve.RunTarget(application, name=self._name, route_prefix=None)
            return serve.run_many([target], wait_for_applications_running=False)[0]
        except Exception as error:  # Ray's own, of many kinds
            raise SokdokError(f"the readers could not be deployed on the Ray cluster: {in_one_line(error)}") from None

    def _stop(self) -> None:
        if self._name:
            with suppress(Exception):  # the cluster may be gone
                _import_serve().delete(self._name)
        self._stack.close()


def _import_serve() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Ray's own settings, by pydantic
            from ray import serve
    except ModuleNotFoundError:  # one of the packages that only ray[serve] brings
        raise MissingExtraError("ray", "--engine ray") from None
    logging.getLogger("ray.serve").setLevel(logging.INFO if _told() else logging.CRITICAL)
    return serve


def _told() -> bool:
    return bool(os.environ.get("SOKDOK_DEBUG"))
