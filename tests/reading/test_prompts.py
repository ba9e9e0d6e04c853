"""Prompts are the published ones to the letter, and a wrong task is told what to do."""

import pytest

from sokdok.errors import InputError
from sokdok.reading.prompts import TASKS, default_task, prompt_for


@pytest.mark.parametrize(
    ("task", "prompt"),
    [
        ("markdown", "<image>\n<|grounding|>Convert the document to markdown."),
        ("ocr", "<image>\n<|grounding|>OCR this image."),
        ("free", "<image>\nFree OCR."),
        ("figure", "<image>\nParse the figure."),
        ("describe", "<image>\nDescribe this image in detail."),
        ("document", "<image>document parsing."),
        ("pages", "<image>Multi page parsing."),
    ],
)
def test_published_wording(task: str, prompt: str) -> None:
    assert prompt_for(task) == prompt


def test_locate_puts_the_text_between_its_marks() -> None:
    assert prompt_for("locate", " 합계 {0} ") == "<image>\nLocate <|ref|>합계 {0}<|/ref|> in the image."


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_locate_needs_a_text(text: str | None) -> None:
    with pytest.raises(InputError, match="'locate' needs the text to look for"):
        prompt_for("locate", text)


@pytest.mark.parametrize("task", [name for name in TASKS if name != "locate"])
def test_other_tasks_refuse_a_text(task: str) -> None:
    with pytest.raises(InputError, match=f"'{task}' takes no text"):
        prompt_for(task, "total")


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("markdwn", ": did you mean markdown\\? choose"),
        ("Page", ": did you mean pages\\? choose"),
        ("figures", ": did you mean figure\\? choose"),
        ("xyzzy", ": choose"),
    ],
)
def test_an_unknown_task_names_the_nearest(task: str, said: str) -> None:
    with pytest.raises(InputError, match=f"unknown task '{task}'{said} one of markdown, ocr"):
        prompt_for(task)


@pytest.mark.parametrize(
    ("family", "tasks"),
    [
        ("deepseek-ocr", ["markdown", "ocr", "free", "figure", "describe", "locate"]),
        ("deepseek-ocr-2", ["markdown", "free"]),
        ("unlimited-ocr", ["document", "pages"]),
    ],
)
def test_each_family_has_its_tasks_and_a_default_among_them(family: str, tasks: list[str]) -> None:
    assert [task.name for task in TASKS.values() if family in task.families] == tasks
    assert default_task(family) == tasks[0]


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(InputError, match="unknown family 'deepseek-ocr2': did you mean deepseek-ocr"):
        default_task("deepseek-ocr2")
