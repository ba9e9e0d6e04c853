"""The rules by which texts are kept, and the recipes that name them."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes.bulk.runs import document, shipped
from sokdok.bulk.quality.recipe import (
    Broken,
    Limit,
    Loops,
    Recipe,
    language_of,
    load_recipe,
    parse_recipe,
    value_of,
    verdict,
)
from sokdok.bulk.quality.rules import TAGGERS, is_loop, korean_endings, rare_syllables
from sokdok.bulk.quality.text import Attributes, View, words_of
from sokdok.documents.document import DocumentPage
from sokdok.errors import InputError

RECIPE = Recipe(version=1)


def tagged(tagger: str, *pages: str, facts: Sequence[DocumentPage] = ()) -> Attributes:
    return TAGGERS[tagger](View(document(*pages, facts=facts)), RECIPE)


def values(tagger: str, *pages: str) -> dict[str, float]:
    found = tagged(tagger, *pages)
    return {name.partition("__")[2]: spans[0][2] for name, spans in found.items() if len(spans) == 1}


def test_gopher() -> None:
    # 12 words, 6 signs: # . … • # and the full stop behind "six"
    text = "The cat and #1 of two.\nabc def…\n• four five six #"
    found = values("gopher", text)
    assert found["words"] == 11
    letters = sum(map(len, words_of("The cat and 1 of two abc def four five six")))
    assert found["mean_word_length"] == pytest.approx(letters / 11, abs=1e-6)
    assert found["hashes"] == pytest.approx(2 / 16, abs=1e-6)
    assert found["ellipses"] == pytest.approx(1 / 16, abs=1e-6)
    assert found["bullet_lines"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["ellipsis_lines"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["letter_words"] == pytest.approx(10 / 13, abs=1e-6)  # of 13 between spaces: not #1, • and #
    assert found["stop_words"] == 2  # and, of: The begins with a capital
    assert "korean_endings" not in found


def test_what_is_no_prose_does_not_count() -> None:
    prose = "Rain fell on the harbour and the town of Vik."
    marked = f"# {prose}\n\n$x_1 + y_2$\n\n```\n####\n```\n\n![chart](figures/1.png)"
    assert values("gopher", marked) == values("gopher", prose)
    table = "<table><tr><td>12</td><td>north</td></tr></table>"
    with_table = values("gopher", f"{prose}\n\n{table}")
    assert with_table["words"] == values("gopher", prose)["words"] + 2
    assert with_table["letter_words"] == values("gopher", prose)["letter_words"]
    assert values("gopher", table) == {"words": 2}


def test_korean_sentences_have_endings_and_lists_of_names_have_not() -> None:
    assert korean_endings(words_of("나는 오늘 학교에 갔다 ABC 12")) == pytest.approx(3 / 4)
    assert korean_endings(words_of("서울 부산 대구 광주 대전")) == 0
    assert korean_endings(words_of("a b c 1")) is None
    assert all(korean_endings(words_of(text)) > 0.4 for text in shipped("ko_"))


def test_c4() -> None:
    lines = [
        "This line is good. It has two sentences.",
        "no end here",
        "Too short.",
        "This one trails off...",
        "Please enable Javascript to go on.",
        "We care for your privacy policy here.",
        "A Lorem Ipsum and a { are here.",
        "Cited as it should be.[1]",
        f"One {'long' * 251} word is here.",
    ]
    found = tagged("c4", "\n".join(lines))
    text = "\n".join(lines)
    left_out = [text[start:end] for start, end, _ in found["c4__line"]]
    assert left_out == [lines[1], lines[2], lines[3], lines[4], lines[5], lines[8]]
    assert value_of(found, "c4__sentences") == 2 + 1 + 1
    assert value_of(found, "c4__lorem_ipsum") == 1 and value_of(found, "c4__curly_brackets") == 1


def test_curly_brackets_of_formulas_and_code_are_none() -> None:
    found = values("c4", "The root is $\\sqrt{2}$ or so, we say.\n\n```\n{}\n```")
    assert found["curly_brackets"] == 0 and found["sentences"] == 1


def test_pages() -> None:
    facts = (
        DocumentPage(1, 9, 9, source="text-layer", confidence=0.1),
        DocumentPage(2, 9, 9, source="reader", confidence=0.9),
        DocumentPage(3, 9, 9, evidence="mixed", confidence=0.4),
        DocumentPage(4, 9, 9, status="FAILURE", error="broken"),
    )
    found = tagged("pages", "a", "b", "c", "", facts=facts)
    assert value_of(found, "pages__failed_share") == 0.25
    assert value_of(found, "pages__pixels_share") == 0.75 and value_of(found, "pages__paper_share") == 1
    assert value_of(found, "pages__confidence") == pytest.approx((1 + 0.9 + 0.4) / 3, abs=1e-6)
    assert value_of(found, "pages__poor_share") == pytest.approx(1 / 3, abs=1e-6)
    text = tagged("pages", "a", facts=[DocumentPage(1, 0, 0, source="file")])
    shares = ("failed_share", "paper_share", "pixels_share", "poor_share", "rare_syllables")
    assert text == {f"pages__{name}": ((0, 1, 0.0),) for name in shares} | {"pages__confidence": ((0, 1, 1.0),)}
    assert tagged("pages") == {}


def test_a_poor_cover_says_little_of_a_book() -> None:
    cover = DocumentPage(1, 9, 9, source="reader", confidence=0.25)
    pages = [DocumentPage(number, 9, 9, source="text-layer") for number in range(2, 302)]
    found = tagged("pages", "A title", *["a page of text"] * 300, facts=[cover, *pages])
    assert (value_of(found, "pages__confidence") or 0) > 0.99 and (value_of(found, "pages__poor_share") or 1) < 0.01


def test_broken_korean_is_told_by_its_syllables() -> None:
    assert all((rare_syllables(text) or 0) < 0.01 for text in shipped("ko_"))
    assert rare_syllables("줲줰줱줳년") == 0.8
    chance = random.Random(0)
    broken = "".join(chr(chance.randrange(ord("가"), ord("힣") + 1)) for _ in range(2000))
    assert (rare_syllables(broken) or 0) == pytest.approx(0.79, abs=0.03)
    assert rare_syllables("No Korean here") == 0 and rare_syllables("12 34") is None


SENTENCE = "This sentence has some more than fifty characters in it."


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("twelve words\n" * 3, True),
        ("twelve words\n" * 2, False),
        ("twelve\n" * 9, False),  # six characters
        ("twelve words\nother\n" * 5, False),  # not one behind the other
        ("<table>" + "<tr><td>abcdefgh</td></tr>" * 9 + "</table>", True),
        ("<table><tr><td>h</td></tr>" + "<tr><td>abcdefgh</td></tr>" * 8 + "</table>", False),
        (f"{SENTENCE} " * 5, True),
        (f"{SENTENCE} " * 4, False),
        ("ㅋ" * 350, True),
        ("." * 349 + "a", False),
        ("a " * 350, True),
        ("", False),
    ],
)
def test_loops(text: str, loops: bool) -> None:
    assert is_loop(text, Loops()) is loops


def test_looped_pages_are_told_by_place_and_share() -> None:
    texts = ["fine.\n", "again and again\n" * 3, "fine"]
    assert "loops__page" not in tagged("loops", *texts)  # a text layer's own words, as dots in contents
    found = tagged("loops", *texts, facts=[DocumentPage(number, 9, 9, source="reader") for number in (1, 2, 3)])
    assert found["loops__page"] == ((6, 54, 1.0),)
    assert value_of(found, "loops__page_share") == pytest.approx(1 / 3, abs=1e-6)


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
