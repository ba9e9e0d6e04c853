import json
import os
import subprocess
from typing import Any

import pytest

from fakes.server.pages import plain_page, rich_page
from sokdok.documents.blocks import Block, Continuation
from sokdok.documents.document import DocumentPage
from sokdok.server.work.docling import docling_document

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
        *("page_header", "section_header", "text", "list", "picture", "table", "code", "formula", "text")
    ]
    assert all(item["parent"] == {"$ref": "#/body"} for item in items) and document["name"] == "연보"
    assert items[0]["content_layer"] == "furniture" and (items[1]["text"], items[1]["level"]) == ("Results", 1)
    assert [place["page_no"] for place in items[2]["prov"]] == [1, 2] and items[8]["prov"] == []
    assert items[2]["prov"][0]["bbox"] == {"l": 10.0, "t": 70.0, "r": 300.0, "b": 90.0, "coord_origin": "TOPLEFT"}
    assert items[6]["text"] == "x = 1"
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
