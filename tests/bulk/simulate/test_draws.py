"""What is drawn has the means that are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.bulk.simulate.draws import draw_documents, draw_pages, draw_tokens, draw_units
from sokdok.bulk.simulate.inputs import Corpus
from sokdok.bulk.unit import MOST_PAGES, page_ranges


def _generator() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("mean", [1.5, 4.5, 40.0])
def test_documents_have_the_mean_that_is_asked_for_and_a_heavy_tail(mean: float) -> None:
    pages = draw_documents(Corpus(pages_per_document=mean), 400_000, _generator())
    assert pages.min() >= 1
    assert pages.mean() == pytest.approx(mean, rel=0.05)
    assert pages.max() > 100 * mean  # a normal distribution would never


def test_documents_of_a_sample_are_those_of_the_sample() -> None:
    pages = draw_documents(Corpus(document_pages=(2, 7)), 1_000, _generator())
    assert set(pages.tolist()) == {2, 7}


@pytest.mark.parametrize("pages", [1, 31, 32, 33, 1_000, 12_345])
def test_units_have_exactly_the_pages_asked_for(pages: int) -> None:
    units = draw_units(Corpus(), pages, _generator())
    assert units.sum() == pages
    assert units.min() >= 1 and units.max() <= MOST_PAGES


def test_units_are_cut_as_a_plan_cuts_them() -> None:
    for pages in (1, 32, 33, 100, 1_001):
        units = draw_units(Corpus(document_pages=(pages,)), pages, _generator())
        assert units.tolist() == [last - first + 1 for first, last in page_ranges(pages)]


@pytest.mark.parametrize("loops", [0.0, 0.05])
def test_tokens_have_the_mean_loops_included(loops: float) -> None:
    corpus = Corpus(tokens_per_page=750.0, loop_share=loops)
    tokens = draw_tokens(corpus, 300_000, _generator())
    assert tokens.mean() == pytest.approx(750.0, rel=0.01)
    assert (tokens == corpus.token_cap).mean() == pytest.approx(loops, abs=0.003)


def test_pages_whose_layer_says_all_cost_the_reader_nothing() -> None:
    corpus = Corpus(exact_share=0.5)
    pages = draw_pages(corpus, draw_units(corpus, 5_000, _generator()), 0.1, 3)
    assert not pages.tokens[pages.exact].any() and not pages.again[pages.exact].any()
    assert pages.exact.mean() == pytest.approx(0.5, abs=0.03)
    assert pages.tokens[~pages.exact].mean() == pytest.approx(corpus.tokens_per_page)
