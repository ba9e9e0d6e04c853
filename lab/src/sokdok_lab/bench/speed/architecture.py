"""Time the published architecture on this machine, beside transformers on the same random weights.

- Weights are written once, in the published layout, and each side loads them its own way; logits are compared first.
- Both sides take turns in one process, round by round, and the median of the rounds counts: a machine's memory is not
  equally fast at all times, the ratio is steadier than the numbers.
- transformers runs as its users get it, in eager bf16, with its default kernel for the experts and with its plain loop;
  the faster of the two counts.
- Decoding is bound by memory: the bytes that a step must read, over its time, stand beside what a plain copy reaches.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from sokdok.cli.ui.console import note
from sokdok.errors import MissingExtraError
from sokdok.model.checkpoints.checkpoint import open_checkpoint
from sokdok.model.checkpoints.hf_config import config_from_hf
from sokdok.model.checkpoints.loading import load_model, pick_device
from sokdok.model.checkpoints.manifest import tensor_shapes
from sokdok.model.config import DecoderConfig
from sokdok.model.family.decoder import KVCache, Router
from sokdok.model.family.deepseek_ocr import DeepseekOCR, ImageTensors
from sokdok_lab.bench.output import Row

EXPERTS = ("grouped_mm", "eager")  # kernels of transformers for experts: its default, and its loop over them
PROMPT_TOKENS = 300  # before the first token decoded: an image in mode base and its prompt
STEPS = 12  # steps of decoding that are timed in each round
ROUNDS = 3  # of which the median counts, after one that does not
WARM_STEPS = 2  # steps before those that are timed
OUTPUT_TOKENS = 1000  # tokens of a page, for pages per second
SCALE = 0.03  # bound of the random weights
_BLOCK_WEIGHTS = 1 << 22  # random numbers that are drawn once, and of which all tensors are made
_SHARD_TENSORS = 200  # tensors of one file
Run = Callable[[], float]  # Does something, and returns the seconds it took.


def published(model: str) -> Any:
    """Return the configuration of a model by its name, as transformers has it. Raises MissingExtraError without it."""
    try:
        from transformers import UnlimitedOcrConfig
    except ImportError:
        raise MissingExtraError("dev", "the comparison with transformers") from None
    own = UnlimitedOcrConfig()  # with the published values
    if model == "unlimited-ocr":
        return own
    # DeepSeek-OCR has the same tensors, and no window.
    text = own.text_config.to_dict() | {"layer_types": ["full_attention"] * own.text_config.num_hidden_layers}
    return UnlimitedOcrConfig(
        vision_config=own.vision_config.to_dict(),
        text_config=text | {"max_position_embeddings": 8192},
        image_token_id=own.image_token_id,
    )


def measure(config: Any, batches: tuple[int, ...] = (1, 8)) -> list[Row]:
    """Measure rates of vision, prefill and decoding, in bf16 and int8, of a configuration of transformers.

    Writes a checkpoint to a temporary folder (6.7 GB for the full size) and has about three copies of the weights in
    memory.
    """
    with tempfile.TemporaryDirectory(prefix="sokdok-speed-") as name, torch.inference_mode():
        folder, device = Path(name), pick_device("auto")
        note("writing random weights")
        write(config, folder)
        checkpoint, capacity = open_checkpoint(folder), PROMPT_TOKENS + STEPS + WARM_STEPS
        decoder = checkpoint.config.decoder
        sokdok = Sokdok(load_model(checkpoint, "bfloat16", str(device)), capacity)
        note("loading them into transformers")
        theirs = Transformers(folder, device)
        note(f"logits differ by {_difference(sokdok, theirs):.1%} of their spread")
        paces = _vision(sokdok, theirs)
        note(f"prefill of {PROMPT_TOKENS} tokens")
        ids = _ids(1, PROMPT_TOKENS, device)
        runs: dict[str, Run] = {"sokdok": partial(_seconds, partial(sokdok.prefill, ids), device)}
        runs |= {kernel: partial(_seconds, partial(theirs.prefill, ids, kernel), device) for kernel in EXPERTS}
        paces.append(_pace("prefill", "tokens/s", PROMPT_TOKENS, runs))
        weights = {batch: _experts_chosen(sokdok, batch) for batch in batches}
        for batch in batches:
            note(f"decoding, batch {batch}")
            runs = {"sokdok": _decoding(sokdok, batch)}
            runs |= {kernel: _decoding(theirs, batch, kernel) for kernel in EXPERTS}
            weight = touched(decoder, weights[batch], int8=False)
            paces.append(_pace(f"decode, batch {batch}", "tokens/s", batch, runs, weight))
        del theirs
        if device.type == "cpu":
            quantised = Sokdok(load_model(checkpoint, "int8", str(device)), capacity)
            for batch in batches:
                note(f"decoding in int8, batch {batch}")
                runs = {"sokdok": _decoding(quantised, batch), "bf16": _decoding(sokdok, batch)}
                weight = touched(decoder, weights[batch], int8=True)
                paces.append(_pace(f"decode int8, batch {batch}", "tokens/s", batch, runs, weight))
        return [*paces, *memory(device)]


def pages_per_second(rows: list[Row], batch: int) -> float:
    """Return pages per second of `OUTPUT_TOKENS` tokens and a 1024-pixel view each, decoded in batches."""
    by_name = {row["what"]: row["sokdok"] for row in rows}
    page = 1 / by_name["vision, 1024 pixels"] + PROMPT_TOKENS / by_name["prefill"]
    return 1 / (page + OUTPUT_TOKENS / by_name[f"decode, batch {batch}"])


def memory(device: torch.device, size: int = 1 << 28) -> list[Row]:
    """Measure the best of a few passes over `size` bytes: read and written by a copy, read by a sum of products."""
    source = torch.rand(size // 4, device=device)
    target = torch.empty_like(source)
    copy = min(_seconds(lambda: target.copy_(source), device) for _ in range(4))
    read = min(_seconds(lambda: torch.dot(source, source), device) for _ in range(4))
    found = {"memory, copy": 2 * size / copy, "memory, read": size / read}
    nothing = dict.fromkeys(("baseline", "ratio", "weight_gb"))
    return [
        {"what": what, "unit": "GB/s", "sokdok": speed / 1e9, **nothing, "gb_per_second": speed / 1e9}
        for what, speed in found.items()
    ]


def touched(config: DecoderConfig, distinct: list[int], int8: bool) -> int:
    """Return the bytes of weights that a step reads, if its mixtures use so many `distinct` experts, layer by layer."""
    attention = 2 * config.hidden * config.head_dim * (config.heads + config.kv_heads)
    feed = 3 * config.hidden
    dense = sum(feed * config.dense_ffn for layer in range(config.layers) if not config.is_moe(layer))
    mixed = sum(feed * config.moe_ffn * (count + config.shared_experts) for count in distinct)
    head = config.hidden * config.vocab
    router = 4 * len(distinct) * config.experts * config.hidden
    return (1 if int8 else 2) * (config.layers * attention + dense + mixed + head) + router


def _pace(what: str, unit: str, count: int, runs: dict[str, Run], weight: int | None = None) -> Row:
    """Time everything in turn; `count` of the unit are done in a run, for which `weight` bytes are read."""
    rounds = [{name: run() for name, run in runs.items()} for _ in range(1 + ROUNDS)][1:]
    seconds = {name: median(times[name] for times in rounds) for name in runs}
    ours = count / seconds.pop("sokdok")
    others = count / min(seconds.values())
    return {
        "what": what,
        "unit": unit,  # of the rates
        "sokdok": ours,
        "baseline": others,  # transformers with the faster of its kernels for experts; for int8 sokdok in bf16
        "ratio": ours / others,
        "weight_gb": weight / 1e9 if weight else None,  # that a step must read
        "gb_per_second": weight / 1e9 * ours / count if weight else None,
    }


def _vision(sokdok: Sokdok, theirs: Transformers) -> list[Row]:
    paces = []
    for side in (1024, 640):
        note(f"vision, {side} pixels")
        pixels = torch.rand(1, 3, side, side, device=sokdok.device).mul_(2).sub_(1).bfloat16()
        sides = {"sokdok": sokdok.see, "transformers": theirs.see}
        runs: dict[str, Run] = {
            name: partial(_seconds, partial(see, pixels), sokdok.device) for name, see in sides.items()
        }
        paces.append(_pace(f"vision, {side} pixels", "images/s", 1, runs))
    return paces


def _decoding(side: Sokdok | Transformers, batch: int, kernel: str = "") -> Run:
    """Return a run that fills a cache, decodes, and returns the median seconds of a step."""

    def run() -> float:
        cache, _ = side.prefill(_ids(batch, PROMPT_TOKENS, side.device), kernel)
        tokens = _ids(batch, WARM_STEPS + STEPS, side.device)
        steps = [_seconds(partial(side.step, cache, token), side.device) for token in tokens.split(1, dim=1)]
        return median(steps[WARM_STEPS:])

    return run


def _difference(sokdok: Sokdok, theirs: Transformers) -> float:
    """Return the largest difference of the logits behind one prompt, as a share of their spread."""
    ids = _ids(1, PROMPT_TOKENS, sokdok.device)
    one, other = sokdok.prefill(ids)[1].float(), theirs.prefill(ids)[1].float()
    return float((one - other).abs().max() / (other.max() - other.min()))


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


def _seconds(run: Callable[[], Any], device: torch.device) -> float:
    start = time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def _ids(batch: int, tokens: int, device: torch.device) -> Tensor:
    """Draw text ids (batch, tokens), the same on every call."""
    generator = torch.Generator().manual_seed(batch * 10_000 + tokens)
    return torch.randint(3, 100_000, (batch, tokens), generator=generator).to(device)


class Transformers:
    """transformers' model of the family, behind the calls that are timed."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import UnlimitedOcrForConditionalGeneration
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        model: Any = UnlimitedOcrForConditionalGeneration.from_pretrained(folder, dtype=torch.bfloat16)
        self.model = model.to(device).eval()
        self.device = device

    def see(self, pixels: Tensor) -> Tensor:
        """Return the token sequence (N, D) of an image's pixels (1, 3, H, W)."""
        return self.model.get_image_features(pixel_values=pixels).pooler_output[0]

    def prefill(self, ids: Tensor, kernel: str = EXPERTS[0]) -> tuple[Any, Tensor]:
        """Return a cache filled with ids (B, T), and the last logits (B, vocab); one of EXPERTS from here on."""
        from transformers import DynamicCache

        self.model.set_experts_implementation(kernel)
        cache = DynamicCache(config=self.model.config.text_config)
        output = self.model(input_ids=ids, cache=cache, use_cache=True, logits_to_keep=1)
        return cache, output.logits[:, -1]

    def step(self, cache: Any, ids: Tensor) -> Tensor:
        """Decode one more token (B, 1); return logits (B, vocab)."""
        return self.model(input_ids=ids, cache=cache, use_cache=True).logits[:, -1]


