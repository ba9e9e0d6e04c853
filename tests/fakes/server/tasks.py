"""A task through its whole life, by the own API."""

import time
from typing import Any

import httpx

from fakes.server.serving import Served


def create(server: Served, says: str | bytes, name: str = "보고서.pdf", **more: Any) -> httpx.Response:
    content = says.encode() if isinstance(says, str) else says
    return server.post("/v1/tasks", files={"file": (name, content)}, **more)


def ended(server: Served, id: str, **more: Any) -> dict[str, Any]:
    end = time.monotonic() + 240
    while time.monotonic() < end:
        task: dict[str, Any] = server.get(f"/v1/tasks/{id}", **more).json()
        if task["ended_at"]:
            return task
        time.sleep(0.05)
    raise AssertionError("it does not end")


def done(server: Served, says: str | bytes, name: str = "보고서.pdf") -> str:
    """The address of a task that was read."""
    task = ended(server, create(server, says, name).json()["id"])
    assert task["status"] == "done", task
    return f"{server.address}/v1/tasks/{task['id']}"
