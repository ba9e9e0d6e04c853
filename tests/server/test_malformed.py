"""Requests that make no sense: each is refused with a reason that its client can read; none is the server's fault."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from fakes.server.serving import Served
from fakes.server.uploads import pdf_saying

STATED = {502, 503, 504, 507}  # statuses that say no more than that a limit was met
JSON = ["/v1/chat/completions", "/v1/ocr", "/v1/convert/source", "/v1/convert/source/async", "/v1/compress"]
FORMS = {
    "/v1/tasks": "file",
    "/v1/files": "file",
    "/v1/convert/file": "files",
    "/v1/convert/file/async": "files",
    "/v1/parse": "file",
    "/v1/extract": "file",
}  # endpoint → name of its field for files
ANY_FILE = {"/v1/files", "/v1/parse"}
"""which of them take any file: the first looks when it is asked about one, and the fake parses everything"""
CHECKS = [
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
]


def require_reason(answer: httpx.Response) -> None:
    """A refusal says why, twice, as JSON."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:500])
    told = answer.json()
    detail = told["detail"] if isinstance(told["detail"], str) else told["detail"][0]["msg"]  # a list for Mistral's
    assert detail == told["error"]["message"] != "" and told["error"]["code"] == answer.status_code


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def there(client: httpx.Client) -> dict[str, str]:
    """What is there to be asked about: beginning of an address and name of its parameter → value."""
    pages = client.post("/v1/tasks", files={"file": ("a.pdf", pdf_saying("pages=2 drawn=1", 2))}).json()
    kept = client.post("/v1/files", files={"file": ("a.pdf", b"pages=1")}).json()
    converted = client.post("/v1/convert/file/async", files={"files": ("a.pdf", b"pages=1")}).json()
    client.post("/v1/memory/conversations/talk/turns", json={"role": "user", "text": "안녕"})
    client.get(f"/v1/status/poll/{converted['task_id']}", params={"wait": 30})
    return {
        "/v1/tasks id": pages["id"],
        "/v1/files file_id": kept["id"],
        "/v1/status task_id": converted["task_id"],
        "/v1/result task_id": converted["task_id"],
        "/v1/memory name": "talk",
        "/v1/models name": "fake",
    }


