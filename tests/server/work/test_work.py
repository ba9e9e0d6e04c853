"""What the server makes of pages: docling's and Mistral's answers, readings, figures; and of a gateway's messages."""

import base64
import io
import json
import os
import subprocess
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image, ImageDraw

from fakes.server.pages import plain_page, rich_page
from fakes.server.uploads import locked_pdf
from sokdok.documents.blocks import Block, Continuation, Setting, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.documents.question import Question
from sokdok.figures.readers import FigureText
from sokdok.jobs import Limits
from sokdok.server.engine.job import FigureOptions, ReaderSetup, ReadJob, error_in
from sokdok.server.errors import Unreadable
from sokdok.server.work.docling import docling_document
from sokdok.server.work.figures import ParsedFigure, figure_row
from sokdok.server.work.mistral import OcrForm, OcrPage, ocr_pages
from sokdok.server.work.read import PageReader
from sokdok.server.work.texts import LONG, shorten
from sokdok.tokens.models import find_model

TAKEN = """
import json, sys
from docling_core.types.doc.document import DoclingDocument
told = []
for data in json.load(sys.stdin):
    document = DoclingDocument.model_validate(data)
    document.validate_tree(document.body)
    frames = [table.export_to_dataframe(document) for table in document.tables]
    tables = [[[str(name) for name in frame.columns], *frame.astype(str).values.tolist()] for frame in frames]
    items = [type(item).__name__ for item, _ in document.iterate_items()]
    told.append({"items": items, "tables": tables, "markdown": document.export_to_markdown()})
print(json.dumps(told))
"""
TABLE = "<table><tr><th>해</th><th>값</th></tr><tr><td colspan=2>7</td></tr></table>"
PAGES = [
    DocumentPage(
        1,
        600,
        800,
        (
            Block("header", (0, 0, 600, 20), "연보 2025"),
            Block("title", (10, 30, 300, 60), "# Results"),
            Block("text", (10, 70, 300, 90), "A paragraph that", continued=((2, (5, 6, 7, 8)),)),
            Block("list", (10, 100, 300, 160), "- one\n  more\n2. two"),
            Block("figure", (10, 170, 210, 300), ""),
            Block("table", (10, 340, 300, 500), "", html=TABLE),
            Block("code", (10, 510, 300, 520), "```python\nx = 1\n```"),
            Block("equation", (10, 530, 300, 550), "E = mc^2"),
            Block("text", None, "somewhere"),
        ),
    ),
    DocumentPage(2, 0, 0, status="FAILURE", error="it is damaged"),
]


def resolved(document: dict[str, Any], ref: str) -> dict[str, Any]:
    _, kind, place = ref.split("/")
    found: dict[str, Any] = document[kind][int(place)]
    assert found["self_ref"] == ref
    return found


def test_everything_stands_below_the_body_in_reading_order() -> None:
    document = docling_document(PAGES, "연보.pdf")
    items = [resolved(document, child["$ref"]) for child in document["body"]["children"]]
    assert [item["label"] for item in items] == [
        *("page_header", "section_header", "text", "list", "picture", "table", "code", "formula", "text", "text")
    ]
    assert all(item["parent"] == {"$ref": "#/body"} for item in items) and document["name"] == "연보"
    assert items[0]["content_layer"] == "furniture" and (items[1]["text"], items[1]["level"]) == ("Results", 1)
    assert [place["page_no"] for place in items[2]["prov"]] == [1, 2] and items[8]["prov"] == []
    assert items[2]["prov"][0]["bbox"] == {"l": 10.0, "t": 70.0, "r": 300.0, "b": 90.0, "coord_origin": "TOPLEFT"}
    assert items[6]["text"] == "x = 1" and items[9]["text"] == "page 2: it is damaged"
    assert document["pages"]["1"]["size"] == {"width": 600.0, "height": 800.0} and "2" not in document["pages"]


