"""Molecules from text: checked by RDKit, named, drawn; nothing mended on the quiet.

Korean names of what molecules contain.
"""

import sys
from pathlib import Path

import pytest

pytest.importorskip("rdkit")

from sokdok.errors import InputError, MissingExtraError
from sokdok.figures.molecule.parse import korean_name, parse_molecule, patterns

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_without_rdkit_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "rdkit"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(MissingExtraError, match=r"sokdok\[figures\]"):
        parse_molecule("CCO")


def test_a_molecule_is_described() -> None:
    molecule = parse_molecule("OC(=O)C1=CC=CC=C1OC(C)=O", confidence=0.9)
    assert molecule.valid and molecule.reason == ""
    assert molecule.smiles == ASPIRIN
    assert molecule.formula == "C9H8O4"
    assert molecule.inchikey == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert molecule.weight == pytest.approx(180.16, abs=0.01)
    assert molecule.statements == ("contains a benzene ring", "contains a carboxylic acid", "contains an ester")
    assert molecule.confidence == 0.9


@pytest.mark.parametrize(
    ("smiles", "rings", "groups"),
    [
        ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", ("a purine",), ()),
        ("CN(C)CCc1c[nH]c2ccccc12", ("an indole",), ("a tertiary amine",)),
        ("NC(=O)c1ccc(C#N)cc1", ("a benzene ring",), ("an amide", "a nitrile")),
        ("OC1CCCCC1", ("a cyclohexane ring",), ("an alcohol",)),
        ("c1ccc2[nH]ccc2c1C1CCOCC1", ("an indole", "a tetrahydropyran ring"), ("an ether",)),
        ("CS(=O)(=O)Nc1ccccn1", ("a pyridine ring",), ("a sulfonamide",)),
        ("C1CCCCCCCCC1", ("a ring of 10 atoms",), ()),
        ("C1CCC2(CC1)CCCCC2", ("a cyclohexane ring",), ()),
        ("C1CN2CCC1CC2", ("a piperidine ring",), ("a tertiary amine",)),
        ("B1CCCC1", ("a ring of 5 atoms with B",), ()),
    ],
)
def test_rings_and_groups_are_named(smiles: str, rings: tuple[str, ...], groups: tuple[str, ...]) -> None:
    molecule = parse_molecule(smiles)
    assert (molecule.rings, molecule.groups) == (rings, groups)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("c1ccccc", "unclosed ring"),
        ("CC(C)(C)(C)C", "valence for atom # 1 C, 5"),
        ("c1cccc1", "Can't kekulize"),
        ("CC(", "Parse Error"),
        ("<div>", "Parse Error"),
        ("no idea", "no spaces"),
        ("  ", "no molecule was read"),
        ("C" * 5000, "too many"),
        ("*" * 1999, "1999 characters are too many"),
        ("c1ccccc1" * 240, "too many"),
        ("C1=CC=CC=C1벤젠", "'벤' is no character of a SMILES"),
        ("CC’", "'’' is no character of a SMILES"),
        ("C억", "'억'"),
        ("벤젠_고리" * 6, "'벤'"),
    ],
)
def test_what_is_no_molecule_is_invalid_with_a_reason(text: str, reason: str) -> None:
    molecule = parse_molecule(text)
    assert not molecule.valid and molecule.smiles == "" and molecule.inchikey == ""
    assert reason in molecule.reason and "\n" not in molecule.reason


def test_reasons_stay_off_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    assert not parse_molecule("C1CC").valid
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("text", [f" {ASPIRIN}\n", f"<smiles>{ASPIRIN}</smiles>", f"```smiles\n{ASPIRIN}\n```"])
def test_wrapping_is_taken_off(text: str) -> None:
    assert parse_molecule(text).smiles == ASPIRIN


def test_oddities_are_warned_of() -> None:
    assert parse_molecule("[Na+].[Cl-]").warnings == ("2 separate parts",)
    assert parse_molecule("C[NH3+]").warnings == ("has a net charge of +1",)
    assert "unpaired electron" in parse_molecule("[CH3]").warnings[0]
    assert "family" in parse_molecule("C*").warnings[0]


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")])
def test_a_molecule_is_redrawn(tmp_path: Path, name: str, start: bytes) -> None:
    parse_molecule(ASPIRIN).redraw(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_redrawing_says_what_it_can_not_draw(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unclosed ring"):
        parse_molecule("C1CC").redraw(tmp_path / "a.svg")
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        parse_molecule("CCO").redraw(tmp_path / "a.pdf")


def test_every_name_has_a_korean_one() -> None:
    names = [name for rows in patterns().values() for name, _ in rows]
    korean = [korean_name(name) for name in names]
    assert all(any("가" <= char <= "힣" for char in name) for name in korean)
    assert len(set(korean)) == len(names)
    assert korean_name("a ring system of 3 joined rings") == "고리 3개가 이어진 고리계"
    assert korean_name("a ring of 7 atoms with N, O") == "원자 7개의 고리(N, O)"
