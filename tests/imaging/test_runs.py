from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.runs import gaps, runs, spans


def by_counting(flags: list[bool]) -> list[list[int]]:
    found, at = [], 0
    for flag, run in groupby(flags):
        end = at + len(list(run))
        found += [[at, end]] if flag else []
        at = end
    return found


@given(st.lists(st.booleans()))
def test_spans_are_the_runs_of_true(flags: list[bool]) -> None:
    assert spans(np.array(flags, bool)).tolist() == by_counting(flags)


@given(st.lists(st.booleans()), st.integers(0, 4))
def test_gaps_are_what_spans_leave_out_between_them(flags: list[bool], least: int) -> None:
    inner, wide = spans(np.array(flags, bool)), gaps(np.array(flags, bool), least)
    between = [[a, b] for (_, a), (b, _) in zip(inner.tolist(), inner.tolist()[1:], strict=False) if b - a > least]
    assert wide.tolist() == between
    assert len(spans(np.array(flags, bool), least)) == len(between) + any(flags)


def test_runs_of_a_mask_go_along_its_rows() -> None:
    found = runs(np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool))
    assert [list(map(int, run)) for run in zip(*found, strict=True)] == [[0, 0, 2], [0, 3, 4], [2, 0, 4]]


@pytest.mark.parametrize("shape", [(0, 0), (2, 0), (0, 2)])
def test_nothing_has_no_runs(shape: tuple[int, int]) -> None:
    assert len(runs(np.zeros(shape, bool)).rows) == 0
