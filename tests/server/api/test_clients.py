"""Programs that others wrote, unchanged, ask the server as they ask the servers that they were made for.

What each is answered is the table of docs/how-to/serve-clients.md: `SOKDOK_SNAPSHOTS=write pytest` on this file writes
it anew, with the versions that are installed then.
"""

import base64
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from PIL import Image

from fakes.docs import ROOT, blocks
from fakes.remote import FakeEndpoint, Reply, Request, completion, wait_until
from fakes.server.serving import KEYS, Served
from fakes.server.uploads import pdf_saying
from sokdok.pages import Page
from sokdok.reading.remote.chat import PRESETS
from sokdok.reading.remote.reader import RemoteReader

PAGE = ROOT / "docs" / "how-to" / "serve-clients.md"
PICTURE = "data:image/png;base64," + base64.b64encode("글자".encode()).decode()
PDF = "data:application/pdf;base64," + base64.b64encode(b"pages=3").decode()
THREE = "\n\n".join(f"page {number} of 연보.pdf" for number in (1, 2, 3))
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "head", "schema": SCHEMA}}
DRAWN = pdf_saying("pages=2 drawn=1", 2)
DRAWN_URL = "data:application/pdf;base64," + base64.b64encode(DRAWN).decode()
DOCUMENT: Any = {"type": "document_url", "document_url": DRAWN_URL}


class Servers(NamedTuple):
    """The one that all ask, with a language model behind it; one with keys and without such a model; a folder."""

    server: Served
    locked: Served
    folder: Path


class Way(NamedTuple):
    package: str
    what: str
    refused: str  # what the client is told; empty: it works
    ask: Callable[[Servers], object]


WAYS: list[Way] = []


def way(package: str, what: str, refused: str = "") -> Callable[[Callable[[Servers], object]], None]:
    """One thing that a client asks for, as the table tells it."""
    return lambda ask: WAYS.append(Way(package, what, refused, ask))


def chat(servers: Servers, *parts: Any, text: str = "", locked: bool = False, **more: Any) -> Any:
    import openai

    server, key = (servers.locked, KEYS[0]) if locked else (servers.server, "any")
    said = [{"type": "text", "text": text}] if text else []
    with openai.OpenAI(base_url=f"{server.address}/v1", api_key=key, max_retries=0) as client:
        messages: Any = [{"role": "user", "content": [*said, *parts]}]
        answer = client.chat.completions.create(model="fake", messages=messages, **more)
        return list(answer) if more.get("stream") else answer


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def sent(url: str = PDF, **more: str) -> dict[str, Any]:
    return {"type": "file", "file": {"filename": "연보.pdf", "file_data": url} | more}


@way("openai", "a picture as `image_url`, at once and as a stream")
def _(servers: Servers) -> None:
    assert chat(servers, image(PICTURE), text="Free OCR.").choices[0].message.content == "Free OCR.: 글자"
    pieces = chat(servers, image(PICTURE), stream=True)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == "Free OCR.: 글자"


@way("openai", "a PDF as `image_url` or as `file`, beside pictures too: all pages in order")
def _(servers: Servers) -> None:
    answer = chat(servers, sent(), image(PICTURE), image(PDF)).choices[0]
    assert answer.message.content == f"{THREE}\n\nFree OCR.: 글자\n\n" + THREE.replace("연보", "picture 3")
    assert answer.finish_reason == "stop"
    pieces = chat(servers, sent(), stream=True)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == THREE


@way("openai", "a `file` by the `file_id` of `files.create`, `retrieve`, `list`, `content`, `delete`")
def _(servers: Servers) -> None:
    import openai

    with openai.OpenAI(base_url=f"{servers.server.address}/v1", api_key="any") as client:
        file = client.files.create(file=("연보.pdf", b"pages=3"), purpose="user_data")
        part = {"type": "file", "file": {"file_id": file.id}}
        assert chat(servers, part).choices[0].message.content == THREE
        listed = [each.id for each in client.files.list()]
        assert client.files.retrieve(file.id).purpose == "user_data" and file.id in listed
        assert client.files.content(file.id).read() == b"pages=3"
        assert client.files.delete(file.id).deleted


@way("openai", "`max_tokens`: the answer is cut there, and says so")
def _(servers: Servers) -> None:
    answer = chat(servers, sent(), max_tokens=6)
    content = answer.choices[0].message.content
    assert content and THREE.startswith(content) and answer.usage.completion_tokens <= 6
    assert answer.choices[0].finish_reason == "length"


