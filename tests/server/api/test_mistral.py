import base64
import io
from typing import Any

import httpx
import pytest
from fastapi import HTTPException
from PIL import Image
from pydantic import ValidationError

from fakes.server.serving import FIRST, SECOND, Served
from fakes.server.uploads import locked_pdf, pdf_saying
from sokdok.server.api.mistral import OcrRequest


def url(says: bytes, kind: str = "application/pdf") -> str:
    return f"data:{kind};base64,{base64.b64encode(says).decode()}"


def ocr(server: Served, document: Any, headers: dict[str, str] | None = None, **asked: Any) -> httpx.Response:
    body = {"model": "mistral-ocr-latest", "document": document, **asked}
    return server.post("/v1/ocr", json=body, headers=headers)


def keep(server: Served, says: bytes, name: str = "보고서.pdf", headers: dict[str, str] | None = None) -> Any:
    answer = server.post("/v1/files", files={"file": (name, says)}, data={"purpose": "ocr"}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_pictures_come_with_the_answer_where_they_are_asked_for(server: Served) -> None:
    document = {"document_url": url(pdf_saying("pages=2 drawn=1", 2))}
    folder = server.app.state.parts.settings.data / "tasks"
    before = set(folder.glob("*"))
    (first, second) = ocr(server, document, include_image_base64=True, image_limit=1).json()["pages"]
    (image,) = first["images"]
    head, _, data = image["image_base64"].partition(",")
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert head == "data:image/png;base64" and picture.width == 2 * picture.height
        assert max(picture.convert("L").tobytes()) < 60, "the black corner, not what is beside it"
    assert second["images"] == [] and "<!-- image -->" in second["markdown"]
    assert ocr(server, document).json()["pages"][0]["images"][0]["image_base64"] is None
    assert set(folder.iterdir()) == before, "what was made goes with the request"


def test_a_kept_file_is_known_by_its_id_behind_a_proxy_and_to_its_owner_alone(locked: Served) -> None:
    file = keep(locked, b"pages=1", headers=FIRST)
    address = {"document_url": f"https://ocr.example/reads/v1/files/{file['id']}/content"}
    assert ocr(locked, address, FIRST).json()["pages"][0]["markdown"] == "page 1 of 보고서.pdf"
    for theirs in (address, {"document_url": address["document_url"].replace(file["id"], "0" * 32)}):
        answer = ocr(locked, theirs, SECOND)
        assert answer.status_code == 422 and "fetches nothing" in answer.json()["error"]["message"], answer.text
    other = {"document_url": f"ftp://ocr.example/v1/files/{file['id']}/content"}
    assert ocr(locked, other, FIRST).status_code == 422
    assert ocr(locked, {"document_url": f"{address['document_url']}/more"}, FIRST).status_code == 422
    kept = locked.app.state.parts.tasks.spool.folder
    before = set(kept.iterdir())
    assert locked.delete(f"/v1/files/{file['id']}", headers=FIRST).json()["deleted"] is True
    assert before - set(kept.iterdir()) and not [path for path in kept.iterdir() if file["id"] in path.name]
    assert locked.get(f"/v1/files/{file['id']}", headers=FIRST).status_code == 404
    tuning = locked.post("/v1/files", files={"file": ("a", b"x")}, data={"purpose": "fine-tune"}, headers=FIRST)
    assert tuning.status_code == 422 and "purpose" in tuning.json()["error"]["message"]


def test_a_password_opens_a_pdf(server: Served) -> None:
    document = {"document_url": url(locked_pdf("pages=1", "열려라")), "document_name": "a.pdf"}
    assert ocr(server, document).status_code == 422
    assert ocr(server, document, password="열려라").json()["pages"][0]["markdown"] == "page 1 of a.pdf"
    wrong = ocr(server, document, password="닫혀라")
    assert wrong.status_code == 422 and "another password" in wrong.json()["error"]["message"]
    assert "닫혀라" not in wrong.text
    number = ocr(server, document, password=12345)
    assert number.status_code == 422 and number.json()["error"]["param"] == "password" and "12345" not in number.text


def test_files_are_their_keys_alone(locked: Served) -> None:
    file = keep(locked, b"pages=1", headers=FIRST)
    listed = locked.get("/v1/files", headers=FIRST).json()
    assert (listed["total"], listed["data"][0]["id"]) == (1, file["id"])
    assert locked.get("/v1/files", headers=SECOND).json()["data"] == []
    for path in ("", "/content", "/url"):
        answer = locked.get(f"/v1/files/{file['id']}{path}", headers=SECOND)
        assert answer.status_code == 404 and "no such file" in answer.json()["error"]["message"]
    assert locked.delete(f"/v1/files/{file['id']}", headers=SECOND).status_code == 404
    assert ocr(locked, {"type": "file", "file_id": file["id"]}, SECOND).status_code == 404
    assert ocr(locked, {"type": "file", "file_id": file["id"]}, FIRST).status_code == 200
    assert locked.get(f"/v1/files/{file['id']}/content").status_code == 401


@pytest.mark.parametrize(
    ("document", "asked", "reason"),
    [
        ({"document_url": "https://example.org/a.pdf"}, {}, "fetches nothing"),
        ({"document_url": "file:///etc/passwd"}, {}, "fetches nothing"),
        ({"document_url": url(b"no document")}, {}, "is no document"),
        ({"document_url": url(b"")}, {}, "is empty"),
        ({"document_url": url(b"pages=1 damaged=1")}, {}, "it is damaged"),
        ({"document_url": url(b"pages=1")}, {"pages": [7]}, "has 1 page, and none that was asked for"),
        ({"document_url": url(b"pages=1")}, {"bbox_annotation_format": {}}, "bbox_annotation_format"),
        ({"document_url": url(b"pages=1")}, {"document_annotation_prompt": "x"}, "document_annotation_prompt"),
        ({"picture": "x"}, {}, "document"),
    ],
)
def test_what_is_refused_says_why(server: Served, document: Any, asked: dict[str, Any], reason: str) -> None:
    answer = ocr(server, document, **asked)
    assert answer.status_code == 422 and reason in answer.json()["error"]["message"], answer.text
    assert [each["msg"] for each in answer.json()["detail"]] == [answer.json()["error"]["message"]]


def asked(**more: Any) -> OcrRequest:
    return OcrRequest.model_validate({"document": {"file_id": "x"}, **more})


@pytest.mark.parametrize(
    ("pages", "range"), [(None, None), ("0-5,7", "1-6,8-8"), ([0, 2], "1-1,3-3"), (" 0 - 1 , 3", "1-2,4-4")]
)
def test_pages_count_from_0(pages: Any, range: str | None) -> None:
    assert asked(pages=pages).range == range


@pytest.mark.parametrize("pages", ["", "a", "-1", "1--2", "0-" + "9" * 5_000, []])
def test_what_is_no_page_is_refused(pages: Any) -> None:
    with pytest.raises(HTTPException) as caught:
        assert asked(pages=pages).range
    assert caught.value.status_code == 422 and "pages:" in caught.value.detail


@pytest.mark.parametrize("pages", [[-1], [10**30], "1," * 20_000, [1] * 20_000, {"a": 1}])
def test_more_than_a_request_may_name_is_refused(pages: Any) -> None:
    with pytest.raises(ValidationError):
        asked(pages=pages)
