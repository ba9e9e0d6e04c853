from __future__ import annotations

import pytest

from sokdok.compress.one_text import check_mode, compare, put_on_pages
from sokdok.errors import InputError
from sokdok.tokens import count_text


def test_a_text_on_one_page_costs_what_the_mode_does() -> None:
    text = "다섯 상자, 2.5 t.\n" * 20
    on_pages, layouts = put_on_pages(text, "tiny", None, None)
    assert (on_pages.pages, len(layouts), on_pages.vision_tokens, on_pages.sequence_tokens) == (1, 1, 64, 73)
    assert on_pages.text_tokens == count_text(text) and on_pages.ratio == count_text(text) / 64
    assert on_pages.cell_reason == "the largest that fits one page" and on_pages.escapes == 0
    assert put_on_pages(text, "tiny", None, frozenset({ord("2")}))[0].escapes > 0


def test_what_came_back_is_held_against_what_was_drawn() -> None:
    back = compare("one\ntwo\n", "one\ntoo\t\n")
    assert not back.identical and 0.8 < back.fidelity < 1 and back.wrong == 2 and back.exact == 1 - 2 / 9
    (place,) = back.row()["differences"]
    assert (place["line"], place["lines"]) == (2, 1) and "two" in place["expected"] and "too" in place["read"]
    assert "text" not in back.row()


def test_pages_have_no_other_modes() -> None:
    with pytest.raises(InputError, match="gundam"):
        check_mode("gundam")
