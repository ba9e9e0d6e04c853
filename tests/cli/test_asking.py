"""Tasks, prompts and options on their way to a reader, and markup on its way back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sokdok.pages import Page
from sokdok.reading import Abilities, Reading, Sampling

MARKED = (
    "<|ref|>title<|/ref|><|det|>[[0, 0, 999, 99]]<|/det|>\n# 제목\n\n"
    "<|ref|>text<|/ref|><|det|>[[0, 500, 999, 999]]<|/det|>\nA line.\n"
)


class Published:
    """A reader of the family: takes a prompt, samples, has no decoder to choose."""

    name = "deepseek-ocr"
    abilities = Abilities(
        family="deepseek-ocr", layout_task="markdown", modes=("tiny", "base"), sampling=True, max_tokens=True
    )

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.answer: dict[str, Any] = {"status": "ok", "text": MARKED}

    def read(
        self,
        pages: Iterable[Page],
        prompt: str = "Free OCR.",
        *,
        batch_size: int = 8,
        mode: str | None = None,
        decoder: str | None = None,
        sampling: Sampling | None = None,
        max_tokens: int | None = None,
    ) -> Iterator[Reading]:
        self.asked = {"prompt": prompt, "mode": mode, "sampling": sampling, "max_tokens": max_tokens}
        for index, page in enumerate(pages):
            yield Reading(index, page.source, **self.answer)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, reader: Any) -> Published:
    found = Published()
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: found)
    return found


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    Image.new("RGB", (200, 100), "white").save(tmp_path / "scan.png")
    return tmp_path / "scan.png"


def test_markup_becomes_markdown(run, scan, published) -> None:
    assert run("read", scan).stdout == "# 제목\n\nA line.\n"
    assert published.asked["prompt"] == "<image>\n<|grounding|>Convert the document to markdown."


def test_raw_leaves_it_as_the_model_wrote_it(run, scan, published) -> None:
    assert run("read", scan, "--raw").stdout == MARKED


def test_json_has_blocks_with_boxes_in_pixels(run, scan, published) -> None:
    line = json.loads(run("read", scan, "--json").stdout)
    assert line["text"] == MARKED and line["warnings"] == []
    assert line["blocks"] == [
        {"kind": "title", "boxes": [[0, 0, 200, 9]], "text": "# 제목"},
        {"kind": "text", "boxes": [[0, 50, 200, 100]], "text": "A line."},
    ]


@pytest.mark.parametrize(
    ("options", "prompt"),
    [
        (["--task", "free"], "<image>\nFree OCR."),
        (["--task", "figure"], "<image>\nParse the figure."),
        (["--task", "locate", "--find", "합계"], "<image>\nLocate <|ref|>합계<|/ref|> in the image."),
        (["--find", "Total"], "<image>\nLocate <|ref|>Total<|/ref|> in the image."),
        (["--prompt", "Read it."], "Read it."),
    ],
)
def test_tasks_and_prompts(run, scan, published, options: list[str], prompt: str) -> None:
    assert run("read", scan, *options).exit_code == 0
    assert published.asked["prompt"] == prompt


def test_plain_text_is_not_parsed(run, scan, published) -> None:
    published.answer["text"] = "a <|det|> b"
    assert run("read", scan, "--task", "free").stdout == "a <|det|> b\n"


def test_sampling_and_length_reach_the_reader(run, scan, published) -> None:
    run("read", scan, "--temperature", "0.3", "--top-p", "0.9", "--max-tokens", "50", "--mode", "base")
    sampling = published.asked["sampling"]
    assert (sampling.temperature, sampling.top_p) == (0.3, 0.9)
    assert (published.asked["max_tokens"], published.asked["mode"]) == (50, "base")


def test_a_loop_is_told_with_what_was_tried(run, scan, published) -> None:
    published.answer |= {"status": "looped", "retried": "no 20 tokens in a row twice within 1,024"}
    result = run("read", scan)
    assert result.exit_code == 1 and result.stdout
    assert "broken off in a repetition, also when read again with no 20 tokens" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--decoder", "parallel"], "deepseek-ocr takes no --decoder; leave it out"),
        (["--task", "markdwon"], "markdown"),
        (["--task", "free", "--find", "x"], "free"),
        (["--task", "locate"], "locate"),
        (["--prompt", "x", "--task", "free"], "leave out --task and --find"),
        (["--top-p", "0"], "top_p"),
    ],
)
def test_what_can_not_be_asked(run, scan, published, options: list[str], message: str) -> None:
    result = run("read", scan, *options)
    assert result.exit_code == 2 and len(result.stderr.strip().splitlines()) == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "1"], "nano always takes the likeliest"),
        (["--max-tokens", "9"], "nano takes no --max-tokens"),
        (["--task", "figure"], "nano knows no --task figure: `sokdok parse` reads figures"),
        (["--task", "describe"], "needs a published checkpoint"),
    ],
)
def test_nano_says_what_it_does_not_do(scan, options: list[str], message: str) -> None:
    from typer.testing import CliRunner

    from sokdok.cli import app

    result = CliRunner().invoke(app, ["read", str(scan), *options])
    assert result.exit_code == 2 and message in result.stderr


@pytest.mark.parametrize(
    ("model", "code", "message"),
    [
        ("deepseek-ai/DeepSeek-OCR", 3, "sokdok models fetch deepseek-ai/DeepSeek-OCR"),
        ("no-such-folder", 3, "no-such-folder"),
        ("http://127.0.0.1:9/v1", 5, "127.0.0.1:9"),
    ],
)
def test_models_that_are_not_there(
    scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, code: int, message: str
) -> None:
    from typer.testing import CliRunner

    from sokdok.cli import app

    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    result = CliRunner().invoke(app, ["read", str(scan), "--model", model])
    assert result.exit_code == code and message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
