"""Random texts of all kinds, drawn and read back: what nano says is `ok` came back character by character."""

from __future__ import annotations

import random

import pytest
from quality.random_texts import KINDS, make_text

from sokdok.pages import CELLS, draw_pages, plan
from sokdok.reading import load
from sokdok_lab.bench.compression.roundtrip import Decoder, page_size, read_back, text_of

MOST_NOT_OK = 12  # of the thirty texts of this seed on the smallest pages


def statuses(count: int, seed: int, mode: str, decoder: Decoder) -> list[bool]:
    """Which of so many texts, kinds in turn and each in a random cell, are `ok`; all that are must be exact."""
    reader, texts, plans = load(), [], []
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        texts.append(make_text(list(KINDS)[number % len(KINDS)], rng))
        cell = rng.choice([None, *CELLS.values()])
        plans.append(plan(texts[-1], page_size(mode), cell, reader.abilities.alphabet))
    found = []
    for text, readings in zip(texts, read_back(reader, map(draw_pages, plans), decoder, mode), strict=True):
        found.append({reading.status for reading in readings} == {"ok"})
        assert not found[-1] or text_of(readings) == text
    return found


@pytest.mark.parametrize("decoder", ["autoregressive", "parallel"])
def test_nano_loses_nothing_in_silence(decoder: Decoder) -> None:
    assert statuses(len(KINDS), 11, "tiny", decoder).count(False) <= MOST_NOT_OK


@pytest.mark.slow
@pytest.mark.parametrize("decoder", ["autoregressive", "parallel"])
@pytest.mark.parametrize("mode", ["tiny", "small", "base"])
def test_nano_loses_nothing_in_silence_in_many_texts(decoder: Decoder, mode: str) -> None:
    assert statuses(330, 12, mode, decoder).count(True) > 100
