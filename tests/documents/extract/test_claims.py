"""What fields claim, and the evidence for it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.extract.claims import answer_schema, load_schema, places, validator
from sokdok.documents.extract.evidence import Index, NumberedLine, Token, lines_of, numbered
from sokdok.documents.result import Document
from sokdok.errors import InputError

INVOICE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "pattern": "^[A-Z]"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["number"],
    "$defs": {"item": {"type": "object", "properties": {"price": {"type": "number", "minimum": 0}}}},
}
CLAIM = {"type": "object", "required": ["value", "lines"], "additionalProperties": False}


def claim(value: Any) -> dict[str, Any]:
    lines = {"type": "array", "items": {"type": "integer"}}
    return CLAIM | {"properties": {"value": {"anyOf": [value, {"type": "null"}]}, "lines": lines}}


def test_every_value_is_asked_for_with_its_lines_and_may_be_null() -> None:
    pytest.importorskip("jsonschema")
    asked = answer_schema(load_schema(INVOICE))
    assert asked["properties"]["number"] == claim({"type": "string"}), "rules that only restrict are not asked for"
    assert asked["properties"]["items"] == {"type": "array", "items": {"$ref": "#/$defs/item"}}
    assert asked["$defs"]["item"]["properties"] == {"price": claim({"type": "number"})}
    assert asked["required"] == ["number", "items", "note"] and asked["additionalProperties"] is False
    assert "anyOf" in asked["properties"]["note"]["properties"]["value"]


def test_what_is_asked_for_is_a_schema_and_fits_its_answers() -> None:
    pytest.importorskip("jsonschema")
    answer = {
        "number": {"value": "A1", "lines": [1]},
        "items": [{"price": {"value": 2.5, "lines": [2]}}],
        "note": {"value": None, "lines": []},
    }
    asked = answer_schema(INVOICE)
    assert validator(asked).is_valid(answer)
    assert not validator(asked).is_valid({**answer, "number": "A1"})


def test_objects_and_lists_that_may_be_null() -> None:
    pytest.importorskip("jsonschema")
    node = {"type": ["object", "null"], "properties": {"a": {"type": ["string", "null"]}}}
    asked = answer_schema({"type": "object", "properties": {"it": node, "all": {"type": ["array", "null"]}}})
    judge = validator(asked)
    assert judge.is_valid({"it": None, "all": None})
    assert judge.is_valid({"it": {"a": {"value": None, "lines": []}}, "all": [{"value": 1, "lines": [1]}]})


def test_the_schemas_of_a_place() -> None:
    assert list(places(INVOICE, ("items", 3, "price"))) == [{"type": "number", "minimum": 0}]
    assert not list(places(INVOICE, ("invented",)))
    endless = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}}
    assert len(list(places(endless, ("a",)))) < 100


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string"}, "no schema of an object"),
        ({"type": "object", "properties": {"a": {"type": "strin"}}}, "no JSON schema, at properties/a/type"),
        ({"type": "object", "properties": {"a": {"$ref": "http://host/a.json"}}}, "nothing is fetched"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, "nothing is fetched"),
        ({"type": "object", "properties": {"value": {}}}, "an object of value alone"),
    ],
)
def test_what_can_not_be_used_is_refused(schema: dict[str, Any], why: str, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    with pytest.raises(InputError, match=why):
        load_schema(schema)
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema))
    with pytest.raises(InputError, match="schema.json"):
        load_schema(path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 5000, '"a"'])
def test_a_file_that_is_no_schema(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json"):
        load_schema(tmp_path / "a.json")


def word(text: str, left: int, top: int) -> Word:
    return Word(text, (left, top, left + 10 * len(text), top + 20))


def document(*blocks: Block) -> Document:
    return Document("a", "a.pdf", (DocumentPage(3, 500, 500, blocks=blocks),))


def test_words_of_one_height_are_a_line_and_pages_are_named() -> None:
    words = (word("One", 0, 0), word("two", 40, 2), word("three", 0, 30))
    made = document(Block("text", (0, 0, 99, 99), "One two three", words=words))
    further = DocumentPage(4, 500, 500, (Block("text", (0, 0, 99, 99), "four", words=(word("four", 0, 0),)),))
    made = replace(made, pages=(*made.pages, further))
    assert numbered(lines_of(made)) == "=== page 3 ===\n1: One two\n2: three\n=== page 4 ===\n3: four"


def test_a_table_is_read_row_by_row_whichever_order_its_words_have() -> None:
    words = (word("Item", 0, 0), word("Pen", 0, 30), word("Price", 200, 0), word("1,200", 200, 31))
    made = document(Block("table", (0, 0, 300, 60), "", html="<table><tr><td>Item</td></tr></table>", words=words))
    assert [line.text for line in lines_of(made)] == ["Item | Price", "Pen | 1,200"]


def test_where_no_places_are_known_a_line_has_its_blocks() -> None:
    (first, second) = lines_of(document(Block("text", (1, 2, 3, 4), "A line\n\nand another")))
    assert [token.box for token in first.tokens] == [(1, 2, 3, 4)] * 2 and second.text == "and another"
    assert lines_of(document(Block("image", None, ""))) == []


LINES = (
    "합계 금액: 1,200,000원 (VAT 10%)",
    "발행일 2026년 11월 25일",
    "담당 홍길동은 demon-",
    "strated 1.234,56 EUR",
    "10-12 items of type A12",
    "Total 3억 2,000만 원 (4.5)",
    "Nov 5, 2026 until 31.12.2027",
    "O’Brien’s “Café” — Anne",
)


def lines(*texts: str) -> list[NumberedLine]:
    return [NumberedLine(tuple(Token(word, 1, None) for word in text.split())) for text in texts]


@pytest.mark.parametrize(
    ("value", "words", "how"),
    [
        ("홍길동", "홍길동은", "text"), ("합계금액", "합계 금액:", "text"),
        ("demonstrated", "demon- strated", "text"), ("1,200,000", "1,200,000원", "text"),
        ("O'Brien's \"Cafe\u0301\" - anne", "O’Brien’s “Café” — Anne", "text"), ("12", "10-12", "text"),
        (1200000, "1,200,000원", "number"), (10, "10%)", "number"), (0.1, "10%)", "number"),
        (1234.56, "1.234,56", "number"), (12, "10-12", "number"), (320_000_000, "3억 2,000만", "number"),
        (-4.5, "(4.5)", "number"), (4.5, "(4.5)", "number"), ("2026-11-25", "2026년 11월 25일", "date"),
        ("2026-11-05", "Nov 5, 2026", "date"), ("2027-12-31", "31.12.2027", "date"),
    ],
)  # fmt: skip
def test_a_value_is_found_as_people_write_it(value: Any, words: str, how: str) -> None:
    found = Index(lines(*LINES)).find(value)
    assert found is not None and (" ".join(token.text for token in found.tokens), found.how) == (words, how)


@pytest.mark.parametrize(
    "value",
    ["길동", "200", "00,000", "200000", "Ann", "A1", "2026-11-26", "2026-25-11", "김철수", "", " ", 120, 200, 1.2]
    + [-12.5, 4417, 1e300, 3],
)
def test_what_does_not_stand_there_is_not_found(value: Any) -> None:
    assert Index(lines(*LINES)).find(value) is None


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=8) | st.floats(allow_nan=False) | st.integers())
def test_any_document_can_be_searched_for_any_value(texts: list[str], value: Any) -> None:
    found = Index(lines(*(text for text in texts if text.split()))).find(
        value if isinstance(value, str) else float(value)
    )
    assert found is None or found.tokens


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9))
def test_a_number_with_commas_is_that_number_and_no_other(number: int) -> None:
    index = Index(lines(f"it is {number:,} in all"))
    assert index.find(number) is not None
    assert index.find(number + 1) is None or abs(number + 1) == abs(number)
