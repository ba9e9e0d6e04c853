from dataclasses import asdict
from typing import Any

from sokdok.documents.blocks import Block, Setting, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.server.work.mistral import OcrForm, OcrPage, ocr_pages

TABLE = "<table><tr><th>해</th><th>값</th></tr><tr><td>2024</td><td>7</td></tr></table>"
PAGE = DocumentPage(
    3,
    600,
    800,
    (
        Block("header", (0, 0, 600, 20), "연보 2025"),
        Block("title", (10, 30, 300, 60), "Results", words=(Word("Results", (10, 30, 80, 60), 0.9),)),
        Block("text", (10, 70, 300, 90), "See [here](https://example.org/a) twice here", confidence=0.8),
        Block("figure", (10, 100, 210, 300), "", html=None),
        Block("chart", (10, 310, 40, 330), ""),
        Block("table", (10, 340, 300, 500), "", html=TABLE),
        Block("equation", (10, 500, 300, 520), "E = mc^2"),
        Block("page_number", (290, 780, 310, 795), "3"),
    ),
    confidence=0.85,
)


def told(page: DocumentPage = PAGE, **asked: Any) -> OcrPage:
    ((_, told),) = ocr_pages([page], OcrForm(**asked))
    return told


def test_pages_count_from_0_and_pictures_are_named_in_the_markdown_as_in_the_list() -> None:
    page = told()
    assert page.index == 2 and page.dimensions is not None and page.dimensions.width == 600
    assert [image.id for image in page.images] == ["img-0.png", "img-1.png"]
    assert "![img-0.png](img-0.png)" in page.markdown and "![img-1.png](img-1.png)" in page.markdown
    assert page.images[0].bottom_right_x == 210 and page.images[0].bottom_right_y == 300
    assert "# Results" in page.markdown and "연보 2025" in page.markdown and "<table>" in page.markdown
    assert page.hyperlinks == ["https://example.org/a"] and page.tables == [] and page.blocks is None


def test_each_page_has_its_part_of_what_goes_on() -> None:
    setting = Setting(20, first_word=60, room=10)
    parts = [Block("text", (100, 500, 900, 520), words, setting=setting) for words in ("It goes", "on over", "pages.")]
    pages = joined_pages(DocumentPage(number, 1000, 1400, (part,)) for number, part in enumerate(parts, 1))
    assert [page.markdown for _, page in ocr_pages(pages, OcrForm())] == ["It goes", "on over", "pages."]


def test_small_pictures_and_those_beyond_the_limit_are_left_out() -> None:
    assert [image.top_left_y for image in told(image_min_size=50).images] == [100]
    assert [image.top_left_y for image in told(image_limit=1).images] == [100]
    assert told(image_limit=0).images == []
    found = ocr_pages([PAGE, PAGE], OcrForm(image_limit=3))
    assert [len(told.images) for _, told in found] == [2, 1], "of the whole document"


def test_tables_stand_apart_in_the_form_that_was_asked_for() -> None:
    page = told(table_format="markdown")
    assert [asdict(table) for table in page.tables] == [
        {"id": "tbl-0.md", "content": "| 해 | 값 |\n| --- | --- |\n| 2024 | 7 |\n", "format": "markdown"}
    ]
    assert "[tbl-0.md](tbl-0.md)" in page.markdown and "<table>" not in page.markdown
    assert told(table_format="html").tables[0].content.startswith("<table>")


def test_header_and_footer_leave_the_markdown_where_they_are_asked_for() -> None:
    page = told(extract_header=True, extract_footer=True)
    assert (page.header, page.footer) == ("연보 2025", "3") and "연보" not in page.markdown
    assert told().header is None


def test_blocks_have_types_of_mistrals_and_confidences_where_they_are_known() -> None:
    page = told(include_blocks=True, confidence_scores_granularity="block")
    assert page.blocks is not None
    assert [block.type for block in page.blocks] == [
        *("header", "title", "text", "image", "image", "table", "equation", "footer")
    ]
    assert page.blocks[3].image_id == "img-0.png" and page.blocks[5].table_id is None
    assert page.blocks[2].confidence_scores is not None
    assert page.blocks[2].confidence_scores.average_content_confidence_score == 0.8
    words = told(confidence_scores_granularity="word").confidence_scores
    assert words is not None and words.word_confidence_scores is not None
    (word,) = words.word_confidence_scores
    assert told().markdown[word.start_index :].startswith("Results") and words.minimum_page_confidence_score == 0.9
    sure = DocumentPage(1, 10, 10, (Block("text", (0, 0, 5, 5), "exact"),))
    assert told(sure, confidence_scores_granularity="page").confidence_scores is None, "nobody says"


def test_what_failed_is_a_quotation_and_a_file_without_places_has_no_blocks() -> None:
    page = told(DocumentPage(1, 0, 0, status="FAILURE", error="it is\ndamaged"), include_blocks=True)
    assert page.markdown == "> page 1: it is damaged" and page.dimensions is None and page.blocks == []
