"""A drawn molecule's graph as RDKit's molecule and as SMILES.

- Abbreviations are written out, wedges become stereocentres, double bonds get E or Z from where their ends are drawn.
- What RDKit's valence rules refuse is written as it is drawn, so that a person sees what was read.
- Parts of a salt that are written beside it, as `Na+` and `HCl`, are distinguished by their letters: figures below the
  line are read badly. Those that are read must not speak against.

RDKit comes with the extra `figures`: every function raises MissingExtraError without it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from sokdok.errors import imported
from sokdok.model.nano.formats.molecule import GROUPS, Graph

_BOND_TYPES = {"double": "DOUBLE", "triple": "TRIPLE", "aromatic": "AROMATIC"}  # RDKit's names; others are single
_BOND_DIRECTIONS = {"wedge": "BEGINWEDGE", "dash": "BEGINDASH"}
_BOND_LENGTH = 1.5  # ångström: what a bond of median length is scaled to
_STEP_PX = 0.1  # between the atoms of an abbreviation, which are all drawn at one place

PARTS: dict[str, str] = json.loads(files("sokdok.figures.molecule").joinpath("parts.json").read_text("utf-8"))
"""as it is written -> SMILES"""
_TEXT = re.compile(r"(?P<count>[2-9]?)[ ·.•*x×\-]*(?P<name>[A-Z][A-Za-z0-9]*?)[ ·.]*(?P<sign>[+*\-−·]?)")
_FORMULA = re.compile(r"(?:(?:Cl|Br|Na|Li|Mg|Ca|Zn|Si|Se|Al|Fe|Cu|Ag|Pd|Pt|Cs|[HBCNOFPSIK])[\dj]*){2,}")
_LIKE = {"a": "4", "z": "2"}  # letters that small figures are read as
_SIGNS = {"+": 1, "*": 1, "": 0}  # as they are read; others are a minus


def graph_smiles(graph: Graph) -> str:
    """Write a graph as canonical SMILES, or as drawn where RDKit refuses it; "" for a graph without nodes."""
    mol = sanitised(graph)
    with _without_log():
        return str(_chem().MolToSmiles(as_drawn(graph) if mol is None else mol))


def charge_of(graph: Graph) -> int:
    """Add up the charges of a graph's atoms, those of its abbreviations too."""
    return sum(atom.GetFormalCharge() for atom in as_drawn(graph).GetAtoms())


def smiles_charge(smiles: str) -> int:
    """Add up the charges of the atoms of a valid SMILES."""
    return int(_chem().GetFormalCharge(_chem().MolFromSmiles(smiles)))


def sanitised(graph: Graph) -> Any:
    """Build RDKit's molecule with aromaticity and stereo assigned; None if RDKit refuses it or it has no nodes.

    The steps are those of RDKit's molfile parser.
    """
    chem, mol = _chem(), as_drawn(graph)
    if not graph.nodes:
        return None
    with _without_log():
        try:
            chem.AssignChiralTypesFromBondDirs(mol)
            mol = chem.RemoveHs(mol)  # sanitises, too
        except chem.MolSanitizeException:
            return None
        for bond in mol.GetBonds():
            if bond.GetBondType() == chem.BondType.SINGLE:
                bond.SetBondDir(chem.BondDir.NONE)  # wedges, which are chiral tags now
        chem.DetectBondStereochemistry(mol)
        chem.AssignStereochemistry(mol, cleanIt=True, force=True, flagPossibleStereoCenters=True)
    return mol


def as_drawn(graph: Graph) -> Any:
    """Build RDKit's molecule with the graph's atoms, charges, bonds and places, y upward; nothing is checked."""
    chem, first, places = _chem(), list[int](), list[tuple[float, float]]()
    mol = chem.RWMol()
    for node in graph.nodes:
        first.append(mol.GetNumAtoms())
        mol.InsertMol(_group(GROUPS.get(node.label, f"[{node.label}]")))
        if node.label not in GROUPS:
            mol.GetAtomWithIdx(first[-1]).SetFormalCharge(node.charge)
        count = mol.GetNumAtoms() - first[-1]
        places += [(node.x + _STEP_PX * k, node.y + _STEP_PX * k) for k in range(count)]
    for bond in graph.bonds:
        begin, end = first[bond.begin], first[bond.end]
        mol.AddBond(begin, end, getattr(chem.BondType, _BOND_TYPES.get(bond.kind, "SINGLE")))
        direction = getattr(chem.BondDir, _BOND_DIRECTIONS.get(bond.kind, "NONE"))
        mol.GetBondBetweenAtoms(begin, end).SetBondDir(direction)
    conformer, scale = chem.Conformer(len(places)), _BOND_LENGTH / graph.bond_length()
    conformer.Set3D(False)
    for index, (x, y) in enumerate(places):  # pixels, y downward
        conformer.SetAtomPosition(index, (x * scale, -y * scale, 0.0))
    mol.AddConformer(conformer)
    mol.UpdatePropertyCache(strict=False)
    return mol


@cache
def _group(smiles: str) -> Any:
    """Build the atoms of an abbreviation, first the one that is bound, or an atom; hydrogens follow from valences."""
    mol = _chem().MolFromSmiles(smiles, sanitize=False)
    for atom in mol.GetAtoms():
        atom.SetNoImplicit(False)
    return mol


def parts_of(text: str, charge: int) -> list[str] | None:
    """SMILES of the part that a text says, as often as it says, beside a molecule of a charge.

    [] for what has a part's letters or is a formula, but is none that is known; None for any other text.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    (letters, figures), sign, found, known = _spelt(match["name"]), _SIGNS.get(match["sign"], -1), list[str](), False
    for name, smiles in PARTS.items():
        own, (its_letters, its_figures) = ("+" in name) - ("-" in name), _spelt(name)
        known |= letters == its_letters
        certain = own or len(letters) > 2 or bool(figures) == bool(its_figures)  # HO may be a label that was missed
        fits = own == sign or (not sign and own * charge < 0)
        if letters == its_letters and set(figures) <= {*its_figures, "j"} and certain and fits:
            found = [smiles, *found] if own else [*found, smiles]  # an ion that balances the molecule goes first
    formula = match["sign"] or (figures and _FORMULA.fullmatch(match["name"]))
    return found[:1] * int(match["count"] or 1) if found or known or formula else None


def _spelt(name: str) -> tuple[str, str]:
    """A name's letters, those that look alike as one and no letter twice in turn, and its figures; j may be any.

    No element's name ends in a letter behind H, F or O: such a one is a figure.
    """
    name = re.sub("(?<=[HFO])[a-km-z]", lambda found: _LIKE.get(found[0], "j"), name)
    name = name[:1] + re.sub("[I1]", "l", name[1:]).replace("0", "O")
    return re.sub(r"(.)\1", r"\1", re.sub("[^A-Za-ik-z]", "", name)), re.sub("[A-Za-ik-z+-]", "", name)


def _chem() -> Any:
    return imported("rdkit.Chem", "figures", "reading molecules")


def _without_log() -> Any:
    """Keep RDKit's warnings off stderr while a block runs."""
    return imported("rdkit.rdBase", "figures", "reading molecules").BlockLogs()
