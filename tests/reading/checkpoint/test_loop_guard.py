"""Loops are stopped early and told exactly; what real pages repeat by right is not taken for one."""

import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.reading.checkpoint.loop_guard import (
    CELLS,
    GUARDS,
    MAX_PERIOD,
    RETRY,
    Loop,
    LoopDetector,
    NoRepeatNgram,
    repeated_tokens,
)
from sokdok.tokens.deepseek import SPECIAL_TOKENS

TD, TD_END, TR, TR_END = (SPECIAL_TOKENS[tag] for tag in ("<td>", "</td>", "<tr>", "</tr>"))


def published_ban(ids: Sequence[int], n: int, window: int, whitelist: frozenset[int]) -> set[int]:
    """The published processor, line by line."""
    if len(ids) < n:
        return set()
    prefix = tuple(ids[-(n - 1) :])
    banned = set()
    for i in range(max(0, len(ids) - window), len(ids) - n + 1):
        ngram = tuple(ids[i : i + n])
        if ngram[:-1] == prefix:
            banned.add(ngram[-1])
    return banned - whitelist


@given(ids=st.lists(st.integers(0, 2), max_size=60), n=st.integers(2, 6), extra=st.integers(0, 20))
def test_bans_what_the_published_guard_bans(ids: list[int], n: int, extra: int) -> None:
    whitelist = frozenset({2})
    assert NoRepeatNgram(n, n + extra, whitelist).banned(ids) == published_ban(ids, n, n + extra, whitelist)


@pytest.mark.parametrize(
    ("guard", "period", "seen"), [("image", 61, True), ("image", 62, False), ("pdf", 31, True), ("pdf", 32, False)]
)
def test_the_longest_period_seen_is_window_minus_n_plus_one(guard: str, period: int, seen: bool) -> None:
    unit = list(range(period))
    assert bool(GUARDS[guard].banned(unit * 5)) is seen
    assert not seen or GUARDS[guard].banned(unit * 5) == {unit[0]}


def test_cells_may_repeat_and_the_retry_forbids_even_them_and_sees_what_the_detector_does() -> None:
    cells = [TD, TD_END] * 100
    assert {TD, TD_END} == CELLS
    assert GUARDS["image"].banned(cells) == set() and RETRY.banned(cells) == {TD}
    assert RETRY.banned(list(range(MAX_PERIOD)) * 2) == {0}
    assert str(RETRY) == "no 20 tokens in a row twice within 1,024, table cells included"
    assert str(GUARDS["image"]) == "no 30 tokens in a row twice within 90"


@pytest.mark.parametrize(("n", "window"), [(1, 90), (0, 0), (30, 29)])
def test_an_impossible_guard_is_refused(n: int, window: int) -> None:
    with pytest.raises(InputError, match="2 <= n <= window"):
        NoRepeatNgram(n, window)


def seconds_each(action: object, times: int) -> float:
    """Least processor time of several tries: others use the machine too."""
    tries = []
    for _ in range(5):
        start = time.thread_time()
        for _ in range(times):
            action()
        tries.append((time.thread_time() - start) / times)
    return min(tries)


def test_a_step_costs_microseconds() -> None:
    ids = random.Random(0).choices(range(1000), k=4000)
    assert seconds_each(lambda: GUARDS["image"].banned(ids), 200) < 50e-6  # 1 on a quiet machine
    assert seconds_each(lambda: GUARDS["unlimited-pages"].banned(ids), 200) < 150e-6  # 15
    detector = LoopDetector()
    assert seconds_each(lambda: detector.push(5), 400) < 100e-6  # 5 to 10


def first_loop(tokens: Sequence[int]) -> tuple[Loop | None, int]:
    detector = LoopDetector()
    for count, token in enumerate(tokens, 1):
        loop = detector.push(token)
        if loop is not None:
            return loop, count
    return None, len(tokens)


def fresh(count: int, seed: int = 0) -> list[int]:
    return random.Random(seed).sample(range(1000, 100_000), count)


