import json

import httpx
import pytest

from fakes.server.serving import Served
from sokdok.errors import EndpointError, InputError, SokdokError
from sokdok.reasons import say
from sokdok.server.api.errors import answer_of_failed, answer_to
from sokdok.server.api.guards import ALWAYS
from sokdok.server.engine.job import ReadJob, State
from sokdok.server.errors import Away, Busy, Late, Stopping, Unreadable, fault_of, named
from sokdok.server.tasks.store import Task, TaskStore


def test_a_mistake_of_ours_has_the_headers_of_every_answer_and_says_nothing_of_a_document(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
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


@pytest.mark.parametrize(("error", "status"), [(Busy("full", 6.2), 429), (Stopping(7.0), 503), (Away(6.01), 503)])
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
