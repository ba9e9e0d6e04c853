"""What is asked of each page of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sokdok.reading.reading import Reader

Source = Literal["auto", "reader", "text-layer"]
"""whose words a document has"""


@dataclass(frozen=True)
class ReadOptions:
    """What is asked of each page."""

    reader: Reader | None
    """may be None if only text layers are wanted"""
    options: Mapping[str, Any] = field(default_factory=dict)
    """for the reader's `read`"""
    mode: str = "auto"
    source: Source = "auto"
    batch: int = 8
    dpi: float | None = None
    """None chooses one that shows the text well"""
