"""A reader as a system to evaluate."""

from __future__ import annotations

from PIL import Image

from fakes.converting import FakeReader
from sokdok.pages import Page
from sokdok_lab.bench.evaluation.evaluate import EvalSet
from sokdok_lab.bench.evaluation.systems import SokdokReader

MARKUP = (
    "<|ref|>header<|/ref|><|det|>[[100, 10, 300, 20]]<|/det|>\nRunning head\n"
    "<|ref|>text<|/ref|><|det|>[[100, 100, 900, 120]]<|/det|>\nThe text.\n"
)


def test_markdown_is_what_a_conversion_writes_and_text_is_all_that_is_read() -> None:
    output = SokdokReader(FakeReader(says={1: {"text": MARKUP}})).read(
        Page(Image.new("RGB", (200, 200), "white"), "p"), EvalSet("pages", "page", lambda truth, output: {}), None
    )
    assert output.markdown == "The text."
    assert output.text == "Running head\n\nThe text."