class Sokdok:
    """sokdok's model behind the same calls; like the reader, it has one cache and empties it for each prompt."""

    def __init__(self, model: DeepseekOCR, capacity: int) -> None:
        self.model, self.capacity = model, capacity
        self.device = model.model.embed_tokens.weight.device
        self._caches: dict[int, KVCache] = {}

    def see(self, pixels: Tensor) -> Tensor:
        """Return the token sequence (N, D) of an image's pixels (1, 3, H, W)."""
        return self.model.model.encode_images([ImageTensors(pixels[0])])[0]

    def prefill(self, ids: Tensor, kernel: str = "") -> tuple[Any, Tensor]:
        """Return a cache filled with ids (B, T), and the last logits (B, vocab)."""
        rows, decoder = len(ids), self.model.config.decoder
        if rows not in self._caches:
            self._caches[rows] = KVCache(decoder, self.capacity, rows, self.device, torch.bfloat16)
        cache = self._caches[rows]
        for row in range(rows):
            cache.move(row, row)  # empties it
        return cache, self.model(ids, cache=cache, last_only=True)[:, -1]

    def step(self, cache: Any, ids: Tensor) -> Tensor:
        """Decode one more token (B, 1); return logits (B, vocab)."""
        return self.model(ids, cache=cache)[:, -1]


