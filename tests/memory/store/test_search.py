"""Words are found in any script, inside of words, however they are typed; what is typed is no syntax. Meanings, too."""

import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.remote import FakeEndpoint, Reply, Request
from sokdok.errors import InputError, SokdokWarning
from sokdok.memory.memory import Memory
from sokdok.memory.store.search import fold, snippet, words_of
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn

TEXTS = (
    "주간회의록은 내일까지 요약해 주세요.",
    "The Quick brown fox: see src/fox_utils.py (v2.1), 12,000,000 by 2026-11-30",
    "요약: 회의는 3시에 끝났다",
    'He said "don\'t panic" and AND wrote C# code; 100% sure*',
    unicodedata.normalize("NFD", "한글 파일 이름과 café"),
    "ＦＵＬＬ　ｗｉｄｔｈ",
    "예산은 1,200만 원, 운임은 34500원, 마감은 11월 30일",
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
        ("회의를", {1, 3}),  # whatever particle is said
        ("34,500", {7}),  # with a comma or without
        *((said, {2, 7}) for said in ("1200만", "12 million", "11월 30일에는", "11/30", "Nov. 30, 2026")),
        ("browns", {2}),
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
    assert snippet("말 " * 99 + "11월 30일", words_of("Nov 30")).endswith("11월 30일")
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


TOPICS = ("ferry boat vessel 배", "rent money 월세", "cat dog")  # words of one line mean the same to the fake model
CHAT = [NewTurn("user", text) for text in ("The ferry leaves at nine.", "고양이 cat", "월세는 60만 원", *["dog"] * 60)]


def embed(request: Request) -> Reply:
    rows = [[sum(word in text for word in topic.split()) for topic in TOPICS] for text in request.body["input"]]
    return Reply({"data": [{"index": at, "embedding": [*row, 0.1]} for at, row in enumerate(rows)][::-1]})


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    with FakeEndpoint() as fake:
        fake.elsewhere = embed
        yield fake


def embedded(endpoint: FakeEndpoint) -> list[str]:
    """Texts that the model was given since the last call."""
    texts = [text for request in endpoint.requests for text in request.body["input"]]
    endpoint.requests.clear()
    return texts


@pytest.mark.process
def test_what_means_the_same_is_found_and_each_turn_is_embedded_once(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    path, model = tmp_path / "chat.db", f"{endpoint.url}#fake"
    with Memory(path, embeddings=model) as memory:
        memory.extend(CHAT)
        assert [hit.number for hit in memory.search("When does my vessel go?", 1)] == [1]
        assert embedded(endpoint) == ["When does my vessel go?", *(f"user: {turn.text}" for turn in CHAT)]
        memory.add("user", "that is all", name="Mina")
        assert [(hit.number, hit.score) for hit in memory.search("money?", 1)] == [(3, 0)]
        assert embedded(endpoint) == ["money?", "Mina: that is all"]
    with Memory(path, embeddings=model) as memory:
        assert next(iter(memory.store.matching("default", "vessel?", 9))) == 1
        assert embedded(endpoint) == ["vessel?"]
        memory.forget()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM embeddings").fetchone() == (0,)


@pytest.mark.process
def test_without_its_endpoint_words_are_left_and_what_it_gave_is_kept(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    refused = Reply({"error": {"message": "too long"}}, 400)
    endpoint.elsewhere = lambda request: embed(request) if len(endpoint.requests) < 3 else refused
    with Store(tmp_path / "chat.db", embeddings=f"{endpoint.url}#fake") as store:
        store.append("a", CHAT)
        with pytest.warns(SokdokWarning, match="too long.*; the memory is searched by words alone"):
            assert [hit.number for hit in store.search("고양이 vessel", "a", 1)] == [2]
        assert len(embedded(endpoint)) == 1 + len(CHAT)
        endpoint.elsewhere = embed
        assert next(iter(store.matching("a", "vessel", 99))) == 1
        assert len(embedded(endpoint)) == 1 + len(CHAT) - 32
        for vector in (None, [], [0, 0], ["x"], [float("nan")], 7):
            answer = Reply({"data": [{"index": 0, "embedding": vector}]})
            endpoint.elsewhere = lambda request, answer=answer: answer
            with pytest.warns(SokdokWarning, match="no embeddings"):
                assert [hit.number for hit in store.search("ferry", "a")] == [1]
        endpoint.drop_everybody()
        with pytest.warns(SokdokWarning, match="can't be reached|cut the connection"):
            assert next(iter(store.matching("a", "월세는?", 99))) == 3
    with pytest.raises(InputError, match="names no embedding model"):
        Store(tmp_path / "chat.db", embeddings=endpoint.url)