@way("openai", "`response_format` `json_schema`: fields of one document, where a language model is behind")
def _(servers: Servers) -> None:
    said = chat(servers, sent(DRAWN_URL), response_format=FORMAT).choices[0].message.content
    assert json.loads(said) == {"title": "page 1"}


way("openai", "the same without one", "response_format: this server has no language model, which finds the fields")(
    lambda all: chat(all, sent(), locked=True, response_format=FORMAT)
)
way("openai", "`json_object`", "response_format: send a json_schema, whose fields are filled in")(
    lambda all: chat(all, sent(), response_format={"type": "json_object"})
)
way(
    "openai", "a question about a document", "연보.pdf is a document, which is read as it stands: leave out the prompt"
)(lambda all: chat(all, sent(), text="What is the total?"))
way("openai", "an address", "the server fetches nothing from there; send the file itself, as a data URL")(
    lambda all: chat(all, image("https://example.org/a.png"))
)


@contextmanager
def mistral(servers: Servers) -> Iterator[Any]:
    from mistralai.client import Mistral

    with Mistral(api_key="any", server_url=servers.server.address) as client:
        yield client


@way("mistralai", "`ocr.process` of a document, pages of it, a picture, a kept file and its signed address")
def _(servers: Servers) -> None:
    document: Any = {"type": "document_url", "document_url": PDF, "document_name": "연보.pdf"}
    with mistral(servers) as client:
        read = client.ocr.process(model="mistral-ocr-latest", document=document, pages=[0, 2], table_format="html")
        pages = [(page.index, page.markdown) for page in read.pages]
        assert pages == [(0, "page 1 of 연보.pdf"), (2, "page 3 of 연보.pdf")] and read.pages[0].blocks == []
        file = client.files.upload(file={"file_name": "보고서.pdf", "content": b"pages=1"}, purpose="ocr")
        url = client.files.get_signed_url(file_id=file.id, expiry=1).url
        for asked in ({"type": "file", "file_id": file.id}, {"type": "document_url", "document_url": url}):
            assert client.ocr.process(model="any", document=asked).pages[0].markdown == "page 1 of 보고서.pdf"
        picture: Any = {"type": "image_url", "image_url": PDF.replace("application/pdf", "image/png")}
        assert len(client.ocr.process(model="any", document=picture).pages) == 3
        assert client.files.retrieve(file_id=file.id).deleted is False
        assert file.id in [each.id for each in client.files.list().data]
        assert client.files.download(file_id=file.id).read() == b"pages=1"
        assert client.files.delete(file_id=file.id).deleted


@way("mistralai", "blocks, pictures and confidences of pages")
def _(servers: Servers) -> None:
    with mistral(servers) as client:
        more = {"include_blocks": True, "confidence_scores_granularity": "word"}
        page = client.ocr.process(model="any", document=DOCUMENT, **more).pages[0]
    assert page.blocks and [block.type for block in page.blocks] == ["text", "image"]
    (picture,) = page.images
    assert (picture.top_left_x, picture.bottom_right_y) == (100, 100) and f"]({picture.id})" in page.markdown
    assert page.dimensions and (page.dimensions.width, page.dimensions.height) == (200, 100)


@way("mistralai", "`document_annotation_format`, where a language model is behind")
def _(servers: Servers) -> None:
    with mistral(servers) as client:
        read = client.ocr.process(model="any", document=DOCUMENT, document_annotation_format=FORMAT)
    assert json.loads(read.document_annotation) == {"title": "page 1"}


@way("mistralai", "`models.list`, `models.retrieve`")
def _(servers: Servers) -> None:
    with mistral(servers) as client:
        (model,) = client.models.list().data
        assert (model.id, model.type, model.capabilities.ocr) == ("fake", "base", True)
        assert client.models.retrieve(model_id="fake").capabilities.vision


@way("mistralai", "a file that can't be read, as `HTTPValidationError`", "report.pdf is no document")
def _(servers: Servers) -> None:
    from mistralai.client.errors import HTTPValidationError

    document = {"type": "document_url", "document_url": PDF[:28] + "eA==", "document_name": "report.pdf"}
    with mistral(servers) as client, pytest.raises(HTTPValidationError) as caught:
        client.ocr.process(model="any", document=document)
    assert [detail.msg for detail in caught.value.data.detail] == ["report.pdf is no document"]
    raise caught.value


