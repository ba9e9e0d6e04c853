"""Random documents: the same seed gives the same ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from fakes.server.browser import CHROMIUM
from random_documents.make import KINDS, make_documents


def test_the_same_seed_gives_the_same_documents(tmp_path: Path) -> None:
    counts = {kind: 2 for kind in KINDS if CHROMIUM or kind == "sheets"}
    first, again = (_words(make_documents(tmp_path / name, counts, 5)) for name in "ab")
    assert list(first) == list(again) != list(_words(make_documents(tmp_path / "c", counts, 6)))


def _words(paths: list[Path]) -> Iterator[str]:
    return (json.dumps(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))) for path in paths)
