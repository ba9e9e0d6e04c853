"""A connection to Ray: to a cluster that runs, or to one that is started here for the run.

Nothing is told to anybody: Ray's usage statistics are off before it is imported.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from sokdok.errors import InputError, MissingExtraError, SokdokError, in_one_line

_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_DEDUP_LOGS": "0",
    "RAY_worker_niceness": "0",  # 15 by default: beside anything else on the machine workers would stand still
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # workers without a GPU see what there is, as those of the local engine
}
_STORE_BYTES = 200 << 20  # of the object store of a cluster started here: jobs and answers are small


def import_ray() -> Any:
    """Ray, with usage statistics off. Raises MissingExtraError."""
    if find_spec("ray") is None or find_spec("ray.data") is None:
        raise MissingExtraError("ray", "--engine ray")
    os.environ |= _SETTINGS
    if not (told := bool(os.environ.get("SOKDOK_DEBUG"))):
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.INFO if told else logging.CRITICAL)
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
