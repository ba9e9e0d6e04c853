"""Texts of every kind are made, the same for the same seed, and what their names say."""

from __future__ import annotations

import random

import pytest

from sokdok_lab.bench.loss.texts import KINDS, LENGTHS_CHARS, make_text


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_repeatable_and_of_many_lengths(kind: str) -> None:
    texts = [make_text(kind, random.Random(seed)) for seed in range(40)]
    assert texts == [make_text(kind, random.Random(seed)) for seed in range(40)]
    assert all(LENGTHS_CHARS[0] <= len(text) <= LENGTHS_CHARS[1] for text in texts)
    assert min(map(len, texts)) < 60 and max(map(len, texts)) > 800
    assert len(set(texts)) == 40


def test_line_ends_are_those_of_their_kind() -> None:
    crlf, cr, mixed = (
        "".join(make_text(k, random.Random(s)) for s in range(20)) for k in ("crlf", "cr", "mixed line ends")
    )
    assert crlf.count("\r\n") > 50 and crlf.count("\r\n") >= crlf.count("\n") - 1
    assert "\n" not in cr and cr.count("\r") > 50
    assert all(end in mixed for end in ("\r\n", "\n\r\n", "\r\r\n"))
