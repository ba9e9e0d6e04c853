"""The compression experiment: texts drawn in 64 to 400 vision tokens, read back, scored by bucket of text tokens.

Conditions, in the order in which they are read:

- `natural`: English pages' texts, drawn by sokdok; `random`: random letters of as many text tokens, drawn the same way
- `original`: the pages' own images, as the paper read them (resized to the mode); only with the autoregressive decoder,
  since the parallel one reads the cells of a page that sokdok drew
- `korean`: spans of prose at 10, 15, 20 and 30 text tokens per vision token
- `ks_x_1001`: the 2,350 common Hangul syllables by themselves

Each comes with the baseline `truncation`: spend the same number of tokens on the beginning of the text and drop the
rest. Published numbers stand beside: the paper's table, and a later measurement of the same model (`load_measured`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from sokdok.compress.fidelity import fidelity
from sokdok.errors import InputError
from sokdok.model.preprocess import get_mode, global_view, vision_token_count
from sokdok.pages import Page, PageError
from sokdok.pages.files import open_pages
from sokdok.reading.reading import Reader, Reading
from sokdok.tokens import count_text
from sokdok_lab.bench.compression.roundtrip import DECODERS, Decoder, drawn, read_back, text_of
from sokdok_lab.bench.compression.texts import BUCKETS, BUILTIN, Material, Measured, Sample, ks_x_1001, prefix_of
from sokdok_lab.bench.metrics.text import word_recall, words_right
from sokdok_lab.bench.output import Advance, Row, grouped

MODES = ("tiny", "small", "base", "large")  # modes of one page image
TRUNCATION = "truncation"  # the baseline's name, in place of a decoder's
ALL = "all"  # bucket of the rows over all buckets
_KOREAN_SPANS = 8  # spans of each ratio, unless limited further

PAPER: dict[str, dict[str, float]] = {
    "tiny": dict(zip(BUCKETS[1:8], (0.965, 0.938, 0.838, 0.859, 0.793, 0.764, 0.591), strict=True)),
    "small": dict(zip(BUCKETS[1:8], (0.985, 0.973, 0.968, 0.968, 0.915, 0.898, 0.871), strict=True)),
}
"""DeepSeek-OCR: Contexts Optical Compression (DeepSeek-AI, 2025), Fox table: "precision" (formula not published) of
reading the original page images, by mode and bucket."""
_ANCHORS = {"natural": "from_text", "random": "random", "original": "en_png"}  # conditions as anchors.json calls them


CONDITIONS: dict[str, Callable[[Material, str], list[Sample]]] = {
    "natural": lambda material, mode: material.pages,
    "random": lambda material, mode: [
        Sample(page.id, page.random_text, page.bucket) for page in material.pages if page.random_text
    ],
    "original": lambda material, mode: [page for page in material.pages if page.image],
    "korean": lambda material, mode: material.korean_samples(vision_token_count(mode).paper, _KOREAN_SPANS),
    "ks_x_1001": lambda material, mode: [ks_x_1001()],
}


@dataclass(frozen=True)
class Task:
    """Texts to read under one condition in one mode."""

    condition: str
    mode: str
    decoders: tuple[Decoder, ...]
    samples: list[Sample]
    data: str  # source of the texts: the evaluation folder's name, or `builtin`


def make_tasks(
    material: Material,
    conditions: Iterable[str] = CONDITIONS,
    modes: Sequence[str] = MODES,
    decoders: Sequence[Decoder] = DECODERS,
    limit: int | None = None,
) -> list[Task]:
    """Return the tasks in order, with at most `limit` texts of each bucket. A condition without texts makes no task."""
    tasks = []
    for condition in conditions:
        able = tuple(d for d in decoders if condition != "original" or d == "autoregressive")
        source = {"korean": material.korean_from, "ks_x_1001": BUILTIN}
        for mode in modes:
            samples, of_bucket = list[Sample](), Counter[str]()
            for sample in CONDITIONS[condition](material, mode):
                of_bucket[sample.bucket] += 1
                samples += [sample] if limit is None or of_bucket[sample.bucket] <= limit else []
            if samples and able:
                tasks.append(Task(condition, mode, able, samples, source.get(condition, material.pages_from)))
    return tasks


def run_task(
    reader: Reader, task: Task, measured: Measured | None = None, advance: Advance = lambda steps: None
) -> list[Row]:
    """Read the task's texts with each of its decoders; call `advance(1)` after each text."""
    rows, scores = list[Row](), list[Row]()
    for decoder in task.decoders:
        drawings = (pages_of(task, sample, reader.abilities.alphabet) for sample in task.samples)
        asked = decoder if task.condition != "original" else None
        scores = []
        for sample, readings in zip(task.samples, read_back(reader, drawings, asked, task.mode), strict=True):
            scores.append(score(sample, task.mode, readings))
            advance(1)
        rows += rows_of(scores, task, decoder, reader.name, measured or {})
    # All decoders read the same pages, so the last one's spending is everyone's.
    baseline = []
    for sample, read in zip(task.samples, scores, strict=True):
        tokens = read["vision_tokens"]
        baseline.append(_scored(sample, prefix_of(sample.text, tokens), tokens, 0))
    return rows + rows_of(baseline, task, TRUNCATION, "", {})


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


def score(sample: Sample, mode: str, readings: Sequence[Reading]) -> Row:
    """Compare what was read with the truth. A page that failed gave no text, but its tokens are counted."""
    count, read = vision_token_count(mode).paper, text_of(readings)
    tokens = sum(reading.vision_tokens or count for reading in readings)
    return _scored(sample, read, tokens, len(readings))


def _scored(sample: Sample, read: str, tokens: int, images: int) -> Row:
    return {
        "bucket": sample.bucket,
        "text_tokens": count_text(sample.text),
        "vision_tokens": tokens,  # by the paper's count (64, 100, 256, 400) for all page images of a text
        "fidelity": fidelity(sample.text, read),
        "word_precision": word_recall(sample.text, read),
        "words_right": words_right(sample.text, read),
        "images": images,  # page images of the text
    }


def rows_of(scores: Iterable[Row], task: Task, decoder: str, reader: str, measured: Measured) -> list[Row]:
    """Return a row of means for each bucket in the order of size, and one over all where there are several."""
    buckets = grouped(scores, "bucket")
    names = sorted(buckets, key=lambda name: BUCKETS.index(name) if name in BUCKETS else -1)
    if len(names) > 1:
        names.append(ALL)
        buckets[ALL] = [item for group in buckets.values() for item in group]
    published = PAPER.get(task.mode, {}) if task.condition in ("natural", "original") else {}  # English pages alone
    rows: list[Row] = []
    for bucket in names:
        means = {key: fmean(item[key] for item in buckets[bucket]) for key in buckets[bucket][0] if key != "bucket"}
        rows.append(
            {
                **{"condition": task.condition, "decoder": decoder, "mode": task.mode, "bucket": bucket},
                **{"pages": len(buckets[bucket]), "ratio": means["text_tokens"] / means["vision_tokens"]},
                **means,
                "paper": published.get(bucket) if decoder != TRUNCATION else None,
                "measured": measured.get(bucket, {}).get(f"{_ANCHORS.get(task.condition)}_{task.mode}"),
                **{"data": task.data, "reader": reader},
            }
        )
    return rows
