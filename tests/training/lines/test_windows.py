"""Windows of lines spell what they show."""

from __future__ import annotations

import itertools

import numpy as np

from fakes.bars import ALPHABET, page
from sokdok.training.lines.windows import SHORT_TEXTS, WIDTH_PX, Pictures, Pool, Windows


def windows(short_texts: float = 0.0) -> Windows:
    return Windows({"page": Pictures(page, 2, 1.0)}, ALPHABET.code_points, short_texts, seed=1)


def test_windows_spell_what_they_show() -> None:
    texts = {line for seed in range(10**9, 10**9 + 400) for line in page(seed).symbols.split("\n")}
    for window in itertools.islice(windows(), 20):
        spelt = "".join(map(chr, window.symbols))
        assert window.ink.shape == (32, WIDTH_PX) and len(spelt) > 5 and any(spelt in text for text in texts)
        assert (window.spans[:, 0] > -20).all() and (window.spans[:, 1] <= WIDTH_PX).all()
        for symbol, (begin, end) in zip(spelt, window.spans.round().astype(int), strict=True):
            column = window.ink[16:, max(0, begin + 2) : end - 2]
            assert symbol == " " or column.max() > 128


def test_short_texts_stand_side_by_side() -> None:
    window = next(iter(windows(short_texts=1.0)))
    pieces = np.floor(window.spans.mean(1) / (WIDTH_PX / SHORT_TEXTS))
    assert set(pieces) == set(range(SHORT_TEXTS)) and (np.diff(window.spans.mean(1)) > 0).all()


def test_a_batch_has_new_windows_and_some_of_the_newest_that_were_seen() -> None:
    made = list(itertools.islice(windows(), 60))
    pool = Pool(iter(made), size=12, fresh=2, seed=0)
    seen = {id(window) for window in pool.draw(6)}
    assert seen <= {id(window) for window in made[:12]} and len(pool.kept) == 12
    for number in range(20):
        last = 12 + 2 * number
        drawn = [id(window) for window in pool.draw(6)]
        assert drawn[:2] == [id(made[last]), id(made[last + 1])]
        assert {*drawn[2:]} <= {id(window) for window in made[last - 12 : last + 2]}
