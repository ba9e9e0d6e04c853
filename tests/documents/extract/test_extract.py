"""Fields of a document by a schema, with an endpoint that says whatever a test wants."""

import json
from pathlib import Path
from typing import Any

import pytest

import sokdok
from fakes.pdf import Text, write_pdf
from fakes.remote import FakeEndpoint, Reply, Request, completion
from sokdok.documents.extract import extract
from sokdok.documents.question import Question
from sokdok.errors import EndpointError, InputError

pytest.importorskip("jsonschema")
pytestmark = pytest.mark.usefixtures("no_key")

TEXT_LAYER = Question(source="text-layer")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "issued": {"type": "string", "format": "date"},
        "currency": {"enum": ["KRW", "USD"]},
        "paid": {"type": "boolean"},
        "total": {"type": "number", "minimum": 0},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "price": {"type": "number"}},
                "required": ["name"],
            },
        },
    },
    "required": ["number", "total"],
    "additionalProperties": False,
}
GOOD = {
    "number": {"value": "INV-118", "lines": [1]},
    "issued": {"value": "2026-11-25", "lines": [2]},
    "currency": {"value": "KRW", "lines": [5]},
    "paid": {"value": True, "lines": [6]},
    "total": {"value": 1203400, "lines": [5]},
    "items": [{"name": {"value": "Notebook", "lines": [3]}, "price": {"value": 1200000, "lines": [3]}}],
}


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    rows = [
        ("Invoice", "INV-118"),
        ("Issued", "25.11.2026"),
        ("Notebook", "1,200,000"),
        ("Pen", "3,400"),
        ("Total (won)", "1,203,400"),
        ("Status", "settled"),
    ]
    texts = [
        Text(x, 60 + 40 * y, word, 12) for y, row in enumerate(rows) for x, word in zip((40, 300), row, strict=True)
    ]
    return write_pdf(tmp_path / "invoice.pdf", [texts])


def says(fake: FakeEndpoint, *answers: Any) -> None:
    """The endpoint gives these answers in turn; objects as JSON, a Reply as it is."""
    queue = list(answers)

    def answer(request: Request) -> Reply:
        given = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(given, Reply):
            return given
        return Reply(completion(given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)))

    fake.answer = answer


def run(fake: FakeEndpoint, invoice: Path, schema: dict[str, Any] = SCHEMA) -> Any:
    return extract(invoice, schema, fake.url, question=TEXT_LAYER)


def asked(fake: FakeEndpoint) -> list[Request]:
    return [request for request in fake.requests if request.path.endswith("/chat/completions")]


def test_each_value_comes_with_page_box_and_words(fake, invoice) -> None:
    says(fake, GOOD)
    found = run(fake, invoice)
    assert (found.status, found.refused) == ("SUCCESS", {})
    assert found.data == {
        "number": "INV-118",
        "issued": "2026-11-25",
        "currency": "KRW",
        "paid": True,
        "total": 1203400,
        "items": [{"name": "Notebook", "price": 1200000}],
    }
    total = found.sources["/total"]
    assert (total.page, total.words, total.how) == (1, ("1,203,400",), "number")
    words = {word.text: word.box for block in sokdok.convert(invoice, source="text-layer").pages[0].blocks
             for word in block.words}  # fmt: skip
    assert total.box == words["1,203,400"]
    assert found.sources["/issued"].how == "date" and found.sources["/items/0/name"].words == ("Notebook",)
    assert found.sources["/paid"].how == found.sources["/currency"].how == "inferred"
    assert "settled" in found.sources["/paid"].words


def test_the_model_sees_numbered_lines_and_a_schema_with_lines(fake, invoice) -> None:
    says(fake, GOOD)
    run(fake, invoice)
    (request,) = asked(fake)
    assert "=== page 1 ===" in request.text and "INV-118" in request.text
    form = request.body["response_format"]
    total = form["json_schema"]["schema"]["properties"]["total"]
    assert form["type"] == "json_schema" and total["required"] == ["value", "lines"]


def test_a_value_that_is_not_in_the_document_is_refused(fake, invoice) -> None:
    invented = GOOD | {"total": {"value": 999, "lines": [5]}, "number": {"value": "INV-119", "lines": [1]}}
    invented |= {"items": [{"name": {"value": "Stapler", "lines": [3]}, "price": {"value": 3400, "lines": [4]}}]}
    says(fake, invented)
    found = run(fake, invoice)
    assert found.status == "PARTIAL" and found.data["total"] is None and found.data["number"] is None
    assert found.refused["/total"] == "999 does not stand in line 5"
    assert "'INV-119' does not stand" in found.refused["/number"] and "/items/0/name" in found.refused
    assert found.data["items"] == [{"price": 3400, "name": None}] and "/total" not in found.sources


def test_an_optional_field_that_is_refused_is_left_out_and_the_data_fits(fake, invoice) -> None:
    says(fake, GOOD | {"issued": {"value": "2025-01-01", "lines": [2]}, "items": []})
    found = run(fake, invoice)
    assert found.status == "SUCCESS" and "issued" not in found.data and "/issued" in found.refused


