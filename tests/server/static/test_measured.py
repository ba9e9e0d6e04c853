"""What the page says was measured is what the documentation says."""

from __future__ import annotations

import json
from pathlib import Path

from sokdok.server.page import FOLDER

HEADLINE = Path(__file__).parents[3] / "docs" / "numbers" / "headline.json"


def test_the_page_has_the_documentations_numbers() -> None:
    copy = FOLDER / "measured.json"
    assert copy.read_bytes() == HEADLINE.read_bytes(), f"cp {HEADLINE} {copy}"
    found = json.loads(copy.read_text(encoding="utf-8"))
    assert len(found["rows"]) == len(found["rows_ko"]) and len(found["columns"]) == len(found["columns_ko"])
