"""A task through its whole life, by the own API."""

from typing import Any

import httpx

from fakes.remote import wait_until
from fakes.server.serving import Served


def create(server: Served, says: str | bytes, name: str = "보고서.pdf", **more: Any) -> httpx.Response:
    content = says.encode() if isinstance(says, str) else says
    return server.post("/v1/tasks", files={"file": (name, content)}, **more)


def ended(server: Served, id: str, **more: Any) -> dict[str, Any]:
    def task() -> dict[str, Any]:
        return dict(server.get(f"/v1/tasks/{id}", **more).json())

    assert wait_until(lambda: task()["ended_at"], 240), "it does not end"
    return task()


def done(server: Served, says: str | bytes, name: str = "보고서.pdf") -> str:
    """The address of a task that was read."""
    task = ended(server, create(server, says, name).json()["id"])
    assert task["status"] == "done", task
    return f"{server.address}/v1/tasks/{task['id']}"