def test_a_yes_without_a_line_is_refused_and_a_wrong_line_is_forgiven_where_the_value_is_known(fake, invoice) -> None:
    without = {"paid": {"value": True, "lines": []}, "currency": {"value": "USD", "lines": [99]}}
    says(fake, GOOD | without | {"number": {"value": "INV-118", "lines": [4]}})
    found = run(fake, invoice)
    assert found.refused.keys() == {"/paid", "/currency"} and found.sources["/number"].words == ("INV-118",)


def test_what_breaks_the_schemas_rules_is_refused(fake, invoice) -> None:
    schema = {**SCHEMA, "properties": SCHEMA["properties"] | {"number": {"type": "string", "pattern": "^X"}}}
    says(fake, GOOD)
    found = run(fake, invoice, schema)
    assert found.data["number"] is None and "does not match '^X'" in found.refused["/number"]
    says(fake, GOOD | {"total": {"value": "1,203,400", "lines": [5]}})
    assert "is not of type 'number'" in run(fake, invoice).refused["/total"]


def test_fields_that_nobody_asked_for_are_left_out_missing_ones_named_and_bare_values_are_claims(fake, invoice) -> None:
    says(fake, {"number": "INV-118", "secret": {"value": "Pen", "lines": [4]}, "items": [{"name": "Nobody"}]})
    found = run(fake, invoice)
    assert found.data["number"] == "INV-118" and found.data["total"] is None and "secret" not in found.data
    assert found.status == "PARTIAL" and found.refused["/total"] == "not found in the document"
    assert "/items/0/name" in found.refused


def test_a_server_that_knows_no_schemas_is_asked_in_words(fake, invoice) -> None:
    refused = Reply({"error": {"message": "response_format is not supported"}}, 400)
    says(fake, refused, f"```json\n{json.dumps(GOOD)}\n```")
    assert run(fake, invoice).status == "SUCCESS"
    first, second = asked(fake)
    assert "response_format" in first.body and "response_format" not in second.body


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("I can't do that.", "no JSON object"),
        ('{"number": {"value": NaN', "no JSON object"),
        ("".join(f'{{"{number * 7919 % 10007}":' for number in range(3000)), "no JSON object"),
        (Reply(completion('{"number": {', finish="length")), "cut off at the server's length limit"),
        ('{"number": "' + "| 12 | 34 |\\n" * 800, "a repetition"),
    ],
)
def test_an_answer_that_is_no_use_is_asked_for_once_more(fake, invoice, bad: Any, why: str) -> None:
    says(fake, bad, GOOD)
    assert run(fake, invoice).status == "SUCCESS"
    assert why in asked(fake)[1].text
    says(fake, bad)
    with pytest.raises(EndpointError, match=f"no usable answer, twice: .*{why}"):
        run(fake, invoice)


def test_thoughts_before_the_answer_are_passed_over(fake, invoice) -> None:
    says(fake, f'<think>maybe {{"number": 1}}?</think>\nHere it is: {json.dumps(GOOD)} Anything else?')
    assert run(fake, invoice).data["number"] == "INV-118"


def test_an_answer_of_any_shape_raises_nothing(fake, invoice) -> None:
    shapes = [{"number": [[]], "total": {"value": {"value": 1}}}, {"items": {"value": "x"}}, {"number": {"lines": "a"}}]
    for shape in [*shapes, {}, {"number": {"value": "x", "lines": [None, True, -1, 1e9, 10**30]}}]:
        says(fake, shape)
        assert run(fake, invoice).status in ("PARTIAL", "FAILURE")


def test_rows_that_are_alike_are_no_loop_and_more_values_than_a_document_has_are_an_error(fake, invoice) -> None:
    row = {"name": {"value": "Pen", "lines": [4]}, "price": {"value": 3400, "lines": [4]}}
    says(fake, GOOD | {"items": [row] * 300})
    assert len(run(fake, invoice).data["items"]) == 300 and len(asked(fake)) == 1
    says(fake, {"items": [row] * 3000})
    with pytest.raises(EndpointError, match="more than 5,000 values"):
        run(fake, invoice)


def test_a_document_that_is_there_is_not_read_again(fake, invoice) -> None:
    says(fake, GOOD)
    document = sokdok.convert(invoice, source="text-layer")
    invoice.unlink()
    assert sokdok.extract(document, SCHEMA, fake.url).status == "SUCCESS"


def test_without_text_or_endpoint_there_is_a_reason(fake, tmp_path, invoice) -> None:
    empty = write_pdf(tmp_path / "empty.pdf", [[]])
    with pytest.raises(InputError, match=r"empty\.pdf holds no text to extract from"):
        run(fake, empty)
    with pytest.raises(InputError, match="name its endpoint"):
        extract(invoice, SCHEMA, "")
    with pytest.raises(EndpointError, match="127.0.0.1:9"):
        extract(invoice, SCHEMA, "http://127.0.0.1:9/v1", model_name="any", question=TEXT_LAYER)
