"""How docling's tasks go on, as its clients are told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from sokdok.server.foreign.docling import Status
from sokdok.server.tasks.store import Task


class TaskMeta(BaseModel):
    """How far a task is, counted in documents."""

    num_docs: int
    num_processed: int
    num_succeeded: int
    num_partially_succeeded: int
    num_failed: int


class Failure(BaseModel):
    """Why a task failed."""

    category: str = "conversion"
    message: str
    retryable: bool = False
    phase: str = "convert"
    details: dict[str, Any] = {}


class TaskTold(BaseModel):
    """How a task goes on."""

    task_id: str
    task_type: Literal["convert"] = "convert"
    task_status: Literal["pending", "started", "success", "failure"]
    task_position: Annotated[int | None, Field(description="Pages that are read before it.")] = None
    task_meta: TaskMeta
    error_message: str | None = None
    failure: Failure | None = None


def status_of(task: Task) -> Status:
    """What became of a document."""
    if task.state != "done" or task.failed == len(task.job.pages):
        return "failure"
    return "partial_success" if task.failed else "success"
