"""A figure as the page shows it: its picture, what was understood drawn anew, and what its statements speak of."""

from __future__ import annotations

import io
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PIL import Image

from sokdok.errors import MissingExtraError
from sokdok.server.engine.messages import FigureAsked, FigureRead, Statement, Values

if TYPE_CHECKING:
    from sokdok.figures.parse import Figure
    from sokdok.figures.readers import FigureReader

_MOST_SIDE = 2_000  # pixels of the picture that is sent back
_DRAWN = {"chart": ("png", "image/png"), "molecule": ("svg", "image/svg+xml"), "geometry": ("svg", "image/svg+xml")}
"""kind → what it is drawn anew as"""


def figure_read(image: Image.Image, asked: FigureAsked, reader: FigureReader) -> FigureRead:
    """Read and parse a figure. Raises what `parse_figure` does."""
    from sokdok.figures.parse import parse_figure

    figure = parse_figure(image, asked.kind, reader)
    image.thumbnail((_MOST_SIDE, _MOST_SIDE))
    file = io.BytesIO()
    image.save(file, "PNG")
    return FigureRead(
        picture=file.getvalue(),
        size=image.size,
        redrawn=_redrawn(figure),
        table=_table(figure),
        statements=tuple(_statements(figure, image.size, asked.language)),
        result=figure.to_dict(),
    )


def _redrawn(figure: Figure) -> str:
    """What was understood as a data URL; empty where there is nothing to draw, or no library that draws it."""
    if figure.kind not in _DRAWN or not figure.result.valid:
        return ""
    suffix, kind = _DRAWN[figure.kind]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"figure.{suffix}"
        try:
            figure.result.redraw(path)
        except MissingExtraError:
            return ""
        return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"


def _table(figure: Figure) -> Values | None:
    result = figure.result
    if not result.valid or figure.kind not in ("chart", "table"):
        return None
    if figure.kind == "chart":
        return Values(result.title, result.header, result.rows)
    head, *rows = result.grid()
    return Values(result.caption, head, rows)


def _statements(figure: Figure, size: tuple[int, int], language: str) -> list[Statement]:
    result = figure.result
    if figure.kind == "molecule":
        return [Statement(text) for text in result.statements_in(language)]
    if figure.kind != "geometry":
        return []
    from sokdok.figures.geometry.relations import places_of

    found = [places_of(relation, result.scene, size) for relation in result.distinct]
    texts = result.statements(language)
    return [Statement(text, at.lines, at.circles, at.points) for text, at in zip(texts, found, strict=True)]
