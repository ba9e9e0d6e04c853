"""Which engine a run has, and how many workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sokdok.cli.bulk.options import MeansOptions
from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.bulk.run import StartEngine
    from sokdok.documents.question import Question


def starter(means: MeansOptions, question: Question, workers: int) -> StartEngine:
    """What starts the engine that is asked for; `workers` are those of this machine."""
    from sokdok.bulk.engines.vllm.server import split_arguments
    from sokdok.bulk.work.served import is_served, served_model

    served, vllm = is_served(question), split_arguments(means.vllm_args)
    if served:
        served_model(question)
    elif vllm:
        raise InputError("--vllm-args goes with --model vllm:MODEL")
    if means.engine == "ray":
        from sokdok.bulk.engines.ray.engine import RayEngine

        fills = means.gpus > 0 or _is_small(question)
        there = means.workers or (None if fills else 1)
        return lambda setup: RayEngine(
            setup, there, address=means.address, gpus=means.gpus, silence_s=means.silence, vllm=vllm
        )
    if served:
        from sokdok.bulk.engines.vllm.pool import VllmPool

        return lambda setup: VllmPool(setup, means.workers, vllm, silence_s=means.silence)
    from sokdok.bulk.engines.local.pool import LocalPool

    return lambda setup: LocalPool(setup, workers, silence_s=means.silence)


def workers_here(question: Question) -> int:
    """One a core, or one a GPU where each holds a large checkpoint."""
    from sokdok.machine import usable_cores, visible_gpus

    return usable_cores() if _is_small(question) else max(1, len(visible_gpus()))


def threads_each(question: Question, workers: int) -> int:
    """Of a worker on this machine: a checkpoint on torch gets its share of the cores, all others one."""
    from sokdok.machine import usable_cores

    return 1 if _is_small(question) else max(1, usable_cores() // workers)


def _is_small(question: Question) -> bool:
    """Whether a worker holds nothing large: no reader, nano, or an endpoint's address."""
    from sokdok.bulk.work.served import is_served
    from sokdok.model.checkpoints.checkpoint import is_nano, resolve
    from sokdok.reading.load import ENDPOINTS

    name = question.reader
    if is_served(question):
        return False
    return not question.needs_reader or name == "nano" or name.startswith(ENDPOINTS) or is_nano(resolve(name))
