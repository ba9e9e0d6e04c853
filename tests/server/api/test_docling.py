import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from fakes.server.serving import FIRST, SECOND, Served, served
from fakes.server.uploads import locked_pdf
from sokdok.server.settings import Bounds, Settings


def send(server: Served, *says: str, path: str = "/v1/convert/file", **fields: Any) -> httpx.Response:
    files = [("files", (f"/data/보고서 {number}.pdf", text.encode())) for number, text in enumerate(says, 1)]
    return server.post(path, files=files, data=fields)


def source(server: Served, sources: list[dict[str, Any]], path: str = "", **more: Any) -> httpx.Response:
    return server.post(f"/v1/convert/source{path}", json={"sources": sources, **more})


def within(says: bytes, name: str = "a.pdf") -> dict[str, str]:
    return {"kind": "file", "base64_string": base64.b64encode(says).decode(), "filename": name}


def test_forms_pages_and_page_breaks(server: Served) -> None:
    told = send(
        server,
        "pages=9",
        to_formats=["html", "text", "md,json"],
        page_range=["2", "3"],
        md_page_break_placeholder="<!-- next -->",
    ).json()["document"]
    assert told["md_content"] == "page 2 of 보고서 1.pdf\n\n<!-- next -->\n\npage 3 of 보고서 1.pdf"
    assert [text["text"] for text in told["json_content"]["texts"]] == [f"page {n} of 보고서 1.pdf" for n in (2, 3)]
    assert "<html" in told["html_content"] and "page 3 of" in told["text_content"]
    assert "page 1 of" not in told["text_content"]
    all_pages = source(server, [within(b"pages=1")], options={"page_range": [1, 9223372036854775807]}).json()
    assert all_pages["document"]["md_content"] == "page 1 of a.pdf"


def test_several_files_are_an_archive_whose_names_are_no_paths(server: Served) -> None:
    sources = [within(b"pages=1", "../../a.pdf"), within(b"pages=1", "A.pdf"), within(b"pages=2", "..\\b.docx")]
    answer = source(server, sources, options={"to_formats": ["md", "text"]})
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == ["a.md", "a.txt", "A-2.md", "A-2.txt", "b.md", "b.txt"]
    assert archive.read("A-2.md").decode() == "page 1 of A.pdf"
    one = send(server, "pages=1", target_type="zip")
    assert zipfile.ZipFile(io.BytesIO(one.content)).namelist() == ["보고서 1.md"]


def test_pages_that_fail_are_told(server: Served) -> None:
    told = send(server, "pages=3 damaged=2").json()
    assert told["status"] == "partial_success" and "page 2: " in told["errors"][0]["error_message"]
    none = send(server, "pages=1 damaged=1")
    assert none.status_code == 422 and "it is damaged" in none.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"to_formats": "doctags"}, "'doctags' is not made here"),
        ({"page_range": ["3", "1"]}, "page_range"),
        ({"page_range": "1-" + "9" * 5_000}, "page_range"),
        ({"do_picture_description": "true"}, "do_picture_description"),
        ({"target_type": "s3"}, "'s3' is not served"),
        ({"do_ocr": "perhaps"}, "do_ocr"),
    ],
)
def test_what_can_not_be_done_is_refused_by_name(server: Served, fields: dict[str, Any], reason: str) -> None:
    answer = send(server, "pages=1", **fields)
    assert answer.status_code == 422 and reason in answer.json()["detail"], answer.text


@pytest.mark.parametrize(
    ("sources", "more", "reason"),
    [
        ([{"kind": "http", "url": "http://127.0.0.1/a.pdf"}], {}, "fetches nothing"),
        ([{"kind": "s3"}], {}, "sources"),
        ([], {}, "sources"),
        ([within(b"no document")], {}, "a.pdf is no document"),
        ([within(b""), within(b"no document", "b.pdf")], {}, "a.pdf is no document"),
        ([within(b"pages=1")], {"callbacks": [{"url": "http://a.org"}]}, "callbacks"),
        ([within(b"pages=1")] * 21, {}, "sources"),
        ([{"kind": "file", "base64_string": "!"}], {}, "no valid base64"),
    ],
)
def test_sources_that_are_refused(server, sources: list[dict[str, Any]], more: dict[str, Any], reason: str) -> None:
    answer = source(server, sources, **more)
    assert answer.status_code == 422 and reason in answer.json()["detail"], answer.text