@way("mistralai", "`bbox_annotation_format`", "bbox_annotation_format: this server does not do that")
def _(servers: Servers) -> object:
    with mistral(servers) as client:
        return client.ocr.process(model="any", document=DOCUMENT, bbox_annotation_format=FORMAT)


@contextmanager
def docling(servers: Servers) -> Iterator[Any]:
    from docling.service_client import DoclingServiceClient

    (servers.folder / "연보.pdf").write_bytes(b"pages=3")
    with DoclingServiceClient(url=servers.server.address) as client:
        yield client


@way("docling-client", "`convert` of a path and of a stream, with all defaults")
def _(servers: Servers) -> None:
    from docling_core.types.io import DocumentStream

    with docling(servers) as client:
        assert client.convert(servers.folder / "연보.pdf").document.export_to_markdown() == THREE
        stream = DocumentStream(name="b.pdf", stream=io.BytesIO(DRAWN))
        document = client.convert(stream).document
        assert [len(document.pages), len(document.texts), len(document.pictures)] == [2, 2, 2]


@way("docling-client", "`convert_all`")
def _(servers: Servers) -> None:
    with docling(servers) as client:
        found = list(client.convert_all([servers.folder / "연보.pdf"] * 3))
    assert [result.document.export_to_markdown() for result in found] == [THREE] * 3


@way("docling-client", "`submit`, `poll`, `result`, also as a zip archive")
def _(servers: Servers) -> None:
    from docling.datamodel.service.targets import ZipTarget

    with docling(servers) as client:
        job = client.submit(servers.folder / "연보.pdf")
        assert job.poll(wait=30).task_status == "success"
        assert job.result().document.export_to_markdown() == THREE
        assert client.submit(servers.folder / "연보.pdf", target=ZipTarget()).result().content.startswith(b"PK")


@way("docling-client", "`chunk`", "this server cuts nothing into chunks and takes no batches: convert each document")
def _(servers: Servers) -> object:
    from docling.service_client.client import ChunkerKind

    with docling(servers) as client:
        return client.chunk(servers.folder / "연보.pdf", ChunkerKind.HYBRID)


@way("langchain-docling", "`DoclingLoader` over docling-client")
def _(servers: Servers) -> None:
    from langchain_docling import DoclingLoader
    from langchain_docling.loader import ExportType

    with docling(servers) as client:
        path = str(servers.folder / "연보.pdf")
        (document,) = DoclingLoader(path, converter=client, export_type=ExportType.MARKDOWN).load()
    assert document.page_content == THREE


def documented(client: str, server: Served) -> str:
    """The code of the docs that asks by a client, with this server's address, reader and documents."""
    (block,) = (block for block in blocks(PAGE) if client in block.code)
    code = block.code.replace("http://127.0.0.1:8400", server.address).replace("nano", "fake")
    for kind, url in (("image/png", PICTURE), ("application/pdf", PDF)):
        code = code.replace(f"data:{kind};base64,…", url)
    return code


@way("langchain-openai", "`ChatOpenAI` with a picture")
def _(servers: Servers) -> None:
    exec(documented("from langchain_openai", servers.server), {})


@way("mistralai", "the example below")
def _(servers: Servers) -> None:
    (servers.folder / "report.pdf").write_bytes(b"pages=2")
    exec(documented("from mistralai", servers.server).replace('open("', f'open("{servers.folder}/'), {})


ALONE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}


@way("litellm", "`completion` with a picture, `ocr`")
def _(servers: Servers) -> None:
    code = f"""
import json
{documented("import litellm", servers.server)}
said = litellm.completion("openai/fake", messages, api_base="{servers.server.address}/v1", api_key="any")
pages = litellm.ocr("mistral/any", document, api_base="{servers.server.address}/v1", api_key="any")
print(json.dumps([said.choices[0].message.content, [page.markdown for page in pages.pages]]))
"""
    done = subprocess.run([sys.executable, "-c", code], env=ALONE, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2_000:]
    pages = [f"page {number} of document.pdf" for number in (1, 2, 3)]
    assert json.loads(done.stdout.splitlines()[-1]) == ["Free OCR.: 글자", pages]


