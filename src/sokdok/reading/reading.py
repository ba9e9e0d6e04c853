"""What a reader is asked and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from sokdok.pages.page import Page

Status = Literal["ok", "truncated", "looped", "failed"]
"""truncated: stopped at the length limit; looped: stopped in a repetition; failed: see `error`"""


@dataclass(frozen=True)
class Span:
    """A stretch of a reading's text, as character positions, and how sure the reader was of it."""

    start: int
    end: int
    mean_logprob: float
    """mean natural log-probability of its tokens"""


@dataclass(frozen=True)
class Reading:
    """One page read. Never raised away: a page that could not be read has status `failed` and says why."""

    page: int
    """position of the page in what was given to `read`, from 0"""
    source: str
    status: Status
    text: str
    decoder: str = ""
    """`autoregressive`, `parallel` or, for a page read line by line, `lines`"""
    mode: str = ""
    """tiny, small, base, large, gundam"""
    vision_tokens: int = 0
    """the paper's count: 64, 100, 256, 400"""
    sequence_tokens: int = 0
    """what the decoder's sequence really holds, row newlines and separator included"""
    steps: int = 0
    """symbols (nano: marks included) or text tokens read"""
    seconds: float = 0.0
    """share of the batch's time"""
    mean_logprob: float = 0.0
    """mean natural log-probability of the symbols read"""
    weak_spans: tuple[Span, ...] = ()
    """where the reader was least sure, weakest first; empty if it does not say"""
    retried: str = ""
    """what was changed for a second attempt after a loop; empty if the first one stands"""
    error: str = ""


class Reader(Protocol):
    """Anything that turns pages into text."""

    @property
    def name(self) -> str:
        """What the reader is called in reports."""

    @property
    def alphabet(self) -> frozenset[int] | None:
        """Code points that a page may show as themselves; None if the reader knows no limit."""

    def read(
        self, pages: Iterable[Page], prompt: str = "Free OCR.", *, batch_size: int = 8, mode: str | None = None
    ) -> Iterator[Reading]:
        """Read pages in batches and yield one Reading per page, in order. Never raises for one bad page.

        `mode` is a resolution by name (`model.preprocess.MODES`); None leaves it to the reader.
        """
