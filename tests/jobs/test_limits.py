"""The table of limits in the documentation is that of the code."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from sokdok.jobs import Limits

PAGE = Path(__file__).parent.parent.parent / "docs" / "limits.md"


@pytest.mark.parametrize("field", fields(Limits), ids=lambda field: field.name)
def test_each_limit_stands_in_the_documentation_with_its_default(field) -> None:
    (row,) = (line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.endswith(f"| `{field.name}` |"))
    assert row.split("|")[2].strip() == f"{field.default:,g}"
