"""A layer corrects a reader where it is likelier right, and one that says something else never misleads."""

import random

from sokdok.documents.convert.fuse import fuse
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Source, Word

TRUTH = [f"{word}{number}" for number in range(10) for word in ("harbour", "boats", "of", "the", "north")]
PER_LINE = 10


def word(text: str, at: int, source: Source, sure: float = 1.0) -> Word:
    left, top = 100.0 * (at % PER_LINE), 30.0 * (at // PER_LINE)
    box = Box(left, top, left + 80, top + 20)
    return Word(text, box, 20, top + 20, source=source, confidence=sure)


def lines_of(words: list[Word]) -> list[TextLine]:
    rows = [words[start : start + PER_LINE] for start in range(0, len(words), PER_LINE)]
    return [
        TextLine(Box.around(one.box for one in row), " ".join(one.text for one in row), em=20, words=tuple(row))
        for row in rows
    ]


def read(wrong: dict[int, str], sure: float = 0.98, unsure: float = 0.6) -> list[TextLine]:
    """Lines as a reader reads them: some words wrong, and less sure of those."""
    return lines_of(
        [word(wrong.get(at, text), at, "recogniser", unsure if at in wrong else sure) for at, text in enumerate(TRUTH)]
    )


def layer(wrong: dict[int, str] | None = None) -> list[Word]:
    return [word((wrong or {}).get(at, text), at, "layer") for at, text in enumerate(TRUTH)]


def texts(lines: list[TextLine]) -> list[str]:
    return " ".join(line.text for line in lines).split()


MISREAD = {3: "tne3", 17: "boots", 31: "b0ats"}


def test_a_good_layer_corrects_what_was_misread_and_both_are_kept() -> None:
    fused = fuse(read(MISREAD), layer())
    assert fused.believed and texts(fused.lines) == TRUTH
    words = [word for line in fused.lines for word in line.words]
    assert [words[at].other for at in MISREAD] == list(MISREAD.values())
    assert {words[at].source for at in MISREAD} == {"layer"}
    assert sum(bool(word.other) for word in words) == len(MISREAD)


def test_a_layer_with_some_mistakes_does_not_spoil_what_the_reader_is_sure_of() -> None:
    mistakes = {at: f"zz{at}" for at in range(5, 50, 9)}
    fused = fuse(read(MISREAD, unsure=0.2), layer(mistakes))
    assert fused.believed and texts(fused.lines) == TRUTH
    assert [word.other for line in fused.lines for word in line.words if word.text == TRUTH[5]] == ["zz5"]


def test_another_text_is_not_believed() -> None:
    shuffled = TRUTH[:]
    random.Random(1).shuffle(shuffled)
    found = read(MISREAD)
    fused = fuse(found, layer(dict(enumerate(shuffled))))
    assert not fused.believed and fused.lines == found and fused.agreement is not None and fused.agreement < 0.2


def test_letters_that_were_replaced_are_not_believed_even_where_the_reader_is_unsure() -> None:
    garbled = {at: "".join("x" if n % 3 == 0 else char for n, char in enumerate(text)) for at, text in enumerate(TRUTH)}
    found = read(MISREAD, sure=0.8, unsure=0.1)
    assert fuse(found, layer(garbled)).lines == found


def test_words_that_stand_elsewhere_say_nothing_of_a_line() -> None:
    away = [word(text, at + 500, "layer") for at, text in enumerate(TRUTH)]
    fused = fuse(read(MISREAD), away)
    assert fused.agreement is None and not fused.believed


def test_the_layers_spaces_count_if_they_mostly_are_those_of_the_page() -> None:
    found = read({})
    run_on = Word("ofthe", Box(200, 0, 380, 20), 20, 20, source="recogniser", confidence=0.9)
    first = found[0]
    first = TextLine(first.box, "", em=20, words=(*first.words[:2], run_on, *first.words[4:]))
    truth = [*TRUTH[:2], "of", "the", *TRUTH[4:]]
    said = [word(text, at, "layer") for at, text in enumerate(truth)]
    assert texts(fuse([first, *found[1:]], said).lines) == truth


def test_syllables_that_stand_apart_do_not_tear_words() -> None:
    split = [
        Word(char, Box(one.box.left + 80 * n / len(one.text), one.box.top, one.box.left + 80 * (n + 1) / len(one.text),
             one.box.bottom), 20, one.baseline)
        for one in layer()
        for n, char in enumerate(one.text)
    ]  # fmt: skip
    assert texts(fuse(read({}), split).lines) == TRUTH


def test_a_layer_that_can_be_seen_is_right() -> None:
    fused = fuse(read(MISREAD, sure=0.99, unsure=0.99)[:1], layer()[:PER_LINE], wrong=0.0)
    assert texts(fused.lines) == TRUTH[:PER_LINE]
