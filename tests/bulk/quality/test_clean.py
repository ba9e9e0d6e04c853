"""Kept documents: what is left out is gone, what is masked has a name, and every place still tells the same text."""

from hypothesis import given
from hypothesis import strategies as st

from fakes.bulk.texts import document
from sokdok.bulk.quality.clean import Edit, Moved, clean
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.rules import personal

RECIPE = Recipe(version=1, leave_out=("heads__line",))


def test_masks_only_what_is_asked_for() -> None:
    made = document("a@example.com and 010-1234-5678\n", "b@example.com.\n")
    tags = personal(made)
    assert clean(made, tags, RECIPE) == (made, tags)
    masked, moved = clean(made, tags, RECIPE, ["email"])
    assert masked.text == "[EMAIL] and 010-1234-5678\n[EMAIL].\n"
    assert masked.page_ends == (26, 35)
    assert [masked.text[start:end] for start, end, _ in moved["personal__email"]] == ["[EMAIL]", "[EMAIL]"]
    assert [masked.text[start:end] for start, end, _ in moved["personal__phone"]] == ["010-1234-5678"]
    both, _ = clean(made, tags, RECIPE, ["email", "phone"])
    assert both.text == "[EMAIL] and [PHONE]\n[EMAIL].\n"


def test_lines_are_left_out_and_their_tags_with_them() -> None:
    made = document("Head\none\n", "Head\ntwo\n")
    tags = {
        "heads__line": ((0, 5, 1.0), (9, 14, 1.0)),
        "gopher__words": ((0, 18, 4.0),),
        "page_languages__en": ((0, 9, 0.9), (9, 18, 0.9)),
    }
    kept, moved = clean(made, tags, RECIPE)
    assert kept.text == "one\ntwo\n" and kept.page_ends == (4, 8)
    assert moved == {"gopher__words": ((0, 8, 4.0),), "page_languages__en": ((0, 4, 0.9), (4, 8, 0.9))}


def test_what_is_left_out_is_not_masked() -> None:
    made = document("Mail a@example.com\ntext\n")
    tags = {**personal(made), "heads__line": ((0, 19, 1.0),)}
    kept, moved = clean(made, tags, RECIPE, ["email"])
    assert kept.text == "text\n" and moved == {}


@given(st.text(min_size=1, max_size=60), st.lists(st.tuples(st.integers(0, 59), st.integers(1, 9), st.booleans())))
def test_untouched_text_is_found_at_its_new_place(text: str, wanted: list[tuple[int, int, bool]]) -> None:
    edits, at = [], 0
    for gap, size, masked in wanted:
        start = at + gap % 7
        if start + size > len(text):
            break
        edits.append(Edit(start, start + size, "[X]" if masked else ""))
        at = start + size
    moved = Moved(edits)
    new = moved.text(text)
    inside = {place for edit in edits for place in range(edit.start, edit.end)}
    for place in set(range(len(text))) - inside:
        start, end = moved.place(place, end=False), moved.place(place + 1)
        assert new[start:end] == text[place]
    assert (moved.place(0, end=False), moved.place(len(text))) == (0, len(new))
    for edit in edits:
        assert new[moved.place(edit.start, end=False) : moved.place(edit.end)] == edit.text
