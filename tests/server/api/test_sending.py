"""Answers about whole documents: the front process sends them, and makes none."""

import base64
from collections.abc import Callable, Iterator

import httpx
import pytest

from fakes.server.serving import Served

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
def test_the_front_process_reads_no_pages(
    server: Served, monkeypatch: pytest.MonkeyPatch, asked: Callable[[str], httpx.Response]
) -> None:
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
