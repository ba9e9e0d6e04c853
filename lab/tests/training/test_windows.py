"""Windows of lines spell what they show; batches of them are padded and worn anew each time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from fakes.bars import ALPHABET, EM, page
from sokdok.model.nano.alphabet import UNREAD_MARK, Alphabet
from sokdok_lab.synth.alphabet import recogniser_chars
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.training.windows import (
    SHORT_TEXTS,
    WIDTH_PX,
    Pictures,
    Pool,
    Window,
    Windows,
    alone,
    some_words,
    stacked,
)


def windows(draw: Callable[[int], SyntheticPage] = page, short_texts: float = 0.0) -> Windows:
    return Windows({"page": Pictures(draw, 2, 1.0)}, ALPHABET.code_points, short_texts, seed=1)


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


def test_pictures_without_text_teach_that_nothing_is_there() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 300), np.uint8)
    blank = SyntheticPage(noise, "", np.zeros((0, 4), np.float32), ())
    for short_texts in (0.0, 1.0):
        for window in itertools.islice(windows(lambda seed: blank, short_texts), 5):
            assert window.ink.shape == (32, WIDTH_PX) and window.ink.std() > 5
            assert not len(window.symbols) and window.spans.shape == window.unknown.shape == (0, 2)


def test_letters_that_nano_cannot_read_are_asked_for_as_a_mark() -> None:
    def han(seed: int) -> SyntheticPage:
        drawn = page(seed)
        return replace(drawn, symbols=drawn.symbols.replace(drawn.symbols[0], "\u97d3"))

    readable = ALPHABET.code_points | {ord(UNREAD_MARK)}
    made = Windows({"page": Pictures(han, 2, 1.0)}, readable, 0.0, seed=1)
    assert any(ord(UNREAD_MARK) in window.symbols for window in itertools.islice(made, 20))


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


def test_a_short_text_is_cut_off_from_its_neighbours() -> None:
    made = page(0)
    words = some_words(made.lines[0], random.Random(1))
    pixels, label = alone(made.pixels, words)
    dark = (pixels[30 : 30 + EM] == 0).any(0)
    assert np.diff(dark.astype(int)).clip(0).sum() == sum(char != " " for char in label.text)
    assert 0 <= label.boxes[0, 0] < 4 and label.boxes[-1, 2] <= pixels.shape[1]


def test_a_window_far_along_a_line_of_small_type_still_holds_it() -> None:
    pixels, count = np.full((60, 3000), 255, np.uint8), 360
    pixels[29:31, 40:2920] = 0
    lefts = 40 + 8 * np.arange(count + 1, dtype=np.float32)
    boxes = np.stack([lefts, np.full(count + 1, 26), lefts + 8, np.full(count + 1, 34)], 1).astype(np.float32)
    made = SyntheticPage(pixels, "a" * count + "\n", boxes, (Block("paragraph", 0, count + 1),))
    for window in itertools.islice(windows(lambda seed: made), 32):
        assert (window.ink[10:22].mean(0) > 60).mean() > 0.9


def test_what_prints_like_another_symbol_is_asked_for_as_the_other() -> None:
    araea = replace(page(0), symbols="\N{HANGUL LETTER ARAEA}" + page(0).symbols[1:])
    alphabet = Alphabet(recogniser_chars())
    drawn = Windows({"page": Pictures(lambda seed: araea, 2, 1.0)}, alphabet.code_points, 0.0, seed=1)
    spelt = {"".join(map(chr, window.symbols)) for window in itertools.islice(drawn, 20)}
    assert any("·" in text for text in spelt) and not any("\N{HANGUL LETTER ARAEA}" in text for text in spelt)


# --- batches ---


def drawn(count: int) -> list[Window]:
    return list(itertools.islice(windows(), count))


def test_symbols_are_padded_to_the_longest_window() -> None:
    made = drawn(3)
    batch = stacked(made, ALPHABET, None)
    assert batch["pixels"].shape == (3, 1, 32, WIDTH_PX) and batch["pixels"].dtype == torch.uint8
    assert batch["real"].sum(1).tolist() == [len(window.symbols) for window in made]
    triples = np.stack([batch[name][1][batch["real"][1]].numpy() for name in ("first", "vowel", "final")], 1)
    assert ALPHABET.decode(triples).tolist() == made[1].symbols.tolist()


def test_cut_symbols_leave_their_frames_unknown() -> None:
    batch = stacked(drawn(12), ALPHABET, None)
    at = torch.arange(WIDTH_PX // 2) + 0.5
    begin, end = batch["spans"].unbind(-1)
    inside = ((at >= begin[..., None]) & (at < end[..., None]) & batch["real"][..., None]).any(1)
    assert not (inside & ~batch["known"]).any()
    assert (~batch["known"]).any()


def test_wear_differs_each_time_and_keeps_the_form() -> None:
    made = drawn(1) * 20
    clean, worn = (stacked(made, ALPHABET, rng)["pixels"] for rng in (None, random.Random(0)))
    assert sum(not torch.equal(a, b) for a, b in zip(clean, worn, strict=True)) > 5
