"""A figure as the page shows it: its picture, what was understood redrawn, and what its statements speak of."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from PIL import Image

from sokdok.errors import MissingExtraError
from sokdok.server.engine.job import FigureOptions
from sokdok.server.errors import named

if TYPE_CHECKING:
    from sokdok.figures.parse import Figure
    from sokdok.figures.readers import FigureReader

_MOST_SIDE = 2_000  # pixels of the picture that is sent back
_DRAWN = {"chart": ("png", "image/png"), "molecule": ("svg", "image/svg+xml"), "geometry": ("svg", "image/svg+xml")}
"""kind → what it is redrawn as"""


@dataclass(frozen=True)
class FigureValues:
    """What a chart or a table says."""

    title: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Statement:
    """What is said of a figure, and where what it speaks of is: pixels of the picture, from its top left."""

    text: str
    lines: tuple[tuple[float, float, float, float], ...] = ()  # x and y of both ends
    circles: tuple[tuple[float, float, float], ...] = ()  # x and y of the centre, radius
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class ParsedFigure:
    """What a figure means."""

    file: str
    kind: str
    """what it was read as, one of those that can be asked for; else what it looks like and is not read: a box plot, a
    map …, or a picture, which has nothing to read"""
    status: Literal["SUCCESS", "PARTIAL", "FAILURE", "UNSUPPORTED"]
    """PARTIAL: what was read explains too little of the drawing; UNSUPPORTED: a kind that is not read"""
    looks: float  # 0 to 1: how much it looks like that kind
    valid: bool
    reason: str  # why it is not valid
    why: dict[str, Any] | None  # the same reason, if it is one that has a name
    warnings: list[str]
    warnings_named: list[dict[str, Any] | None]  # the same, those that have a name
    confidence: float | None
    text: str  # as the reader wrote it
    picture: str  # data URL of what was read
    size: tuple[int, int]  # width and height of it
    redrawn: str | None  # data URL of what was understood, redrawn
    table: FigureValues | None
    html: str  # of a chart or a table
    smiles: str  # of a molecule, as are the following two
    formula: str
    inchikey: str
    statements: list[Statement]
    result: dict[str, Any]  # as `sokdok parse --json` prints it


def figure_row(image: Image.Image, shown_as: str, asked: FigureOptions, reader: FigureReader) -> bytes:
    """Read and parse a figure; a `ParsedFigure` as JSON. Raises what `parse_figure` does."""
    from sokdok.figures.parse import parse_figure

    figure = parse_figure(image, asked.kind, reader)
    image.thumbnail((_MOST_SIDE, _MOST_SIDE))
    file = io.BytesIO()
    image.save(file, "PNG")
    said: dict[str, Any] = {"table": _table(figure), "statements": _statements(figure, image.size, asked.language)}
    drawn = figure.to_dict(), file.getvalue(), image.size
    return msgspec.json.encode(parsed_figure(shown_as, *drawn, redrawn=_redrawn(figure), **said))


def parsed_figure(
    shown_as: str, answer: dict[str, Any], picture: bytes, size: tuple[int, int], **understood: Any
) -> ParsedFigure:
    """A figure for its client, from what `sokdok parse --json` prints of it and the PNG that was read."""
    result: dict[str, Any] = answer["result"]
    return ParsedFigure(
        file=shown_as,
        kind=answer["kind"],
        status=answer["status"],
        looks=answer["looks"],
        valid=result["valid"],
        reason=result["reason"],
        why=named(result["reason"]),
        warnings=result["warnings"],
        warnings_named=[named(each) for each in result["warnings"]],
        confidence=result.get("confidence"),
        text=answer["text"],
        picture=f"data:image/png;base64,{b64encode(picture).decode()}",
        size=size,
        html=result.get("html", "") if result["valid"] else "",
        smiles=result.get("smiles", ""),
        formula=result.get("formula", ""),
        inchikey=result.get("inchikey", ""),
        result=answer,
        **({"redrawn": None, "table": None, "statements": []} | understood),
    )


def _redrawn(figure: Figure) -> str | None:
    """What was understood as a data URL; None where there is nothing to draw, or no library that draws it."""
    if figure.kind not in _DRAWN or not figure.result.valid:
        return None
    suffix, kind = _DRAWN[figure.kind]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"figure.{suffix}"
        try:
            figure.result.redraw(path)
        except MissingExtraError:
            return None
        return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"


def _table(figure: Figure) -> FigureValues | None:
    result = figure.result
    if not result.valid or figure.kind not in ("chart", "table"):
        return None
    if figure.kind == "chart":
        return FigureValues(result.title, result.header, result.rows)
    head, *rows = result.grid()
    return FigureValues(result.caption, head, rows)


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
