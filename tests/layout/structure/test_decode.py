"""What is decoded from a network's probabilities holds whatever they are: clusters, orders without circles, grids."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.imaging.arrays import softmax
from sokdok.layout.structure.decode import bands, chains, clusters, path_cover, spans

SEEDS = st.integers(0, 2**32 - 1)


def test_what_belongs_together_is_one_cluster() -> None:
    together = np.full((4, 4), 0.1)
    together[:2, :2] = together[2:, 2:] = 0.9
    assert clusters(together).tolist() == [0, 0, 1, 1]
    together[0, 2] = together[2, 0] = 0.9  # one link does not outweigh three
    assert clusters(together).tolist() == [0, 0, 1, 1]
    assert clusters(together, certain=np.eye(4, k=2) > 0).tolist() == [0, 1, 0, 1]  # in line, gaps below each other


def test_what_no_window_shows_together_counts_neither_way() -> None:
    together = np.array([[1, 0.9, np.nan], [0.9, 1, 0.9], [np.nan, 0.9, 1]])
    assert clusters(together).tolist() == [0, 0, 0]


def test_a_circle_falls_at_its_weakest_link() -> None:
    choice = np.full((3, 3), -5.0)
    choice[0, 1], choice[1, 2], choice[2, 0] = 5, 4, 3
    chosen = softmax(np.concatenate([choice, np.zeros((3, 1))], 1))
    after = path_cover(chosen[:, :-1], chosen[:, -1])
    assert after.tolist() == [1, 2, -1] and chains(after) == [[0, 1, 2]]


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 12))
def test_each_node_is_once_in_an_order(seed: int, count: int) -> None:
    chosen = np.random.default_rng(seed).dirichlet(np.full(count + 1, 0.2), count)
    found = chains(path_cover(chosen[:, :-1], chosen[:, -1]))
    assert sorted(node for chain in found for node in chain) == list(range(count))


def test_rows_part_where_most_evidence_says_so() -> None:
    together = np.full((6, 6), 0.2)
    for start in (0, 2, 4):
        together[start : start + 2, start : start + 2] = 0.8
    together[1, 2] = together[2, 1] = 0.9  # against three that say no
    assert bands(together, np.array([0.0, 0.0, 1.0, 1.0, 2.0, 2.0])).tolist() == [0, 0, 1, 1, 2, 2]


def test_a_cell_reaches_over_the_rows_beside_it() -> None:
    covers = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) * 0.98 + 0.01
    assert spans(covers, np.array([0.0, 0.0, 1.0, 2.0])).tolist() == [[0, 1], [0, 0], [1, 1], [2, 2]]


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 12))
def test_rows_are_counted_without_gaps(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    found = spans(random.random((count, count)), random.integers(0, 5, count).astype(float))
    assert (found[:, 1] >= found[:, 0]).all() and found.min() == 0