LOG = "\n".join(f"{at} read /srv/part/{at:05d}.bin" for at in range(400))
TURNS: list[dict[str, Any]] = [{"role": "user", "content": "요약해 줘"}]
for number in range(9):
    call = {"id": f"call_{number}", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    TURNS += [{"role": "assistant", "content": None, "tool_calls": [call]}]
    TURNS += [{"role": "tool", "tool_call_id": f"call_{number}", "content": LOG}]
TURNS += [{"role": "user", "content": "그래서?"}]
THEIRS: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}
THEIRS |= {"stop_reason": "end_turn"}
THEIRS |= {"content": [{"type": "text", "text": "네"}], "usage": {"input_tokens": 3, "output_tokens": 1}}


@contextmanager
def proxy(servers: Servers, model: FakeEndpoint) -> Iterator[Callable[..., list[list[dict[str, Any]]]]]:
    """LiteLLM's proxy before two models, with both servers as guardrails: gives the messages that a model is sent."""
    for needed in ("apscheduler", "fastapi_sso", "soundfile"):
        pytest.importorskip(needed, reason="LiteLLM's proxy needs it")
    models = {"gpt-4o": ("openai", model.url), "claude-sonnet-4-5": ("anthropic", model.url.removesuffix("/v1"))}
    guards = {"cut": servers.locked, "audit": servers.server}  # what was cut is looked for at the first one
    how = {"guardrail": "headroom", "mode": "pre_call", "api_key": KEYS[0]}
    config = {
        "model_list": [
            {"model_name": name, "litellm_params": {"model": f"{kind}/{name}", "api_base": base, "api_key": "any"}}
            for name, (kind, base) in models.items()
        ],
        "guardrails": [
            {"guardrail_name": name, "litellm_params": how | {"api_base": guard.address}}
            for name, guard in guards.items()
        ],
    }
    (path := servers.folder / "config.yaml").write_text(json.dumps(config))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = ALONE | {"CONFIG_FILE_PATH": str(path), "LITELLM_MASTER_KEY": (key := f"sk-{os.urandom(32).hex()}")}
    command = [sys.executable, "-m", "uvicorn", "litellm.proxy.proxy_server:app", "--port", str(port)]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path: str, body: Any = None, address: str = f"http://127.0.0.1:{port}", key: str = key) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.request("POST" if body else "GET", f"{address}{path}", json=body, headers=headers, timeout=120)

    def ready() -> bool:
        assert running.poll() is None
        with suppress(httpx.TransportError):
            # A child that has just begun may take longer than a gateway waits.
            asked = {"messages": TURNS, "model": "gpt-4o"}
            warm = [ask("/v1/compress", asked, guard.address, KEYS[0]) for guard in guards.values()]
            return all(each.is_success for each in (*warm, ask("/health/liveliness")))
        return False

    def sent(path: str, **body: Any) -> list[list[dict[str, Any]]]:
        model.requests.clear()
        answer = ask(path, body)
        assert answer.status_code == 200, answer.text
        return [request.body["messages"] for request in model.requests if request.body]

    try:
        assert wait_until(ready, 240)
        yield sent
    finally:
        running.kill()
        running.wait()


@way("litellm", "its proxy with the guardrail `headroom`: audit; `--compress`: less text, to Claude pages; retrieval")
def _(servers: Servers) -> None:
    def retrieving(request: Request) -> Reply:
        """Have the first whole text back, once."""
        found = re.search(r"hash=(\w{24})", json.dumps(request.body))
        answer = completion("네")
        if found and request.body["messages"][-1]["content"] != LOG:
            function = {"name": "headroom_retrieve", "arguments": json.dumps({"hash": found[1]})}
            call = {"id": "back", "type": "function", "function": function}
            answer["choices"][0] |= {
                "finish_reason": "tool_calls",
                "message": {"role": "assistant", "tool_calls": [call]},
            }
        return Reply(answer)

    with FakeEndpoint() as model, proxy(servers, model) as sent:
        model.answer, model.elsewhere = retrieving, lambda request: Reply(THEIRS)
        (same,) = sent("/v1/chat/completions", model="gpt-4o", messages=TURNS, guardrails=["audit"])
        assert [each.get("content") for each in same] == [each["content"] for each in TURNS]
        first, second = sent("/v1/chat/completions", model="gpt-4o", messages=TURNS, guardrails=["cut"])
        assert len(first[2]["content"]) < 3_000 and first[-2:] == TURNS[-2:] and second[-1]["content"] == LOG
        (theirs,) = sent("/v1/chat/completions", model="claude-sonnet-4-5", messages=TURNS, guardrails=["cut"])
        (result,) = theirs[2]["content"]
        text, *pages = result["content"]
        assert "as pages below" in text["text"] and {page["type"] for page in pages} == {"image"}, result


