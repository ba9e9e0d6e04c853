"""A turn goes through the memory in one direction: each folder imports only from those before it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sokdok.memory

ROOT = Path(sokdok.memory.__file__).parent
STORED = ["images", "turn", "stream", "summary", "store"]
ORDER = [*STORED, "forgetting", "view", "compose", "memory", "tools", "langchain"]
"""From what is stored to what is shown."""


def imported(path: Path) -> set[str]:
    """Folders and modules of the memory that a file imports when it is run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):  # annotations may name what comes later
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {module.split(".")[2] for module in modules if module.startswith("sokdok.memory.")}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_arrow_points_back(path: Path) -> None:
    here = path.relative_to(ROOT).with_suffix("").parts[0]
    if here == "__init__":
        return
    later = ORDER[ORDER.index(here) + 1 :]
    assert not imported(path) & set(later)


def test_forgetting_and_store_do_not_know_each_other() -> None:
    """The store is passed in where pages are written, as `Store`'s own methods: spans, summaries, facts."""
    for folder, other in (("store", "forgetting"), ("forgetting", "store")):
        assert not [path for path in (ROOT / folder).rglob("*.py") if other in imported(path)]
