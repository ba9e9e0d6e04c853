from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.memory.stream import INDENT, cells, continued, cut_at, entry, fits, indented, new_day, pinned_entry
from sokdok.memory.summary import derive
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.pages.cells import CELLS, slot
from sokdok.pages.layout import symbols_of

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TEXT = st.text(st.sampled_from(list("a[1 ]\n\r\v\f\x1c\x85\u2028\u2029가")), max_size=60)
NANO = Alphabet(default_chars()).code_points
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(list(CELLS.values())), st.sampled_from([None, NANO]))
def test_cells_are_an_upper_bound_for_every_atlas_and_reader(text: str, cell, alphabet) -> None:
    drawn = cell.glyphs.widths[slot(symbols_of(text, cell, alphabet))]
    assert int(np.sum(drawn, dtype=np.int64)) <= cells(text)


@settings(deadline=None)
@given(ANY_TEXT, st.integers(1, 40))
def test_cuts_at_fixed_places_give_the_text_back(text: str, step: int) -> None:
    pieces = cut_at(text, range(step, cells(text) + 2 * step, step))
    assert "".join(pieces) == text and all(cells(piece) < step + 9 for piece in pieces)


def test_entries_name_their_turn_and_a_new_day() -> None:
    assert entry(12, "user", "hi") == "[12 user] hi\n"
    assert entry(1, "user", "hi", new_day(NOON, None)) == "[day 2026-03-01]\n[1 user] hi\n"
    assert new_day(NOON + timedelta(hours=1), NOON) == ""
    assert new_day(NOON + timedelta(days=1), NOON) == "2026-03-02"


def test_the_key_stream_holds_important_turns_and_headings() -> None:
    text = "# Plan\nplain\n## Costs\nmore"
    assert pinned_entry(3, "user", text, False) == "[3] # Plan ## Costs\n"
    assert pinned_entry(3, "user", "plain", True) == "[3 user] plain\n"
    assert pinned_entry(3, "user", "plain #no heading", False) == ""
    assert derive("plain", "user", 3, NOON, NOON, False).pinned_size == 0


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        cells("a\ud800")


@given(TEXT)
def test_no_line_of_what_was_said_begins_where_a_heading_would(text: str) -> None:
    assert all(line.startswith(INDENT) for line in indented(text).splitlines())
    assert all(line.startswith(INDENT) for line in continued(text).splitlines()[1:])


@given(TEXT)
def test_indented_lines_hold_what_was_said(text: str) -> None:
    lines = indented(text).splitlines(keepends=True)
    assert "".join(line.removeprefix(INDENT) for line in lines) == text


@given(TEXT, st.integers(0, 80))
def test_as_much_fits_as_there_is_room_for(text: str, most: int) -> None:
    length = fits(text, most)
    assert len(indented(text[:length])) <= most
    assert length == len(text) or len(indented(text[: length + 3])) > most - 3
