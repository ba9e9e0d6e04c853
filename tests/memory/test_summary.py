import pytest

from sokdok.memory.stream import cells
from sokdok.memory.summary import MAX_SUMMARY_CELLS, MAX_THING_CHARS, sentences, summarize, value, weigh


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("", 0),
        ("and/or 1 2 3, so it goes", 0),
        ("오늘은 날씨가 참 좋다", 0),
        ("the gate code is 4417, ok?", 2),
        ("see https://example.com/a?b=1).", 3),
        ("mail kim.minsu@example.co.kr today", 3),
        ("edit /etc/nginx/nginx.conf now", 3),
        (r"open C:\logs\today.txt", 3),
        ("order INV-2024-0013", 3),
        ("set MAX_TOKENS", 3),
        ("예산은 3,400,000원입니다", 2),
        ("전화는 010-1234-5678", 2),
        ("talked to Melanie Brown", 2),
    ],
)
def test_exact_things_have_the_value_of_their_kind(text: str, worth: float) -> None:
    assert worth <= value(text) < worth + 1


def test_an_exact_thing_counts_once_and_only_if_it_is_short() -> None:
    assert value("code 4417 and code 4417") == value("code 4417 and")
    assert value("http://" + "a" * (MAX_THING_CHARS + 1)) < 1


@pytest.mark.parametrize("piece", ["a-", "a.", "1-", "가-", "@a.", "~/.", "a_", "[ "])
def test_hostile_texts_take_no_time_to_speak_of(piece: str) -> None:
    """Any backtracking that grows with the square would run for minutes here."""
    assert value(piece * 100_000) < 1


def test_a_summary_is_the_text_itself_or_its_most_telling_sentences() -> None:
    assert summarize("short  and\nplain") == "short and plain"
    filler = "And so on it went, as these things do. " * 10
    text = f"{filler}The gate code is 4417 at Harbour Street. {filler}"
    assert "The gate code is 4417 at Harbour Street." in summarize(text)
    korean = "그렇게 하기로 했습니다. " * 20 + "현관 비밀번호는 4417번입니다. " + "잘 알겠습니다. " * 20
    assert "비밀번호는 4417번" in summarize(korean)


@pytest.mark.parametrize("text", ["word " * 30 + ".\n" + "word " * 50, "One. Two? 셋! " * 500, "짧은 문장. " * 900])
def test_a_summary_is_bounded_and_its_sentences_are_whole(text: str) -> None:
    short = summarize(text)
    assert 100 < cells(short) <= MAX_SUMMARY_CELLS
    assert "\n" not in short
    whole = {" ".join(each.text.split()) for each in sentences(text)}
    assert all(part in whole for part in short.split(" .. "))


@pytest.mark.parametrize("text", ["x" * 5000, "가" * 5000, "word " * 5000, "漢字" * 900])
def test_a_sentence_that_is_longer_than_a_summary_is_left_out(text: str) -> None:
    assert summarize(text) == ""
    assert summarize(f"{text}\nThe code is 4417.") == "The code is 4417."


def test_what_says_more_in_fewer_cells_weighs_more_and_importance_most() -> None:
    greeting, exact = "Hey there, how are you?", "The id of the furnace job is XVF-30785-Y8."
    story = "It was a long winter and the boats lay idle in the harbour while nobody thought of the lighthouse at all."
    weights = [weigh(text, False) for text in (greeting, story, exact)]
    assert weights == sorted(weights)
    assert weights[0] < weights[1] < weights[2]
    assert weigh(greeting, True) > weights[2]
