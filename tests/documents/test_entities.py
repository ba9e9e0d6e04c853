"""Dates, amounts, numbers and addresses of a page: what they say, where they stand, and which are a receipt's."""

import pytest

from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.entities import Entity, entities_of
from sokdok.documents.write.json_file import page_from_json, page_to_json


def found(text: str) -> list[Entity]:
    return list(entities_of([Block("text", None, text)]))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("date", "2026-03-05 → 2026-03-05; 2026년 3월 5일 → 2026-03-05; 25/03/2026 → 2026-03-25"),
        ("date", "2026. 3. 5 → 2026-03-05; 5 March 2026 → 2026-03-05; Mar 5, 2026 → 2026-03-05; 03/04/2026 → "),
        ("amount", "RM 1,234.50 → 1234.50 MYR; 1.234,50 € → 1234.50 EUR; $5 → 5 $; 3억 2,000만 원 → 320000000 KRW"),
        ("business_number", "123-45-67891 → 1234567891; 123-45-67890 → "),  # whose check digit does not fit
        ("phone", "02-345-6789 → 023456789; +82-2-123-4567 → +8221234567"),
        ("email", "kim@example.co.kr → kim@example.co.kr"),
    ],
)
def test_each_kind_with_its_value(kind: str, said: str) -> None:
    for text, value in (case.split(" → ") for case in said.split("; ")):
        entities = [(one.kind, one.text, f"{one.value} {one.currency}".strip()) for one in found(f"앞말 {text} behind")]
        assert entities == [(kind, text, value)]


def test_what_is_none_and_a_number_behind_its_word() -> None:
    none = "제3원칙; 2026-13-45; 1.2.3.4; between 1588-1592; 12%; 5월 회원; ABC-123-45-678910"
    assert not [entity for text in none.split("; ") for entity in found(text)]
    assert [one.text for one in found("Tel: 03-7727 1122, 대표전화 1588-1234")] == ["03-7727 1122", "1588-1234"]


def test_a_receipt_s_total_and_date_by_the_words_beside_them(subtests: pytest.Subtests) -> None:
    for said, labels in (
        (
            "Valid until 1/2/2030; Date: 03/04/2026; SUBTOTAL 8.98; TOTAL (INCL GST) 9.52; ROUNDING -0.02; TOTAL 9.50; "
            "CASH 20.00; GST SUMMARY; TOTAL 8.98 0.54",
            {"date": "03/04/2026", "total": "9.50"},
        ),
        ("영수증; 2026–03–05 12:30; 소 계 10,910; 합  계  12,000", {"date": "2026–03–05", "total": "12,000"}),
        ("RECEIPT; Amount Due; RM 12.80", {"total": "RM 12.80"}),
        ("Population by district; Total 51,234", {}),
    ):
        with subtests.test(said=said):
            assert {one.label: one.text for one in found(said.replace("; ", "\n")) if one.label} == labels


def test_words_count_as_they_stand_side_by_side_whatever_block_they_are_of() -> None:
    word = Word("TOTAL", (0, 40, 50, 52), 0.9), Word("RM", (200, 42, 220, 54), 0.8), Word("9.50", (240, 38, 280, 50))
    page = DocumentPage(2, 400, 300, tuple(Block("text", one.box, one.text, words=(one,)) for one in word))
    (total,) = entities_of(page.blocks, page.number)
    assert total == Entity("amount", "RM 9.50", "9.50", 2, (200, 38, 280, 54), 0.8, "MYR", "total")
    assert '"entities": [{"kind": "amount", "text": "RM 9.50"' in page_to_json(page, words=False)
    assert page_from_json(page_to_json(page)) == page
