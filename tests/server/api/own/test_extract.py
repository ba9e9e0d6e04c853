import json
from typing import Any

import httpx
import pytest

from fakes.remote import FakeEndpoint, Reply, completion
from fakes.server.serving import Served

pytest.importorskip("jsonschema")
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "year": {"type": "integer"}}}
SAID = {"title": {"value": "page 1", "lines": [1]}, "year": {"value": 2001, "lines": [1]}}


def extract(server: Served, says: str, schema: Any = SCHEMA, **fields: str) -> httpx.Response:
    data = {"schema": schema if isinstance(schema, str) else json.dumps(schema)} | fields
    return server.post("/v1/extract", files={"file": ("견적서.pdf", says)}, data=data)


def test_values_have_their_places_and_what_is_made_up_is_refused(server: Served, language_model: FakeEndpoint) -> None:
    language_model.answer = lambda request: Reply(completion(json.dumps(SAID)))
    answer = extract(server, "pages=1 drawn=1")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["data"] == {"title": "page 1"} and found["status"] == "SUCCESS"
    assert found["sources"]["/title"] == {"page": 1, "box": [10, 10, 48, 20], "words": ["page", "1"], "how": "text"}
    assert "2001 does not stand in line 1" in found["refused"]["/year"]
    tasks = server.get("/v1/tasks", params={"limit": 100}).json()["tasks"]
    assert "견적서.pdf" not in [task["file"] for task in tasks], "nothing of it is kept"


@pytest.mark.parametrize(
    ("schema", "says", "fields", "reason"),
    [
        ("{", "pages=1", {}, "the schema is no JSON"),
        ("[]", "pages=1", {}, "describes no object"),
        ({"type": "string"}, "pages=1", {}, "no schema of an object"),
        (SCHEMA, "no document", {}, "견적서.pdf is no document"),
        (SCHEMA, "pages=1", {"page": "1"}, "unknown field 'page'"),
    ],
)
def test_what_is_refused(server: Served, schema: Any, says: str, fields: dict[str, str], reason: str) -> None:
    answer = extract(server, says, schema, **fields)
    assert answer.status_code == 422 and reason in answer.json()["detail"], answer.text


def test_a_language_model_that_fails_is_not_the_documents_fault(server: Served, language_model: FakeEndpoint) -> None:
    language_model.answer = lambda request: Reply({"error": {"message": "out of memory"}}, status=400)
    answer = extract(server, "pages=1 drawn=1")
    assert answer.status_code == 502 and "127.0.0.1" not in answer.text, answer.text
