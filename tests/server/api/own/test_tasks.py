import io
import json
import subprocess
from typing import Any

import httpx
import pikepdf
import pytest

from fakes.server.serving import FIRST, SECOND, Served
from fakes.server.tasks import create, ended
from fakes.server.uploads import pdf_saying
from sokdok.server.engine.engine import Engine


def events(server: Served, id: str, after: int = 0) -> list[tuple[str, dict[str, Any], int]]:
    """All events until the end: name, data, id."""
    text = server.get(f"/v1/tasks/{id}/events", headers={"Last-Event-ID": str(after)}).text
    found = []
    for block in filter(None, text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"]), int(fields.get("id", 0))))
    return found


def test_a_task_from_its_file_to_its_result(server: Served) -> None:
    answer = create(server, "pages=12", "../../etc/보고서.pdf")
    assert answer.status_code == 202, answer.text
    task = answer.json()
    assert task["file"] == "보고서.pdf" and task["pages"] == 12
    told = events(server, task["id"])
    assert [data["page"] for name, data, _ in told if name == "page"] == list(range(1, 13))
    assert told[-1][0] == "end" and told[-1][1]["status"] == "done"
    assert events(server, task["id"], told[4][2]) == told[5:], "a client that comes again misses nothing"
    assert ended(server, task["id"])["pages_read"] == 12
    results = {
        form: server.get(f"/v1/tasks/{task['id']}/result", params={"form": form})
        for form in ("md", "html", "json", "txt")
    }
    assert all("page 12 of 보고서.pdf" in result.text for result in results.values())
    assert len(results["json"].json()["pages"]) == 12
    assert "sandbox" in results["html"].headers["content-security-policy"]
    assert task["id"] in [each["id"] for each in server.get("/v1/tasks").json()["tasks"]]


def test_delete_cancels(server: Served) -> None:
    task = create(server, "pages=100 slow=0.05").json()
    waiting = server.get(f"/v1/tasks/{task['id']}/result")
    assert waiting.status_code == 202 and waiting.headers["retry-after"] == "1"
    cancelled = server.delete(f"/v1/tasks/{task['id']}").json()
    assert cancelled["status"] == "cancelled" and cancelled["pages_read"] < 100
    assert server.get(f"/v1/tasks/{task['id']}/result").status_code == 410
    assert events(server, task["id"])[-1][1]["status"] == "cancelled"


def test_a_task_that_no_reader_works_for_says_why(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = server.app.state.parts.engine.settings.data / "open"
    task = create(server, "pages=2 gate=2").json()
    told = httpx.stream("GET", f"{server.address}/v1/tasks/{task['id']}/events")
    with monkeypatch.context() as patched, told as stream:
        lines = stream.iter_lines()
        while "page" not in next(lines):  # on a busy machine it is only said that nothing has happened yet
            pass
        patched.setattr(Engine, "last_error", "the endpoint refuses the key")
        server.app.state.parts.tasks.handle(task["id"]).wake()
        while "event: held" not in next(lines):
            pass
        assert json.loads(next(lines).removeprefix("data: ")) == {"reason": "the endpoint refuses the key"}
        answer = server.get(f"/v1/tasks/{task['id']}").json()
        assert answer["reason"] == "the endpoint refuses the key" and not answer["ended_at"]
        server.delete(f"/v1/tasks/{task['id']}")
    gate.touch()  # its only worker reads on
    assert ended(server, task["id"])["reason"] == ""
    ended(server, create(server, "pages=1").json()["id"])
    gate.unlink()


def test_some_pages_that_fail_are_in_the_result(server: Served) -> None:
    task = ended(server, create(server, "pages=3 die=2").json()["id"])
    assert (task["status"], task["pages_failed"]) == ("done", 2)
    document = server.get(f"/v1/tasks/{task['id']}/result", params={"form": "json"}).json()
    assert document["status"] == "PARTIAL" and "SIGSEGV" in document["pages"][1]["error"]


@pytest.mark.parametrize(
    ("says", "reason"),
    [("pages=3 broken=2", "the endpoint does not answer"), ("pages=3 unanswered=1", "it answered 500")],
)
def test_a_task_that_the_endpoint_failed_is_502_and_not_the_documents_fault(
    server: Served, says: str, reason: str
) -> None:
    task = ended(server, create(server, says).json()["id"])
    assert task["status"] == "failed"
    answer = server.get(f"/v1/tasks/{task['id']}/result")
    assert answer.status_code == 502 and answer.json()["detail"] == reason
    assert answer.headers["x-should-retry"] == "false", "the task has ended"


@pytest.mark.parametrize(
    ("says", "form", "status", "reason"),
    [
        ("no document", {}, 422, "is no document"),
        ("", {}, 422, "is empty"),
        ("pages=1", {"page": "1"}, 422, "unknown field 'page'"),
        ("pages=1", {"mode": "huge"}, 422, "mode"),
        ("x" * 300_000, {}, 413, "200,000 bytes"),
    ],
)
def test_what_is_refused_says_why_in_both_keys(
    server: Served, says: str, form: dict[str, str], status: int, reason: str
) -> None:
    answer = create(server, says, data=form)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert reason in body["detail"] and body["error"]["message"] == body["detail"] and body["error"]["code"] == status
    assert not any((server.app.state.parts.tasks.spool.folder).glob("*.tmp"))


@pytest.mark.parametrize("path", ["/v1/tasks/unknown", "/v1/tasks/unknown/result", "/v1/tasks/unknown/events", "/v9"])
def test_what_is_not_there(server: Served, path: str) -> None:
    answer = server.get(path)
    assert answer.status_code == 404 and answer.json()["error"]["type"] == "NotFoundError"


def test_a_task_is_its_keys_alone_and_a_key_has_so_much_room(locked: Served) -> None:
    assert create(locked, "pages=1").status_code == 401
    assert create(locked, "pages=1", headers={"X-Api-Key": "wrong"}).headers["www-authenticate"] == "Bearer"
    task = create(locked, "pages=9 slow=0.3", headers=FIRST).json()
    assert locked.get(f"/v1/tasks/{task['id']}", headers=SECOND).status_code == 404
    assert locked.delete(f"/v1/tasks/{task['id']}", headers=SECOND).status_code == 404
    busy = create(locked, "pages=9", headers=FIRST)
    assert busy.status_code == 429 and int(busy.headers["retry-after"]) >= 1 and "of this key" in busy.json()["detail"]
    other = create(locked, "pages=1", headers=SECOND)
    assert other.status_code == 202, "another key has room of its own"
    locked.delete(f"/v1/tasks/{task['id']}", headers=FIRST)
    assert ended(locked, other.json()["id"], headers=SECOND)["status"] == "done"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "[bad"},
        {"Host": "127.0.0.1/@evil.example"},
        {"Host": "user@127.0.0.1"},
        {"Host": "127.0.0.1:80:80"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://{own}"},
        {"Origin": "ftp://{own}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
)
def test_a_server_without_keys_answers_no_page_of_another_site(server: Served, headers: dict[str, str]) -> None:
    own = server.address.partition("://")[2]
    sent = {name: value.format(own=own) for name, value in headers.items()}
    assert server.get("/v1/tasks", headers=sent).status_code in (400, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://{own}"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
def test_its_own_page_and_whoever_follows_a_link_are_served(server: Served, headers: dict[str, str]) -> None:
    own = server.address.partition("://")[2]
    sent = {name: value.format(own=own) for name, value in headers.items()}
    assert server.get("/v1/tasks", headers=sent).status_code == 200


@pytest.mark.parametrize("address", ["/v1/tasks", "/v1/parse", "/v1/files"])
def test_a_second_file_of_a_request_is_refused_by_name(server: Served, address: str) -> None:
    files = [("file", ("a.pdf", b"pages=1")), ("file", ("b.pdf", b"pages=2"))]
    answer = server.post(f"{address}", files=files)
    assert answer.status_code == 422 and "2 fields 'file', and takes one" in answer.text


def test_all_that_an_address_takes_is_told(server: Served) -> None:
    answer = server.request("PUT", "/v1/tasks")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, POST"
    assert server.request("PATCH", "/v1/tasks/x").headers["allow"] == "GET, DELETE"


def test_a_password_is_tried_and_kept_nowhere(server: Served) -> None:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_saying("pages=1 drawn=1"))) as pdf:
        pdf.save(file, encryption=pikepdf.Encryption(owner="owner", user="the right password"))
    answer = create(server, file.getvalue(), data={"password": "the wrong password"})
    assert answer.status_code == 422 and "with another password" in answer.json()["detail"], answer.text
    assert "the wrong password" not in answer.text
    task = create(server, "pages=1", "notes.txt", data={"password": "the right password"}).json()
    data = server.app.state.parts.settings.data
    ended(server, task["id"])
    assert any(data.rglob("*.sqlite"))
    # Another process looks: whoever opens and closes a database's file gives up this process's locks on it.
    assert subprocess.run(["grep", "-r", "the right password", data], stdout=subprocess.PIPE).returncode == 1
