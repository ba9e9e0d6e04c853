"""What is fuzzed: one function a target, which takes bytes and raises if something is wrong.

Each target is made by a function that imports what it needs and prepares what it damages. Errors that are meant for the
user are right answers to bad input; anything else that is raised is a finding.
"""

import io
import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from fuzz.office import office_archive, office_hangul, office_text
from sokdok.errors import SokdokError

CORPUS = Path(__file__).with_name("corpus")
"""small inputs to begin from, a folder each target; what was found and mended stays there"""

Target = Callable[[bytes], None]


def grammar() -> Target:
    """A reader's output with layout marks: blocks within their page."""
    from sokdok.documents.build import build_page
    from sokdok.reading import Reading

    def run(data: bytes) -> None:
        page = build_page(Reading(0, "a.png", "ok", _text(data)), 640, 480, 1)
        for block in page.blocks:
            if block.box is not None:
                left, top, right, bottom = block.box
                assert 0 <= left < right <= 640 and 0 <= top < bottom <= 480, block.box

    return run


def sanitizer() -> Target:
    """Running text, formulas and tables on their way out, each by itself."""
    from fuzz.judge import Unsafe, check_html, check_macros, check_markdown
    from sokdok.documents import sanitize

    def run(data: bytes) -> None:
        text = _text(data)
        check_markdown(sanitize.terminal_text(sanitize.markdown_text(text)))
        check_html(sanitize.html_text(text))
        table = sanitize.table(text)
        check_html(table)
        check_macros(sanitize.markdown_table(f"${table}$"))
        formula = sanitize.markdown_formula(text)
        check_macros(formula)
        if "<script" in formula.lower():
            raise Unsafe("<script> in a formula")

    return run


def markdown() -> Target:
    """Whole pages as Markdown and HTML, of answers with and without layout."""
    from fuzz.judge import check_html, check_markdown
    from sokdok.documents.build import build_page
    from sokdok.documents.markdown import blocks_markdown
    from sokdok.documents.write.html import block_html
    from sokdok.reading import Reading

    kinds = ("text", "title", "list", "code", "equation", "table", "image", "image_caption", "header", "anything")

    def run(data: bytes) -> None:
        text = _text(data)
        if data[:1].isdigit():  # one block of a kind, which would take long to come about
            kind = kinds[int(data[:1]) % len(kinds)]
            text = f"<|ref|>{kind}<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\n{text[1:]}"
        page = build_page(Reading(0, "a.png", "ok", text), 640, 480, 1)
        check_markdown(blocks_markdown(page.blocks, keep_furniture=True).replace("<!-- image -->", ""))
        for block in page.blocks:
            check_html(block_html(block))
        assert isinstance(page.text, str)

    return run


def store() -> Target:
    """A memory's file, or an older one, with bytes changed: brought up to date, read whole, or refused."""
    from fakes.memory import chat
    from sokdok.memory.store.interchange import export_turns
    from sokdok.memory.store.store import Store

    folder = _folder()
    path = folder / "m.db"
    with Store(path) as made:
        made.append("chat", chat(6, words=8))
        made.append("대화", chat(3, korean=True, words=8))
    sound = [path.read_bytes()]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sound.append(path.read_bytes())

    def run(data: bytes) -> None:
        for other in folder.iterdir():
            other.unlink()
        path.write_bytes(_damaged(sound[len(data) % 2], data))
        with suppress(SokdokError), Store(path, create=False) as opened:
            for line in export_turns(opened):
                json.loads(line)
            opened.search("harbour")

    return run


def container() -> Target:
    """An archive, a table or a list of documents with bytes changed: listed as far as it goes, its parts read."""
    from fakes.bulk.runs import write_tar, write_zip
    from sokdok.bulk.sources.containers import Part, opener_of
    from sokdok.jobs import Limits

    folder = _folder()
    members = [("a.json", b'{"url": "x"}'), ("a.pdf", bytes(range(256)) * 20), ("나/b.txt", b"text " * 200)]
    sound = [write(folder / name, members) for name, write in
             (("x.zip", write_zip), ("x.tar", write_tar), ("x.tar.gz", write_tar))]  # fmt: skip
    (folder / "x.jsonl").write_bytes(b'{"path": "a.pdf", "url": "x"}\n' * 5)
    sound.append(folder / "x.jsonl")
    with suppress(ImportError):
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"content": [b"a" * 50, None, b"c"], "url": ["x", "y", None]}), folder / "x.parquet")
        sound.append(folder / "x.parquet")
    limits = Limits(file_megabytes=1)

    def run(data: bytes) -> None:
        path = sound[len(data) % len(sound)]
        opener = opener_of(path.name)
        assert opener is not None
        with (
            suppress(SokdokError),
            closing(opener(io.BytesIO(_damaged(path.read_bytes(), data)), path.name, limits)) as opened,
        ):
            for part in opened.parts():
                msgspec.json.encode(part)
                if isinstance(part, Part):
                    with suppress(SokdokError), opened.open(part.place) as stream:
                        stream.read(1 << 20)

    return run


