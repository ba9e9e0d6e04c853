from __future__ import annotations

from sokdok.model.nano.alphabet import UNREAD_CHARS, UNREAD_MARK, Alphabet, as_read, default_chars
from sokdok.model.nano.session import bundled_folder
from sokdok_lab.synth.alphabet import recogniser_chars


def test_the_recogniser_tells_apart_what_a_picture_can() -> None:
    chars = recogniser_chars()
    assert len(set(chars)) == len(chars) and Alphabet(chars).classes == 1765
    assert {*as_read(default_chars())} <= {*chars}
    assert {*"ąđệΑяћ½→①"} <= {*chars} and as_read("\ufb01nd 5 \u2126") == "find 5 \u03a9" and "\u2126" not in chars
    assert as_read(chars) == chars and UNREAD_MARK in chars and not set(map(chr, UNREAD_CHARS)) & set(chars)


def test_the_recogniser_that_ships_has_these_letters() -> None:
    assert Alphabet.load(bundled_folder() / "recogniser.json").chars == recogniser_chars()
