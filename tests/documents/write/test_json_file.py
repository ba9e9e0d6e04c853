"""Documents as JSON, and the golden files of all forms."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.documents import documents, pages, reading
from sokdok.documents.blocks import Block, Word
from sokdok.documents.build import build_page
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document, from_json
from sokdok.documents.write.json_file import VERSION, page_from_json, page_to_json
from sokdok.errors import InputError

DOCUMENT = Document("보고서", "a.pdf", (DocumentPage(1, 9, 9, (Block("text", (0, 1, 2, 3), "a", confidence=0.5),)),))


@given(document=documents)
@settings(deadline=None, max_examples=50)
def test_nothing_is_lost(document: Document) -> None:
    assert from_json(document.json) == document
    assert json.loads(document.json)["status"] == document.status


@given(page=pages())
@settings(deadline=None, max_examples=50)
def test_a_page_is_a_line(page: DocumentPage) -> None:
    line = page_to_json(page)
    assert "\n" not in line
    assert page_from_json(line) == page


def test_names_that_are_no_unicode_come_back() -> None:
    document = Document("\udce9t\udce9", "\udcff.pdf")
    document.json.encode()
    assert from_json(document.json) == document


def test_the_schema_is_named_and_numbered() -> None:
    data = json.loads(DOCUMENT.json)
    assert (data["schema"], data["version"]) == ("sokdok.document", VERSION)
    assert "보고서" in DOCUMENT.json
    assert len(DOCUMENT.json.splitlines()) == 3  # the page has one of its own


def changed(**values: object) -> str:
    return json.dumps(json.loads(DOCUMENT.json) | values)


def with_block(**values: object) -> str:
    data = json.loads(DOCUMENT.json)
    data["pages"][0]["blocks"][0] |= values
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON that sokdok wrote"),
        ("[" * 100_000, "no JSON that sokdok wrote"),
        ("[]", "schema is not sokdok.document"),
        ('{"schema": "docling"}', "schema is not sokdok.document"),
        (changed(version=VERSION + 1), f"version {VERSION + 1}, and this sokdok reads {VERSION}: update"),
        (changed(version="1"), "version 1"),
        (changed(version=1), "early sokdok (version 1): convert its file again"),
        (changed(pages={}), "Expected `array`, got `object` - at `$.pages`"),
        (changed(surprise=1), "unknown field `surprise`"),
        (changed(name=3), "Expected `str`, got `int` - at `$.name`"),
        (with_block(box=[1, 2, 3]), "of length 4"),
        (with_block(box=[1, 2, 3, "4"]), "Expected `int`, got `str`"),
        (with_block(confidence=True), "Expected `float | null`, got `bool`"),
        (with_block(confidence=1e999), "no JSON that sokdok wrote: Infinity"),
        (with_block(figure="../../etc/passwd"), "not a path within"),
        (DOCUMENT.json.replace("0.5", "1e999"), "1e999 is too large"),
        (with_block(confidence=10**400), "Number out of range"),
        (DOCUMENT.json.replace('"SUCCESS"', '"FINE"', 1), "Invalid enum value 'FINE'"),
        (DOCUMENT.json.replace('"kind"', '"sort"'), "missing required field `kind`"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        from_json(text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_whole_number_is_a_number() -> None:
    block = from_json(with_block(confidence=1)).pages[0].blocks[0]
    assert isinstance(block.confidence, float)


def test_tables_are_sanitised_again() -> None:
    html = "<table><tr><td onclick=x>a<script>b</script></td></tr></table>"
    block = from_json(with_block(html=html)).pages[0].blocks[0]
    assert block.html == "<table><tr><td>a</td></tr></table>"


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(field=st.sampled_from(["name", "pages", "errors", "version", "reader"]), value=_values)
@settings(deadline=None, max_examples=200)
def test_any_value_anywhere_gives_a_document_or_an_input_error(field: str, value: object) -> None:
    try:
        from_json(changed(**{field: value}))
    except InputError as error:
        assert str(error)


def test_words_are_written_on_demand() -> None:
    word = Word("a", (0, 1, 2, 3), 0.5, other="o")
    page = DocumentPage(1, 9, 9, (Block("text", (0, 1, 2, 3), "a", words=(word,)),))
    assert json.loads(page_to_json(page))["blocks"][0]["words"] == [
        {"text": "a", "box": [0, 1, 2, 3], "confidence": 0.5, "other": "o"}
    ]
    assert page_from_json(page_to_json(page)) == page
    assert "words" not in json.loads(page_to_json(page, words=False))["blocks"][0]
    assert json.loads(page_to_json(page_from_json(page_to_json(page, words=False))))["blocks"][0]["text"] == "a"


GOLDEN = Path(__file__).parents[2] / "golden" / "documents"
CASES = sorted(path.stem for path in GOLDEN.glob("*.txt"))


def document(name: str) -> Document:
    output = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    page = build_page(reading(output, mode="base", vision_tokens=256), 1240, 1754, 1, reader="test")
    return Document(name, f"{name}.pdf", (page,), reader="test")


def check(name: str, written: str) -> None:
    path = GOLDEN / name
    if os.environ.get("SOKDOK_GOLDEN") == "write":
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


def test_there_are_cases() -> None:
    assert CASES == ["deepseek", "hostile", "plain", "unlimited"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_a_form(name: str, form: str) -> None:
    made = document(name)
    body = made.html.partition("<body>\n")[2]  # the style may change
    check(f"{name}.{form}", {"md": made.markdown, "html": body, "json": made.json}[form])
