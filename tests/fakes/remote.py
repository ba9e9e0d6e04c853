"""The one HTTP server of the tests: an OpenAI-compatible endpoint on a loopback port, or any other, with faults."""

from __future__ import annotations

import base64
import io
import json
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from sokdok.pages import Page


def wait_until(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    """Whether something comes true; how soon depends on the machine, so the time is for what never does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def page(number: int, size: tuple[int, int] = (64, 64)) -> Page:
    """A page that the endpoint can tell from others: its number is its red."""
    return Page(Image.new("RGB", size, (number, 0, 0)), f"{number}.png")


def completion(text: str | None, finish: str = "stop", **choice: Any) -> dict[str, Any]:
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish, **choice}],
        "usage": {"prompt_tokens": 278, "completion_tokens": 7, "total_tokens": 285},
    }


def chunk(text: str | None, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "choices": [choice]}


DONE = b"data: [DONE]\n\n"


def streamed(*texts: str, finish: str = "stop", prompt_tokens: int = 278) -> list[Any]:
    """A whole answer as events."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": 7, "total_tokens": prompt_tokens + 7}
    first = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
    last = [chunk(None, finish), {"object": "chat.completion.chunk", "choices": [], "usage": usage}, DONE]
    return [first, *map(chunk, texts), *last]


@dataclass
class Reply:
    """What the endpoint does with a request: wait, then answer, perhaps breaking off in mid-body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int = 0  # bytes after which it breaks off; True: half of the body
    events: Sequence[Any] = ()  # sent one by one in place of a body: JSON, bytes as they are, or seconds of silence


@dataclass
class Request:
    """A request, its body from JSON where it is that; `page` and `attempt` (from 0) for a chat request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    page: int = -1
    attempt: int = 0

    @property
    def content(self) -> list[dict[str, Any]]:
        """The parts of the message; a plain text is one part."""
        content = self.body["messages"][0]["content"]
        return [{"type": "text", "text": content}] if isinstance(content, str) else content

    @property
    def pictures(self) -> list[Image.Image]:
        urls = [part["image_url"]["url"] for part in self.content if part["type"] == "image_url"]
        return [Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,")))) for url in urls]

    @property
    def picture(self) -> Image.Image:
        (picture,) = self.pictures
        return picture

    @property
    def texts(self) -> list[str]:
        return [part["text"] for part in self.content if part["type"] == "text"]

    @property
    def text(self) -> str:
        return self.texts[-1]


def read_well(request: Request) -> Reply:
    return Reply(completion(f"page {request.page}"))


class FakeEndpoint:
    """Answers chat requests with `answer(request)`, all others with `elsewhere(request)`; keeps what it was asked."""

    def __init__(self, port: int = 0) -> None:
        self.answer: Callable[[Request], Reply] = read_well
        self.elsewhere: Callable[[Request], Reply] = self.list_models
        self.models: Any = {"object": "list", "data": [{"id": "deepseek-ai/DeepSeek-OCR", "object": "model"}]}
        self.requests: list[Request] = []
        self.peak = 0
        """most requests at any moment"""
        self.hung_up = 0
        """requests whose client went away before the answer"""
        self._active = 0
        self._attempts: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self) -> FakeEndpoint:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def drop_everybody(self) -> None:
        """Refuse new connections and end the old ones, as a server that was killed does."""
        self.close()
        for connection in self._server.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def asked(self) -> list[int]:
        """Pages in the order in which they were asked for."""
        return [request.page for request in self.requests if request.page >= 0]

    def take(self, request: Request) -> Reply:
        if request.path != "/v1/chat/completions":
            self.requests.append(request)
            return self.elsewhere(request)
        request.page = request.pictures[0].convert("RGB").getpixel((0, 0))[0] if request.pictures else 0
        with self._lock:
            request.attempt = self._attempts[request.page]
            self._attempts[request.page] += 1
            self.requests.append(request)
        return self.answer(request)

    def list_models(self, request: Request) -> Reply:
        return Reply(self.models) if request.path == "/v1/models" else Reply({"detail": "Not Found"}, 404)

    def hang_up(self) -> None:
        with self._lock:
            self.hung_up += 1

    @contextmanager
    def at_work(self):
        with self._lock:
            self._active += 1
            self.peak = max(self.peak, self._active)
        try:
            yield
        finally:
            with self._lock:
                self._active -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeEndpoint

    def __init__(self, *arguments: Any) -> None:
        self.connections: list[socket.socket] = []
        super().__init__(*arguments)

    def process_request(self, request: socket.socket, client_address: Any) -> None:
        self.connections.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        fake, data = self.server.fake, self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.loads(data) if data.startswith(b"{") else data or None
        with fake.at_work():
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = fake.take(Request(self.command, self.path, headers, body))
            gone = self._client_left_within(reply.delay)
        if gone:
            fake.hang_up()
            self.close_connection = True
            return
        self._send(reply)

    do_POST = do_PUT = do_HEAD = do_DELETE = do_GET

    def _client_left_within(self, seconds: float) -> bool:
        readable, _, _ = select.select([self.connection], [], [], max(seconds, 0.0))
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _send(self, reply: Reply) -> None:
        if reply.events:
            self._stream(reply)
            return
        data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "content-length": str(len(data))} | reply.headers
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2 if reply.cut is True else reply.cut] if reply.cut else data)
        self.close_connection = self.close_connection or bool(reply.cut)

    def _stream(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in ({"content-type": "text/event-stream; charset=utf-8"} | reply.headers).items():
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in reply.events:
            if isinstance(event, float):
                if self._client_left_within(event):
                    self.server.fake.hang_up()
                    self.close_connection = True
                    return
                continue
            data = (
                event if isinstance(event, bytes) else b"data: %s\n\n" % json.dumps(event, ensure_ascii=False).encode()
            )
            self.wfile.write(b"%X\r\n%s\r\n" % (len(data), data))
        if not reply.cut:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = self.close_connection or bool(reply.cut)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Tests print nothing."""
