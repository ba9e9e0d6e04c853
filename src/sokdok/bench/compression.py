"""The compression experiment: texts drawn in 64 to 400 vision tokens, read back, scored by bucket of text tokens.

Conditions:

- `natural`: English pages' texts, drawn by sokdok; `random`: random letters of as many text tokens, drawn the same way
- `original`: the pages' own images, as the paper read them (resized to the mode); only the autoregressive decoder, since
  the parallel one needs the grid of a page that sokdok drew
- `korean`: stretches of prose at 10, 15, 20 and 30 text tokens per vision token; `mixed`: English, Korean and code spliced
- `ks_x_1001`: the 2,350 common Hangul syllables by themselves

Each comes with the baseline `truncation`: spend the same number of tokens on the beginning of the text and drop the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from sokdok.bench import metrics, own
from sokdok.bench.fox import Material
from sokdok.bench.published import measured_value, paper_value
from sokdok.bench.roundtrip import BenchReader, Decoder, drawn, page_size, read_back, text_of
from sokdok.bench.samples import BUCKETS, Sample, prefix_of
from sokdok.errors import InputError
from sokdok.model.preprocess import get_mode, global_view, vision_token_count
from sokdok.pages import Page, PageError, open_pages
from sokdok.reading.reading import Reading
from sokdok.tokens import count_text

CONDITIONS = ("natural", "random", "original", "korean", "mixed", "ks_x_1001")
MODES = ("tiny", "small", "base", "large")
DECODERS: tuple[Decoder, ...] = ("autoregressive", "parallel")
TRUNCATION = "truncation"
_KOREAN_STRETCHES = 8
"""per ratio, unless limited further"""


@dataclass(frozen=True)
class Task:
    """Texts to read under one condition in one mode."""

    condition: str
    mode: str
    decoders: tuple[Decoder, ...]
    samples: list[Sample]
    data: str
    """where the texts come from"""


@dataclass(frozen=True)
class Score:
    """One text read back."""

    bucket: str
    text_tokens: int
    vision_tokens: int
    sequence_tokens: int
    images: int
    fidelity: float
    exact: float
    word_precision: float
    words_right: float
    looped: bool = False
    failed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Row:
    """Means over the texts of one bucket; what `--json` and `--csv` write."""

    condition: str
    decoder: str
    """autoregressive, parallel, or the baseline truncation"""
    mode: str
    bucket: str
    """text tokens from-to; for Korean the ratio aimed at"""
    pages: int
    """texts in the bucket"""
    text_tokens: float
    vision_tokens: float
    """the paper's count (64, 100, 256, 400), times the page images a text took"""
    ratio: float
    """text_tokens / vision_tokens"""
    fidelity: float
    exact: float
    word_precision: float
    fidelity_median: float
    words_right: float
    looped: float
    """share of the texts in which the reader was stopped in a repetition"""
    failed: float
    images: float
    """page images per text"""
    sequence_tokens: float
    """what the decoder's sequence holds for the images, newlines and separators included"""
    seconds: float
    """reading time per text"""
    paper: float | None
    """DeepSeek-OCR's precision on this bucket, from its paper"""
    measured: float | None
    """DeepSeek-OCR's fidelity under this condition, from anchors.json"""
    data: str
    reader: str


def make_tasks(
    material: Material,
    conditions: Sequence[str] = CONDITIONS,
    modes: Sequence[str] = MODES,
    decoders: Sequence[Decoder] = DECODERS,
    limit: int | None = None,
) -> list[Task]:
    """What to read, in order; at most `limit` texts of each bucket. A condition without texts makes no task."""
    tasks = []
    for condition in conditions:
        for mode in modes:
            samples = _limited(_samples(material, condition, mode), limit)
            able = tuple(decoders) if condition != "original" else tuple(d for d in decoders if d == "autoregressive")
            if samples and able:
                tasks.append(Task(condition, mode, able, samples, _source(material, condition)))
    return tasks


def run_task(
    reader: BenchReader, task: Task, material: Material, batch_size: int = 8, advance: Callable[[int], None] | None = None
) -> list[Row]:
    """Read the task's texts with each of its decoders; `advance(1)` after each text."""
    rows: list[Row] = []
    baseline: list[Score] = []
    for decoder in task.decoders:
        scores = []
        drawings = (_pages(sample, task, reader.alphabet) for sample in task.samples)
        answers = read_back(reader, drawings, decoder, batch_size)
        for sample, readings in zip(task.samples, answers, strict=True):
            scores.append(score(sample, task.mode, readings))
            if advance:
                advance(1)
        rows += rows_of(scores, task, decoder, reader.name, material)
        baseline = baseline or [truncated(s, spent.vision_tokens) for s, spent in zip(task.samples, scores, strict=True)]
    return rows + rows_of(baseline, task, TRUNCATION, "", material)


