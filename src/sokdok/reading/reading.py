"""What a reader can be asked, and what it answers.

Whatever has pages goes through a reader that takes pages (`read_inputs`): what can't be opened is a failed reading in
its place.

What confidence means: of a word the probability that it is right, of a page about the share of its words that are.

- A net says .95 where it is right nine times of ten, and .6 where it is hardly ever right. What it says was held
  against the truth of pages that it had not seen (`lab/scripts/calibrate_confidence.py`); the curve lies beside its
  weights.
- With less than half of the words right a page is no transcript but a draft, and is delivered with a warning; with
  hardly any it is noise, and not delivered.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict, Unpack

import numpy as np

from sokdok.errors import InputError, ModelError
from sokdok.imaging.box import Box
from sokdok.imaging.pose import Pose
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.text_line import LEGIBLE, LineReader, TextLine, lines_confidence
from sokdok.pages.files import pages_of
from sokdok.pages.page import Page, PageError
from sokdok.reading.prompts import PLAIN, TASKS
from sokdok.reasons import say

if TYPE_CHECKING:
    from sokdok.pages.files import Inputs


Status = Literal["ok", "incomplete", "truncated", "looped", "failed"]
"""incomplete: not all of the page is in the text as it stands there, see `error`; truncated: stopped at the length
limit; looped: stopped in a repetition; failed: see `error`"""


@dataclass(frozen=True)
class Span:
    """A span of a reading's text, in characters, and the reader's confidence in it."""

    start: int
    end: int
    mean_logprob: float  # mean natural log-probability of its tokens


@dataclass(frozen=True)
class Reading:
    """One page read. Never raised away: a page that could not be read has status `failed` and says why."""

    page: int  # position of the page in what was given to `read`, from 0
    source: str
    status: Status
    text: str
    decoder: str = ""  # `autoregressive`, `parallel` or, for a page read line by line, `lines`
    mode: str = ""  # tiny, small, base, large, gundam
    vision_tokens: int = 0  # the paper's count: 64, 100, 256, 400
    sequence_tokens: int = 0  # what the decoder's sequence really holds, row newlines and separator included
    steps: int = 0  # symbols (nano: marks included) or text tokens read
    seconds: float = 0.0  # share of the batch's time
    mean_logprob: float = 0.0  # mean natural log-probability of the symbols read
    weak_spans: tuple[Span, ...] = ()  # where its confidence was least, weakest first; empty if it does not say
    retried: str = ""  # what was changed for a second attempt after a loop; empty if the first one stands
    error: str = ""
    lines: tuple[TextLine, ...] = field(default=(), repr=False)
    """what the text is made of, each with its words, in pixels of the straight page, and those without text that are
    not legible; empty where the reader knows no places"""
    pose: Pose | None = None  # how the straight page lies in the picture that was read, where the reader has found out
    layout: tuple[LayoutBlock, ...] = ()  # the lines in blocks, in reading order
    unread: tuple[Box, ...] = ()  # where something looks like type and was not read, in pixels of the straight page


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. Raises InputError for numbers that mean nothing."""

    temperature: float = 0.0  # 0 takes the likeliest token
    top_p: float = 1.0  # draw from the smallest set of tokens that holds this share of the probability
    seed: int = 0

    def __post_init__(self) -> None:
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise InputError(
                f"temperature must not be negative and top_p lie in (0, 1], not {self.temperature:g} and {self.top_p:g}"
            )


@dataclass(frozen=True)
class Abilities:
    """What a reader honours of what it can be asked. Whatever else it is given, it refuses by name."""

    alphabet: frozenset[int] | None = None  # code points that a page may show as themselves; None: no limit is known
    family: str | None = None  # whose prompts it was trained on (`prompts.FAMILIES`); None: no published model's
    tasks: tuple[str, ...] = tuple(TASKS)  # named tasks it can be asked (`prompts.TASKS`)
    prompts: bool = True  # whether it answers any prompt, not only those of its tasks
    layout_task: str | None = None  # the task that makes it give a page's blocks with their places; None: there is none
    modes: tuple[str, ...] = ()  # resolutions that `mode` can name, cheapest first
    chooses_mode: bool = True  # whether it finds the right resolution for each page by itself if none is named
    decoders: tuple[str, ...] = ()  # what `decoder` can name
    sampling: bool = False  # whether it can draw tokens at random
    max_tokens: bool = False  # whether a page's text can be limited
    lines: LineReader | None = None  # reads the lines of a picture, each with its box
    figure_nets: Path | None = None  # folder with nets of its own for figures; None: figures are asked for by prompt
    encode: Callable[[str, np.ndarray], object] | None = None  # the encoder alone: mode, pixels (B, 3, side, side)

    def takes(self, option: str) -> bool:
        """Whether `read` honours mode, decoder, sampling or max_tokens."""
        return bool(self._options.get(option))

    def check(self, reader: str, **options: object) -> None:
        """Raise InputError for an option of the reader called `reader` that is given (not None) and not honoured."""
        asked = {name: value for name, value in options.items() if value is not None}
        for name, value in asked.items():
            if not self.takes(name):
                raise InputError(f"{reader} takes no {name}")
            choices = self._options[name]
            if not isinstance(choices, bool) and value not in choices:
                raise InputError(f"{reader} has no {name} {value!r}; choose one of {', '.join(choices)}")

    def check_prompt(self, reader: str, prompt: str) -> None:
        """Raise InputError for words that the reader called `reader` does not follow."""
        own = {TASKS[name].prompt for name in self.tasks} | {PLAIN}
        if not self.prompts and prompt not in own:
            raise InputError(
                f"{reader} follows no prompts: it reads what stands on a page. A published checkpoint or endpoint does"
            )

    @property
    def _options(self) -> dict[str, tuple[str, ...] | bool]:
        """The choices of each option of `read`, or whether it is honoured at all."""
        return {"mode": self.modes, "decoder": self.decoders, "sampling": self.sampling, "max_tokens": self.max_tokens}


