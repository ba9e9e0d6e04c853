from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
import msgspec

from fakes.server.serving import Served, served
from sokdok.server.settings import Bounds, Settings

FIRST = {"X-Api-Key": "the-first-key-of-all"}
SECOND = {"X-Api-Key": "the-second-key-of-all"}


def accept(server: Served, *says: str, headers: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    files = [("files", (f"{number}.pdf", text.encode())) for number, text in enumerate(says, 1)]
    answer = httpx.post(
        f"{server.address}/v1/convert/file/async", files=files, data=fields, headers=headers, timeout=60
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def poll(server: Served, id: str, wait: float = 30, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(
        f"{server.address}/v1/status/poll/{id}", params={"wait": wait}, timeout=60, **more
    ).json()
    return told


def result(server: Served, id: str, **more: Any) -> httpx.Response:
    return httpx.get(f"{server.address}/v1/result/{id}", timeout=60, **more)


def test_a_task_is_accepted_polled_and_told_as_often_as_one_likes(server: Served) -> None:
    task = accept(server, "pages=40 slow=0.02", to_formats="text")
    assert task["task_type"] == "convert" and task["task_status"] in ("pending", "started")
    early = result(server, task["task_id"])
    assert early.status_code == 404 and early.headers["retry-after"] == "1"
    assert poll(server, task["task_id"], 0)["task_meta"]["num_processed"] == 0
    told = poll(server, task["task_id"])
    assert told["task_status"] == "success" and told["task_position"] is None
    assert told["task_meta"] == {
        "num_docs": 1,
        "num_processed": 1,
        "num_succeeded": 1,
        "num_partially_succeeded": 0,
        "num_failed": 0,
    }
    for _ in range(2):
        document = result(server, task["task_id"]).json()["document"]
        assert document["text_content"].startswith("page 1 of 1.pdf") and document["md_content"] is None


def test_several_documents_are_one_task_and_an_archive(server: Served) -> None:
    task = accept(server, "pages=1", "pages=1 damaged=1", "pages=2")
    told = poll(server, task["task_id"])
    assert (told["task_status"], told["task_meta"]["num_failed"]) == ("success", 1)
    archive = zipfile.ZipFile(io.BytesIO(result(server, task["task_id"]).content))
    assert archive.namelist() == ["1.md", "2.md", "3.md"] and b"> page 1: " in archive.read("2.md")


def test_a_task_of_which_nothing_could_be_read_has_failed(server: Served) -> None:
    task = accept(server, "pages=1 broken=1")
    told = poll(server, task["task_id"])
    assert told["task_status"] == "failure" and "the endpoint does not answer" in told["failure"]["message"]
    answer = result(server, task["task_id"])
    assert answer.status_code == 422 and "the endpoint does not answer" in answer.json()["detail"]


def test_a_file_that_is_none_is_refused_and_nothing_of_the_others_is_kept(server: Served) -> None:
    parts = server.app.state.parts
    before = {task.id for task in parts.tasks.store.of_owner("local", 1_000)}
    files = [("files", ("1.pdf", b"pages=1 slow=1")), ("files", ("2.pdf", b"no document"))]
    answer = httpx.post(f"{server.address}/v1/convert/file/async", files=files, timeout=60)
    assert answer.status_code == 422 and "2.pdf is no document" in answer.json()["detail"]
    assert {task.id for task in parts.tasks.store.of_owner("local", 1_000)} == before


def test_a_task_is_its_keys_alone(locked: Served) -> None:
    task = accept(locked, "pages=1", headers=FIRST)["task_id"]
    for path in ("status/poll", "result"):
        answer = httpx.get(f"{locked.address}/v1/{path}/{task}", headers=SECOND)
        assert answer.status_code == 404 and "no such task" in answer.json()["detail"]
    assert poll(locked, task, headers=FIRST)["task_status"] == "success"


def test_a_task_outlives_the_server_and_a_request_that_waited_does_not(tmp_path: Path) -> None:
    with served(Settings(tmp_path, stop_seconds=0.2, bounds=Bounds(wait_seconds=0.3))) as server:
        late = httpx.post(f"{server.address}/v1/convert/file", files={"files": ("a", b"pages=1 slow=2")}, timeout=60)
        assert late.status_code == 504 and "within 0.3 s" in late.json()["detail"]
        assert not server.app.state.parts.tasks.store.ids(), "nobody works on it any more"
        task = accept(server, "pages=20 slow=0.05")["task_id"]
        parts = server.app.state.parts
        job = parts.tasks.store.of_owner("local", 1)[0].job
        upload = parts.tasks.spool.again(job.upload)
        parts.tasks.store.add("left", "local", msgspec.structs.replace(job, waited=True, upload=upload), 1)
    with served(Settings(tmp_path)) as server:
        parts = server.app.state.parts
        assert poll(server, task)["task_status"] == "success"
        assert "page 20 of 1.pdf" in result(server, task).json()["document"]["md_content"]
        assert parts.tasks.store.find("left", "local") is None and not (parts.tasks.spool.folder / upload).exists()
