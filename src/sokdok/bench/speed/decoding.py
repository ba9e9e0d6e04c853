"""How fast the published architecture runs here, beside transformers on the same random weights.

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

from sokdok.bench.speed.baseline import EXPERTS, Ours, Rival, write
from sokdok.model.checkpoints.checkpoint import open_checkpoint
from sokdok.model.checkpoints.loading import load_model, pick_device
from sokdok.model.config import DecoderConfig, ModelConfig
from sokdok.model.family.decoder import Router

PROMPT = 300
"""tokens before the first one decoded: an image in mode base and its prompt"""
STEPS, ROUNDS, WARM = 12, 3, 2
OUTPUT = 1000
"""tokens of a page, for pages per second"""
Note = Callable[[str], None]


@dataclass(frozen=True)
class Pace:
    """One part of reading, timed on each side."""

    what: str
    unit: str
    """of the rates: tokens/s or images/s"""
    ours: float
    rival: float
    """transformers, with the faster of its kernels for experts; for int8 our own bf16"""
    ratio: float
    """ours / rival"""
    weight_gb: float | None = None
    """what a step must read of the weights, GB"""
    gb_per_second: float | None = None


@dataclass(frozen=True)
class Memory:
    """What this machine's memory does, GB/s: bytes read and written by a copy, bytes read by a sum of products."""

    copy: float
    read: float


def measure(
    config: ModelConfig, batches: tuple[int, ...] = (1, 8), device: str = "auto", note: Note = lambda text: None
) -> tuple[list[Pace], Memory]:
    """Rates of vision, prefill and decoding, in bf16 and int8. Needs transformers; writes a checkpoint to a temporary
    folder (6.7 GB for the full size) and holds about three copies of the weights.
    """
    with tempfile.TemporaryDirectory(prefix="sokdok-speed-") as name, torch.inference_mode():
        folder, target = Path(name), str(pick_device(device))
        note("writing random weights")
        write(config, folder)
        checkpoint = open_checkpoint(folder)
        ours = Ours(load_model(checkpoint, "bfloat16", target), PROMPT + STEPS + WARM)
        note("loading them into transformers")
        rival = Rival(folder, ours.device)
        note(f"logits differ by {_difference(ours, rival):.1%} of their spread")
        paces = [_vision(ours, rival, side, note) for side in (1024, 640)]
        paces.append(_prefill(ours, rival, note))
        chosen = {batch: _experts_chosen(ours, batch) for batch in batches}
        decoded = [_decode(ours, rival, batch, chosen[batch], note) for batch in batches]
        del rival
        if ours.device.type == "cpu":
            quantised = Ours(load_model(checkpoint, "int8", target), PROMPT + STEPS + WARM)
            decoded += [_int8(ours, quantised, batch, chosen[batch], note) for batch in batches]
        return paces + decoded, memory(ours.device)


def pages_per_second(paces: list[Pace], batch: int) -> float:
    """Pages of `OUTPUT` tokens, one 1024-pixel view each, with `batch` of them decoded at a time."""
    by_name = {pace.what: pace.ours for pace in paces}
    page = 1 / by_name["vision, 1024 pixels"] + PROMPT / by_name["prefill"]
    return 1 / (page + OUTPUT / by_name[f"decode, batch {batch}"])


