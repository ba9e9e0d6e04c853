"""Words are found in any script, inside of words, however they are typed; what is typed is never syntax."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.memory.store.search import fold, snippet, words_of
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn

TEXTS = (
    "주간회의록은 내일까지 요약해 주세요.",
    "The Quick brown fox: see src/fox_utils.py (v2.1)",
    "요약: 회의는 3시에 끝났다",
    'He said "don\'t panic" and AND wrote C# code; 100% sure*',
    unicodedata.normalize("NFD", "한글 파일 이름과 café"),
    "ＦＵＬＬ　ｗｉｄｔｈ",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("search") / "chat.db") as opened:
        opened.append("main", [NewTurn("user", text) for text in TEXTS])
        opened.append("other", [NewTurn("user", "another fox, another 회의")])
        yield opened


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("요약", {1, 3}),
        ("회의", {1, 3}),  # inside 주간회의록은, and with a particle behind
        ("회의록", {1}),
        ("록은", {1}),  # at the end of a word
        ("회의 요약", {1, 3}),
        ("의록은내", {1}),  # not across words, but some of it
        ("quick FOX", {2}),
        ("v2", {2}),
        (unicodedata.normalize("NFD", "파일"), {5}),
        ("CAFÉ", {5}),
        ("full width", {6}),
        ("c#", {4}),
        ("\"don't", {4}),
        ("sure*", {4}),
        ("don*", {4}),  # no wildcard: found as "don", without the sign that no turn has behind it
        ("do*t", set()),
        ("NOT OR NEAR(fox", {2}),  # any of them where there are not all
        ("tokens:fox", {2}),
    ],
)
def test_what_is_found(store: Store, query: str, numbers: set[int]) -> None:
    assert {hit.number for hit in store.search(query, "main")} == numbers


def test_the_best_come_first(tmp_path: Path) -> None:
    with Store(tmp_path / "chat.db") as store:
        filler = "and then we spoke of other things for a long while " * 3
        texts = [f"budget {filler}", "the budget: budget!", *[filler] * 5, "the budget: budget!"]
        store.append("a", [NewTurn("user", text) for text in texts])
        hits = store.search("budget")
        assert [hit.number for hit in hits] == [8, 2, 1]  # of equals the newer one first
        assert hits[0].score == hits[1].score > hits[2].score > 0
        assert [hit.number for hit in store.search("budget", limit=1)] == [8]


@pytest.mark.parametrize("query", ["", " \n", "\u3000"])
def test_an_empty_search_is_refused(store: Store, query: str) -> None:
    with pytest.raises(InputError, match="nothing to search for"):
        store.search(query)


def test_snippets_show_the_place() -> None:
    text = "word " * 100 + "NEEDLE\n\n here" + " word" * 100
    shown = snippet(text, ["here", "needle"])
    assert "NEEDLE here" in shown and shown[0] == shown[-1] == "…" and "\n" not in shown
    assert snippet("short  text", ["text"]) == "short text"
    decomposed = unicodedata.normalize("NFD", "가나다 " * 100 + "바늘 " + "가나다 " * 100)
    assert "바늘" in unicodedata.normalize("NFC", snippet(decomposed, words_of("바늘")))


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "M"]), min_size=1, max_size=8)


@given(st.data(), st.lists(WORDS, min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_part_of_any_word_is_found(store: Store, data: st.DataObject, words: list[str]) -> None:
    (turn,) = store.append("random", [NewTurn("user", " ".join(words))])
    word = data.draw(st.sampled_from(fold(turn.text).split()))
    start = data.draw(st.integers(0, len(word) - 1))
    part = word[start : data.draw(st.integers(start + 1, len(word)))]
    found = store.search(part, "random", limit=1000)
    wanted = fold(part).split()
    if wanted == [part]:  # a part that folds to itself, as nearly all do
        assert turn.number in [hit.number for hit in found]
    assert all(all(word in fold(hit.text) for word in wanted) for hit in found)
