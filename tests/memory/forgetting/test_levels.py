import pytest

from sokdok.memory.forgetting.levels import CELLS_PER_TOKEN, Consumer, build_ladder, room
from sokdok.pages.glyphs import GLYPH_SIZES, get_glyph_size
from sokdok.tokens.models import find_model, models

NANO = tuple(map(get_glyph_size, ("8x16", "8x8", "4x8")))


def names(model: str, budget: int, glyphs=NANO) -> list[str]:
    ladder = build_ladder(Consumer(find_model(model), glyphs), budget)
    return [f"{step.name} {step.leaves}" for step in ladder.steps if not step.abridged]


def test_pages_fall_from_large_to_tiny_and_then_merge() -> None:
    assert names("nano", 20_000)[0] == "1280x1280 8x16 1"
    assert names("nano", 8_000)[:3] == ["1024x1024 8x16 1", "640x640 8x8 1", "512x512 4x8 1"]
    assert names("nano", 8_000)[-1] == "640x640 4x8 2"
    assert names("nano", 4_000)[:2] == ["640x640 8x16 1", "512x512 8x8 1"]
    assert names("nano", 2_000) == ["512x512 8x16 1", "512x512 8x8 2", "512x512 4x8 4"]

    assert names("nano", 540)[0] == "512x512 8x16 1"  # half a page, so that the rest may be text


@pytest.mark.parametrize("budget", [300, 2_000, 9_000, 40_000, 200_000])
@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_every_step_is_cheaper_a_leaf_and_holds_what_it_is_for(model, budget: int) -> None:
    for glyphs in (NANO, GLYPH_SIZES, GLYPH_SIZES[:3]):
        ladder = build_ladder(Consumer(model, glyphs), budget)
        prices = [step.price for step in ladder.steps]
        assert prices == sorted(prices, reverse=True)
        assert len(set(prices)) == len(prices)
        leaves = [step.leaves for step in ladder.steps]
        assert leaves[0] == 1
        assert {after // before for before, after in zip(leaves, leaves[1:], strict=False)} <= {1, 2}
        for step in ladder.steps:
            if step.size is None:
                continue
            assert step.room == room(step.size, step.glyph)
            assert step.tokens == model.image_tokens(*step.size)
            assert model.image_cost(*step.size).effective == step.size  # what is drawn is what is read
            assert step.glyph in glyphs
            assert step.abridged or step.room >= step.leaves * ladder.leaf


def test_a_picture_that_costs_more_than_its_text_is_not_drawn() -> None:
    """Claude pays a token for 784 pixels: in 10x20 glyphs that is a token for a token."""
    ladder = build_ladder(Consumer(find_model("claude-opus-4.5"), (get_glyph_size("10x20"),)), 10_000)
    assert all(step.size is None for step in ladder.steps)
    drawn = build_ladder(Consumer(find_model("nano"), NANO), 10_000)
    for step in drawn.steps:
        assert step.abridged or step.tokens < 0.7 * step.leaves * drawn.leaf / CELLS_PER_TOKEN


def test_glyphs_that_the_reader_cannot_read_are_never_drawn() -> None:
    glyph = get_glyph_size("8x16")
    ladder = build_ladder(Consumer(find_model("nano"), (glyph,)), 10_000)
    assert {step.glyph for step in ladder.steps} == {glyph}
    nothing = build_ladder(Consumer(find_model("nano"), ()), 10_000)
    assert {step.size for step in nothing.steps} == {None}


def test_dear_text_makes_pages_pay() -> None:
    """Korean costs Claude more than twice as many tokens a cell as English."""
    claude, glyphs = find_model("claude-opus-4.5"), (get_glyph_size("10x20"),)
    assert build_ladder(Consumer(claude, glyphs, 3.5), 10_000).steps[0].size is None
    assert build_ladder(Consumer(claude, glyphs, 1.5), 10_000).steps[0].size is not None


def test_what_is_abridged_is_text_where_pages_are_large_and_little_cheaper() -> None:
    few = build_ladder(Consumer(find_model("nano"), NANO, 4.5), 1_080)
    assert all(step.size for step in few.steps)
    assert any(step.abridged for step in few.steps)
    tiles = build_ladder(Consumer(find_model("gpt-4o"), (get_glyph_size("10x20"),), 3.5), 4_320)
    assert tiles.steps[0].size == (512, 1024)
    assert {step.size for step in tiles.steps if step.abridged} == {None}