@way("mcp", "`read_document` and `find_in_document` at `/mcp`")
def _(servers: Servers) -> None:
    import anyio
    from mcp import Client

    async def asking() -> str:
        async with Client(f"{servers.server.address}/mcp") as client:
            data = base64.b64encode(b"pages=3").decode()
            (block,) = (await client.call_tool("read_document", {"data": data, "name": "연보.pdf"})).content
            return str(getattr(block, "text", ""))

    assert all(page in anyio.run(asking) for page in THREE.split("\n\n"))


ALL = [pytest.param(one, marks=pytest.mark.slow if "its proxy" in one.what else ()) for one in WAYS]


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.package}: {one.what}")
def test_a_client_as_it_comes(one: Way, server, locked: Served, language_model: FakeEndpoint, tmp_path: Path) -> None:
    if not any(distributions(name=one.package)):  # LiteLLM's import asks the world
        pytest.skip(f"{one.package} is not installed")
    language_model.answer = lambda request: Reply(completion(json.dumps({"title": {"value": "page 1", "lines": [1]}})))
    with pytest.raises(Exception, match=re.escape(one.refused)) if one.refused else nullcontext():
        one.ask(Servers(server, locked, tmp_path))


def test_the_table_of_the_docs_is_what_clients_were_answered() -> None:
    rows = ["| client | version | works | is refused |", "|---|---|---|---|"]
    for package in dict.fromkeys(one.package for one in WAYS):
        ways = [one for one in WAYS if one.package == package]
        works = "; ".join(one.what for one in ways if not one.refused)
        refused = "; ".join(f"{one.what}: “{one.refused}”" for one in ways if one.refused)
        known = re.search(rf"^\| {package} \| ([\w.]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
        write = os.environ.get("SOKDOK_SNAPSHOTS") == "write"
        rows.append(f"| {package} | {version(package) if write else known and known[1]} | {works} | {refused} |")
    text = PAGE.read_text("utf-8")
    found = re.search(r"<!-- clients -->\n(.*?)\n<!-- end of clients -->", text, re.DOTALL)
    assert found is not None
    if os.environ.get("SOKDOK_SNAPSHOTS") == "write":
        PAGE.write_text(text[: found.start(1)] + "\n".join(rows) + text[found.end(1) :], "utf-8")
    else:
        assert found[1] == "\n".join(rows), "SOKDOK_SNAPSHOTS=write pytest, if this is on purpose"


def test_our_own_remote_reader_reads_through_the_server(server: Served) -> None:
    pages = [Page(Image.new("RGB", (64 + number, 48), "white"), f"{number}.png") for number in range(3)]
    with RemoteReader(f"{server.address}/v1", "fake") as reader:
        reader.preset = PRESETS["nano"]
        readings = list(reader.read(pages, "Free OCR."))
    assert [reading.status for reading in readings] == ["ok"] * 3, [reading.error for reading in readings]
    assert [reading.text for reading in readings] == [f"Free OCR.: {64 + number} by 48" for number in range(3)]


@pytest.mark.slow
def test_clients_of_npm_as_they_come(server: Served, tmp_path: Path) -> None:
    """OpenAI's, the AI SDK, and MCP's inspector."""
    shutil.copytree(Path(__file__).parent / "npm", tmp_path, dirs_exist_ok=True)
    if not shutil.which("npm") or subprocess.run(["npm", "install", "--silent"], cwd=tmp_path, timeout=400).returncode:
        pytest.skip("npm and its registry are not here")
    inspector = ["node_modules/.bin/mcp-inspector", "--cli", f"{server.address}/mcp", "--transport", "http"]
    asked = (["node", "ask.mjs", server.address], [*inspector, "--method", "tools/list"])
    said, told = (subprocess.check_output(each, cwd=tmp_path, timeout=200) for each in asked)
    assert json.loads(said) == [THREE, "Free OCR.: 글자", "Free OCR.: 글자", THREE]
    assert [tool["name"] for tool in json.loads(told)["tools"]][:2] == ["read_document", "find_in_document"]