def score(sample: Sample, mode: str, readings: Sequence[Reading]) -> Score:
    """Compare what was read with the truth. A page that failed read nothing, but its tokens are counted."""
    count = vision_token_count(mode)
    return Score(
        text_tokens=count_text(sample.text),
        vision_tokens=sum(reading.vision_tokens or count.paper for reading in readings),
        sequence_tokens=sum(reading.sequence_tokens or count.real for reading in readings),
        images=len(readings),
        looped=any(reading.status == "looped" for reading in readings),
        failed=any(reading.status == "failed" for reading in readings),
        seconds=sum(reading.seconds for reading in readings),
        **_similarities(sample, text_of(readings)),
    )


def truncated(sample: Sample, tokens: int) -> Score:
    """The baseline: the text's first `tokens` text tokens, and nothing of the rest."""
    return Score(
        text_tokens=count_text(sample.text),
        vision_tokens=tokens,
        sequence_tokens=tokens,
        images=0,
        **_similarities(sample, prefix_of(sample.text, tokens)),
    )


def rows_of(scores: Iterable[Score], task: Task, decoder: str, reader: str, material: Material) -> list[Row]:
    """One row a bucket in the order of size, and one over all where there are several."""
    buckets: dict[str, list[Score]] = {}
    for item in scores:
        buckets.setdefault(item.bucket, []).append(item)
    names = sorted(buckets, key=lambda name: BUCKETS.index(name) if name in BUCKETS else -1)
    groups = [(name, buckets[name]) for name in names]
    if len(groups) > 1:
        groups.append(("all", [item for _, group in groups for item in group]))
    return [_row(group, name, task, decoder, reader, material) for name, group in groups]


def _row(scores: list[Score], bucket: str, task: Task, decoder: str, reader: str, material: Material) -> Row:
    def mean(field: str) -> float:
        return fmean(getattr(item, field) for item in scores)

    reads = decoder != TRUNCATION
    return Row(
        condition=task.condition,
        decoder=decoder,
        mode=task.mode,
        bucket=bucket,
        pages=len(scores),
        text_tokens=mean("text_tokens"),
        vision_tokens=mean("vision_tokens"),
        ratio=mean("text_tokens") / mean("vision_tokens"),
        fidelity=mean("fidelity"),
        exact=mean("exact"),
        word_precision=mean("word_precision"),
        fidelity_median=median(item.fidelity for item in scores),
        words_right=mean("words_right"),
        looped=mean("looped"),
        failed=mean("failed"),
        images=mean("images"),
        sequence_tokens=mean("sequence_tokens"),
        seconds=mean("seconds"),
        paper=paper_value(task.condition, task.mode, bucket) if reads else None,
        measured=measured_value(material.measured, task.condition, task.mode, bucket) if reads else None,
        data=task.data,
        reader=reader,
    )


def _similarities(sample: Sample, read: str) -> dict[str, float | str]:
    return {
        "bucket": sample.bucket,
        "fidelity": metrics.fidelity(sample.text, read),
        "exact": metrics.exact(sample.text, read),
        "word_precision": metrics.word_precision(sample.text, read),
        "words_right": metrics.words_right(sample.text, read),
    }


def _samples(material: Material, condition: str, mode: str) -> list[Sample]:
    """The texts of a condition; for random letters they take the place of the page's text."""
    pages = material.pages
    if condition == "natural":
        return pages
    if condition == "random":
        return [Sample(page.id, page.random_text, page.bucket) for page in pages if page.random_text]
    if condition == "original":
        return [page for page in pages if page.image]
    if condition == "korean":
        return material.korean_samples(vision_token_count(mode).paper, _KOREAN_STRETCHES)
    if condition == "mixed":
        return own.mixed()
    if condition == "ks_x_1001":
        return [own.ks_x_1001()]
    raise InputError(f"unknown condition {condition!r}; choose from {', '.join(CONDITIONS)}")


def _source(material: Material, condition: str) -> str:
    if condition in ("natural", "random", "original"):
        return material.pages_from
    return material.korean_from if condition == "korean" else "own"


def _limited(samples: list[Sample], limit: int | None) -> list[Sample]:
    """The first `limit` samples of each bucket."""
    taken: dict[str, int] = {}
    kept = []
    for sample in samples:
        taken[sample.bucket] = taken.get(sample.bucket, 0) + 1
        if limit is None or taken[sample.bucket] <= limit:
            kept.append(sample)
    return kept


def _pages(sample: Sample, task: Task, alphabet: frozenset[int] | None) -> Iterator[Page]:
    if task.condition != "original":
        yield from drawn(sample.text, task.mode, alphabet)
        return
    assert sample.image is not None
    for page in open_pages(sample.image):
        if isinstance(page, PageError):
            raise InputError(f"{page.source}: {page.message}")
        # At the mode's own size, so that the reader spends exactly the mode's tokens on it.
        yield Page(global_view(page.image, get_mode(task.mode)), page.source, page.index)


def check_choice(values: Sequence[str], allowed: Sequence[str], what: str) -> None:
    """Raise InputError for a value that isn't among the allowed ones."""
    for value in values:
        if value not in allowed:
            raise InputError(f"unknown {what} {value!r}; choose from {', '.join(allowed)}")


__all__ = ["CONDITIONS", "DECODERS", "MODES", "Row", "Score", "Task", "make_tasks", "page_size", "run_task", "score"]
