"""The examples run as they are, against an endpoint on a loopback port in place of a model."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.remote import FakeEndpoint, Reply
from sokdok.memory.memory import Memory

pytest.importorskip("openai")
pytestmark = pytest.mark.process

ROOT = Path(__file__).parent.parent


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    """Gives queued messages as chat completions."""
    with FakeEndpoint() as fake:
        fake.answers = []
        fake.answer = lambda request: answered(fake.answers.pop(0))
        yield fake


def answered(said: dict[str, Any]) -> Reply:
    message = {"role": "assistant", "content": None} | said
    choices = [{"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}]
    return Reply({"id": "1", "object": "chat.completion", "created": 0, "model": "gpt-4o", "choices": choices})


def chat(example: str, folder: Path, endpoint: FakeEndpoint, *said: str) -> str:
    """Run an example, type these lines and an empty one; gives what it printed."""
    environment = os.environ | {
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": endpoint.url,
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


def test_ten_lines_chat_with_a_memory(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    endpoint.answers = [{"content": "기억할게요."}, {"content": "4417입니다."}]
    printed = chat("memory_openai.py", tmp_path, endpoint, "대문 비밀번호는 4417", "뭐였지?")
    assert printed == "> 기억할게요.\n> 4417입니다.\n> "
    said = [message["content"] for message in endpoint.requests[1].body["messages"]]
    assert said == ["대문 비밀번호는 4417", "기억할게요.", "뭐였지?"]
    with Memory(tmp_path / "chat.db", create=False) as memory:
        assert [turn.text for turn in memory.recall("1-4")][3] == "4417입니다."


def test_a_model_looks_up_what_has_faded(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    with Memory(tmp_path / "chat.db") as memory:
        memory.add("user", "The gate code is 4417.")
    call = {"name": "search_memory", "arguments": '{"query": "gate code"}'}
    asks = {"tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    endpoint.answers = [asks, {"content": "It is 4417."}]
    printed = chat("memory_openai_tools.py", tmp_path, endpoint, "What was the code?")
    assert printed == "> It is 4417.\n> "
    first, second = (request.body for request in endpoint.requests)
    assert [tool["function"]["name"] for tool in first["tools"]] == ["search_memory", "recall_memory"]
    answer = second["messages"][-1]
    assert (answer["role"], answer["tool_call_id"]) == ("tool", "call_1")
    assert (first["tool_choice"], second["tool_choice"]) == ("auto", "auto")
    assert answer["content"].startswith("[1 user, ") and answer["content"].endswith("The gate code is 4417.")
    with Memory(tmp_path / "chat.db", create=False) as memory:
        assert [turn.role for turn in memory.recall("1-3")] == ["user", "user", "assistant"]


def test_a_model_that_only_looks_up_is_asked_to_answer(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    call = {"name": "recall_memory", "arguments": '{"turns": "99"}'}
    endless = {"tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    endpoint.answers = [*[endless] * 5, {"content": "I can't find it."}]
    assert chat("memory_openai_tools.py", tmp_path, endpoint, "hello") == "> I can't find it.\n> "
    assert [request.body["tool_choice"] for request in endpoint.requests] == ["auto"] * 5 + ["none"]
