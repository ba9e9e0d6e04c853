"""Time the published architecture on this machine, beside transformers on the same random weights.

- Both sides take turns in one process, round by round, and the median of the rounds counts: a machine's memory is not
  equally fast at all times, the ratio is steadier than the numbers.
- Decoding is bound by memory: the bytes that a step must read, over its time, stand beside what a plain copy reaches.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from sokdok.model.checkpoints.checkpoint import open_checkpoint
from sokdok.model.checkpoints.loading import load_model, pick_device
from sokdok.model.config import DecoderConfig, ModelConfig
from sokdok.model.family.decoder import Router
from sokdok_lab.bench.speed.baseline import EXPERTS, Sokdok, Transformers, write

PROMPT_TOKENS = 300  # Tokens before the first one decoded: an image in mode base and its prompt.
STEPS = 12  # Steps of decoding that are timed in each round.
ROUNDS = 3  # Rounds, of which the median counts.
WARM_STEPS = 2  # Steps before those that are timed.
OUTPUT_TOKENS = 1000  # Tokens of a page, for pages per second.
Note = Callable[[str], None]


@dataclass(frozen=True)
class Pace:
    """One part of reading, timed on each side."""

    what: str
    unit: str  # Unit of the rates: tokens/s or images/s.
    sokdok: float
    baseline: float  # Rate of transformers, with the faster of its kernels for experts; for int8 of sokdok in bf16.
    ratio: float  # sokdok / baseline.
    weight_gb: float | None = None  # Weights that a step must read, GB.
    gb_per_second: float | None = None


@dataclass(frozen=True)
class Memory:
    """Speed of this machine's memory, GB/s: bytes read and written by a copy, bytes read by a sum of products."""

    copy: float
    read: float


def measure(
    config: ModelConfig, batches: tuple[int, ...] = (1, 8), device: str = "auto", note: Note = lambda text: None
) -> tuple[list[Pace], Memory]:
    """Measure rates of vision, prefill and decoding, in bf16 and int8.

    Needs transformers; writes a checkpoint to a temporary folder (6.7 GB for the full size) and has about three copies
    of the weights in memory. Raises MissingExtraError.
    """
    with tempfile.TemporaryDirectory(prefix="sokdok-speed-") as name, torch.inference_mode():
        folder, target = Path(name), str(pick_device(device))
        note("writing random weights")
        write(config, folder)
        checkpoint = open_checkpoint(folder)
        sokdok = Sokdok(load_model(checkpoint, "bfloat16", target), PROMPT_TOKENS + STEPS + WARM_STEPS)
        note("loading them into transformers")
        baseline = Transformers(folder, sokdok.device)
        note(f"logits differ by {_difference(sokdok, baseline):.1%} of their spread")
        paces = [_vision(sokdok, baseline, side, note) for side in (1024, 640)]
        paces.append(_prefill(sokdok, baseline, note))
        chosen = {batch: _experts_chosen(sokdok, batch) for batch in batches}
        decoded = [_decode(sokdok, baseline, batch, chosen[batch], note) for batch in batches]
        del baseline
        if sokdok.device.type == "cpu":
            quantised = Sokdok(load_model(checkpoint, "int8", target), PROMPT_TOKENS + STEPS + WARM_STEPS)
            decoded += [_int8(sokdok, quantised, batch, chosen[batch], note) for batch in batches]
        return paces + decoded, memory(sokdok.device)


def pages_per_second(paces: list[Pace], batch: int) -> float:
    """Return pages per second of `OUTPUT_TOKENS` tokens and a 1024-pixel view each, decoded in batches."""
    by_name = {pace.what: pace.sokdok for pace in paces}
    page = 1 / by_name["vision, 1024 pixels"] + PROMPT_TOKENS / by_name["prefill"]
    return 1 / (page + OUTPUT_TOKENS / by_name[f"decode, batch {batch}"])


