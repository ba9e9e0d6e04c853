"""The recipe of the house, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from sokdok.bulk.quality.recipe import Broken, Limit, Recipe, language_of, load_recipe, parse_recipe, verdict
from sokdok.bulk.quality.text import Attributes
from sokdok.errors import InputError

RULES = {
    "gopher": {
        "any": {"words": {"least": 50}, "hashes": {"most": 0.1}},
        "ko": {"words": {"least": 30}, "hashes": None, "stop_words": {"least": 2}},
    },
    "c4": {"en": {"sentences": {"least": 5, "paper": "tag"}}},
}


def test_the_recipe_of_the_house_has_the_published_numbers() -> None:
    pytest.importorskip("yaml")
    recipe = load_recipe()
    english, korean, chinese = (recipe.limits(language) for language in ("en", "ko", "zh"))
    assert english["gopher__words"] == Limit(least=50, most=100_000)
    assert english["gopher__stop_words"] == Limit(least=2)
    assert english["repetition__again_7"] == Limit(most=0.13)
    assert english["fineweb__duplicate_characters"] == Limit(most=0.01, paper="tag")
    assert korean["repetition__again_5"] == Limit(most=0.154)  # FineWeb-2's of eight morphemes
    assert korean["language__score"] == Limit(least=0.5)
    assert "c4__sentences" in english and "c4__sentences" not in korean
    assert "gopher__words" not in chinese and "gopher__hashes" in chinese
    assert "repetition__again_5" not in chinese and "repetition__lines" in chinese
    assert recipe.near is not None and (recipe.near.bands, recipe.near.rows) == (14, 8)


def test_a_language_has_its_own_limits_in_place_of_all_others() -> None:
    recipe = parse_recipe({"version": 1, "rules": RULES})
    assert list(recipe.limits("de")) == ["gopher__words", "gopher__hashes"]
    assert recipe.limits("de")["gopher__words"] == Limit(least=50)
    assert recipe.limits("ko") == {"gopher__words": Limit(least=30), "gopher__stop_words": Limit(least=2)}
    assert recipe.limits("") == recipe.limits("de")
    assert recipe.limits("en")["c4__sentences"].paper == "tag"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"version": 2}, "version"),
        ({"version": 1, "rule": {}}, "unknown field `rule`"),
        ({"version": 1, "near": {"bands": 0}}, r"near\.bands|bands"),
        ({"version": 1, "rules": {"gopher": {"any": {"words": {"min": 50}}}}}, "unknown field `min`"),
        ({"version": 1, "rules": {"gopher": {"any": {"words": {}}}}}, "rules.gopher.any.words: say least, most"),
        ({"version": 1, "rules": {"gopher": {"any": {"words": {"least": "50"}}}}}, "Expected `float"),
        ([], "Expected `object`"),
    ],
)
def test_a_slip_is_named(values: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_recipe(values)


@pytest.mark.parametrize("text", ["version: [", "version: 2", "\ud800"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    pytest.importorskip("yaml")
    path = tmp_path / "mine.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=r"mine\.yaml") as caught:
        load_recipe(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="there is no recipe .*nothing.yaml: name a file, or quality, the product's"):
        load_recipe(tmp_path / "nothing.yaml")


def made_recipe() -> Recipe:
    limits = {"lines": {"least": 0.12, "paper": "tag"}, "words": {"least": 50, "most": 100}, "hashes": {"most": 0.1}}
    return parse_recipe({"version": 1, "rules": {"web": {"any": limits, "ko": {"words": {"least": 30}}}}})


def tags(**values: float) -> Attributes:
    return {name: ((0, 10, value),) for name, value in values.items()}


def test_the_first_rule_that_drops_is_the_reason_and_all_are_counted() -> None:
    found = verdict(tags(web__lines=0.5, web__words=101, web__hashes=0.2), made_recipe())
    assert found.cut == found.broken[0]
    assert found.broken == (Broken("web__words", 101, 100, True), Broken("web__hashes", 0.2, 0.1, True))


KOREAN = {"languages__ko": 0.9, "languages__en": 0.1}


@pytest.mark.parametrize(
    ("values", "cut"),
    [
        ({"web__lines": 0.12, "web__words": 50, "web__hashes": 0.1}, None),
        ({}, None),  # what nobody measured breaks nothing
        ({"web__words": 40}, "web__words"),
        ({"web__words": 40} | KOREAN, None),
        ({"web__words": 40, "languages__ko": 0.4, "languages__en": 0.6}, "web__words"),
        ({"web__lines": 0.0, "pages__paper_share": 0.5}, "web__lines"),
        ({"web__lines": 0.0, "pages__paper_share": 0.6}, None),  # of PDFs and pictures line rules only count
        ({"web__words": 1, "pages__paper_share": 1.0}, "web__words"),
    ],
)
def test_verdicts(values: dict[str, float], cut: str | None) -> None:
    found = verdict(tags(**values), made_recipe())
    assert (found.cut and found.cut.rule) == cut
    assert [broken.rule for broken in found.broken if not broken.cuts] == ["web__lines"] * (
        values.get("pages__paper_share") == 0.6
    )


def test_the_language_is_the_likeliest_and_the_same_every_time() -> None:
    assert language_of({}) == ""
    assert language_of(tags(languages__en=0.5, languages__ko=0.5)) == "ko"
    assert language_of(tags(languages__ko=0.5, languages__en=0.5, language__score=0.9)) == "ko"
