"""The compression experiment's conditions: their texts, and the pages that show them.

- `natural`: English pages' texts, drawn by sokdok; `random`: random letters of as many text tokens, drawn the same way
- `original`: the pages' own images, as the paper read them (resized to the mode); only with the autoregressive decoder,
  since the parallel one reads the cells of a page that sokdok drew
- `korean`: spans of prose at 10, 15, 20 and 30 text tokens per vision token
- `mixed`: English, Korean and code spliced; `ks_x_1001`: the 2,350 common Hangul syllables by themselves
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sokdok.errors import InputError
from sokdok.model.preprocess import get_mode, global_view, vision_token_count
from sokdok.pages import Page, PageError, open_pages
from sokdok_lab.bench.compression import builtin
from sokdok_lab.bench.compression.builtin import BUILTIN
from sokdok_lab.bench.compression.fox import Material
from sokdok_lab.bench.compression.roundtrip import Decoder, drawn
from sokdok_lab.bench.compression.samples import Sample

CONDITIONS = ("natural", "random", "original", "korean", "mixed", "ks_x_1001")
"""All conditions, in the order in which they are read."""
MODES = ("tiny", "small", "base", "large")  # Modes of one page image.
DECODERS: tuple[Decoder, ...] = ("autoregressive", "parallel")
_KOREAN_SPANS = 8  # Spans of each ratio, unless limited further.


@dataclass(frozen=True)
class Task:
    """Texts to read under one condition in one mode."""

    condition: str
    mode: str
    decoders: tuple[Decoder, ...]
    samples: list[Sample]
    data: str  # Source of the texts: the evaluation folder's name, or `builtin`.

    @property
    def is_drawn(self) -> bool:
        """Whether sokdok draws the pages."""
        return self.condition != "original"

    @property
    def readings(self) -> int:
        """Texts that will be read, each decoder counted."""
        return len(self.decoders) * len(self.samples)


def make_tasks(
    material: Material,
    conditions: Sequence[str] = CONDITIONS,
    modes: Sequence[str] = MODES,
    decoders: Sequence[Decoder] = DECODERS,
    limit: int | None = None,
) -> list[Task]:
    """Return the tasks in order, with at most `limit` texts of each bucket. A condition without texts makes no task."""
    tasks = []
    for condition in conditions:
        able = tuple(d for d in decoders if condition != "original" or d == "autoregressive")
        for mode in modes:
            samples = _limited(_samples(material, condition, mode), limit)
            if samples and able:
                tasks.append(Task(condition, mode, able, samples, _source(material, condition)))
    return tasks


def pages_of(task: Task, sample: Sample, alphabet: frozenset[int] | None) -> Iterator[Page]:
    """Yield the pages that show a sample under the task's condition. Raises InputError."""
    if task.condition != "original" or sample.image is None:
        yield from drawn(sample.text, task.mode, alphabet)
        return
    for page in open_pages(sample.image):
        if isinstance(page, PageError):
            raise InputError(f"{page.source}: {page.message}")
        # At the mode's own size, so that the reader spends exactly the mode's tokens on it.
        yield Page(global_view(page.image, get_mode(task.mode)), page.source, page.index)


def _samples(material: Material, condition: str, mode: str) -> list[Sample]:
    """Return the texts of a condition; random letters take the place of the page's text."""
    pages = material.pages
    if condition == "natural":
        return pages
    if condition == "random":
        return [Sample(page.id, page.random_text, page.bucket) for page in pages if page.random_text]
    if condition == "original":
        return [page for page in pages if page.image]
    if condition == "korean":
        return material.korean_samples(vision_token_count(mode).paper, _KOREAN_SPANS)
    if condition == "mixed":
        return builtin.mixed()
    if condition == "ks_x_1001":
        return [builtin.ks_x_1001()]
    raise InputError(f"unknown condition {condition!r}; choose from {', '.join(CONDITIONS)}")


def _source(material: Material, condition: str) -> str:
    if condition in ("natural", "random", "original"):
        return material.pages_from
    return material.korean_from if condition == "korean" else BUILTIN


def _limited(samples: list[Sample], limit: int | None) -> list[Sample]:
    """Return the first `limit` samples of each bucket."""
    taken: dict[str, int] = {}
    chosen = []
    for sample in samples:
        taken[sample.bucket] = taken.get(sample.bucket, 0) + 1
        if limit is None or taken[sample.bucket] <= limit:
            chosen.append(sample)
    return chosen
