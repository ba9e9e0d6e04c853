"""Programs that others wrote, and our own reader, ask the server as they ask the servers that they were made for."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFont

from fakes.docs import ROOT, blocks
from fakes.figures.drawings import canvas
from fakes.server.serving import Served, served
from sokdok.pages import Page
from sokdok.reading.remote.chat import PRESETS
from sokdok.reading.remote.reader import RemoteReader
from sokdok.server.settings import Settings

PICTURE = "data:image/png;base64," + base64.b64encode("글자".encode()).decode()
PDF = "data:application/pdf;base64," + base64.b64encode(b"pages=3").decode()
FIRST = "the-first-key-of-all"


def test_mistrals_client_reads_documents_pictures_and_files(server: Served) -> None:
    from mistralai.client import Mistral
    from mistralai.client.errors import SDKError

    with Mistral(api_key="any", server_url=server.address) as client:
        document: Any = {"type": "document_url", "document_url": PDF, "document_name": "연보.pdf"}
        told = client.ocr.process(model="mistral-ocr-latest", document=document, pages=[0, 2], table_format="html")
        assert [(page.index, page.markdown) for page in told.pages] == [
            (0, "page 1 of 연보.pdf"),
            (2, "page 3 of 연보.pdf"),
        ]
        assert told.usage_info.pages_processed == 2 and told.pages[0].blocks == []
        file = client.files.upload(file={"file_name": "보고서.pdf", "content": b"pages=1"}, purpose="ocr")
        assert (file.filename, file.size_bytes, file.purpose) == ("보고서.pdf", 7, "ocr")
        url = client.files.get_signed_url(file_id=file.id, expiry=1).url
        for asked in ({"type": "file", "file_id": file.id}, {"type": "document_url", "document_url": url}):
            read = client.ocr.process(model="any", document=asked)  # type: ignore[arg-type]
            assert read.pages[0].markdown == "page 1 of 보고서.pdf"
        assert client.files.retrieve(file_id=file.id).deleted is False
        assert file.id in [each.id for each in client.files.list().data]
        assert client.files.download(file_id=file.id).read() == b"pages=1"
        assert client.files.delete(file_id=file.id).deleted
        with pytest.raises(SDKError, match="no such file"):
            client.files.retrieve(file_id=file.id)
        picture: Any = {"type": "image_url", "image_url": PDF.replace("application/pdf", "image/png")}
        assert len(client.ocr.process(model="any", document=picture).pages) == 3


def test_mistrals_client_gets_the_places_of_what_is_on_a_page(server: Served) -> None:
    from mistralai.client import Mistral

    url = "data:application/pdf;base64," + base64.b64encode(b"pages=1 drawn=1").decode()
    with Mistral(api_key="any", server_url=server.address) as client:
        told = client.ocr.process(
            model="any",
            document={"type": "document_url", "document_url": url},
            include_blocks=True,
            confidence_scores_granularity="word",
        )
    (page,) = told.pages
    assert page.blocks and [block.type for block in page.blocks] == ["text", "image"]
    (image,) = page.images
    assert (image.top_left_x, image.bottom_right_y) == (100, 100) and f"![{image.id}]({image.id})" in page.markdown
    assert page.dimensions and (page.dimensions.width, page.dimensions.height) == (200, 100)


def documented(client: str, server: Served) -> str:
    """The code of the docs that asks by a client, with this server's address, reader and documents."""
    (block,) = (block for block in blocks(ROOT / "docs" / "how-to" / "serve-clients.md") if client in block.code)
    code = block.code.replace("http://127.0.0.1:8400", server.address).replace("nano", "fake")
    for kind, url in (("image/png", PICTURE), ("application/pdf", PDF)):
        code = code.replace(f"data:{kind};base64,…", url)
    return code


@pytest.mark.parametrize("client", ["from mistralai", "from langchain_openai"])
def test_what_the_docs_say_of_clients_runs(
    client: str, server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.pdf").write_bytes(b"pages=2")
    monkeypatch.chdir(tmp_path)
    exec(documented(client, server), {})
    assert "mistral" not in client or capsys.readouterr().out == "page 1 of document.pdf\n"


@pytest.mark.slow
def test_litellm_reads_pictures_and_documents(server: Served) -> None:
    """In a process of its own: it takes four seconds to load, and asks for prices on the network unless told."""
    code = f"""
import json
{documented("import litellm", server)}
said = litellm.completion("openai/fake", messages, api_base="{server.address}/v1", api_key="any")
pages = litellm.ocr("mistral/any", document, api_base="{server.address}/v1", api_key="any")
print(json.dumps([said.choices[0].message.content, [page.markdown for page in pages.pages]]))
"""
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2_000:]
    pages = [f"page {number} of document.pdf" for number in (1, 2, 3)]
    assert json.loads(done.stdout.splitlines()[-1]) == ["Free OCR.: 글자", pages]


def test_our_own_remote_reader_reads_through_the_server(server: Served) -> None:
    pages = [Page(Image.new("RGB", (64 + number, 48), "white"), f"{number}.png") for number in range(3)]
    with RemoteReader(f"{server.address}/v1", "fake") as reader:
        reader.preset = PRESETS["nano"]
        readings = list(reader.read(pages, "Free OCR."))
    assert [reading.status for reading in readings] == ["ok"] * 3, [reading.error for reading in readings]
    assert [reading.text for reading in readings] == [f"Free OCR.: {64 + number} by 48" for number in range(3)]


@pytest.mark.slow
def test_what_nano_reads_through_a_server_is_what_it_reads_here(tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    image, draw = canvas(480, 120)
    draw.text((20, 40), "Reading is quick", fill="black", font=ImageFont.load_default(28))
    image.save(picture)
    here = subprocess.run([sys.executable, "-m", "sokdok", "read", picture], capture_output=True, text=True, check=True)
    with served(Settings(tmp_path / "data"), real=True) as nano:
        command = [sys.executable, "-m", "sokdok", "read", str(picture), "--model", f"{nano.address}/v1"]
        there = subprocess.run(command, capture_output=True, text=True, check=True)
    assert there.stdout == here.stdout and "Reading is quick" in here.stdout