def test_lists_are_groups_and_tables_have_cells() -> None:
    document = docling_document(PAGES, "a.pdf")
    listed = [resolved(document, child["$ref"]) for child in document["groups"][0]["children"]]
    assert [(item["text"], item["enumerated"]) for item in listed] == [("one more", False), ("two", True)]
    assert all(item["parent"] == {"$ref": "#/groups/0"} for item in listed)
    data = document["tables"][0]["data"]
    assert (data["num_rows"], data["num_cols"], len(data["table_cells"])) == (2, 2, 3)
    last = data["table_cells"][-1]
    assert (last["text"], last["start_col_offset_idx"], last["end_col_offset_idx"]) == ("7", 0, 2)


def test_what_goes_on_over_pages_is_one_item_whose_places_have_their_characters() -> None:
    rows = [f"<tr><td>{text}</td><td>x</td></tr>" for text in "ab"]
    first = (
        Block("table", (1, 1, 9, 9), "", html=f"<table>{rows[0]}</table>"),
        Block("list", (10, 40, 300, 90), "- one\n- an exam-"),
        Block("page_footnote", (10, 700, 300, 720), "A note."),
    )
    second = (
        Block("text", (5, 6, 7, 8), "ple that", continues=Continuation(1, 1, 1, "")),
        Block("table", (1, 100, 9, 109), "", html=f"<table>{rows[0]}</table>"),
    )
    third = (Block("table", (2, 2, 8, 8), "", html=f"<table>{rows[1]}</table>", continues=Continuation(2, 1)),)
    pages = [DocumentPage(number, 600, 800, blocks) for number, blocks in enumerate((first, second, third), 1)]
    document = docling_document(pages, "a.pdf")
    item = next(item for item in document["texts"] if item["text"] == "an example that")
    assert [(place["page_no"], place["charspan"]) for place in item["prov"]] == [(1, [0, 7]), (2, [7, 15])]
    assert [table["data"]["num_rows"] for table in document["tables"]] == [1, 2]
    assert [[place["page_no"] for place in table["prov"]] for table in document["tables"]] == [[1], [2, 3]]


