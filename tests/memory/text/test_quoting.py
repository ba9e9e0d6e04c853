from hypothesis import given
from hypothesis import strategies as st

from sokdok.memory.text.quoting import INDENT, continued, fits, indented

TEXT = st.text(st.sampled_from(list("a[1 ]\n\r\v\f\x1c\x85\u2028\u2029가")), max_size=60)


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
