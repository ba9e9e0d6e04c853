"""Pages through a DeepseekOCR: a batch whose rows come and go.

- Each page is a row of one preallocated cache. A finished row leaves, the last one moves into its place, and the next
  page enters: long pages do not hold up short ones, and pages may have any number of tiles.
- Prompts of equal length are prefilled together, pages are encoded together.
- Every page is guarded by its own n-gram ban and loop detector; a page that looped enters once more under `RETRY`.
- The next token is the likeliest, or one drawn from the likely ones. Confidence is the model's own: log-probabilities
  are those before temperature, top-p and any ban.
- What goes wrong on a page is its outcome, not an exception: length, context, memory.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor

from sokdok.model.family.decoder import KVCache
from sokdok.model.family.deepseek_ocr import DeepseekOCR, ImageTensors
from sokdok.reading.checkpoint.loop_guard import RETRY, LoopDetector, NoRepeatNgram
from sokdok.reading.reading import Sampling, Status


def page_generator(sampling: Sampling, page: int) -> torch.Generator:
    """A page's own random numbers, so that its text does not depend on what is read beside it."""
    return torch.Generator().manual_seed(sampling.seed * 1_000_003 + page)


def choose(
    logits: Tensor, banned: Sequence[Collection[int]], sampling: Sampling, generators: Sequence[torch.Generator]
) -> list[tuple[int, float]]:
    """The next token of each row of logits (B, vocab) fp32, which bans overwrite, and its log-probability."""
    total = logits.logsumexp(-1)
    for row, tokens in enumerate(banned):
        if tokens:
            logits[row, list(tokens)] = float("-inf")
    if sampling.temperature == 0:
        chosen = logits.argmax(-1)
    else:
        drawn = [_draw(row, sampling, generator) for row, generator in zip(logits, generators, strict=True)]
        chosen = torch.tensor(drawn, device=logits.device)
    logprobs = logits.gather(-1, chosen[:, None])[:, 0] - total
    return list(zip(chosen.tolist(), logprobs.tolist(), strict=True))


