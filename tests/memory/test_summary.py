import pytest

from sokdok.memory.stream import cells
from sokdok.memory.summary import MAX_FACT_CHARS, MAX_FACTS, MAX_SUMMARY_CELLS, find_facts, summarize, weigh


@pytest.mark.parametrize(
    ("text", "kind", "fact"),
    [
        ("the gate code is 4417, ok?", "number", "code is 4417"),
        ("see https://example.com/a?b=1).", "url", "https://example.com/a?b=1"),
        ("mail kim.minsu@example.co.kr today", "email", "kim.minsu@example.co.kr"),
        ("edit /etc/nginx/nginx.conf now", "path", "/etc/nginx/nginx.conf"),
        (r"open C:\logs\today.txt", "path", r"C:\logs\today.txt"),
        ("order INV-2024-0013", "id", "order INV-2024-0013"),
        ("set MAX_TOKENS", "id", "set MAX_TOKENS"),
        ("예산은 3,400,000원입니다", "number", "예산은 3,400,000원"),
        ("전화는 010-1234-5678", "number", "전화는 010-1234-5678"),
        ("talked to Melanie Brown", "name", "Melanie Brown"),
        ("어제 김철수 과장님이 왔다", "name", "김철수"),
    ],
)
def test_exact_things_are_found_with_the_words_that_name_them(text: str, kind: str, fact: str) -> None:
    assert (kind, fact) in find_facts(text)


@pytest.mark.parametrize("text", ["", "so it goes and so it ends", "오늘은 날씨가 참 좋다", "and/or 1 2 3"])
def test_ordinary_words_are_no_facts(text: str) -> None:
    assert find_facts(text) == ()


def test_facts_are_bounded_and_come_once() -> None:
    assert len(find_facts(" ".join(f"item{n}x" for n in range(500)))) == MAX_FACTS
    assert len(find_facts("code 4417 and code 4417")) == 1
    assert find_facts("http://" + "a" * (MAX_FACT_CHARS + 1)) == ()


@pytest.mark.parametrize("piece", ["a-", "a.", "1-", "가-", "@a.", "~/.", "a_", "[ "])
def test_hostile_texts_take_no_time_to_speak_of(piece: str) -> None:
    """Any backtracking that grows with the square would run for minutes here."""
    assert find_facts(piece * 100_000) == ()


def test_a_summary_is_the_text_itself_or_its_most_telling_sentences() -> None:
    assert summarize("short  and\nplain", ()) == "short and plain"
    filler = "And so on it went, as these things do. " * 10
    text = f"{filler}The gate code is 4417 at Harbour Street. {filler}"
    assert "The gate code is 4417 at Harbour Street." in summarize(text, find_facts(text))
    korean = "그렇게 하기로 했습니다. " * 20 + "현관 비밀번호는 4417번입니다. " + "잘 알겠습니다. " * 20
    assert "비밀번호는 4417번" in summarize(korean, find_facts(korean))


@pytest.mark.parametrize("text", ["x" * 5000, "가" * 5000, "word " * 5000, "One. Two? 셋! " * 500, "漢字" * 900])
def test_a_summary_is_bounded(text: str) -> None:
    short = summarize(text, find_facts(text))
    assert 100 < cells(short) <= MAX_SUMMARY_CELLS
    assert "\n" not in short


def test_what_says_more_in_fewer_cells_weighs_more_and_importance_most() -> None:
    greeting, exact = "Hey there, how are you?", "The id of the furnace job is XVF-30785-Y8."
    story = "It was a long winter and the boats lay idle in the harbour while nobody thought of the lighthouse at all."
    weights = [weigh(text, find_facts(text), False) for text in (greeting, story, exact)]
    assert weights == sorted(weights)
    assert weights[0] < weights[1] < weights[2]
    assert weigh(greeting, (), True) > weights[2]
