from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import httpx
import pytest

from fakes.server.serving import Served
from fakes.server.uploads import locked_pdf


def send(server: Served, *says: str, path: str = "/v1/convert/file", **fields: Any) -> httpx.Response:
    files = [("files", (f"/data/보고서 {number}.pdf", text.encode())) for number, text in enumerate(says, 1)]
    return httpx.post(server.address + path, files=files, data=fields, timeout=60)


def source(server: Served, sources: list[dict[str, Any]], path: str = "", **more: Any) -> httpx.Response:
    return httpx.post(f"{server.address}/v1/convert/source{path}", json={"sources": sources, **more}, timeout=60)


def within(says: bytes, name: str = "a.pdf") -> dict[str, str]:
    return {"kind": "file", "base64_string": base64.b64encode(says).decode(), "filename": name}


def test_one_file_is_json_as_open_webui_reads_it(server: Served) -> None:
    answer = send(server, "pages=2", image_export_mode="placeholder", table_mode="accurate", ocr_lang=["ko", "en"])
    told = answer.json()
    assert told["document"] == {
        "filename": "보고서 1.pdf",
        "md_content": "page 1 of 보고서 1.pdf\n\npage 2 of 보고서 1.pdf",
        **dict.fromkeys(("json_content", "html_content", "text_content", "doctags_content")),
    }
    assert (told["status"], told["errors"]) == ("success", []) and told["processing_time"] >= 0


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


def test_a_password_opens_pdfs_and_is_kept_nowhere(server: Served) -> None:
    data = locked_pdf("pages=1", "열려라-0x5d")
    files = {"files": ("a.pdf", data)}
    convert = f"{server.address}/v1/convert/file"
    assert httpx.post(convert, files=files, timeout=60).status_code == 422
    told = httpx.post(convert, files=files, data={"password": "열려라-0x5d"}, timeout=60).json()
    assert told["document"]["md_content"] == "page 1 of a.pdf"
    document = within(data)
    task = source(server, [document], "/async", options={"password": "열려라-0x5d"}).json()["task_id"]
    poll = httpx.get(f"{server.address}/v1/status/poll/{task}", params={"wait": 30}, timeout=60)
    assert poll.json()["task_status"] == "success"
    assert httpx.get(f"{server.address}/v1/result/{task}").status_code == 200
    kept = [path for path in server.app.state.parts.settings.data.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"-0x5d" in path.read_bytes()]
    assert source(server, [document], options={"password": 5}).status_code == 422


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
        ([{"kind": "http", "url": "http://a.org", "headers": {"Cookie": "x"}}], {}, "headers"),
        ([{"kind": "s3"}], {}, "sources"),
        ([], {}, "sources"),
        ([within(b"no document")], {}, "a.pdf is no document"),
        ([within(b"")], {}, "a.pdf is empty"),
        ([within(b"pages=1")], {"callbacks": [{"url": "http://a.org"}]}, "callbacks"),
        ([within(b"pages=1")] * 21, {}, "sources"),
        ([{"kind": "file", "base64_string": "!"}], {}, "no valid base64"),
    ],
)
def test_sources_that_are_refused(
    server: Served, sources: list[dict[str, Any]], more: dict[str, Any], reason: str
) -> None:
    answer = source(server, sources, **more)
    assert answer.status_code == 422 and reason in answer.json()["detail"], answer.text
