"""The examples: small files of the package, drawn by `scripts/serve/make_examples.py`, and two texts."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

Kind = Literal["document", "chart", "molecule", "geometry", "text"]


@dataclass(frozen=True)
class Example:
    """Something to try."""

    name: str
    kind: Kind
    media_type: str
    english: str
    korean: str  # what it is called
    package: str = "sokdok.server.demo"
    folder: str = "files"

    @property
    def file(self) -> Traversable:
        """Where it is."""
        return resources.files(self.package) / self.folder / self.name


_TEXT = "text/plain; charset=utf-8"
EXAMPLES = {
    example.name: example
    for example in (
        Example("report.pdf", "document", "application/pdf", "A report of two pages", "두 쪽짜리 보고서"),
        Example("scan.jpg", "document", "image/jpeg", "The same, scanned", "같은 보고서의 스캔"),
        Example("chart.png", "chart", "image/png", "A bar chart", "막대그래프"),
        Example("molecule.png", "molecule", "image/png", "Caffeine", "카페인"),
        Example("geometry.png", "geometry", "image/png", "A triangle in a triangle", "삼각형 속의 삼각형"),
        Example("demo_en.txt", "text", _TEXT, "An English text", "영어 글", "sokdok.demo", "texts"),
        Example("demo_ko.txt", "text", _TEXT, "A Korean text", "한국어 글", "sokdok.demo", "texts"),
    )
}  # by name
