"""Relations as statements for people, in English or Korean, and as logic forms of Geometry3K."""

from __future__ import annotations

from itertools import pairwise

from sokdok.figures.geometry.relations import Relation

ENGLISH = {
    "on line": "{0} lies on {1}",
    "on circle": "{0} lies on circle {1}",
    "midpoint": "{0} is the midpoint of {1}",
    "perpendicular": "{0} ⟂ {1}",
    "parallel": "{0} ∥ {1}",
    "equal lengths": "{equal}",
    "equal angles": "∠{0} = ∠{1}",
    "length": "{0} = {value}",
    "angle": "∠{0} = {value}°",
    "angle number": "∠{0} = ∠{value}",
    "tangent": "{0} is tangent to circle {1}",
    "tangent circles": "circles {0} and {1} are tangent",
    "concentric": "circles {0} and {1} are concentric",
    "right triangle": "triangle {0} is right-angled at {1}",
    "isosceles": "triangle {0} is isosceles with apex {1}",
    "equilateral": "triangle {0} is equilateral",
    "square": "{0} is a square",
    "rectangle": "{0} is a rectangle",
    "rhombus": "{0} is a rhombus",
    "parallelogram": "{0} is a parallelogram",
    "trapezoid": "{0} is a trapezoid",
}
KOREAN = ENGLISH | {
    "on line": "점 {0}: {1} 위의 점",
    "on circle": "점 {0}: 원 {1} 위의 점",
    "midpoint": "점 {0}: {1}의 중점",
    "tangent": "{0}: 원 {1}의 접선",
    "tangent circles": "원 {0}, 원 {1}: 서로 접함",
    "concentric": "원 {0}, 원 {1}: 동심원",
    "right triangle": "△{0}: 직각삼각형 (∠{1} = 90°)",
    "isosceles": "△{0}: 이등변삼각형 (꼭짓점 {1})",
    "equilateral": "△{0}: 정삼각형",
    "square": "□{0}: 정사각형",
    "rectangle": "□{0}: 직사각형",
    "rhombus": "□{0}: 마름모",
    "parallelogram": "□{0}: 평행사변형",
    "trapezoid": "□{0}: 사다리꼴",
}
LANGUAGES = {"en": ENGLISH, "ko": KOREAN}
FORMS = {
    "on line": "PointLiesOnLine({0}, Line({1}))",
    "on circle": "PointLiesOnCircle({0}, Circle({1}))",
    "midpoint": "IsMidpointOf({0}, Line({1}))",
    "perpendicular": "Perpendicular(Line({0}), Line({1}))",
    "parallel": "Parallel(Line({0}), Line({1}))",
    "equal lengths": "Equals(LengthOf(Line({0})), LengthOf(Line({1})))",
    "equal angles": "Equals(MeasureOf(Angle({0})), MeasureOf(Angle({1})))",
    "length": "Equals(LengthOf(Line({0})), {value})",
    "angle": "Equals(MeasureOf(Angle({0})), {value})",
    "angle number": "Equals(MeasureOf(Angle({0})), MeasureOf(angle {value}))",
    "tangent": "Tangent(Line({0}), Circle({1}))",
    "tangent circles": "Tangent(Circle({0}), Circle({1}))",
    "concentric": "Concentric(Circle({0}), Circle({1}))",
    "right triangle": "Right(Triangle({0}))",
    "isosceles": "Isosceles(Triangle({0}))",
    "equilateral": "Equilateral(Triangle({0}))",
    "square": "Square({0})",
    "rectangle": "Rectangle({0})",
    "rhombus": "Rhombus({0})",
    "parallelogram": "Parallelogram({0})",
    "trapezoid": "Trapezoid({0})",
}


def statement(relation: Relation, language: str = "en") -> str:
    """Write one line, such as `AB ⟂ CD`. language: en or ko."""
    names = ["".join(thing) for thing in relation.things]
    return LANGUAGES[language][relation.kind].format(*names, value=relation.value, equal=" = ".join(names))


def logic_forms(relation: Relation) -> list[str]:
    """Write the logic forms of a relation: one for every neighbouring pair where more than two things are equal."""
    things = [", ".join(thing) for thing in relation.things]
    groups = pairwise(things) if relation.kind == "equal lengths" else [things]
    return [FORMS[relation.kind].format(*group, value=relation.value) for group in groups]
