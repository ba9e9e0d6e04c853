"""The compression experiment: texts drawn in 64 to 400 vision tokens, read back, scored by bucket of text tokens.

Every condition (`bench.compression.conditions`) comes with the baseline `truncation`: spend the same
number of tokens on the beginning of the text and drop the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from sokdok.model.preprocess import vision_token_count
from sokdok.reading.reading import Reader, Reading
from sokdok.tokens import count_text
from sokdok_lab.bench.compression.conditions import Task, pages_of
from sokdok_lab.bench.compression.published import Measured, measured_value, paper_value
from sokdok_lab.bench.compression.roundtrip import read_back, text_of
from sokdok_lab.bench.compression.samples import BUCKETS, Sample, prefix_of
from sokdok_lab.bench.metrics.text import Similarity, compare, repeats

TRUNCATION = "truncation"  # The baseline's name, in place of a decoder's.
ALL = "all"  # Bucket of the rows over all buckets.


@dataclass(frozen=True)
class Score:
    """The score of one text that was read back."""

    bucket: str
    text_tokens: int
    vision_tokens: int
    sequence_tokens: int
    images: int
    similarity: Similarity
    looped: bool = False
    failed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Row:
    """Means over the texts of one bucket: a row of `--json` and `--csv`."""

    condition: str
    decoder: str  # Autoregressive, parallel, or the baseline truncation.
    mode: str
    bucket: str  # Text tokens from-to; for Korean the ratio aimed at; `all` over all buckets.
    pages: int  # Texts in the bucket.
    text_tokens: float
    vision_tokens: float
    """Tokens by the paper's count (64, 100, 256, 400) for all page images of a text; of truncation its text tokens."""
    ratio: float  # text_tokens / vision_tokens.
    fidelity: float
    exact: float
    word_precision: float
    fidelity_median: float
    words_right: float
    looped: float  # Share of the texts in which the reader was stopped in a repetition, or whose reading ends in one.
    failed: float  # Share of the texts with a page that could not be read.
    images: float  # Page images of a text.
    sequence_tokens: float  # Tokens of the decoder's sequence for the images, newlines and separators included.
    seconds: float  # Reading time of a text.
    paper: float | None  # DeepSeek-OCR's precision on this bucket, from its paper.
    measured: float | None  # DeepSeek-OCR's fidelity under this condition, from anchors.json.
    data: str  # Name of the evaluation folder, or `builtin`.
    reader: str


def run_task(
    reader: Reader,
    task: Task,
    measured: Measured | None = None,
    batch_size: int = 8,
    advance: Callable[[int], None] = lambda steps: None,
) -> list[Row]:
    """Read the task's texts with each of its decoders; call `advance(1)` after each text."""
    rows: list[Row] = []
    scores: list[Score] = []
    for decoder in task.decoders:
        drawings = (pages_of(task, sample, reader.abilities.alphabet) for sample in task.samples)
        scores = []
        asked = decoder if task.is_drawn else None
        for sample, readings in zip(
            task.samples, read_back(reader, drawings, asked, task.mode, batch_size), strict=True
        ):
            scores.append(score(sample, task.mode, readings))
            advance(1)
        rows += rows_of(scores, task, decoder, reader.name, measured or {})
    # All decoders read the same pages, so the last one's spending is everyone's.
    baseline = [truncated(sample, read.vision_tokens) for sample, read in zip(task.samples, scores, strict=True)]
    return rows + rows_of(baseline, task, TRUNCATION, "", {})


def score(sample: Sample, mode: str, readings: Sequence[Reading]) -> Score:
    """Compare what was read with the truth. A page that failed gave no text, but its tokens are counted."""
    count, read = vision_token_count(mode), text_of(readings)
    looped = any(reading.status == "looped" for reading in readings)
    return Score(
        bucket=sample.bucket,
        text_tokens=count_text(sample.text),
        vision_tokens=sum(reading.vision_tokens or count.paper for reading in readings),
        sequence_tokens=sum(reading.sequence_tokens or count.real for reading in readings),
        images=len(readings),
        similarity=compare(sample.text, read),
        looped=looped or (repeats(read) and not repeats(sample.text)),
        failed=any(reading.status == "failed" for reading in readings),
        seconds=sum(reading.seconds for reading in readings),
    )


def truncated(sample: Sample, tokens: int) -> Score:
    """Score the baseline: the text's first `tokens` text tokens, and nothing of the rest."""
    similarity = compare(sample.text, prefix_of(sample.text, tokens))
    return Score(sample.bucket, count_text(sample.text), tokens, tokens, 0, similarity)


def rows_of(scores: Iterable[Score], task: Task, decoder: str, reader: str, measured: Measured) -> list[Row]:
    """Return a row for each bucket in the order of size, and one over all where there are several."""
    buckets: dict[str, list[Score]] = {}
    for item in scores:
        buckets.setdefault(item.bucket, []).append(item)
    names = sorted(buckets, key=lambda name: BUCKETS.index(name) if name in BUCKETS else -1)
    if len(names) > 1:
        names.append(ALL)
        buckets[ALL] = [item for group in buckets.values() for item in group]
    return [_row(buckets[name], name, task, decoder, reader, measured) for name in names]


def _row(scores: list[Score], bucket: str, task: Task, decoder: str, reader: str, measured: Measured) -> Row:
    text_tokens, vision_tokens = fmean(s.text_tokens for s in scores), fmean(s.vision_tokens for s in scores)
    return Row(
        condition=task.condition,
        decoder=decoder,
        mode=task.mode,
        bucket=bucket,
        pages=len(scores),
        text_tokens=text_tokens,
        vision_tokens=vision_tokens,
        ratio=text_tokens / vision_tokens,
        fidelity=fmean(s.similarity.fidelity for s in scores),
        exact=fmean(s.similarity.exact for s in scores),
        word_precision=fmean(s.similarity.word_precision for s in scores),
        fidelity_median=median(s.similarity.fidelity for s in scores),
        words_right=fmean(s.similarity.words_right for s in scores),
        looped=fmean(s.looped for s in scores),
        failed=fmean(s.failed for s in scores),
        images=fmean(s.images for s in scores),
        sequence_tokens=fmean(s.sequence_tokens for s in scores),
        seconds=fmean(s.seconds for s in scores),
        paper=paper_value(task.condition, task.mode, bucket) if decoder != TRUNCATION else None,
        measured=measured_value(measured, task.condition, task.mode, bucket),
        data=task.data,
        reader=reader,
    )
