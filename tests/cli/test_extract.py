"""`sokdok extract`: what is on stdout, what on stderr, and the exit code."""

import json
from pathlib import Path

import pytest

from fakes.pdf import Text, write_pdf
from fakes.remote import FakeEndpoint, Reply, completion

pytest.importorskip("jsonschema")
pytestmark = pytest.mark.usefixtures("no_key")

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "year": {"type": "integer"}}}
SAID = {"title": {"value": "Report", "lines": [1]}, "year": {"value": 2001, "lines": [1]}}


@pytest.fixture
def fake():
    with FakeEndpoint() as fake:
        fake.answer = lambda request: Reply(completion(json.dumps(SAID)))
        yield fake


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    write_pdf(tmp_path / "report.pdf", [[Text(20, 30, "Report of 1999")]], size=(160, 80))
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    return "extract", "report.pdf", "--schema", "schema.json", "--source", "text-layer"


def test_one_object_on_stdout_and_what_was_refused_on_stderr(run, fake, files) -> None:
    result = run(*files, "--model", fake.url)
    found = json.loads(result.stdout)
    assert result.exit_code == 0 and found["status"] == "SUCCESS" and found["data"] == {"title": "Report"}
    assert found["sources"]["/title"]["page"] == 1 and len(found["sources"]["/title"]["box"]) == 4
    assert found["sources"]["/title"]["words"] == ["Report"]
    assert "/year: 2001 does not stand in line 1" in result.stderr and "1 value found, 1 refused" in result.stderr


def test_what_the_schema_needs_and_the_document_has_not_is_exit_code_1(run, fake, files, tmp_path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA | {"required": ["year"]}))
    result = run(*files, "--model", fake.url, "-o", "found.json")
    assert result.exit_code == 1 and result.stdout == ""
    assert json.loads(Path("found.json").read_text())["data"] == {"title": "Report", "year": None}


def test_from_standard_input(run, fake, files) -> None:
    result = run("extract", "-", *files[2:], "--model", fake.url, stdin=Path("report.pdf").read_bytes())
    assert json.loads(result.stdout)["data"] == {"title": "Report"}


def test_what_is_missing_is_named(run, files) -> None:
    result = run(*files)
    assert result.exit_code == 2 and "name an endpoint with --model http://host:8000/v1" in result.stderr
    result = run("extract", "report.pdf")
    assert result.exit_code == 2 and "--schema FILE" in result.stderr
    result = run("extract", "report.pdf", "--schema", "none.json", "--model", "http://127.0.0.1:9/v1")
    assert result.exit_code == 2 and "none.json: no such file" in result.stderr
