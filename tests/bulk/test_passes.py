"""Slices of a plan: whole documents, as many as fit, the same every time."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from sokdok.bulk.passes import slices
from sokdok.bulk.plan import Unit, page_ranges


def units(lengths: list[int]) -> Iterator[Unit]:
    for number, length in enumerate(lengths):
        for first, last in page_ranges(length):
            yield Unit(id=f"{number}-{first}", document=f"{number}", path="", place="", source=0, sha256="", size=0,
                       first=first, last=last, pages=length)  # fmt: skip


@given(st.lists(st.integers(1, 120), max_size=40))
def test_every_document_is_in_one_slice_whole(lengths: list[int]) -> None:
    found = list(slices(units(lengths), sum(lengths), documents=5, pages=100))
    assert [unit.id for piece in found for document in piece.documents for unit in document] == [
        unit.id for unit in units(lengths)
    ]
    at = 0
    for number, piece in enumerate(found):
        assert piece.number == number and piece.name == f"{number:06d}" and piece.first == at
        assert len(piece.documents) <= 5 and (
            sum(document[0].pages for document in piece.documents) <= 100 or len(piece.documents) == 1
        )
        assert all(sum(len(unit.numbers) for unit in document) == document[0].pages for document in piece.documents)
        at += len(piece.documents)
    assert at == len(lengths)
