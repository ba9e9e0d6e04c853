"""Named tasks, and the prompts that ask the published checkpoints for them.

- The wording is the publishers' (their READMEs and configuration files), to the letter: there was no instruction
  tuning, so a checkpoint knows the prompts that it was trained on and little else.
- A task lists the families whose publisher documents its prompt. Any other prompt can be given as text, untested.
- `pages` asks about several images at once; its prompt has one `<image>` and wants as many, side by side.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from sokdok.errors import InputError, require_choice

PLAIN = "Free OCR."  # what a reader is asked if nobody says
FAMILIES = ("deepseek-ocr", "deepseek-ocr-2", "unlimited-ocr")


@dataclass(frozen=True)
class Task:
    """Something a family can be asked for."""

    name: str
    prompt: str  # with `{text}` where `locate` puts what to look for
    families: tuple[str, ...]
    layout: bool  # whether the output has layout markup, which `documents.build` reads
    help: str  # one line


SAID = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text(encoding="utf-8"))
TASKS = {name: Task(name, **said | {"families": tuple(said["families"])}) for name, said in SAID["tasks"].items()}
_DEFAULTS = {"deepseek-ocr": "markdown", "deepseek-ocr-2": "markdown", "unlimited-ocr": "document"}


def prompt_for(task: str, text: str | None = None) -> str:
    """The prompt of a named task; `text` is what `locate` looks for.

    Raises InputError for an unknown task (naming the nearest), a missing text, or one that the task has no use for.
    """
    require_choice("task", task, TASKS)
    found = TASKS[task]
    if "{text}" not in found.prompt:
        if text is not None:
            raise InputError(f"task {task!r} takes no text; only locate does")
        return found.prompt
    if text is None or not text.strip():
        raise InputError(f"task {task!r} needs the text to look for")
    return found.prompt.replace("{text}", text.strip())


def default_task(family: str) -> str:
    """What to ask a family for if the user names no task; InputError for an unknown family."""
    require_choice("family", family, FAMILIES)
    return _DEFAULTS[family]
