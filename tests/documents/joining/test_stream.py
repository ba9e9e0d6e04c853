"""What a page's end cuts stays on its page and is one in the document, and memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sokdok.documents.blocks import Block, Continuation, Setting, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages, whole_pages

ON = Setting(20, goes_on=True)
BEGINS = Setting(20)


def text(words: str, top: int = 500, setting: Setting | None = ON, kind: str = "text") -> Block:
    return Block(kind, (100, top, 900, top + 20), words, setting=setting)


def pages(*contents: list[Block]) -> list[DocumentPage]:
    return [DocumentPage(number, 1000, 1400, tuple(blocks)) for number, blocks in enumerate(contents, 1)]


def texts(found: list[DocumentPage]) -> list[list[str]]:
    return [[block.text for block in page.blocks] for page in found]


def table(rows: str) -> Block:
    return Block("table", (100, 200, 900, 1300), "", f"<table>{rows}</table>", setting=ON)


def row(*cells: str, tag: str = "td") -> str:
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"


def wholes(*contents: list[Block]) -> list[DocumentPage]:
    return list(whole_pages(joined_pages(pages(*contents))))


def test_each_page_has_its_part_of_a_paragraph_and_the_document_the_whole() -> None:
    parts = [text("It goes")], [text("on here."), text("Another.", 700)]
    found = list(joined_pages(pages(*parts)))
    assert texts(found) == [["It goes"], ["on here.", "Another."]]
    assert found[1].blocks[0].continues == Continuation(1, 0) and found[0].blocks[0].continues is None
    whole = wholes(*parts)
    assert texts(whole) == [["It goes on here."], ["Another."]]
    assert whole[0].blocks[0].continued == ((2, (100, 500, 900, 520)),)


def test_parts_say_how_they_join(subtests) -> None:
    for upper, lower, whole, drop, space in (
        ("It goes", "on.", "It goes on.", 0, " "),
        ("an exam-", "ple of it.", "an example of it.", 1, ""),
        ("a well-", "known one.", "a well-known one.", 0, ""),
        ("二人の子", "供。", "二人の子供。", 0, ""),
    ):
        with subtests.test(upper=upper):
            (_, page) = joined_pages(pages([text(upper)], [text(lower)]))
            assert page.blocks[0].continues == Continuation(1, 0, drop, space)
            assert f"{upper[: len(upper) - drop]}{space}{lower}" == whole
            assert texts(wholes([text(upper)], [text(lower)]))[0] == [whole]


def test_a_paragraph_that_ends_does_not_go_on() -> None:
    for before in ([text("It ends.")], [text("Code", kind="code")], [text("A head", kind="sub_title")]):
        assert texts(wholes(before, [text("Next")]))[1] == ["Next"]
    for after in (BEGINS, replace(ON, em=26), None):
        assert texts(wholes([text("It goes")], [text("on", setting=after)]))[1] == ["on"]


def test_notes_and_heads_stand_aside() -> None:
    note = Block("page_footnote", (100, 1200, 900, 1220), "1 A note.")
    header = Block("text", (100, 30, 400, 48), "Report")
    found = wholes([header, text("It goes"), note], [header, text("on and")], [header, text("on.")])
    assert texts(found) == [["Report", "It goes on and on.", "1 A note."], ["Report"], ["Report"]]


def test_an_item_goes_on() -> None:
    found = wholes([text("- one\n- two goes", kind="list")], [text("on")])
    assert texts(found) == [["- one\n- two goes on"], []]


def test_columns_of_one_page_are_joined() -> None:
    right = replace(text("right", 100), box=(950, 100, 990, 120))
    (page,) = joined_pages(pages([text("left and", 1300), right]))
    assert [(block.text, block.continued) for block in page.blocks] == [("left and right", ((1, right.box),))]


def test_a_table_is_one_over_pages_and_its_head_once() -> None:
    top = row("Year", "Ships", tag="th")
    parts = [top + row("1899", "12"), top + row("1900", "15"), top + row("1901", "20")]
    assert [len(page.blocks) for page in joined_pages(pages(*([table(part)] for part in parts)))] == [1, 1, 1]
    found = wholes(*([table(part)] for part in parts))
    assert found[0].blocks[0].html == f"<table>{top}{row('1899', '12')}{row('1900', '15')}{row('1901', '20')}</table>"
    assert [len(page.blocks) for page in found] == [1, 0, 0]
    assert [at for at, _ in found[0].blocks[0].continued] == [2, 3]


def test_a_row_that_a_page_cut_is_one_row() -> None:
    found = wholes([table(row("1899", "12 of") + row("1900", "15 of"))], [table(row("", "the line"))])
    assert found[0].blocks[0].html == f"<table>{row('1899', '12 of')}{row('1900', '15 of the line')}</table>"


def test_tables_with_other_columns_or_another_head_stay_apart() -> None:
    first = table(row("Year", "Ships", tag="th") + row("1899", "12"))
    for other in (table(row("1900", "15", "2")), table(row("Town", "Men", tag="th") + row("Bath", "3"))):
        assert [len(page.blocks) for page in wholes([first], [other])] == [1, 1]


def test_few_pages_wait_however_many_there_are() -> None:
    given = 0

    def endless() -> Iterator[DocumentPage]:
        nonlocal given
        for number in range(1, 1001):
            given += 1
            yield DocumentPage(number, 1000, 1400, (text("Head", 30), text(f"Text {number}.")))

    for count, _ in enumerate(whole_pages(joined_pages(endless())), 1):
        assert given - count <= 5


def test_every_page_comes_out_though_all_of_it_was_before() -> None:
    found = wholes(*([text("goes on and")] for _ in range(250)))
    assert [page.number for page in found] == list(range(1, 251))
    assert sum(page.text.count("goes") for page in (block for one in found for block in one.blocks)) == 250


def test_failed_pages_are_kept() -> None:
    failed = DocumentPage(2, 0, 0, status="FAILURE", error="it can't be drawn")
    first, last = pages([text("It goes")], [text("on")])
    found = list(whole_pages(joined_pages([first, failed, replace(last, number=3)])))
    assert texts(found) == [["It goes"], [], ["on"]] and found[1] == failed


def test_words_say_on_which_page_they_stand() -> None:
    parts = [
        replace(text(said), words=(Word(said, (1, 2, 3, 4)),)) for said in ("it goes on and", "on over two pages.")
    ]
    assert [page.blocks[0].words[0].page for page in joined_pages(pages(*([part] for part in parts)))] == [None] * 2
    (whole,) = [block for page in wholes([parts[0]], [parts[1]]) for block in page.blocks]
    assert [word.page for word in whole.words] == [None, 2]


def test_a_head_that_is_printed_again_stands_once_in_the_whole() -> None:
    one = table(row("Name", "Value") + row("a", "1"))
    two = table(row("Name", "Value") + row("b", "2"))
    (first, second) = wholes([one], [two])
    head = row("Name", "Value", tag="th")
    assert first.blocks[0].html == f"<table>{head}{row('a', '1')}{row('b', '2')}</table>" and not second.blocks
