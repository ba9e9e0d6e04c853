"""Against endless repetition, the family's commonest failure: forbid it, notice it, forbid more at the second attempt.

- `NoRepeatNgram` is the published guard: a token that would complete an n-gram seen a moment ago can't be chosen. It
  misses periods over window - n + 1 (61 tokens for 30/90) and, by its exceptions, rows of empty cells.
- `LoopDetector` sees what gets through: exact repetition of any period up to 512 tokens at the end of what was written,
  at some 5 µs a token. Repetition with a changing part, such as a counter, is none to it.
- `RETRY` is the guard for reading a page again after a loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.errors import InputError
from sokdok.tokens.deepseek import SPECIAL_TOKENS

CELLS = frozenset({SPECIAL_TOKENS["<td>"], SPECIAL_TOKENS["</td>"]})  # tables repeat them by right
ROW = SPECIAL_TOKENS["<tr>"]

MAX_PERIOD = 512  # tokens of the longest piece whose repetition is found
MIN_REPEATED = 480  # tokens that a loop fills at least (`LoopDetector`)
MIN_REPEATED_ROWS = 3 * MAX_PERIOD  # tokens that a loop with table rows fills at least


@dataclass(frozen=True)
class NoRepeatNgram:
    """No n-gram of tokens twice within `window` tokens, save that tokens of the `whitelist` may complete one.

    DeepSeek-OCR-vllm/process/ngram_norepeat.py. InputError unless 2 <= n <= window.
    """

    n: int
    window: int
    whitelist: frozenset[int] = CELLS

    def __post_init__(self) -> None:
        if not 2 <= self.n <= self.window:
            raise InputError(f"an n-gram guard needs 2 <= n <= window, not n = {self.n} and window = {self.window}")

    def __str__(self) -> str:
        exceptions = "" if self.whitelist else ", table cells included"
        return f"no {self.n} tokens in a row twice within {self.window:,}{exceptions}"

    def banned(self, generated: Sequence[int]) -> set[int]:
        """Tokens that must not come next after the tokens generated so far, the prompt not among them.

        vLLM hands the published processor the output alone; the prompt would change nothing, being placeholders.
        """
        recent = list(generated[-self.window :])
        size = self.n - 1
        if len(recent) <= size:
            return set()
        prefix = recent[-size:]
        first, starts = prefix[0], range(len(recent) - size)
        seen = {recent[i + size] for i in starts if recent[i] == first and recent[i : i + size] == prefix}
        return seen - self.whitelist


# As published: DeepSeek-OCR for one image, a PDF; DeepSeek-OCR-2; Unlimited-OCR (no exceptions sent).
GUARDS = {
    "image": NoRepeatNgram(30, 90),
    "pdf": NoRepeatNgram(20, 50),
    "ocr2": NoRepeatNgram(20, 90),
    "unlimited": NoRepeatNgram(35, 128, frozenset()),
    "unlimited-pages": NoRepeatNgram(35, 1024, frozenset()),
}

RETRY = NoRepeatNgram(20, 1024, frozenset())
"""For the second attempt: sees every period that the detector does, allows no exception, and n is the least published.

Not less than 20, for texts repeat themselves by right: of the true texts of 28 Korean pages, 71 tables and 91 English
pages, n = 12 would have forbidden a token in 23, 40 and 25, n = 20 in 17, 17 and 10, n = 35 in 5, 4 and 2. So it is
nothing for the first attempt either.
"""


@dataclass(frozen=True)
class Loop:
    """An exact repetition at the end of the generated tokens."""

    period: int  # in tokens; the shortest that explains the repetition
    keep: int  # how many of the generated tokens to keep: what came before, and the repeated piece once
    repeats: int  # how often the piece stands there in full, the one kept included


class LoopDetector:
    """Watches tokens as they are generated, for one page.

    A piece is a loop when its repetitions fill `repeated_tokens` and are three at least. What real pages repeat stays
    below: the longest (three copies or more) in the true texts of 260 pages and tables was 67 tokens.

    - 480 tokens: more than half of what a page usually holds. Passes 100 dashes or dots even at one token each, a line
      or a form's section a dozen times over, a row of 200 empty cells.
    - 1,536 if the piece holds a `<tr>`: blank forms and zero-filled tables do have forty equal rows, of 22 tokens for
      ten empty cells. Passes 12 equal rows of up to 127 tokens.
    """

    def __init__(self) -> None:
        # A ring written twice over, so that the last MAX_PERIOD tokens always lie side by side, the oldest first.
        self._ring = np.full(2 * MAX_PERIOD, -1, np.int32)
        # For each period, longest first: the last so many tokens each equal the token one period before.
        self._run = np.zeros(MAX_PERIOD, np.int32)
        self._count = 0

    def push(self, token: int) -> Loop | None:
        """Take the next token; the loop it completes, if it does (and again at every further token of it)."""
        place = self._count % MAX_PERIOD
        self._run += 1
        self._run *= self._ring[place : place + MAX_PERIOD] == token
        self._ring[place] = self._ring[place + MAX_PERIOD] = token
        self._count += 1
        return self._loop() if (self._run >= _LEAST_RUN).any() else None

    def _loop(self) -> Loop | None:
        """The shortest period that repeats for long enough: its multiples repeat too."""
        recent = self._ring[self._count % MAX_PERIOD :][:MAX_PERIOD]
        rows = np.flatnonzero(recent == ROW)
        least = np.where(MAX_PERIOD - rows[-1] <= _PERIODS, MIN_REPEATED_ROWS, _LEAST) if len(rows) else _LEAST
        found = np.flatnonzero(_PERIODS + self._run >= least)
        if not len(found):
            return None
        period, run = MAX_PERIOD - int(found[-1]), int(self._run[found[-1]])
        return Loop(period, keep=self._count - run, repeats=(period + run) // period)


def repeated_tokens(period: int, rows: bool = False) -> int:
    """How many tokens a piece of `period` tokens must fill to be a loop; `rows` if a table row starts in it."""
    return MIN_REPEATED_ROWS if rows else max(MIN_REPEATED, 3 * period)


_PERIODS = np.arange(MAX_PERIOD, 0, -1)
_LEAST = np.array([repeated_tokens(int(period)) for period in _PERIODS], np.int32)
_LEAST_RUN = _LEAST - _PERIODS
"""(MAX_PERIOD,) longest period first: runs worth a closer look; the first copy of a piece equals nothing before it."""
