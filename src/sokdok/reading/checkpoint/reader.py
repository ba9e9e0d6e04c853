"""The reader for a published checkpoint, on torch: pages in, the family's text out, markup and all.

The prompt decides what comes out (`reading.prompts`); `documents.build` reads the markup.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Generator as Stream
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from sokdok.imaging.arrays import spans as runs_of
from sokdok.model.checkpoints.checkpoint import open_checkpoint
from sokdok.model.checkpoints.loading import load_model
from sokdok.model.checkpoints.tokenizer import Tokenizer
from sokdok.model.family.deepseek_ocr import ImageTensors
from sokdok.model.preprocess import TokenCount, default_mode, modes_of, preprocess, tile_cap, vision_token_count
from sokdok.pages.page import Page
from sokdok.reading.checkpoint.generation import Generator, Outcome, Request
from sokdok.reading.checkpoint.loop_guard import GUARDS, NoRepeatNgram
from sokdok.reading.prompts import FAMILIES, default_task
from sokdok.reading.reading import Abilities, Asked, Reading, Sampling, Span, read_inputs

if TYPE_CHECKING:
    from sokdok.pages.files import Inputs

MAX_TOKENS = 8192  # read from a page by default
PROMPT_TOKENS = 256  # of prompt text that the cache has capacity for at least, beside the image
WEAK_LOGPROB = math.log(0.5)  # below which a token counts as weak: less likely than not
WEAK_SPANS = 5  # reported of a page at most


@dataclass(frozen=True)
class _Asked:
    """A page while it is read."""

    source: str
    tokens: TokenCount
    started: float


class CheckpointReader:
    """Reads pages with DeepSeek-OCR, Unlimited-OCR or DeepSeek-OCR-2.

    `dtype` is bfloat16, float32 or int8 (decoder only), `device` auto, cpu, cuda or mps. Raises ModelError if the
    folder holds no such checkpoint, InputError for a precision or device that is not there.
    """

    def __init__(self, folder: Path, dtype: str = "bfloat16", device: str = "auto") -> None:
        checkpoint = open_checkpoint(folder)
        self.config, self.name = checkpoint.config, checkpoint.config.name
        self.tokenizer = Tokenizer.from_folder(folder)
        self.model = load_model(checkpoint, dtype, device)
        self.family = self.name if self.name in FAMILIES else FAMILIES[0]  # for prompts and guards
        self.abilities = Abilities(
            family=self.family,
            layout_task=default_task(self.family),
            modes=modes_of(self.config),
            chooses_mode=False,
            sampling=True,
            max_tokens=True,
        )

    def read(
        self, pages: Inputs, prompt: str = "Free OCR.", *, batch_size: int = 8, **asked: Unpack[Asked]
    ) -> Iterator[Reading]:
        """One Reading per page, in order, as soon as it and those before it are finished.

        By default in the mode with tiles, and the likeliest of at most `MAX_TOKENS` tokens. At most `batch_size` pages
        are read at a time; the next is opened when one of them is finished. Raises InputError for what `abilities`
        does not list, or a prompt with more than one `<image>`.
        """
        self.abilities.check(self.name, **asked)
        mode, sampling = asked.get("mode") or default_mode(self.config), asked.get("sampling") or Sampling()
        # A prompt that can't work is an error at once, not on every page.
        text = len(self.tokenizer.prompt_ids(prompt, [0]))
        longest = vision_token_count(mode, (1, tile_cap(self.config) * 10_000), tile_cap(self.config)).real
        longest_prompt = longest + max(text, PROMPT_TOKENS)
        most = asked.get("max_tokens") or MAX_TOKENS
        generator = Generator(self.model, batch_size, longest_prompt, most, sampling)

        def read(opened: Iterable[Page]) -> Stream[Reading, None, None]:
            desk = _Desk(self, prompt, mode)
            for outcome in generator.run(desk.requests(opened)):
                desk.take(outcome)
                yield from desk.ready()
            yield from desk.ready()

        return read_inputs(pages, read)

    def guard(self, page: Page) -> NoRepeatNgram:
        """The published n-gram guard for such a page."""
        if self.family == "deepseek-ocr-2":
            return GUARDS["ocr2"]
        if self.family == "unlimited-ocr":
            return GUARDS["unlimited"]
        return GUARDS["pdf" if page.source.lower().endswith(".pdf") else "image"]


class _Desk:
    """Turns pages into requests and outcomes into readings, and puts them back into the order of the pages."""

    def __init__(self, reader: CheckpointReader, prompt: str, mode: str) -> None:
        self.reader, self.prompt, self.mode = reader, prompt, mode
        self.asked: deque[_Asked] = deque()
        self.first = 0  # page that `asked` begins with
        self.finished: dict[int, Reading] = {}

    def requests(self, pages: Iterable[Page]) -> Iterator[Request]:
        """A request per page; one that can't be prepared is finished here."""
        cap = tile_cap(self.reader.config)
        model = self.reader.model.model
        device = model.embed_tokens.weight.device
        for index, page in enumerate(pages):
            count = vision_token_count(self.mode, page.size, cap)
            self.asked.append(_Asked(page.source, count, time.perf_counter()))
            try:
                image = ImageTensors.from_pixels(preprocess(page.image, self.mode, cap), device, model.dtype)
            except (OSError, ValueError, MemoryError) as error:  # a picture that can't be decoded after all
                self.take(Outcome(index, "failed", error=str(error) or "out of memory"))
                continue
            ids = self.reader.tokenizer.prompt_ids(self.prompt, [count.real])
            yield Request(index, ids, (image,), self.reader.guard(page))

    def take(self, outcome: Outcome) -> None:
        """Hold a page's outcome back until those before it are finished."""
        self.finished[outcome.page] = self._reading(outcome, self.asked[outcome.page - self.first])

    def ready(self) -> Iterator[Reading]:
        """Yield the readings whose turn it is."""
        while self.first in self.finished:
            yield self.finished.pop(self.first)
            self.asked.popleft()
            self.first += 1

    def _reading(self, outcome: Outcome, asked: _Asked) -> Reading:
        tokenizer = self.reader.tokenizer
        return Reading(
            page=outcome.page, source=asked.source, status=outcome.status, text=tokenizer.decode(outcome.tokens),
            decoder="autoregressive", mode=self.mode, vision_tokens=asked.tokens.paper,
            sequence_tokens=asked.tokens.real, steps=len(outcome.tokens), seconds=time.perf_counter() - asked.started,
            mean_logprob=float(np.mean(outcome.logprobs)) if outcome.logprobs else 0.0,
            weak_spans=weak_spans(tokenizer.token_spans(outcome.tokens), outcome.logprobs), retried=outcome.retried,
            error=outcome.error,
        )  # fmt: skip


def weak_spans(spans: Sequence[tuple[int, int]], logprobs: Sequence[float]) -> tuple[Span, ...]:
    """Find the runs of weak tokens, weakest first; at most `WEAK_SPANS`.

    spans: (start, end) of each token in the text; logprobs: natural logarithms.
    """
    weak = runs_of(np.array(logprobs) < WEAK_LOGPROB).tolist()
    found = [Span(spans[a][0], spans[b - 1][1], float(np.mean(logprobs[a:b]))) for a, b in weak]
    return tuple(sorted(found, key=lambda span: span.mean_logprob)[:WEAK_SPANS])