def memory(device: torch.device, size: int = 1 << 28) -> Memory:
    """The best of a few passes over `size` bytes."""
    source = torch.rand(size // 4, device=device)
    target = torch.empty_like(source)
    copy = min(_seconds(lambda: target.copy_(source), device) for _ in range(4))
    read = min(_seconds(lambda: torch.dot(source, source), device) for _ in range(4))
    return Memory(2 * size / copy / 1e9, size / read / 1e9)


def touched(config: DecoderConfig, distinct: list[int], int8: bool) -> int:
    """Bytes of weights that a step reads, if its mixtures use so many `distinct` experts, layer by layer."""
    attention = 2 * config.hidden * config.head_dim * (config.heads + config.kv_heads)
    feed = 3 * config.hidden
    dense = sum(feed * config.dense_ffn for layer in range(config.layers) if not config.is_moe(layer))
    mixed = sum(feed * config.moe_ffn * (count + config.shared_experts) for count in distinct)
    head = config.hidden * config.vocab
    router = 4 * len(distinct) * config.experts * config.hidden
    return (1 if int8 else 2) * (config.layers * attention + dense + mixed + head) + router


def _difference(ours: Ours, rival: Rival) -> float:
    """Largest difference of the logits behind one prompt, as a share of their spread."""
    ids = _ids(1, PROMPT, ours.device)
    one, other = ours.prefill(ids)[1].float(), rival.prefill(ids)[1].float()
    return float((one - other).abs().max() / (other.max() - other.min()))


def _vision(ours: Ours, rival: Rival, side: int, note: Note) -> Pace:
    note(f"vision, {side} pixels")
    pixels = torch.rand(1, 3, side, side, device=ours.device).mul_(2).sub_(1).bfloat16()
    seconds = _turns({"ours": lambda: ours.see(pixels), "rival": lambda: rival.see(pixels)}, ours.device)
    return _pace(f"vision, {side} pixels", "images/s", 1, seconds)


def _prefill(ours: Ours, rival: Rival, note: Note) -> Pace:
    note(f"prefill of {PROMPT} tokens")
    ids = _ids(1, PROMPT, ours.device)
    seconds = _turns({"ours": lambda: ours.prefill(ids)} | _rivals(rival, lambda: rival.prefill(ids)), ours.device)
    return _pace("prefill", "tokens/s", PROMPT, seconds)


def _decode(ours: Ours, rival: Rival, batch: int, chosen: list[int], note: Note) -> Pace:
    note(f"decoding, batch {batch}")
    runs: dict[str, Callable[[], float]] = {"ours": _decoding(ours, batch)}
    runs |= {
        name: _decoding(rival, batch, experts) for name, experts in zip(("rival", "rival 2"), EXPERTS, strict=True)
    }
    seconds = {name: median(times) for name, times in _rounds(runs).items()}
    return _pace(
        f"decode, batch {batch}", "tokens/s", batch, seconds, touched(ours.model.config.decoder, chosen, int8=False)
    )


def _int8(ours: Ours, quantised: Ours, batch: int, chosen: list[int], note: Note) -> Pace:
    """int8 against our own bf16."""
    note(f"decoding in int8, batch {batch}")
    runs = {"ours": _decoding(quantised, batch), "rival": _decoding(ours, batch)}
    seconds = {name: median(times) for name, times in _rounds(runs).items()}
    return _pace(
        f"decode int8, batch {batch}", "tokens/s", batch, seconds, touched(ours.model.config.decoder, chosen, int8=True)
    )


def _pace(what: str, unit: str, count: int, seconds: dict[str, float], weight: int | None = None) -> Pace:
    rates = {name: count / value for name, value in seconds.items()}
    rival = max(rate for name, rate in rates.items() if name != "ours")
    weight_gb = None if weight is None else weight / 1e9
    speed = None if weight_gb is None else weight_gb / seconds["ours"]
    return Pace(what, unit, rates["ours"], rival, rates["ours"] / rival, weight_gb, speed)


def _rivals(rival: Rival, run: Callable[[], Any]) -> dict[str, Callable[[], Any]]:
    """The same run with each of transformers' kernels for experts."""

    def with_experts(experts: str) -> Callable[[], Any]:
        def runs() -> Any:
            rival.use(experts)
            return run()

        return runs

    return {f"rival {experts}": with_experts(experts) for experts in EXPERTS}


def _decoding(side: Ours | Rival, batch: int, experts: str = "") -> Callable[[], float]:
    """A function that fills a cache, decodes, and returns the median seconds of a step."""

    def run() -> float:
        if isinstance(side, Rival):
            side.use(experts)
        cache, _ = side.prefill(_ids(batch, PROMPT, side.device))
        tokens = _ids(batch, WARM + STEPS, side.device)
        steps = [_seconds(partial(side.step, cache, token), side.device) for token in tokens.split(1, dim=1)]
        return median(steps[WARM:])

    return run


def _rounds(runs: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Every run in turn, `ROUNDS` times over."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            found[name].append(run())
    return found


def _turns(runs: dict[str, Callable[[], Any]], device: torch.device) -> dict[str, float]:
    """Median seconds of each run, in turns, after one that does not count."""
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
    """The same text ids on every call."""
    generator = torch.Generator().manual_seed(batch * 10_000 + tokens)
    return torch.randint(3, 100_000, (batch, tokens), generator=generator).to(device)


def _experts_chosen(ours: Ours, batch: int) -> list[int]:
    """How many different experts a step of this batch uses, layer by layer: those of the last tokens of its prompts."""
    counts: list[int] = []

    def count(router: Router, inputs: Any, output: tuple[Tensor, Tensor]) -> None:
        chosen = output[1].unflatten(0, (batch, -1))[:, -1]
        counts.append(len(chosen.unique()))

    routers = [module for module in ours.model.modules() if isinstance(module, Router)]
    handles = [router.register_forward_hook(count) for router in routers]
    ours.prefill(_ids(batch, PROMPT, ours.device))
    for handle in handles:
        handle.remove()
    return counts