def accept(server: Served, *says: str, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    files = [("files", (f"{number}.pdf", text.encode())) for number, text in enumerate(says, 1)]
    answer = server.post("/v1/convert/file/async", files=files, data=fields, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def poll(server: Served, id: str, wait: float = 30, **more: Any) -> Any:
    return server.get(f"/v1/status/poll/{id}", params={"wait": wait}, **more).json()


def result(server: Served, id: str, **more: Any) -> httpx.Response:
    return server.get(f"/v1/result/{id}", **more)


def test_a_password_opens_a_pdf_and_is_kept_nowhere(server: Served) -> None:
    document = within(locked_pdf("pages=1", "열려라-0x5d"))
    assert source(server, [document]).status_code == 422
    task = source(server, [document], "/async", options={"password": "열려라-0x5d"}).json()["task_id"]
    assert poll(server, task)["task_status"] == "success" and result(server, task).status_code == 200
    kept = [path for path in server.app.state.parts.settings.data.rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if b"-0x5d" in path.read_bytes()]


def test_several_documents_are_one_task_and_an_archive(server: Served) -> None:
    task = accept(server, "pages=1 slow=0.5", "pages=1 damaged=1", "pages=2")
    early = result(server, task["task_id"])
    assert early.status_code == 404 and early.headers["retry-after"] == "1"
    told = poll(server, task["task_id"])
    assert (told["task_status"], told["task_position"], told["task_meta"]) == ("success", None, {
        "num_docs": 3, "num_processed": 3, "num_succeeded": 2, "num_partially_succeeded": 0, "num_failed": 1,
    })  # fmt: skip
    archive = zipfile.ZipFile(io.BytesIO(result(server, task["task_id"]).content))
    assert archive.namelist() == ["1.md", "2.md", "3.md"] and b"> page 1: " in archive.read("2.md")


def test_a_task_of_which_nothing_could_be_read_has_failed(server: Served) -> None:
    task = accept(server, "pages=1 broken=1")
    told = poll(server, task["task_id"])
    assert told["task_status"] == "failure" and "the endpoint does not answer" in told["failure"]["message"]
    answer = result(server, task["task_id"])
    assert answer.status_code == 422 and "the endpoint does not answer" in answer.json()["detail"]


def test_a_file_that_is_none_is_told_among_the_others(server: Served) -> None:
    sources = [within(b"pages=1"), within(b"no document", "b.pdf")]
    archive = zipfile.ZipFile(io.BytesIO(source(server, sources, options={"to_formats": ["md", "json"]}).content))
    assert archive.read("a.md") == b"page 1 of a.pdf" and archive.read("b.md") == b"> page 1: b.pdf is no document"
    assert [text["text"] for text in json.loads(archive.read("b.json"))["texts"]] == ["page 1: b.pdf is no document"]
    task = source(server, sources, "/async").json()["task_id"]
    assert poll(server, task)["task_meta"]["num_failed"] == 1
    assert zipfile.ZipFile(io.BytesIO(result(server, task).content)).namelist() == ["a.md", "b.md"]
    alone = source(server, sources[1:], "/async")
    assert alone.status_code == 422 and alone.json()["detail"] == "b.pdf is no document"


def test_a_task_is_its_keys_alone(locked: Served) -> None:
    task = accept(locked, "pages=1", headers=FIRST)["task_id"]
    for path in ("status/poll", "result"):
        answer = locked.get(f"/v1/{path}/{task}", headers=SECOND)
        assert answer.status_code == 404 and "Task not found" in answer.json()["detail"]
    assert poll(locked, task, headers=FIRST)["task_status"] == "success"


def test_a_task_outlives_the_server_and_a_request_that_waited_does_not(tmp_path: Path) -> None:
    with served(Settings(tmp_path, stop_seconds=0.2, bounds=Bounds(wait_seconds=0.3))) as server:
        late = server.post("/v1/convert/file", files={"files": ("a", b"pages=1 slow=2")})
        assert late.status_code == 504 and "within 0.3 s" in late.json()["detail"]
        assert not server.app.state.parts.tasks.store.all(), "nobody works on it any more"
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
