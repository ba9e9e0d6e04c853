"""What is printed of the values that Python code gets: a line each, whatever they hold."""

from __future__ import annotations

from pathlib import Path

import sokdok
from sokdok.documents.document import Block, Word
from sokdok.reading import Reading


def test_one_line_each(tmp_path: Path) -> None:
    (page,) = sokdok.render("many words " * 100)
    with sokdok.Memory(tmp_path / "memory.db") as memory:
        memory.add("user", "The gate code is 4417. " * 200)
        view = memory.view(budget=4000, model="nano")
    assert repr(view).startswith("View('default', 1 turn, ") and len(repr(view)) < 120
    assert all(len(repr(part)) < 300 for part in view.parts)
    block = Block("text", (0, 0, 9, 9), "a", words=(Word("a", (0, 0, 9, 9)),) * 50)
    assert len(repr(page)) < 300 and len(repr(block)) < 300
    assert "lines" not in repr(Reading(0, "a.png", "ok", "text"))