def requests_by_the_document(server: Served, there: dict[str, str], each: int) -> int:
    """Ask every endpoint, as its OpenAPI description allows and as it does not; how many requests that were."""
    sent = 0
    schema = schemathesis.openapi.from_url(f"{server.address}/openapi.json")
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not (operation.query or operation.headers or operation.body):
                continue  # any text may be an id: none is wrong

            @seed(16)
            @settings(
                max_examples=each,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
            def ask(case: Any, known: bool) -> None:
                nonlocal sent
                if known and case.method != "DELETE":
                    case.path_parameters |= {
                        place.partition(" ")[2]: value
                        for place, value in there.items()
                        if case.path.startswith(place.partition(" ")[0]) and place.partition(" ")[2] in case.path
                    }
                answer = case.call(timeout=60)
                sent += 1
                assert answer.status_code < 500 or answer.status_code in STATED, case.as_curl_command()
                if answer.status_code != 400:  # the web server's own, of what is no HTTP
                    case.validate_response(answer, checks=CHECKS)

            ask()
    return sent


def test_requests_by_the_openapi_document(server: Served, there: dict[str, str]) -> None:
    assert requests_by_the_document(server, there, 1) > 50


@pytest.mark.slow
def test_thousands_of_requests_by_the_openapi_document(server: Served, there: dict[str, str]) -> None:
    assert requests_by_the_document(server, there, 60) > 2_000


BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "not UTF-8": b'{"model": "\xff"}',
    "deep": b"[" * 100_000,
    "deep and closed": b'{"document":' * 5_000 + b"1" + b"}" * 5_000,
    "NaN": b'{"model": NaN, "messages": Infinity, "document": NaN, "sources": NaN}',
    "a long number": b'{"document": ' + b"9" * 50_000 + b"}",
    "a number beyond floats": b'{"image_limit": 1e999, "document": {"file_id": "a"}}',
    "list": b"[]",
    "null": b"null",
    "text": b'"a"',
    "twice": b'{"document": 1, "document": 2, "sources": [], "sources": 1}',
    "NUL": b'{"model": "\\u0000", "document": {"file_id": "\\u0000"}, "sources": [{"kind": "\\u0000"}]}',
    "half a character": b'{"model": "\\ud800", "document": {"document_url": "\\ud800"}, "text": "\\udfff", '
    b'"messages": [{"role": "user", "content": "\\ud800"}], "sources": [{"kind": "file", "base64_string": "\\ud800"}]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bodies_that_are_no_json(client: httpx.Client, body: bytes) -> None:
    for path in JSON:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        require_reason(answer)
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/json; charset=\xff", "\xff"):
        require_reason(client.post(JSON[1], content=body, headers={b"Content-Type": kind.encode("latin-1")}))


def part(field: str, name: str, content: bytes = b"no document", more: str = "") -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n{more}\r\n'
    return head.encode("utf-8", "surrogateescape") + content + b"\r\n"


END = b"--x--\r\n"
BROKEN = {
    "empty": lambda field: b"",
    "no part": lambda field: END,
    "not closed": lambda field: part(field, "a.pdf")[:-20],
    "no name": lambda field: b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n" + END,
    "no disposition": lambda field: b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n" + END,
    "a field for a file": lambda field: (
        f'--x\r\nContent-Disposition: form-data; name="{field}"\r\n\r\na\r\n'.encode() + END
    ),
    "noise": lambda field: bytes(range(256)) * 40,
    "another boundary": lambda field: part(field, "a.pdf").replace(b"--x", b"--y") + b"--y--\r\n",
    "a long header": lambda field: part(field, "a.pdf", more=f"X-Long: {'a' * 50_000}\r\n") + END,
    "a header that is none": lambda field: part(field, "a.pdf", more="no header\r\n") + END,
    "many files": lambda field: part(field, "a.pdf") * 1_100 + END,
    "many fields": lambda field: b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 1_100 + END,
    "an empty file": lambda field: part(field, "a.pdf", b"") + END,
    "no document": lambda field: part(field, "a.pdf") + END,
    "an unknown encoding": lambda field: part(field, "a.pdf", more="Content-Transfer-Encoding: x\r\n") + END,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_broken_forms(client: httpx.Client, body: Any) -> None:
    for path, field in FORMS.items():
        if path in ANY_FILE and b"no document" in body(field)[:500] and body(field).startswith(b"--x"):
            continue
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        require_reason(client.post(path, content=body(field), headers=headers))
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'b' * 300}"):
        require_reason(client.post("/v1/tasks", content=body("file"), headers={"Content-Type": kind}))


def test_more_pages_than_there_is_room_for(client: httpx.Client) -> None:
    for path in ("/v1/tasks", "/v1/convert/file", "/v1/convert/file/async"):
        require_reason(client.post(path, files={FORMS[path]: ("a.pdf", b"pages=10000")}))
    url = "data:application/pdf;base64," + base64.b64encode(b"pages=10000").decode()
    require_reason(client.post("/v1/ocr", json={"document": {"document_url": url}}))


@pytest.mark.parametrize(
    "name",
    [
        *("../../../etc/passwd", "..", "/", "..\\..\\a.pdf", "a\0b.pdf", "%00", "a\tb", "C:\\a", "\udcff\udcfe"),
        *("한" * 3_000, "a" * 20_000 + ".pdf", "~", "-rf", "a/", "con", "\u202egpj.exe", "a.pdf;x=1", "*"),
    ],
)
def test_names_become_no_paths(client: httpx.Client, server: Served, name: str) -> None:
    parts = server.app.state.parts
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for path, field in FORMS.items():
        answer = client.post(path, content=part(field, name) + END, headers=headers)
        if path in ANY_FILE and answer.status_code == 200:
            assert not set("/\\") & set(answer.json()["file" if "file" in answer.json() else "filename"])
            continue
        require_reason(answer)
        assert all(char.isprintable() for char in answer.json()["error"]["message"])
        assert "/" not in answer.json()["error"]["message"].partition(" is no document")[0]
    assert all(
        path.parent == parts.tasks.spool.folder and len(path.name) < 60 for path in parts.tasks.spool.folder.iterdir()
    )


def test_bodies_that_are_too_large_told_or_not(client: httpx.Client) -> None:
    for path in [*JSON, *FORMS]:
        kind = "application/json" if path in JSON else "multipart/form-data; boundary=x"
        told = client.post(path, content=b"a" * 200_001, headers={"Content-Type": kind})
        assert told.status_code == 413, (path, told.text)
        require_reason(told)
        head = part(FORMS.get(path, "file"), "a.pdf")[:-2] if path in FORMS else b'{"model": "'
        pieces = client.post(path, content=iter([head, *[b"a" * 50_000] * 5]), headers={"Content-Type": kind})
        assert pieces.status_code == 413, (path, pieces.text)
        require_reason(pieces)


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/tasks?limit=0", "/v1/tasks?limit=1e9", "/v1/tasks?limit=" + "9" * 5_000, "/v1/tasks?limit=%ED%A0%80"),
        *("/v1/tasks?%00=1", "/v1/tasks/%00", "/v1/tasks/%ff%fe", "/v1/tasks/..%2f..%2fetc%2fpasswd"),
        *("/v1/tasks/" + "a" * 5_000, *(f"/v1/status/poll/x?wait={wait}" for wait in ("nan", "inf", "-1"))),
        *("/v1/result/%2e%2e", "/v1/files?page=-1", "/v1/files?page=99999999999999999999", "/v1/files/..%2f"),
        *("/v1/files/x/url?expiry=0", "/v1/models/%2e%2e%2f%00", "/v1/memory/conversations/%00/view"),
        *("/v1/memory/search?q=%00&limit=0", "/static/..%2f..%2fapp.py", "/%00", "/v1"),
    ],
)
def test_addresses_that_name_nothing(client: httpx.Client, path: str) -> None:
    require_reason(client.get(path))


def test_other_methods_and_ids_of_events(client: httpx.Client, there: dict[str, str]) -> None:
    for method in ("PATCH", "TRACE", "PUT", "X"):
        require_reason(client.request(method, "/v1/tasks"))
    for number in ("-1", "9" * 5_000, "a", "1.5", "\xff"):
        events = f"/v1/tasks/{there['/v1/tasks id']}/events"
        require_reason(client.get(events, headers={b"Last-Event-ID": number.encode("latin-1")}))
