"""Substructures found in molecules that were read; what is wrong with a pattern is said, and where."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.figures.molecule.parse import parse_molecule
from sokdok.figures.molecule.search import MOST_CHARACTERS, pattern_of, search_folder

pytest.importorskip("rdkit")
from rdkit import Chem

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_search_finds_substructures_in_results(tmp_path: Path) -> None:
    phenol, ethanol, broken = (parse_molecule(text) for text in ("c1ccccc1O", "CCO", "C1CC"))
    (tmp_path / "deep").mkdir()
    write(tmp_path / "a.json", phenol.to_dict())
    write(tmp_path / "deep" / "b.json", {"figures": [{"result": ethanol.to_dict()}, {"result": phenol.to_dict()}]})
    write(tmp_path / "c.json", broken.to_dict())
    (tmp_path / "d.json").write_text("{not json", encoding="utf-8")
    found = [(path.name, molecule.smiles) for path, molecule in search_folder(tmp_path, "c1ccccc1")]
    assert found == [("a.json", "Oc1ccccc1"), ("b.json", "Oc1ccccc1")]
    assert [molecule.smiles for _, molecule in search_folder(tmp_path, "[CX4][OX2H]")] == ["CCO"]


def test_search_says_what_is_wrong_with_the_question(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no SMARTS"):
        list(search_folder(tmp_path, "c1ccccc"))
    with pytest.raises(InputError, match="no SMARTS"):
        list(search_folder(tmp_path, "C벤젠"))
    with pytest.raises(InputError, match="no folder"):
        list(search_folder(tmp_path / "none", "C"))


@pytest.mark.parametrize(
    ("pattern", "atoms"),
    [
        ("c1ccccc1", (4, 5, 6, 7, 8, 9)),
        ("C1=CC=CC=C1", (4, 5, 6, 7, 8, 9)),  # a SMILES that means the same
        ("C(=O)[OH]", (10, 11, 12)),
        ("C(=O)O", (1, 2, 3, 10, 11, 12)),  # both places
        ("N", ()),
    ],
)
def test_a_pattern_is_found_wherever_it_is(pattern: str, atoms: tuple[int, ...]) -> None:
    places = Chem.MolFromSmiles(ASPIRIN).GetSubstructMatches(pattern_of(pattern))
    assert {atom for place in places for atom in place} == set(atoms)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("CXC", "character 2 makes no sense there: 'X'"),
        ("CC(", "character 3 makes no sense there, or something is missing behind it: '('"),
        ("c1cccc", "unclosed ring"),
        ("C벤젠", "character 2 makes no sense there: '벤'"),
        ("C foo", "character 2 makes no sense there: ' '"),
        ("", "no SMARTS pattern was given"),
        ("C" * (MOST_CHARACTERS + 1), "301 characters"),
    ],
)
def test_a_pattern_that_is_none_says_where(pattern: str, reason: str) -> None:
    with pytest.raises(InputError, match=re.escape(reason)) as raised:
        pattern_of(pattern)
    assert "\n" not in str(raised.value)


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