@pytest.mark.parametrize("period", [1, 2, 13, 61, 62, 94, 160, 200, 511, 512])
def test_a_loop_is_told_as_soon_as_it_is_long_enough(period: int) -> None:
    prefix, unit = fresh(300, seed=1), list(range(period))
    loop, count = first_loop(prefix + unit * 500)
    assert loop == Loop(period, keep=300 + period, repeats=repeated_tokens(period) // period)
    assert count == 300 + repeated_tokens(period)
    assert count <= 300 + max(480, 3 * period)


def test_an_untidy_beginning_is_kept() -> None:
    unit = list(range(100))
    tokens = fresh(50) + unit[40:70] + [7] + unit[30:] + unit * 20  # breaks off, starts again in the middle
    loop, _ = first_loop(tokens)
    assert loop is not None
    assert (loop.period, loop.keep, loop.repeats) == (100, 50 + 30 + 1 + 100, 4)
    assert tokens[: loop.keep] == tokens[:81] + unit[30:] + unit[:30]


def row(*cells: Sequence[int]) -> list[int]:
    return [TR, *(token for cell in cells for token in (TD, *cell, TD_END)), TR_END]


BLANK, ZERO, AMOUNT = [], [18], [18, 16, 504]  # nothing, "0", "0.00"
LEGITIMATE = {
    "an empty form of 20 rows and 10 columns": row(*[BLANK] * 10) * 20,
    "an empty form of 45 rows and 10 columns": row(*[BLANK] * 10) * 45,
    "a row of 200 empty cells": row(*[BLANK] * 200),
    "100 dashes at one token each": [15] * 100,
    "dot leaders in a table of contents": [t for n in range(40) for t in (2000 + n, *[16] * 60, 3000 + n)],
    "12 identical rows": row(*[[101, 102, 103, 104, 105]] * 17) * 12,  # 121 tokens each
    "a table of zeros": row(*[ZERO] * 10) * 40,
    "a table of 0.00": row(*[AMOUNT] * 12) * 24,
    "zeros behind a label": [token for n in range(60) for token in row([2000 + n], *[AMOUNT] * 12)],
    "a form's section eight times": list(range(50)) * 8,
    "a paragraph twice": list(range(500)) * 2,
    "a part that changes": [token for number in range(500) for token in (1, 2, 3, 1000 + number)],
    "a period beyond the limit": list(range(MAX_PERIOD + 1)) * 8,
}


@pytest.mark.parametrize("tokens", LEGITIMATE.values(), ids=LEGITIMATE)
def test_what_pages_repeat_by_right_passes(tokens: list[int]) -> None:
    assert first_loop(fresh(200) + tokens + fresh(200, seed=2))[0] is None


@pytest.mark.parametrize(
    ("unit", "latest"),
    [
        ([TD, TD_END], 480),
        ([TD, *ZERO, TD_END], 480),
        (row(*[BLANK] * 10), 1536),
        (row(*[[101, 102, 103]] * 20), 1536),
        ([15], 480),
    ],
)
def test_table_loops_are_caught(unit: list[int], latest: int) -> None:
    prefix = fresh(200)
    loop, count = first_loop(prefix + unit * 2000)
    assert loop is not None
    assert loop.period == len(unit)
    assert loop.keep == 200 + len(unit)
    assert count == 200 + latest


def primitive_root(unit: Sequence[int]) -> int:
    """Length of the shortest piece that `unit` is made of."""
    lengths = (p for p in range(1, len(unit) + 1) if len(unit) % p == 0)
    return next(p for p in lengths if list(unit[:p]) * (len(unit) // p) == list(unit))


VOCABULARIES = st.sampled_from([[0, 1], [0, 0, 0, 0, 0, 1], [TD, TD_END, TR, TR_END, 18], list(range(50_000))])


@st.composite
def units(draw: st.DrawFn) -> list[int]:
    """A piece of 1 to 512 tokens, of few kinds or many."""
    size, seed = draw(st.integers(1, MAX_PERIOD)), draw(st.integers(0, 999))
    return random.Random(seed).choices(draw(VOCABULARIES), k=size)


@given(prefix=st.lists(st.integers(0, 3) | st.integers(TD, TR_END), max_size=60), unit=units())
@settings(deadline=None, max_examples=60)
def test_any_repetition_is_found_with_its_shortest_period(prefix: list[int], unit: list[int]) -> None:
    tokens = prefix + unit * (-(-3 * MAX_PERIOD // len(unit)) + 1)
    loop, count = first_loop(tokens)
    assert loop is not None
    assert loop.period == primitive_root(unit)
    start = loop.keep - loop.period
    assert start <= len(prefix)
    assert tokens[loop.keep : count] == tokens[start : count - loop.period]  # nothing new is lost
    assert start == 0 or tokens[start - 1] != tokens[loop.keep - 1]  # and the whole of the repetition is told
    assert loop.repeats == (count - start) // loop.period
    assert count - start == repeated_tokens(loop.period, rows=TR in tokens[count - loop.period : count])


@given(seed=st.integers(0, 10_000), kinds=st.sampled_from([2, 3, 10, 129_280]))
@settings(deadline=None, max_examples=20)
def test_random_tokens_are_no_loop(seed: int, kinds: int) -> None:
    assert first_loop(random.Random(seed).choices(range(kinds), k=3000))[0] is None
