"""Pages below the confidence floor are PARTIAL, and those that are noise are pictures."""

from __future__ import annotations

from sokdok.documents.confidence import held_to_floor
from sokdok.documents.document import Block, DocumentPage


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
