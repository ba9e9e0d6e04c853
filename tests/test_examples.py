"""The examples run as they are, against an endpoint on a loopback port in place of a model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sokdok.memory.memory import Memory

pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent


class Endpoint(HTTPServer):
    """Gives queued messages as chat completions; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        self.server.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        message = {"role": "assistant", "content": None} | self.server.answers.pop(0)
        finish = "tool_calls" if "tool_calls" in message else "stop"
        choices = [{"index": 0, "message": message, "finish_reason": finish}]
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "gpt-4o", "choices": choices}
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Tests print nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.shutdown()
    endpoint.server_close()


def chat(example: str, folder: Path, endpoint: Endpoint, *said: str) -> str:
    """Run an example, type these lines and an empty one; gives what it printed."""
    environment = os.environ | {
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{endpoint.server_port}/v1",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONIOENCODING": "utf-8",
        "NO_PROXY": "127.0.0.1",
    }
    run = subprocess.run(
        [sys.executable, str(ROOT / "examples" / example)],
        input="".join(f"{line}\n" for line in [*said, ""]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=environment,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_ten_lines_chat_with_a_memory(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.answers = [{"content": "기억할게요."}, {"content": "4417입니다."}]
    printed = chat("memory_openai.py", tmp_path, endpoint, "대문 비밀번호는 4417", "뭐였지?")
    assert printed == "> 기억할게요.\n> 4417입니다.\n> "
    assert [message["content"] for message in endpoint.requests[1]["messages"]] == [
        "대문 비밀번호는 4417",
        "기억할게요.",
        "뭐였지?",
    ]
    with Memory(tmp_path / "chat.db", create=False) as memory:
        assert [turn.text for turn in memory.recall("1-4")][3] == "4417입니다."


def test_a_model_looks_up_what_has_faded(tmp_path: Path, endpoint: Endpoint) -> None:
    with Memory(tmp_path / "chat.db") as memory:
        memory.add("user", "The gate code is 4417.")
    call = {"name": "search_memory", "arguments": '{"query": "gate code"}'}
    endpoint.answers = [
        {"tool_calls": [{"id": "call_1", "type": "function", "function": call}]},
        {"content": "It is 4417."},
    ]
    printed = chat("memory_openai_tools.py", tmp_path, endpoint, "What was the code?")
    assert printed == "> It is 4417.\n> "
    first, second = endpoint.requests
    assert [tool["function"]["name"] for tool in first["tools"]] == ["search_memory", "recall_memory"]
    answer = second["messages"][-1]
    assert (answer["role"], answer["tool_call_id"]) == ("tool", "call_1")
    assert (first["tool_choice"], second["tool_choice"]) == ("auto", "auto")
    assert answer["content"].startswith("[1 user, ") and answer["content"].endswith("The gate code is 4417.")
    with Memory(tmp_path / "chat.db", create=False) as memory:
        assert [turn.role for turn in memory.recall("1-3")] == ["user", "user", "assistant"]


def test_a_model_that_only_looks_up_is_asked_to_answer(tmp_path: Path, endpoint: Endpoint) -> None:
    call = {"name": "recall_memory", "arguments": '{"turns": "99"}'}
    endless = {"tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    endpoint.answers = [*[endless] * 5, {"content": "I can't find it."}]
    assert chat("memory_openai_tools.py", tmp_path, endpoint, "hello") == "> I can't find it.\n> "
    assert [request["tool_choice"] for request in endpoint.requests] == ["auto"] * 5 + ["none"]
