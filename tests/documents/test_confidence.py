"""Pages below the confidence floor are PARTIAL, and those that are noise are pictures."""

from __future__ import annotations

from sokdok.documents.accounting import held_to_floor
from sokdok.documents.document import Block, DocumentPage, Word


def page(confidence: float | None, **how: object) -> DocumentPage:
    blocks = (Block("text", (5, 5, 90, 20), "guesses"),)
    return DocumentPage(1, 100, 200, blocks, confidence=confidence, **how)  # type: ignore[arg-type]


def test_a_page_that_is_read_well_or_by_who_knows_whom_is_left_alone() -> None:
    for confidence in (None, 0.5, 0.97):
        assert held_to_floor(page(confidence)) == page(confidence)


def test_a_page_of_guesses_is_partial_with_its_reason_and_keeps_its_text() -> None:
    held = held_to_floor(page(0.31))
    assert held.status == "PARTIAL" and held.error.startswith("hardly legible (confidence 0.31)")
    assert held.blocks == page(0.31).blocks


def test_noise_is_not_printed_but_shown() -> None:
    held = held_to_floor(page(0.07, status="PARTIAL", error="the reader stopped"))
    assert held.status == "PARTIAL" and held.error == "the reader stopped; not legible (confidence 0.07)"
    (block,) = held.blocks
    assert (block.kind, block.box, block.text) == ("image", (0, 0, 100, 200), "")


def test_a_failure_stays_one() -> None:
    failed = page(0.1, status="FAILURE", error="broken")
    assert held_to_floor(failed) == failed


def mixed(*found: tuple[str, float]) -> list[tuple[str, str]]:
    """A page that is read well, and blocks of some text and confidence on it, as it is held to the floor."""
    texts = [("Read well, all of it.", 0.98), *found]
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


def test_noise_among_legible_text_is_shown_and_said_to_be_so() -> None:
    assert mixed(("Ỡt ˙ l", 0.04)) == [("unread", "[not legible]")]
    assert mixed(("-=-", 0.04)) == [("unread", "[not legible]")]
    assert mixed(("x==s vb7-4ac", 0.3)) == [("unread", "[formula not read]")]
    assert mixed(("Σk= ▥주2 (3)", 0.36)) == [("unread", "[formula not read]")]


def test_words_and_what_is_read_surely_are_printed() -> None:
    found = [("hardly legible words = a guess", 0.3), ("x + y = 2", 0.8), ("전화 = 123-4567 번호", 0.4), ("12-3", 0.2)]
    assert mixed(*found) == [("text", text) for text, _ in found]


def test_parts_of_one_formula_are_one_picture() -> None:
    parts = (
        Block("text", (5, 50, 90, 80), "a+b", confidence=0.2),
        Block("text", (20, 82, 60, 110), "k=1", confidence=0.6),
    )
    (block,) = held_to_floor(DocumentPage(1, 100, 200, parts, confidence=0.9)).blocks
    assert (block.kind, block.box) == ("unread", (0, 44, 96, 116))
