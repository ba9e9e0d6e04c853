"""Loss is counted where there is any; nano loses no text in silence."""

from __future__ import annotations

import pytest

from fakes.bench import FakeReader
from sokdok.reading import load
from sokdok_lab.bench.loss.run import make_texts, rows_of, run
from sokdok_lab.bench.loss.texts import KINDS


def test_texts_come_in_turn_in_modes_and_cells() -> None:
    texts = make_texts(2 * len(KINDS), 3)
    assert [drawn.kind for drawn in texts] == 2 * list(KINDS)
    assert {drawn.mode for drawn in texts} == {"tiny", "small", "base"}
    assert {drawn.cell for drawn in texts} == {None, "8x16", "8x8", "4x8"}
    assert texts == make_texts(2 * len(KINDS), 3) != make_texts(2 * len(KINDS), 4)


@pytest.mark.parametrize(("status", "silent", "not_ok"), [("ok", 4, 0), ("incomplete", 0, 4)])
def test_loss_is_silent_only_where_the_reader_says_ok(status: str, silent: int, not_ok: int) -> None:
    reader = FakeReader(lambda text, decoder: text[: len(text) // 2], status)
    (row,) = rows_of(run(reader, make_texts(4, 0, ["code"]), "parallel"))
    assert (row.kind, row.decoder, row.texts, row.exact, row.silent, row.not_ok) == (
        "code",
        "parallel",
        4,
        0,
        silent,
        not_ok,
    )
    assert 0.3 < row.least_fidelity <= row.fidelity < 0.7


def test_a_text_that_comes_back_is_exact() -> None:
    (row,) = rows_of(run(FakeReader(), make_texts(3, 0, ["mixed line ends"]), "autoregressive"))
    assert (row.exact, row.fidelity, row.silent, row.not_ok) == (1, 1, 0, 0)


@pytest.mark.parametrize("decoder", ["autoregressive", "parallel"])
def test_nano_loses_nothing_in_silence(decoder) -> None:
    """About one text of each kind on the smallest pages; what is `ok` came back character by character."""
    texts = [drawn for drawn in make_texts(3 * len(KINDS), 11) if drawn.mode == "tiny"]
    results = list(run(load(), texts, decoder))
    assert [result for result in results if result.ok and not result.exact] == []
    assert sum(not result.ok for result in results) <= MOST_NOT_OK


@pytest.mark.slow
@pytest.mark.parametrize("decoder", ["autoregressive", "parallel"])
def test_nano_loses_nothing_in_silence_in_many_texts(decoder) -> None:
    """The same for a thousand texts: `sokdok bench loss --texts 5000` is the whole of it."""
    results = list(run(load(), make_texts(1000, 12), decoder))
    assert [result for result in results if result.ok and not result.exact] == []


MOST_NOT_OK = 12  # of the thirty texts of this seed