def _draw(logits: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    probabilities, tokens = (logits / sampling.temperature).softmax(-1).cpu().sort(descending=True)
    # A token stays if those before it do not hold the share yet: the likeliest always does.
    probabilities[probabilities.cumsum(-1) - probabilities >= sampling.top_p] = 0
    return int(tokens[torch.multinomial(probabilities, 1, generator=generator)])


@dataclass(frozen=True)
class Request:
    """One page to read."""

    page: int
    ids: Sequence[int]  # the prompt, with the image's placeholders
    images: tuple[ImageTensors, ...]
    guard: NoRepeatNgram | None


@dataclass
class Outcome:
    """The result of reading a page."""

    page: int
    status: Status = "ok"
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    retried: str = ""
    error: str = ""


class Row:
    """A page on its way through the batch."""

    def __init__(self, request: Request, sampling: Sampling, first_try: Outcome | None = None) -> None:
        self.request, self.first_try = request, first_try
        self.guard = RETRY if first_try else request.guard
        self.detector = LoopDetector()
        self.generator = page_generator(sampling, request.page)
        self.outcome = Outcome(request.page, retried=str(RETRY) if first_try else "")
        self.done = False

    def banned(self) -> set[int]:
        """Tokens that the guard forbids next."""
        return self.guard.banned(self.outcome.tokens) if self.guard else set()

    def take(self, token: int, logprob: float, eos: int, limit: int) -> None:
        """Add the next token and see whether it is the last."""
        if token == eos:
            self.done = True
            return
        self.outcome.tokens.append(token)
        self.outcome.logprobs.append(logprob)
        loop = self.detector.push(token)
        if loop is not None:
            del self.outcome.tokens[loop.keep :], self.outcome.logprobs[loop.keep :]
            self.finish("looped")
        elif len(self.outcome.tokens) >= limit:
            self.finish("truncated")

    def finish(self, status: Status, error: str = "") -> None:
        """Be done, for better or worse."""
        self.outcome.status, self.outcome.error, self.done = status, error, True


class Generator:
    """Runs requests through a model in a batch of at most `rows`."""

    def __init__(self, model: DeepseekOCR, rows: int, longest_prompt: int, max_tokens: int, sampling: Sampling) -> None:
        self.model, self.sampling = model, sampling
        self.context, self.max_tokens = model.config.decoder.max_positions, max_tokens
        weight = model.model.embed_tokens.weight
        decoder = model.config.decoder
        behind = min(max_tokens, decoder.sliding_window or max_tokens)
        capacity = min(self.context, longest_prompt + behind)
        self.cache = KVCache(decoder, capacity, rows, weight.device, weight.dtype)
        self.size, self.device = rows, weight.device
        self.rows: list[Row] = []
        self.again: deque[Row] = deque()

    @torch.inference_mode()
    def run(self, requests: Iterable[Request]) -> Iterator[Outcome]:
        """Outcomes in the order in which pages finish. Requests are taken as rows become free."""
        waiting = iter(requests)
        while True:
            room = max(self.size - len(self.rows) - len(self.again), 0)
            entering = [*(Row(request, self.sampling) for request in islice(waiting, room)), *self.again]
            self.again.clear()
            self._enter(entering)
            if not self.rows:
                return
            yield from self._pop_finished()
            if self.rows:
                self._step()
                yield from self._pop_finished()

    def _enter(self, entering: list[Row]) -> None:
        """Encode and prefill pages, those with prompts of one length together; each has its first token then."""
        by_length: dict[int, list[Row]] = defaultdict(list)
        for row in entering:
            by_length[len(row.request.ids)].append(row)
        for length, group in by_length.items():
            start = len(self.rows)
            self.rows += group
            if length >= self.context:
                for row in group:
                    row.finish("failed", f"the prompt of {length:,} tokens leaves no room in {self.context:,}")
                continue
            try:
                self._choose(group, self._prefill(group, start))
            except (MemoryError, RuntimeError) as error:
                for row in group:
                    row.finish("failed", out_of_memory(error))

    def _prefill(self, group: list[Row], start: int) -> Tensor:
        """Logits (n, vocab) behind the prompts of a group, in rows `start` on of the cache."""
        ids = torch.tensor([row.request.ids for row in group], device=self.device)
        images = [image for row in group for image in row.request.images]
        cache = self.cache[start : start + len(group)]
        return self.model(ids, images, cache=cache, last_only=True)[:, -1]

    def _step(self) -> None:
        """One token for every row."""
        ids = torch.tensor([[row.outcome.tokens[-1]] for row in self.rows], device=self.device)
        try:
            self._choose(self.rows, self.model(ids, cache=self.cache[: len(self.rows)])[:, -1])
        except (MemoryError, RuntimeError) as error:  # the others may go on without the last one
            self.rows[-1].finish("failed", out_of_memory(error))

    def _choose(self, rows: list[Row], logits: Tensor) -> None:
        eos = self.model.config.eos_token_id
        generators = [row.generator for row in rows]
        chosen = choose(logits.float(), [row.banned() for row in rows], self.sampling, generators)
        for row, (token, logprob) in zip(rows, chosen, strict=True):
            row.take(token, logprob, eos, min(self.max_tokens, self.context - len(row.request.ids)))

    def _pop_finished(self) -> Iterator[Outcome]:
        """Outcomes of finished rows; the last row moves into each gap. One that looped first goes round again."""
        for place in reversed(range(len(self.rows))):
            row = self.rows[place]
            if not row.done:
                continue
            self.cache.move(len(self.rows) - 1, place)
            self.rows[place] = self.rows[-1]
            self.rows.pop()
            if row.outcome.status == "looped" and row.first_try is None:
                self.again.append(Row(row.request, self.sampling, row.outcome))
            else:
                yield better(row.outcome, row.first_try)


def better(outcome: Outcome, first_try: Outcome | None) -> Outcome:
    """The second attempt, unless it looped too and kept less than the first."""
    stands = outcome.status not in ("looped", "failed")
    if first_try is None or stands or len(outcome.tokens) >= len(first_try.tokens):
        return outcome
    first_try.retried = outcome.retried
    return first_try


def out_of_memory(error: BaseException) -> str:
    """One line for a step that ran out of memory; any other RuntimeError is a fault of ours and goes on."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return "out of memory: read fewer pages at a time, or in a smaller mode"
    raise error
