"""Outputs of readers and what becomes of them, as files to look at: tests/golden/documents/.

After a wanted change, `SOKDOK_GOLDEN=write pytest tests/documents/test_golden.py` writes them anew; review the diff.
"""

import os
from pathlib import Path

import pytest

from fakes.documents import reading
from sokdok.documents.build import build_page
from sokdok.documents.result import Document

GOLDEN = Path(__file__).parents[2] / "golden" / "documents"
CASES = sorted(path.stem for path in GOLDEN.glob("*.txt"))


def document(name: str) -> Document:
    output = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    page = build_page(reading(output, mode="base", vision_tokens=256), 1240, 1754, 1, reader="test")
    return Document(name, f"{name}.pdf", (page,), reader="test")


def check(name: str, written: str) -> None:
    path = GOLDEN / name
    if os.environ.get("SOKDOK_GOLDEN") == "write":
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


def test_there_are_cases() -> None:
    assert CASES == ["deepseek", "hostile", "plain", "unlimited"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_a_form(name: str, form: str) -> None:
    made = document(name)
    body = made.html.partition("<body>\n")[2]  # the style may change
    check(f"{name}.{form}", {"md": made.markdown, "html": body, "json": made.json}[form])
