"""What every route keeps to: who may ask, how errors are answered, health, sending, demo texts."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest

from fakes.server.serving import KEYS, Served, raw, served
from sokdok.errors import EndpointError, InputError, SokdokError
from sokdok.memory.memory import Memory
from sokdok.pages.files import open_pages
from sokdok.reasons import say
from sokdok.server.api.demo import CONVERSATION, add_conversation
from sokdok.server.api.errors import answer_of_failed, answer_to
from sokdok.server.api.guards import ALWAYS
from sokdok.server.engine.job import ReadJob, State
from sokdok.server.errors import Away, Busy, Late, Stopping, Unreadable, fault_of, named
from sokdok.server.page import EXAMPLES, load_assets
from sokdok.server.settings import Settings
from sokdok.server.tasks.store import Task, TaskStore

OPEN = {"/health", "/ready", "/openapi.json", "/", "/docs", "/static/{digest}/{name:path}"}
"""addresses that answer without a key"""


def paths_of(routes: Iterable[Any], before: str = "") -> Iterator[str]:
    """Addresses as they are written in the code, those of routers within included."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from paths_of(route.original_router.routes, before + route.include_context.prefix)
        else:
            yield before + route.path


def test_a_strangers_body_is_not_read(locked: Served) -> None:
    head = b"POST /v1/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += b"Content-Type: multipart/form-data; boundary=x\r\n%sContent-Length: 900000\r\n\r\n"
    assert raw(locked, head % b"").startswith(b"HTTP/1.1 401 ")
    assert raw(locked, head % b"X-Api-Key: wrong\r\n").startswith(b"HTTP/1.1 401 ")
    assert raw(locked, head % b"Expect: 100-continue\r\n").startswith(b"HTTP/1.1 401 "), "and not asked for either"


@pytest.mark.parametrize("place", ["?api_key={}", "?key={}", "?access_token={}", "?token={}"])
def test_a_key_in_the_address_opens_nothing(locked: Served, place: str) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{locked.address}/v1/tasks{place.format(KEYS[0])}")
        assert answer.status_code == 401 and KEYS[0] not in answer.text


def test_every_address_but_a_few_needs_a_key(locked: Served) -> None:
    paths = set(paths_of(locked.app.routes))
    assert len(paths) > 10 and paths >= OPEN
    for path in sorted(paths - OPEN):
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = httpx.request(method, locked.address + path.replace("{", "").replace("}", ""))
            # A method that an address does not have is no answer of it.
            assert answer.status_code == 401 or (answer.status_code == 405 and method == "GET"), (method, path)


def test_a_mistake_of_ours_has_the_headers_of_every_answer_and_says_nothing_of_a_document(server, monkeypatch) -> None:
    def wrong(store: TaskStore, owner: str, most: int) -> list[Task]:
        raise ZeroDivisionError("words of a document")

    monkeypatch.setattr(TaskStore, "of_owner", wrong)
    answer = server.get("/v1/tasks")
    assert answer.status_code == 500 and "words of" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["detail"]
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("x"), 422),
        (Unreadable("x"), 422),
        (EndpointError("x"), 502),
        (Late("x"), 504),
        (SokdokError("x"), 500),
    ],
)
def test_a_task_without_result_says_whose_fault_it_is(server: Served, error: SokdokError, status: int) -> None:
    answer = answer_of_failed(task(server, "failed", error))
    assert answer.status_code == status and answer.headers["x-should-retry"] == "false"
    assert answer_of_failed(task(server, "cancelled", None)).status_code == 410


def task(server: Served, state: State, error: SokdokError | None) -> Task:
    job = ReadJob(kind="document", upload="u", shown_as="u", asked=server.app.state.parts.engine.question, pages=(1,))
    return Task("a", "one", job, state, str(error or ""), 0, 0, 1, 0.0, 1.0, fault_of(error))


def test_a_reason_that_has_a_name_is_told_by_it(server: Served) -> None:
    answer = server.post("/v1/tasks", files={"file": ("a.pdf", b"pages=3000")})
    why = {"code": "many_pages", "values": {"file": "a.pdf", "pages": "3,000", "most": "2,000"}}
    assert answer.status_code == 422 and answer.json()["why"] == why
    assert answer.json()["detail"] == "a.pdf has 3,000 pages and at most 2,000 are read"
    assert server.post("/v1/tasks", files={"file": ("a", b"x")}).json()["why"] is None
    slow = say("not_opened", file="a.pdf", why=say("slow", seconds=30))
    told = named(slow)
    assert told is not None and told["values"]["why"] == {"code": "slow", "values": {"seconds": "30"}}
    failed = task(server, "failed", Unreadable(slow))
    assert json.loads(bytes(answer_of_failed(failed).body))["why"] == told


