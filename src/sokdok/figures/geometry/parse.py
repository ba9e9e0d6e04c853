"""Plane geometry from a model's text: a typed scene, the relations in it, statements, JSON, SVG.

    figure = parse_geometry(text)
    figure.statements("ko"), figure.logic_forms, figure.redraw(Path("figure.svg"))

- Relations are *measured* from coordinates (the tolerances are `relations.ANGLE_DEGREES` and `LENGTH_SHARE`, and
  `dictionary.ON_SHARE`) or *stated* by marks and labels; a stated one that the drawing contradicts is a warning, since
  textbook figures need not be to scale.
- `parse_geometry` never raises: bad text is `valid=False` with a reason, and what could be read is kept.

A scene redrawn as SVG: lines, circles, dots and names, for the eye to compare with the original.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from sokdok.errors import InputError
from sokdok.figures.geometry.dictionary import Place, Scene, build_scene, read_dictionary, read_form
from sokdok.figures.geometry.relations import (
    LANGUAGES,
    Relation,
    drawing_error,
    logic_forms,
    measured,
    stated,
    statement,
)
from sokdok.files import new_text_file
from sokdok.reasons import say

CONTRADICTION_DEGREES = 15.0  # error from which a drawing contradicts what it states
SIDE_UNITS = 480  # user units of the longer side
MARGIN_UNITS = 36  # user units around the figure
INCIDENCES = ("on line", "on circle")
DIRECTIONS = ("perpendicular", "parallel")
EMPTY = Scene({}, (), ())


@dataclass(frozen=True)
class Geometry:
    """A parsed figure."""

    scene: Scene = EMPTY
    relations: tuple[Relation, ...] = ()  # measured ones, incidences first, then stated ones
    states: bool = False  # whether the text says what marks and labels state
    valid: bool = True
    reason: str = ""  # why it is not valid
    warnings: tuple[str, ...] = ()
    confidence: float | None = None  # 0 to 1, if the reader says

    @property
    def logic_forms(self) -> list[str]:
        """Write what the figure states in Geometry3K's forms: incidences, marks and labels.

        Where the text has no word on marks, the measured perpendiculars, parallels and equal lengths stand in.
        """
        stand_in = () if self.states else ("perpendicular", "parallel", "equal lengths")
        used = [r for r in self.relations if r.source == "stated" or r.kind in INCIDENCES + stand_in]
        named = [r for r in used if all(name in self.scene.points for thing in r.things for name in thing)]
        return list(dict.fromkeys(form for relation in named for form in logic_forms(relation)))

    @property
    def distinct(self) -> list[Relation]:
        """Relations, each once, in the order of `statements`."""
        meanings = [_of_lines(relation, self.scene).meaning for relation in self.relations]
        last = dict(zip(meanings, self.relations, strict=True))  # of two alike the stated one, which is last
        return [one for meaning, one in zip(meanings, self.relations, strict=True) if last[meaning] is one]

    def statements(self, language: str = "en") -> list[str]:
        """Write all relations as lines such as `AB ⟂ CD`. Raises InputError for a language other than en and ko."""
        if language not in LANGUAGES:
            raise InputError(f"statements come in {' or '.join(LANGUAGES)}, not in {language!r}")
        return [statement(relation, language) for relation in self.distinct]

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds; coordinates in the window of -15 to 15, y upward."""
        relations = [
            {**asdict(relation), "error": round(relation.error, 4), "statement": statement(relation)}
            for relation in self.relations
        ]
        return {
            "kind": "geometry", "valid": self.valid, "reason": self.reason, "confidence": self.confidence,
            "warnings": list(self.warnings), **asdict(self.scene), "relations": relations,
            "logic_forms": self.logic_forms,
        }  # fmt: skip

    def to_svg(self) -> str:
        """Write an SVG document; an empty scene gives an empty one."""
        xs, ys = zip(*(self.scene.corners or [(0.0, 0.0)]), strict=True)
        left, top, right, bottom = min(xs), max(ys), max(xs), min(ys)  # y upward
        scale = SIDE_UNITS / (max(right - left, top - bottom) or 1.0)

        def put(place: Place) -> Place:
            return (place[0] - left) * scale + MARGIN_UNITS, (top - place[1]) * scale + MARGIN_UNITS

        width, height = put((right, bottom))
        parts = [
            '<svg xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {width + MARGIN_UNITS:.1f} {height + MARGIN_UNITS:.1f}" '
            'font-family="serif" font-style="italic" font-size="20" fill="none" stroke="black" stroke-width="1.5">'
        ]
        for line in self.scene.lines:
            (x1, y1), (x2, y2) = put(line.a), put(line.b)
            dash = ' stroke-dasharray="6 4"' if line.dashed else ""
            parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{dash}/>')
        for circle in self.scene.circles:
            x, y = put(circle.center)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{circle.radius * scale:.1f}"/>')
        for name, place in self.scene.points.items():
            x, y = put(place)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="black"/>')
            parts.append(f'<text x="{x + 6:.1f}" y="{y - 6:.1f}" fill="black" stroke="none">{escape(name)}</text>')
        return "\n".join([*parts, "</svg>", ""])

    def redraw(self, path: Path) -> None:
        """Write the scene as SVG."""
        with new_text_file(path, errors="backslashreplace") as file:
            file.write(self.to_svg())


def parse_geometry(text: str, confidence: float | None = None) -> Geometry:
    """Parse what a model wrote for a geometry figure."""
    found, reason = read_dictionary(text)
    scene, warnings = build_scene(found)
    forms = found.get("Relation")
    written, more = _stated(forms if isinstance(forms, list) else [], scene)
    if not reason and not scene.lines and not scene.circles:
        reason = say("no_shape")
    relations = (*measured(scene), *written)
    return Geometry(scene, relations, forms is not None, not reason, reason, (*warnings, *more), confidence)


def _of_lines(relation: Relation, scene: Scene) -> Relation:
    """A relation of directions as one of whole lines: where M lies on BC, MC ⟂ CD says what BC ⟂ CD does."""
    if relation.kind not in DIRECTIONS:
        return relation
    whole = (
        next((line.ends for line in scene.lines if set(thing) <= set(line.points)), thing) for thing in relation.things
    )
    return replace(relation, things=tuple(whole))


def _stated(forms: list[Any], scene: Scene) -> tuple[list[Relation], list[str]]:
    """Convert logic forms to relations; returns them and what is wrong with some."""
    relations, warnings = [], []
    for text in forms:
        form = read_form(text) if isinstance(text, str) else None
        relation = stated(form, scene) if form else None
        if relation is None:
            warnings.append(say("no_relation", text=text))
            continue
        relations.append(relation)
        error = drawing_error(relation, scene)
        if error > CONTRADICTION_DEGREES:
            warnings.append(say("contradiction", statement=statement(relation), degrees=f"{error:.0f}"))
    return relations, warnings