def interchange() -> Target:
    from sokdok.memory.store.interchange import read_lines

    def run(data: bytes) -> None:
        lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
        with suppress(SokdokError):
            list(read_lines(lines, "turns.jsonl"))

    return run


def checkpoint() -> Target:
    """A checkpoint's header or configuration: `{` begins a configuration, anything else a safetensors file."""
    from sokdok.model.checkpoints.checkpoint import check, open_checkpoint

    folder = _folder()
    (folder / "config.json").write_text(_CONFIG, encoding="utf-8")
    weights = folder / "model.safetensors"
    empty = (2).to_bytes(8, "little") + b"{}"

    def run(data: bytes) -> None:
        configuration = data.lstrip()[:1] == b"{"
        (folder / "config.json").write_bytes(data if configuration else _CONFIG.encode())
        weights.write_bytes(empty if configuration else data)
        with suppress(SokdokError):
            check(open_checkpoint(folder))

    return run


def nano() -> Target:
    """The header of nano's bundle and the configuration beside it."""
    from sokdok.model.checkpoints.files import read_tensors

    path = _folder() / "nano.safetensors"

    def run(data: bytes) -> None:
        header = data[8:] if data[:1] == b"\x00" else data
        path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(64))
        with suppress(SokdokError):
            for entry in read_tensors(path).values():
                assert entry.nbytes >= 0 and entry.elements >= 0

    return run


def answer() -> Target:
    """An endpoint's answer, or its complaint."""
    from sokdok.reading.remote.chat import MAX_ANSWER_CHARS, parse_answer
    from sokdok.reading.remote.key import RequestFailed, complaint
    from sokdok.reading.remote.reader import _model_names

    def run(data: bytes) -> None:
        words = complaint(400, data, "sk-proj-0123456789abcdef")
        assert words.isprintable() and len(words) < 400 and "56789a" not in words.lower(), words
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return
        with suppress(RequestFailed):
            got = parse_answer(value)
            assert len(got.text) <= MAX_ANSWER_CHARS and got.mean_logprob <= 0 <= got.steps
            got.text.encode()
        with suppress(RequestFailed):
            assert all(name.isprintable() for name in _model_names(value))

    return run


def events() -> Target:
    """A stream of events; the first byte says how the rest is cut."""
    from sokdok.compress.ask import Reply
    from sokdok.errors import EndpointError
    from sokdok.reading.remote.endpoint import Endpoint, EventParser
    from sokdok.reading.remote.key import RequestFailed

    class Played(Endpoint):
        """Events without a server."""

        def __init__(self, data: bytes) -> None:
            self.url, self._key, self._played = "http://localhost/v1", "", data

        def stream(self, path: str, body: Any) -> Any:
            step, parser = max(1, self._played[0]), EventParser(1 << 20)
            for start in range(1, len(self._played), step):
                for event in parser.feed(self._played[start : start + step]):
                    try:
                        data = json.loads(event)
                    except (ValueError, RecursionError):
                        raise RequestFailed("no JSON") from None
                    if isinstance(data, dict) and data.get("error"):
                        raise RequestFailed("broke off")
                    yield data
            raise RequestFailed("ended")

    def run(data: bytes) -> None:
        reply = Reply(Played(data or b"\x01"), "m", [])
        with suppress(EndpointError):
            for piece in reply:
                piece.encode()
        assert reply.prompt_tokens >= 0 and reply.answer_tokens >= 0

    return run


def _figure(kind: str) -> Target:
    """A reader's words about a figure."""
    import csv

    from fuzz.judge import Unsafe, check_html
    from sokdok.figures.parse import parse_text

    def run(data: bytes) -> None:
        result = parse_text(kind, _text(data))
        json.dumps(result.to_dict(), allow_nan=False)
        if not result.valid or kind not in ("chart", "table"):
            return
        check_html(result.html())
        for row in csv.reader(io.StringIO(result.csv())):
            for cell in row:
                if cell[:1] in ("=", "@", "\t", "\r", "＝", "＠"):
                    raise Unsafe(f"the cell {cell[:40]!r} is a formula")

    return run


TARGETS: dict[str, Callable[[], Target]] = {
    make.__name__: make
    for make in (
        *(grammar, sanitizer, markdown, store, interchange, checkpoint, nano, answer, events),
        *(container, office_text, office_archive, office_hangul),
    )
} | {kind: partial(_figure, kind) for kind in ("chart", "molecule", "geometry", "table", "handwriting")}


_CONFIG = json.dumps({"model_type": "deepseek_vl_v2", "architectures": ["DeepseekOCRForCausalLM"]})


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sokdok-fuzz-"))


def _damaged(sound: bytes, data: bytes) -> bytes:
    """Changes in turn, five bytes each: a place (3), how many bytes (1), the byte to put there (1); 255 bytes: cut."""
    damaged = bytearray(sound)
    for start in range(0, len(data) - 4, 5):
        place, count, byte = int.from_bytes(data[start : start + 3], "big"), data[start + 3], data[start + 4]
        place %= max(1, len(damaged))
        if count == 255:
            del damaged[place:]
        else:
            damaged[place : place + count % 8 + 1] = bytes([byte]) * len(damaged[place : place + count % 8 + 1])
    return bytes(damaged)
