"""Korean names of what molecules contain."""

from __future__ import annotations

import pytest

from sokdok.figures.molecule.groups import patterns
from sokdok.figures.molecule.korean import korean_name


def test_every_name_has_a_korean_one() -> None:
    names = [name for rows in patterns().values() for name, _ in rows]
    korean = [korean_name(name) for name in names]
    assert all(any("가" <= char <= "힣" for char in name) for name in korean)
    assert len(set(korean)) == len(names)


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("a quinoline", "퀴놀린"),
        ("a carboxylic acid", "카복실산"),
        ("a ring system of 3 joined rings", "고리 3개가 이어진 고리계"),
        ("a ring of 7 atoms with N, O", "원자 7개의 고리(N, O)"),
        ("a ring of 9 atoms", "원자 9개의 고리"),
    ],
)
def test_names_by_table_and_by_form(english: str, korean: str) -> None:
    assert korean_name(english) == korean
