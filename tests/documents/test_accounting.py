"""A page held to account: to the confidence floor, and to its ledger of words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.documents.accounting import MOST_ASTRAY, MOST_UNREAD, accounted, held_to_floor, partial
from sokdok.documents.blocks import Block, Word
from sokdok.documents.convert.draw import Analysis, look_at
from sokdok.documents.convert.finish import finish
from sokdok.documents.document import GOOD, DocumentPage, Ledger
from sokdok.documents.question import Conversion, Question
from sokdok.documents.textblocks import Frame, blocks_of
from sokdok.imaging.box import Box
from sokdok.layout.page_image import analyse_image
from sokdok.layout.text_layer import joiner_for
from sokdok.layout.text_line import TextLine, text_of
from sokdok.pages import textlayer
from sokdok.pages.textlayer import Piece, Rule, TextLayer

WIDTH, HEIGHT = 600, 800
sides = st.tuples(st.integers(0, WIDTH - 40), st.integers(0, HEIGHT - 40), st.integers(8, 560), st.integers(8, 700))
boxes = sides.map(lambda s: Box(s[0], s[1], min(s[0] + s[2], WIDTH), min(s[1] + s[3], HEIGHT)))
rules = st.builds(
    lambda horizontal, box: (
        Rule(True, box.top, box.left, box.right, 0.5) if horizontal else Rule(False, box.left, box.top, box.bottom, 0.5)
    ),
    st.booleans(),
    boxes,
)
places = st.lists(
    st.tuples(
        st.sampled_from([20, 60, 72, 200, 310, 430]),
        st.integers(1, 52),
        st.integers(1, 6),
        st.sampled_from([7, 10, 18]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda place: place[:2],
)


def pieces_at(found: list[tuple[int, int, int, int]], source: textlayer.Source, turned: bool = False) -> list[Piece]:
    """Lines of words that no other has, at some places: left, row, number of words, size."""
    pieces = []
    for number, (left, row, count, em) in enumerate(found):
        bottom = 15 * row
        words = tuple(
            textlayer.Word(
                f"w{number}x{at}",
                Box(left + 4 * em * at, bottom - em, left + 4 * em * at + 3 * em, bottom),
                em,
                bottom,
                mono=number % 5 == 0,
                bold=number % 7 == 0,
                source=source,
            )  # fmt: skip
            for at in range(count)
        )
        stands = turned and number % 6 == 0
        box = Box.around(word.box for word in words)
        pieces.append(Piece(text_of(words), box, em, stands, () if stands else words))
    return pieces


@settings(max_examples=60, deadline=None)
@given(places, st.lists(boxes, max_size=3), st.lists(rules, max_size=8), st.lists(boxes, max_size=3))
def test_every_word_of_a_layer_is_written(
    found: list[tuple[int, int, int, int]], drawings: list[Box], drawn: list[Rule], shades: list[Box]
) -> None:
    pieces = pieces_at(found, "layer", turned=True)
    shown = {"rules": tuple(drawn), "fills": tuple(shades), "drawings": tuple(drawings)}
    layer = TextLayer(tuple(pieces), (WIDTH, HEIGHT), 0.0, **shown)
    analysis = Analysis(0, (2 * WIDTH, 2 * HEIGHT), look_at(layer), layer)
    asked = Conversion(Question(source="text-layer"), None)
    page, other = (finish(replace(analysis, layer=one), None, asked) for one in (layer, replace(layer, undecoded="1")))
    assert other == partial(page, "a picture can't be decoded, or not to its end (1)")
    written = page.text.split()
    assert sorted(word for piece in pieces for word in piece.text.split()) == sorted(w for w in written if w[0] == "w")
    assert page.ledger is not None and page.ledger.present == 1
    assert page.status == ("SUCCESS" if 1 - page.ledger.order <= MOST_ASTRAY else "PARTIAL")
    assert page.ledger.unplaced == () and page.ledger.seen == sum(len(piece.words) or 1 for piece in pieces)


@settings(max_examples=20, deadline=None)
@given(places, st.lists(boxes, max_size=3))
def test_every_line_that_is_read_is_written(found: list[tuple[int, int, int, int]], dark: list[Box]) -> None:
    lines = [
        TextLine(piece.box, piece.text, 1.0, piece.em, words=piece.words) for piece in pieces_at(found, "recogniser")
    ]
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for box in dark:
        pixels[int(box.top) : int(box.bottom) : 3, int(box.left) : int(box.right)] = 40
    layout = analyse_image(pixels, lines)
    blocks = blocks_of(layout, joiner_for(layout), Frame((WIDTH, HEIGHT)))
    page = accounted(DocumentPage(1, WIDTH, HEIGHT, blocks))
    assert page.ledger is not None and page.ledger.present == 1 and not page.ledger.unread
    assert page.ledger.seen == sum(len(line.words) for line in lines)


def word(text: str, confidence: float = 1.0, left: int = 0) -> Word:
    return Word(text, (left, 0, left + 10, 10), confidence)


def page_of(*blocks: Block, ledger: Ledger | None = None) -> DocumentPage:
    return accounted(DocumentPage(1, 100, 100, blocks, ledger=ledger))


def test_words_that_a_text_lacks_are_named_and_lower_the_status() -> None:
    page = page_of(Block("text", None, "one three", words=(word("one"), word("two"), word("three"))))
    assert page.ledger == Ledger(3, 2, 0, ("two",)) and page.ledger.present < 1
    assert page.status == "PARTIAL" and page.error == "not in the text of the page: two (words: 1)"
    twice = page_of(Block("text", None, "the ox", words=(word("the"), word("the"), word("ox")))).ledger
    assert twice is not None and twice.unplaced == ("the",)
    assert page_of(Block("text", None, "said by a model, without places")).ledger is None


def test_hyphens_ligatures_links_powers_and_marks_of_lists_are_no_loss() -> None:
    words = tuple(map(word, ("of\ufb01-", "cial", "10", "6", "here")))
    text = Block("text", None, "official 10<sup>6</sup> [here](https://example.org)", words=words)
    items = Block("list", None, "- once", words=(word("o"), word("once")))
    nameless = Block("list", None, "- twice", words=(word("\ufffd"), word("twice")))
    head = Block("header", None, "Page 3", words=(word("Page"), word("3")))
    page = page_of(text, items, nameless, head)
    assert page.ledger == Ledger(11, 9, 2) and page.status == "SUCCESS"


def test_what_is_not_legible_is_not_read_and_a_speck_of_a_page_may_be() -> None:
    text = Block("text", None, "clear words", words=(word("clear"), word("words", left=20)))
    noise = Block("unread", (0, 0, 30, 10), "[not legible]", words=(word("ljt", 0.04, 40),))
    page = page_of(text, noise)
    assert page.ledger == Ledger(2, 2, 0, (), 0.3333, ((40, 0, 50, 10),))
    assert page.error == "33% of what looks like text on the page was not read (places: 1)"
    assert page_of(text, replace(noise, words=())).status == "SUCCESS"
    for mark in ("〓〓", "\ufffd\ufffd"):  # in place of letters
        marks = page_of(Block("text", None, f"{mark} word", words=(word(mark, 1.0), word("word"))))
        assert marks.ledger is not None and marks.ledger.unread == 0.5 and marks.status == "PARTIAL"
    text = Block("text", None, "a " * 99, words=tuple(word("a") for _ in range(99)))
    speck = page_of(text, ledger=Ledger(0, 0, unread_boxes=((0, 20, 10, 30),)))
    assert speck.ledger is not None and 0 < speck.ledger.unread < MOST_UNREAD and speck.status == "SUCCESS"


def test_a_page_whose_order_is_a_guess_is_partial_and_says_so() -> None:
    text = Block("text", None, "one two", words=(word("one"), word("two")))
    guessed = page_of(text, ledger=Ledger(0, 0, order=0.9))
    assert guessed.status == "PARTIAL" and guessed.error.startswith("the order of its texts is unsure: some 10% of")
    assert page_of(text, ledger=Ledger(0, 0, order=0.97)).status == "SUCCESS"


def test_confidence_is_the_share_of_the_text_that_is_right_and_present() -> None:
    words = (word("one"), word("two", 0.3), word("three"), word("four"))
    lacking = accounted(DocumentPage(1, 100, 100, (Block("text", None, "one two three", words=words),), confidence=0.8))
    assert lacking.confidence == pytest.approx(0.8 * 3 / 4)
    unseen = Ledger(0, 0, unread_boxes=((0, 20, 10, 30),))  # as large as each of the words
    text = Block("text", None, "one two three four", words=words)
    page = accounted(DocumentPage(1, 100, 100, (text,), confidence=1.0, ledger=unseen))
    assert page.confidence == pytest.approx(0.8) and page.grade == "fair"
    best, good, fair = (accounted(DocumentPage(1, 100, 100, (text,), confidence=sure)) for sure in (1.0, GOOD, 0.86))
    assert [(page.grade, page.status) for page in (good, fair)] == [("good", "SUCCESS"), ("fair", "PARTIAL")]
    assert fair.error == "about 14% of its text is likely wrong or missing, above all in: two, three, one, four"
    assert best.grade == "excellent" and accounted(DocumentPage(1, 100, 100, (text,))).confidence is None


def page(confidence: float | None, **how: object) -> DocumentPage:
    blocks = (Block("text", (5, 5, 90, 20), "guesses"),)
    return DocumentPage(1, 100, 200, blocks, confidence=confidence, **how)  # type: ignore[arg-type]


def test_a_page_of_guesses_is_partial_with_its_reason_and_keeps_its_text() -> None:
    held = held_to_floor(page(0.31))
    assert held.status == "PARTIAL" and held.error.startswith("hardly legible (confidence 0.31)")
    assert held.blocks == page(0.31).blocks
    # Left alone: what is read well, or by who knows whom, and what has failed.
    for other in (page(None), page(0.5), page(0.97), page(0.1, status="FAILURE", error="broken")):
        assert held_to_floor(other) == other


def test_noise_is_not_printed_but_shown() -> None:
    held = held_to_floor(page(0.07, status="PARTIAL", error="the reader stopped"))
    assert held.status == "PARTIAL" and held.error == "the reader stopped; not legible (confidence 0.07)"
    (block,) = held.blocks
    assert (block.kind, block.box, block.text) == ("image", (0, 0, 100, 200), "")


def mixed(*found: tuple[str, float]) -> list[tuple[str, str]]:
    """A page that is read well, and blocks of some text and confidence on it, as it is held to the floor."""
    texts = [("Read well, all of it. " * 20, 0.98), *found]
    blocks = tuple(
        Block(
            "text", (5, 5 + 40 * at, 90, 20 + 40 * at), text, confidence=sure, words=(Word(text, (5, 5, 9, 9), sure),)
        )
        for at, (text, sure) in enumerate(texts)
    )
    held = held_to_floor(DocumentPage(1, 100, 200, blocks, confidence=0.9))
    assert held.status == "SUCCESS" and held.blocks[0] == blocks[0]
    assert [word for block in held.blocks for word in block.words] == [word for block in blocks for word in block.words]
    return [(block.kind, block.text) for block in held.blocks[1:]]


@pytest.mark.parametrize(
    ("text", "confidence", "printed"),
    [
        ("Ỡt ˙ l", 0.04, "[not legible]"), ("-=-", 0.04, "[not legible]"), ("x==s vb7-4ac", 0.3, "[formula not read]"),
        ("Σk= ▥주2 (3)", 0.36, "[formula not read]"), ("hardly legible words = a guess", 0.3, ""),
        ("x + y = 2", 0.8, ""), ("전화 = 123-4567 번호", 0.4, ""), ("12-3", 0.2, ""),
    ],
)  # fmt: skip
def test_noise_among_legible_text_is_shown_and_words_are_printed(text: str, confidence: float, printed: str) -> None:
    assert mixed((text, confidence)) == [("unread", printed) if printed else ("text", text)]


def test_parts_of_one_formula_are_one_picture() -> None:
    parts = (
        Block("text", (5, 50, 90, 80), "a+b", confidence=0.2),
        Block("text", (20, 82, 60, 110), "k=1", confidence=0.6),
    )
    (block,) = held_to_floor(DocumentPage(1, 100, 200, parts, confidence=0.9)).blocks
    assert (block.kind, block.box) == ("unread", (0, 44, 96, 116))
