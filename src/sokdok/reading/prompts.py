"""Named tasks, and the prompts that ask the published checkpoints for them.

- The wording is the publishers' (their READMEs and configuration files), to the letter: there was no instruction
  tuning, so a checkpoint knows the prompts that it was trained on and little else.
- A task lists the families whose publisher documents its prompt. Any other prompt can be given as text, untested.
- `pages` asks about several images at once; its prompt has one `<image>` and wants as many, side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap

from sokdok.errors import InputError, require_choice

PLAIN = "Free OCR."  # what a reader is asked if nobody says
FAMILIES = ("deepseek-ocr", "deepseek-ocr-2", "unlimited-ocr")
_BOTH_DEEPSEEK = FAMILIES[:2]


@dataclass(frozen=True)
class Task:
    """Something a family can be asked for."""

    name: str
    prompt: str  # with `{text}` where `locate` puts what to look for
    families: tuple[str, ...]
    layout: bool  # whether the output has layout markup, which `documents.build` reads
    help: str  # one line


_MARKED, _BARE = True, False  # whether the output has layout markup
_ALL = (
    ("markdown", "<image>\n<|grounding|>Convert the document to markdown.", _BOTH_DEEPSEEK, _MARKED,
     "A document as Markdown, with the place of each block."),
    ("ocr", "<image>\n<|grounding|>OCR this image.", FAMILIES[:1], _MARKED,
     "The text of any other image, with the place of each line."),
    ("free", "<image>\nFree OCR.", _BOTH_DEEPSEEK, _BARE, "The text alone, without layout."),
    ("figure", "<image>\nParse the figure.", FAMILIES[:1], _BARE,
     "A chart as a table, a molecule as SMILES, a geometric figure as its lines."),
    ("describe", "<image>\nDescribe this image in detail.", FAMILIES[:1], _BARE, "What a picture shows, in words."),
    ("locate", "<image>\nLocate <|ref|>{text}<|/ref|> in the image.", FAMILIES[:1], _MARKED,
     "Where a given text or thing is in the image."),
    ("document", "<image>document parsing.", FAMILIES[2:], _MARKED, "A page with the place and kind of each block."),
    ("pages", "<image>Multi page parsing.", FAMILIES[2:], _MARKED,
     "Several pages at once, with the place and kind of each block."),
)  # fmt: skip
TASKS = {task.name: task for task in starmap(Task, _ALL)}
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
