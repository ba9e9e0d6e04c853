import io
import zipfile
from urllib.parse import unquote

import httpx
import pytest

from fakes.server.serving import Served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying
from sokdok.documents.write import FORMS as WRITTEN
from sokdok.server.tasks.tasks import FORMS


@pytest.fixture(scope="module")
def task(server: Served) -> str:
    return done(server, pdf_saying("pages=2 drawn=1", 2), "분기; 보고서.pdf")


def test_the_server_has_every_form_that_convert_writes() -> None:
    assert set(FORMS) == set(WRITTEN)


@pytest.mark.parametrize("form", list(FORMS))
def test_a_document_in_every_form(task: str, form: str) -> None:
    answer = httpx.get(f"{task}/result", params={"form": form}, timeout=60)
    assert answer.status_code == 200 and answer.headers["content-type"] == FORMS[form], answer.text
    disposition = answer.headers["content-disposition"]
    assert unquote(disposition).endswith(f"utf-8''분기; 보고서.{form}"), disposition
    assert disposition.isascii() and disposition.count(";") == 1
    assert disposition.startswith("inline" if form in ("md", "html", "json", "txt") else "attachment")
    if form in ("docx", "xlsx"):
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    elif form == "pdf":
        assert answer.content.startswith(b"%PDF-")
    else:
        assert "page" in answer.text


def test_a_document_of_html_has_its_figures_in_it_and_runs_nothing(task: str) -> None:
    answer = httpx.get(f"{task}/result", params={"form": "html"}, timeout=60)
    assert answer.text.count("data:image/png;base64,") == 2
    assert answer.headers["content-security-policy"].startswith("sandbox;")


def test_a_form_that_needs_pixels_of_a_file_without(server: Served) -> None:
    task = done(server, "pages=1", "notes.txt")
    answer = httpx.get(f"{task}/result", params={"form": "pdf"}, timeout=60)
    assert answer.status_code == 422 and "notes.txt has no pixels" in answer.json()["detail"]
    assert httpx.get(f"{task}/result", params={"form": "docx"}, timeout=60).status_code == 200
