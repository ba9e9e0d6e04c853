"""Documents, units and pages drawn at random from what a corpus is said to be; the same seed draws the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sokdok.bulk.simulate.inputs import Corpus
from sokdok.bulk.unit import MOST_PAGES
from sokdok.errors import InputError

LONGEST_DOCUMENT = 20_000
"""pages; longer files are refused"""
_MOST_DOCUMENTS = 1_000_000
"""drawn at once"""


@dataclass(frozen=True)
class Pages:
    """Pages of units, one after the other; arrays of one length."""

    unit: np.ndarray
    """which unit each belongs to, rising from 0"""
    exact: np.ndarray
    """whether no reader sees it"""
    tokens: np.ndarray
    """that the reader writes; 0 where it does not see the page"""
    bad: np.ndarray
    """whether it ends as a failed row"""
    again: np.ndarray
    """whether it is read twice"""


def draw_units(corpus: Corpus, pages: int, generator: np.random.Generator) -> np.ndarray:
    """Pages of each unit of documents that have `pages` pages together, the last document cut short."""
    chunks: list[np.ndarray] = []
    missing = pages
    while missing > 0:
        count = min(_MOST_DOCUMENTS, max(64, int(missing / corpus.pages_per_document * 1.1)))
        documents = draw_documents(corpus, count, generator)
        ends = np.cumsum(documents)
        last = int(np.searchsorted(ends, missing))
        documents = documents[: last + 1]
        if last < len(ends):
            documents[last] -= int(ends[last]) - missing
        missing -= int(documents.sum())
        chunks.append(_cut(documents))
    return np.concatenate(chunks)


def draw_documents(corpus: Corpus, count: int, generator: np.random.Generator) -> np.ndarray:
    """Pages of so many documents: of the sample's at random, or with a tail that falls as a power."""
    if corpus.document_pages:
        return generator.choice(np.array(corpus.document_pages), count)
    # Of a Lomax distribution, rounded up: P(pages > n) = (1 + n / scale)^-tail, which has the mean that is asked for.
    drawn = np.ceil(generator.pareto(corpus.tail, count) * _scale(corpus.pages_per_document, corpus.tail))
    return np.clip(drawn, 1, LONGEST_DOCUMENT).astype(np.int64)


def draw_pages(corpus: Corpus, units: np.ndarray, retry_share: float, seed: int) -> Pages:
    """The pages of units that have so many each (N,). The mean of their tokens is the corpus's: none must be lucky."""
    generator = np.random.default_rng(seed)
    count = int(units.sum())
    exact = generator.random(count) < corpus.exact_share
    tokens = np.where(exact, 0.0, draw_tokens(corpus, count, generator))
    read = ~exact
    if read.any():
        tokens[read] *= corpus.tokens_per_page / tokens[read].mean()
    return Pages(
        np.repeat(np.arange(len(units)), units),
        exact,
        tokens,
        generator.random(count) < corpus.bad_page_share,
        (generator.random(count) < retry_share) & read,
    )


def draw_tokens(corpus: Corpus, count: int, generator: np.random.Generator) -> np.ndarray:
    """Tokens of read pages: lognormal, and at the cap where the reader loops."""
    body = (corpus.tokens_per_page - corpus.loop_share * corpus.token_cap) / (1 - corpus.loop_share)
    if body <= 0:
        raise InputError("loop_share is too large for tokens_per_page")
    location = np.log(body) - corpus.tokens_spread**2 / 2  # of a lognormal distribution with this mean
    tokens = np.minimum(generator.lognormal(location, corpus.tokens_spread, count), corpus.token_cap)
    tokens[generator.random(count) < corpus.loop_share] = corpus.token_cap
    return np.maximum(tokens, 1.0)


def _cut(documents: np.ndarray) -> np.ndarray:
    """Pages of each unit: documents in as few pieces as can be, equally long if possible (`unit.page_ranges`)."""
    pieces = -(-documents // MOST_PAGES)
    pages, count = np.repeat(documents, pieces), np.repeat(pieces, pieces)
    number = np.arange(len(pages)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    return (number + 1) * pages // count - number * pages // count


def _scale(mean: float, tail: float) -> float:
    """Scale of the Lomax distribution that has this mean, rounded up and with documents no longer than the longest."""
    counts = np.arange(LONGEST_DOCUMENT)
    low, high = 1e-9, 1e6
    for _ in range(80):  # the mean rises with the scale: halve the interval, in logarithms
        middle = np.sqrt(low * high)
        if ((1 + counts / middle) ** -tail).sum() < mean:  # a mean is the sum of P(pages > n)
            low = middle
        else:
            high = middle
    return float(low)