@pytest.mark.slow
def test_doclings_own_classes_take_it() -> None:
    """Needs a Python with docling-core, which wants another typer than ours: SOKDOK_DOCLING_PYTHON names it."""
    python = os.environ.get("SOKDOK_DOCLING_PYTHON")
    if python is None:
        pytest.skip("SOKDOK_DOCLING_PYTHON names no Python that has docling-core")
    documents = [docling_document(PAGES, "연보.pdf"), docling_document([rich_page(1, "x"), plain_page(2, "y")], "b")]
    run = subprocess.run(
        [python, "-c", TAKEN], input=json.dumps(documents), capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    first, second = json.loads(run.stdout)
    assert first["items"][0] == "SectionHeaderItem" and first["items"].count("ListItem") == 2
    assert first["tables"] == [[["해", "값"], ["7", "7"]]] and "x = 1" in first["markdown"]
    assert "y" in second["markdown"].split() and len(second["tables"]) == 1


VALUES = "<table><tr><th>해</th><th>값</th></tr><tr><td>2024</td><td>7</td></tr></table>"
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
        Block("table", (10, 340, 300, 500), "", html=VALUES),
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
    setting = Setting(20, goes_on=True)
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


def test_a_picture_that_is_encrypted_has_no_field_for_its_password(tmp_path: Path) -> None:
    (tmp_path / "0.pdf").write_bytes(locked_pdf("", "열려라"))
    reader = PageReader(ReaderSetup(str(tmp_path), Limits(), Question()))
    picture = ReadJob(kind="picture", upload="0.pdf", shown_as="picture 1", asked=Question(), pages=(1,))
    (page,) = reader.read_pictures([picture])
    assert page.failed and error_in(page.row) == "picture 1 is encrypted; save a copy without its password"
    (tmp_path / "1.txt").write_text("hello")
    text = ReadJob(kind="document", upload="1.txt", shown_as="a.txt", asked=Question(), pages=(1, 9))
    assert [page.failed for page in reader.read_pages(text, (1, 9), False)] == [False, True]


def test_of_pictures_a_damaged_one_alone_fails_by_the_name_that_people_know(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "0.png")
    (tmp_path / "1.png").write_bytes((tmp_path / "0.png").read_bytes()[:60])
    reader = PageReader(ReaderSetup(str(tmp_path), Limits(megapixels=1), Question()))
    good, damaged = (
        ReadJob(kind="picture", upload=f"{number}.png", shown_as="그림", asked=Question(), pages=(1,))
        for number in (0, 1)
    )
    pages = list(reader.read([good, damaged], [1], False))
    assert [page.failed for page in sorted(pages, key=lambda page: page.place)] == [False, True]
    assert "그림" in error_in(next(page.row for page in pages if page.failed))


CHART = (
    "<table><tr><th>도시</th><th>비</th></tr><tr><td>서울</td><td>12</td></tr><tr><td>부산</td><td>30</td></tr></table>"
)
LINES = (
    "{'Line': {'line': ['(0, 0) -- (9, 0)', '(9, 0) -- (9, 9)'], 'line_type': ['--', '--'], "
    "'line_endpoint': ['A: (0, 0)', 'B: (9, 0)', 'C: (9, 9)']}}"
)


class Reader:
    name = "fake"

    def __init__(self, text: str) -> None:
        self.text = text

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        return FigureText(self.text, 0.9)


def drawing(size: tuple[int, int] = (300, 300)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).line((20, 20, 200, 200), "black", 2)
    return image


def read(image: Image.Image, asked: FigureOptions, reader: Reader) -> ParsedFigure:
    return msgspec.json.decode(figure_row(image, "그림.png", asked, reader), type=ParsedFigure)


def test_a_chart_is_its_values_and_drawn_anew() -> None:
    found = read(drawing(), FigureOptions("chart"), Reader(CHART))
    assert found.table is not None and found.table.columns == ["도시", "비"] and found.table.rows[1] == ["부산", "30"]
    picture = Image.open(io.BytesIO(base64.b64decode(found.picture.partition(",")[2])))
    assert found.result["result"]["valid"] and picture.size == found.size == (300, 300)
    assert (found.redrawn or "").startswith("data:image/png;base64,") or find_spec("matplotlib") is None


def test_statements_speak_of_places_on_the_picture_that_is_sent() -> None:
    found = read(drawing((3_000, 3_000)), FigureOptions("geometry", "ko"), Reader(LINES))
    assert found.size == (2_000, 2_000)
    (said,) = [each for each in found.statements if "⟂" in each.text]
    assert said.lines[0] == (1000, 1000, 1600, 1000)
    assert found.redrawn and found.redrawn.startswith("data:image/svg+xml;base64,")


def test_a_molecule_is_depicted() -> None:
    pytest.importorskip("rdkit")
    found = read(drawing(), FigureOptions("molecule"), Reader("c1ccccc1O"))
    assert found.result["result"]["formula"] == "C6H6O" and "benzene" in found.statements[0].text
    assert found.redrawn and found.redrawn.startswith("data:image/svg+xml;base64,")


def test_what_is_none_has_a_reason_and_nothing_drawn() -> None:
    found = read(drawing(), FigureOptions("chart"), Reader(""))
    assert not found.result["result"]["valid"] and found.result["result"]["reason"]
    assert (found.redrawn, found.table, found.statements) == (None, None, [])


LOG = "\n".join(f"10:{at:03d} read /srv/part/{at:05d}.bin" for at in range(300)).replace("10:150 read", "오류: 10:150")
ODD = b'{"role": "user",  "n": 1.50, "big": 123456789012345678901234567890, "content": "\\u00e9"}'


def messages(result: Any, role: str = "tool") -> list[Any]:
    return [{"role": role, "tool_call_id": "1", "content": result}] + [{"role": "user", "content": "go"}] * 7


def test_an_old_log_keeps_its_ends_its_trouble_and_its_names_and_all_else_its_bytes() -> None:
    parts = [{"type": "text", "text": LOG}, {"type": "image", "x": 1}]  # a tool's in OpenAI's shape, Anthropic's behind
    said = [*messages(parts)[:1], *messages([{"type": "tool_result", "id": "7", "content": LOG}], "user")]
    body = b'{"config": {}, "model": "gpt-4o", "messages": [' + ODD + b"," + json.dumps(said).encode()[1:] + b"}"
    (cut, left_out), (audit, nothing) = shorten(body, False), shorten(body, True)
    answer, told = json.loads(cut), json.loads(audit)
    (mark,), (_, ours, theirs, *rest) = answer["ccr_hashes"], answer["messages"]
    new = theirs["content"][0].pop("content")
    assert ours["content"] == [parts[0] | {"text": new}, parts[1]] and rest == said[2:] and ODD in cut
    assert left_out == {mark: LOG} and f"hash={mark}" in new and len(new) < len(LOG) / 2
    assert new.startswith("10:000 read") and new.endswith("00299.bin") and "오류: 10:150" in new
    assert "/srv/part/00020.bin" in new.partition("[named there: ")[2]
    assert answer["tokens_before"] - answer["tokens_after"] == answer["tokens_saved"] > 2_000
    assert ODD in audit and told["messages"] == json.loads(body)["messages"] and not nothing
    assert told["tokens_saved"] == 0 and told["transforms_applied"][0].startswith("audit, nothing changed: 1 tool")


@pytest.mark.parametrize("shape", ["openai", "anthropic", "text"])
def test_an_old_log_becomes_pages_where_its_model_takes_them_and_they_pay(shape: str) -> None:
    block = {"type": "tool_result", "tool_use_id": "7", "content": LOG}
    said = messages([block], "user") if shape == "anthropic" else messages([{"type": "text", "text": LOG}, {"x": [1]}])
    if shape == "text":
        said[0]["content"][0]["cache_control"] = {"type": "ephemeral"}
    body = json.dumps({"model": "anthropic/claude-sonnet-4-5", "messages": said}).encode()
    (made, left_out), (audit, _) = shorten(body, False), shorten(body, True)
    answer, told = json.loads(made), json.loads(audit)["transforms_applied"][0]
    content = answer["messages"][0]["content"]
    head, *pages = content[0]["content"] if shape == "anthropic" else content
    assert shorten(body, False)[0] == made and list(left_out.values()) == [LOG] and answer["messages"][1:] == said[1:]
    if shape == "text":  # its mark can stand on one part alone
        assert head["cache_control"] and "left out" in head["text"] and pages == [{"x": [1]}] and ", 0 as pages" in told
        return
    if shape == "openai":
        assert pages.pop() == {"x": [1]}
    data = [page["image_url"]["url"][22:] if shape == "openai" else page["source"]["data"] for page in pages]
    sizes = [Image.open(io.BytesIO(base64.b64decode(each))).size for each in data]
    counted = sum(find_model("claude-sonnet-4-5").image_cost(*size).tokens for size in sizes)
    assert f"hash={next(iter(left_out))}" in head["text"] and "/srv/part/00020.bin" in head["text"]
    assert counted < answer["tokens_after"] < answer["tokens_before"] / 2 + 100 and ", 1 as pages" in told
    prose = json.dumps({"model": "claude-sonnet-4-5", "messages": messages("It was a mild and quiet day. " * 300)})
    assert b", 0 as pages" in shorten(prose.encode(), False)[0]
    full = [{"role": "user", "content": [{"type": "image_url"}] * 80}]  # of a hundred pictures that a request may have
    crowded = json.dumps({"model": "claude-sonnet-4-5", "messages": said + full}).encode()
    assert b", 0 as pages" in shorten(crowded, False)[0]


def test_code_errors_and_what_is_new_short_or_no_tools_stay_and_hostile_messages_end_soon() -> None:
    failed = [{"type": "tool_result", "is_error": True, "content": LOG}]
    stays = "def f(x):\n    return x\n" * 200, f"Traceback (most recent call last):\n{LOG}", "x" * (LONG - 1)
    for said in (*map(messages, stays), messages(LOG, "user"), messages(LOG)[:5], messages(failed, "user")):
        answer, left_out = shorten(json.dumps({"messages": said}).encode(), False)
        assert json.loads(answer)["messages"] == said and not left_out
    for text in ("9" * 300_000, "a/" * 150_000, "\n" * 300_000, "abc1-" * 60_000, '{"' * 100_000):
        shorten(json.dumps({"messages": messages(text)}).encode(), False)
    with pytest.raises(Unreadable, match="messages"):
        shorten(b'{"messages": [{"role": "tool", "content": "\\ud800"}]}', True)
