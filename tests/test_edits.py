"""Edit distances, held against rapidfuzz, and that edits make one sequence of the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from sokdok.edits import Edit, distance, edits, similarity

texts = st.text("ab한 c", max_size=80)  # longer than a machine's word


@given(texts, texts)
def test_agrees_with_rapidfuzz(first: str, second: str) -> None:
    assert distance(first, second) == Levenshtein.distance(first, second)
    assert similarity(first, second) == pytest.approx(Levenshtein.normalized_similarity(first, second), abs=1e-12)
    theirs = Levenshtein.opcodes(first, second)
    assert edits(first, second) == [(e.tag, e.src_start, e.src_end, e.dest_start, e.dest_end) for e in theirs]


@given(texts, texts)
def test_edits_make_the_second_of_the_first(first: str, second: str) -> None:
    made, cost = "", 0
    for tag, start, stop, other_start, other_stop in edits(first, second):
        assert (tag == "equal") == (first[start:stop] == second[other_start:other_stop])
        made += second[other_start:other_stop]
        cost += 0 if tag == "equal" else max(stop - start, other_stop - other_start)
    assert made == second and cost == distance(first, second)


def test_lists_of_anything_are_compared_too() -> None:
    assert edits(["a\n", "b\n"], ["a\n", "x\n", "b\n"])[1] == Edit("insert", 1, 1, 1, 2)
    assert distance([1, (2, 3), None], [1, None]) == 1


def test_two_empty_texts_are_alike() -> None:
    assert (distance("", ""), similarity("", ""), edits("", "")) == (0, 1.0, [])
    assert (distance("", "abc"), similarity("", "abc")) == (3, 0.0)