def memory(device: torch.device, size: int = 1 << 28) -> Memory:
    """Measure the best of a few passes over `size` bytes."""
    source = torch.rand(size // 4, device=device)
    target = torch.empty_like(source)
    copy = min(_seconds(lambda: target.copy_(source), device) for _ in range(4))
    read = min(_seconds(lambda: torch.dot(source, source), device) for _ in range(4))
    return Memory(2 * size / copy / 1e9, size / read / 1e9)


def touched(config: DecoderConfig, distinct: list[int], int8: bool) -> int:
    """Return the bytes of weights that a step reads, if its mixtures use so many `distinct` experts, layer by layer."""
    attention = 2 * config.hidden * config.head_dim * (config.heads + config.kv_heads)
    feed = 3 * config.hidden
    dense = sum(feed * config.dense_ffn for layer in range(config.layers) if not config.is_moe(layer))
    mixed = sum(feed * config.moe_ffn * (count + config.shared_experts) for count in distinct)
    head = config.hidden * config.vocab
    router = 4 * len(distinct) * config.experts * config.hidden
    return (1 if int8 else 2) * (config.layers * attention + dense + mixed + head) + router


def _difference(sokdok: Sokdok, baseline: Transformers) -> float:
    """Return the largest difference of the logits behind one prompt, as a share of their spread."""
    ids = _ids(1, PROMPT_TOKENS, sokdok.device)
    one, other = sokdok.prefill(ids)[1].float(), baseline.prefill(ids)[1].float()
    return float((one - other).abs().max() / (other.max() - other.min()))


def _vision(sokdok: Sokdok, baseline: Transformers, side: int, note: Note) -> Pace:
    note(f"vision, {side} pixels")
    pixels = torch.rand(1, 3, side, side, device=sokdok.device).mul_(2).sub_(1).bfloat16()
    seconds = _turns({"sokdok": lambda: sokdok.see(pixels), "baseline": lambda: baseline.see(pixels)}, sokdok.device)
    return _pace(f"vision, {side} pixels", "images/s", 1, seconds)


def _prefill(sokdok: Sokdok, baseline: Transformers, note: Note) -> Pace:
    note(f"prefill of {PROMPT_TOKENS} tokens")
    ids = _ids(1, PROMPT_TOKENS, sokdok.device)
    seconds = _turns(
        {"sokdok": lambda: sokdok.prefill(ids)} | _with_each_kernel(baseline, lambda: baseline.prefill(ids)),
        sokdok.device,
    )
    return _pace("prefill", "tokens/s", PROMPT_TOKENS, seconds)


def _decode(sokdok: Sokdok, baseline: Transformers, batch: int, chosen: list[int], note: Note) -> Pace:
    note(f"decoding, batch {batch}")
    runs: dict[str, Callable[[], float]] = {"sokdok": _decoding(sokdok, batch)}
    runs |= {
        name: _decoding(baseline, batch, experts)
        for name, experts in zip(("baseline", "baseline 2"), EXPERTS, strict=True)
    }
    seconds = {name: median(times) for name, times in _rounds(runs).items()}
    return _pace(
        f"decode, batch {batch}", "tokens/s", batch, seconds, touched(sokdok.model.config.decoder, chosen, int8=False)
    )


def _int8(sokdok: Sokdok, quantised: Sokdok, batch: int, chosen: list[int], note: Note) -> Pace:
    """Time decoding in int8 against bf16."""
    note(f"decoding in int8, batch {batch}")
    runs = {"sokdok": _decoding(quantised, batch), "baseline": _decoding(sokdok, batch)}
    seconds = {name: median(times) for name, times in _rounds(runs).items()}
    return _pace(
        f"decode int8, batch {batch}",
        "tokens/s",
        batch,
        seconds,
        touched(sokdok.model.config.decoder, chosen, int8=True),
    )


def _pace(what: str, unit: str, count: int, seconds: dict[str, float], weight: int | None = None) -> Pace:
    rates = {name: count / value for name, value in seconds.items()}
    baseline = max(rate for name, rate in rates.items() if name != "sokdok")
    weight_gb = None if weight is None else weight / 1e9
    speed = None if weight_gb is None else weight_gb / seconds["sokdok"]
    return Pace(what, unit, rates["sokdok"], baseline, rates["sokdok"] / baseline, weight_gb, speed)


def _with_each_kernel(baseline: Transformers, run: Callable[[], Any]) -> dict[str, Callable[[], Any]]:
    """Return the same run with each of transformers' kernels for experts."""

    def with_experts(experts: str) -> Callable[[], Any]:
        def runs() -> Any:
            baseline.use(experts)
            return run()

        return runs

    return {f"baseline {experts}": with_experts(experts) for experts in EXPERTS}


def _decoding(side: Sokdok | Transformers, batch: int, experts: str = "") -> Callable[[], float]:
    """Return a function that fills a cache, decodes, and returns the median seconds of a step."""

    def run() -> float:
        if isinstance(side, Transformers):
            side.use(experts)
        cache, _ = side.prefill(_ids(batch, PROMPT_TOKENS, side.device))
        tokens = _ids(batch, WARM_STEPS + STEPS, side.device)
        steps = [_seconds(partial(side.step, cache, token), side.device) for token in tokens.split(1, dim=1)]
        return median(steps[WARM_STEPS:])

    return run


def _rounds(runs: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Run everything in turn, `ROUNDS` times over."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            found[name].append(run())
    return found


def _turns(runs: dict[str, Callable[[], Any]], device: torch.device) -> dict[str, float]:
    """Return median seconds of each run, in turns, after one that does not count."""
    for run in runs.values():
        run()
    timed = {name: partial(_seconds, run, device) for name, run in runs.items()}
    return {name: median(times) for name, times in _rounds(timed).items()}


def _seconds(run: Callable[[], Any], device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    run()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _ids(batch: int, tokens: int, device: torch.device) -> Tensor:
    """Draw text ids (batch, tokens), the same on every call."""
    generator = torch.Generator().manual_seed(batch * 10_000 + tokens)
    return torch.randint(3, 100_000, (batch, tokens), generator=generator).to(device)


def _experts_chosen(sokdok: Sokdok, batch: int) -> list[int]:
    """Count the experts that a step of this batch uses, layer by layer: those of the last tokens of its prompts."""
    counts: list[int] = []

    def count(router: Router, inputs: Any, output: tuple[Tensor, Tensor]) -> None:
        chosen = output[1].unflatten(0, (batch, -1))[:, -1]
        counts.append(len(chosen.unique()))

    routers = [module for module in sokdok.model.modules() if isinstance(module, Router)]
    handles = [router.register_forward_hook(count) for router in routers]
    sokdok.prefill(_ids(batch, PROMPT_TOKENS, sokdok.device))
    for handle in handles:
        handle.remove()
    return counts
