"""Which engine a run has, and how many workers."""

from __future__ import annotations

from sokdok.bulk.run import StartEngine
from sokdok.bulk.served import is_served, served_model, split_arguments
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.machine import usable_cores, visible_gpus
from sokdok.model.checkpoints.checkpoint import is_nano, resolve
from sokdok.reading.load import ENDPOINTS


def starter(
    question: Question,
    engine: str,
    address: str | None,
    *,
    workers: int | None,
    processes: int,
    gpus: float,
    vllm_args: str,
    silence: float,
) -> StartEngine:
    """What starts the engine that is asked for; `workers` if a number is asked for, `processes` are this machine's."""
    served, vllm = is_served(question), split_arguments(vllm_args)
    if served:
        served_model(question)
    elif vllm:
        raise InputError("--vllm-args goes with --model vllm:MODEL")
    if engine == "ray":
        from sokdok.bulk.engines.ray import RayEngine  # which needs the extra `ray`

        count = workers or (None if gpus > 0 or _is_small(question) else 1)
        return lambda setup: RayEngine(setup, count, address=address, gpus=gpus, silence_s=silence, vllm=vllm)
    if served:
        from sokdok.bulk.engines.local import VllmEngine

        return lambda setup: VllmEngine(setup, workers, vllm, silence_s=silence)
    from sokdok.bulk.engines.local import LocalEngine

    return lambda setup: LocalEngine(setup, processes, silence_s=silence)


def workers_here(question: Question) -> int:
    """One a core, or one a GPU where each holds a large checkpoint."""
    return usable_cores() if _is_small(question) else max(1, len(visible_gpus()))


def threads_each(question: Question, workers: int) -> int:
    """Of a worker on this machine: a checkpoint on torch gets its share of the cores, all others one."""
    return 1 if _is_small(question) else max(1, usable_cores() // workers)


def _is_small(question: Question) -> bool:
    """Whether a worker holds nothing large: no reader, nano, or an endpoint's address."""
    name = question.reader
    if is_served(question):
        return False
    return not question.needs_reader or name == "nano" or name.startswith(ENDPOINTS) or is_nano(resolve(name))