@pytest.mark.parametrize(
    ("error", "status"), [(Busy("full", 6.2), 429), (Stopping("", 7.0), 503), (Away("", 6.01), 503)]
)
def test_who_may_come_again_is_told_when(error: SokdokError, status: int) -> None:
    answer = answer_to(error)
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
    assert "x-should-retry" not in answer.headers


def test_a_body_that_is_no_json_is_told_from_a_field_that_is_wrong(server: Served) -> None:
    def asked(body: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return server.post("/v1/chat/completions", content=body, headers=headers)

    error = asked(b'{"model" 1}').json()["error"]
    assert error["message"] == "the body is no JSON (Expecting ':' delimiter, at character 10)"
    assert error["param"] is None
    assert asked(b'{"model": 1}').json()["error"]["param"] != ""


def test_limits_and_measures_are_told(server: Served) -> None:
    told = server.get("/v1/capabilities").json()
    assert told["reader"] == "fake" and told["limits"]["body_bytes"] == 200_000 and told["fetches_urls"] is False
    metrics = server.get("/metrics")
    assert "sokdok_queue_pages" in metrics.text and "sokdok_workers_ready 1.0" in metrics.text
    assert "sokdok_ready 1.0" in metrics.text
    assert 'sokdok_request_seconds_count{method="GET",route="/v1/capabilities"}' in metrics.text
    assert metrics.headers["x-content-type-options"] == "nosniff" and metrics.headers["x-request-id"]


TEXT = "page 12 of a.pdf"
SAYS = b"pages=12"


def _ocr(address: str) -> httpx.Response:
    url = f"data:application/pdf;base64,{base64.b64encode(SAYS).decode()}"
    document = {"document_url": url, "document_name": "a.pdf"}
    return httpx.post(f"{address}/v1/ocr", json={"document": document})


def _convert(address: str) -> httpx.Response:
    forms = {"to_formats": ["md", "json", "text"]}
    return httpx.post(f"{address}/v1/convert/file", files={"files": ("a.pdf", SAYS)}, data=forms)


@pytest.mark.parametrize("asked", [_ocr, _convert])
def test_the_front_process_reads_no_pages(server: Served, monkeypatch, asked: Callable[[str], httpx.Response]) -> None:
    def rows(*_: object) -> Iterator[bytes]:
        raise AssertionError("rows are for children")

    monkeypatch.setattr("sokdok.server.tasks.files.page_rows", rows)
    # However much waits: what was read is not refused for want of room to write it.
    monkeypatch.setattr("sokdok.server.engine.tools.MOST_OF_OWNER", 0)
    answer = asked(server.address)
    assert answer.status_code == 200 and TEXT in answer.text, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    folder = server.app.state.parts.settings.data / "tasks"
    assert not list(folder.rglob("answer-*")), "it went with its request"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("demo")
    with served(Settings(folder / "data", demo=True, memory=folder / "memory")) as running:
        yield running


def test_what_the_page_offers_to_try_is_among_its_files(shown: Served, server: Served) -> None:
    assert shown.get("/v1/capabilities").json()["demo"] is True
    assert server.get("/v1/capabilities").json()["demo"] is False
    assets = load_assets()
    named = re.findall(r'name: "([\w.]+)"', assets.files["app/read/examples.js"].data.decode())
    assert {f"examples/{name}" for name in named} == {name for name in EXAMPLES if name.startswith("examples/")}
    for name in named:
        file = shown.get(f"{assets.root}/examples/{name}")
        assert file.status_code == 200 and len(file.content) > 500
        path = EXAMPLES[f"examples/{name}"]
        assert len(list(open_pages(path))) == (2 if name == "report.pdf" else 1)


def test_the_memory_has_a_conversation_that_is_told_once(shown: Served) -> None:
    told = shown.get("/v1/memory/conversations").json()["conversations"]
    assert [each["name"] for each in told] == [CONVERSATION] and told[0]["turns"] > 20
    file = shown.app.state.parts.settings.memory / "memory.db"
    add_conversation(file)
    with Memory(file, conversation=CONVERSATION, create=False) as memory:
        assert memory.store.end(CONVERSATION).number == told[0]["turns"]