class Asked(TypedDict, total=False):
    """How pages are to be read; what is left out or None is the reader's choice."""

    mode: str | None  # a resolution by name (`model.preprocess.MODES`)
    decoder: str | None
    sampling: Sampling | None
    max_tokens: int | None


class Reader(Protocol):
    """Anything that turns pages into text."""

    @property
    def name(self) -> str:
        """What the reader is called in reports."""

    @property
    def abilities(self) -> Abilities:
        """What it can be asked."""

    def read(
        self, pages: Inputs, prompt: str = PLAIN, *, batch_size: int = 8, **asked: Unpack[Asked]
    ) -> Iterator[Reading]:
        """Read pages in batches and yield one Reading per page, in order. Never raises for one bad page.

        `pages` are Pages, pictures, arrays of pixels, files by path or content: one, or several in order. Raises
        InputError for an option that `abilities` does not list.
        """


Read = Callable[[Iterator[Page]], Generator[Reading, None, None]]  # closing what it gives cancels


def read_inputs(inputs: Inputs, read: Read) -> Iterator[Reading]:
    """The readings that `read` makes of the pages of `inputs`, in order; see `pages.files.pages_of`.

    Raises InputError at once for what is no input, else only when it is iterated.
    """
    return _in_places(pages_of(inputs), read)


def _in_places(opened: Iterator[Page | PageError], read: Read) -> Iterator[Reading]:
    places: deque[int] = deque()  # of the pages that `read` was given and has not answered
    failed: deque[Reading] = deque()

    def pages() -> Iterator[Page]:
        for place, page in enumerate(opened):
            if isinstance(page, PageError):
                failed.append(Reading(place, page.source, "failed", "", error=page.message))
            else:
                places.append(place)
                yield page

    with closing(read(pages())) as readings:
        for reading in readings:
            place = places.popleft()
            while failed and failed[0].page < place:
                yield failed.popleft()
            yield reading if reading.page == place else replace(reading, page=place)
    yield from failed


# --- confidence ---


@dataclass(frozen=True)
class Calibration:
    """A rising curve: the score of a word -> the probability that it is right."""

    said: tuple[float, ...] = (0.0, 1.0)
    right: tuple[float, ...] = (0.0, 1.0)

    def __post_init__(self) -> None:
        for values in (self.said, self.right):
            if len(values) != len(self.said) or len(values) < 2 or list(values) != sorted(values):
                raise ValueError("a calibration is two rising rows of as many numbers")
            if values[0] < 0 or values[-1] > 1:
                raise ValueError("probabilities lie between 0 and 1")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read a curve; a checkpoint without one is taken at its word. Raises ModelError for a file that is none."""
        if not path.is_file():
            return cls()
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls(*(tuple(float(number) for number in stored[name]) for name in ("said", "right")))
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise ModelError(f"{path} is no calibration of confidence ({error})") from None

    def word(self, word: np.ndarray, line: np.ndarray) -> float:
        """Probability that a word is right, by those of its symbols (N,) and of all symbols of its line (M,)."""
        return float(np.interp(score(word, line), self.said, self.right))


def score(word: np.ndarray, line: np.ndarray) -> float:
    """What the curve begins with: the squared mean of a word's probabilities (N,), times that of its line's (M,).

    0 without any. In a line that is read badly, a word with a high probability is less often right than elsewhere.
    """
    return float(word.mean()) ** 2 * float(line.mean()) if len(word) else 0.0


FLOOR = 0.5  # below it a page is incomplete: `poor`, by its grade


def confidence_of(reading: Reading) -> float | None:
    """Confidence of a page's text, 0 to 1, by its words, or by its symbols where no lines are known; else None."""
    if reading.lines:
        return lines_confidence(reading.lines)
    return probability(reading.mean_logprob) if reading.mean_logprob else None


def probability(logprob: float) -> float | None:
    """What a logarithm stands for, 1 at most; None for one that is no number."""
    return None if math.isnan(logprob) else math.exp(min(logprob, 0.0))


def doubt(confidence: float | None) -> str:
    """What is to be said of a page that is read with this confidence; empty where nothing is."""
    if confidence is None or confidence >= FLOOR:
        return ""
    if confidence < LEGIBLE:
        return say("illegible", confidence=f"{confidence:.2f}")
    return say("hardly_legible", confidence=f"{confidence:.2f}")