def write(config: Any, folder: Path, seed: int = 0) -> None:
    """Write a checkpoint of random bf16 weights, uniform in +-SCALE, norms near 1, that both sides load."""
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(seed)
    block = (torch.rand(_BLOCK_WEIGHTS, generator=generator) * 2 - 1).mul_(SCALE).bfloat16()
    shapes = {
        name: shape
        for name, shape in tensor_shapes(config_from_hf(config.to_dict())).items()
        if "patch_embedding" not in name
    }
    entries = list(enumerate(shapes.items()))  # the other is unused, and unknown to transformers
    index: dict[str, str] = {}
    for start in range(0, len(entries), _SHARD_TENSORS):  # one shard in memory at a time
        file = f"model-{start:05d}.safetensors"
        shard = {
            name: _random(name, shape, block, number)
            for number, (name, shape) in entries[start : start + _SHARD_TENSORS]
        }
        save_file(shard, folder / file, metadata={"format": "pt"})
        index |= dict.fromkeys(shard, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    (folder / "config.json").write_text(json.dumps(config.to_dict()), encoding="utf-8")


def _random(name: str, shape: tuple[int, ...], block: Tensor, index: int) -> Tensor:
    """Return weights from another place of one block for each tensor: to draw billions would take minutes."""
    count = torch.Size(shape).numel()
    shifted = block.roll(index * 7919)
    values = shifted.repeat(-(-count // len(block)))[:count].reshape(shape)
    return values + 1 if "norm" in name and name.endswith("weight") and len(shape) == 1 else values
