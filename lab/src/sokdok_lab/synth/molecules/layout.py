"""From an RDKit molecule to what is drawn of it: places, bond kinds, wedges, abbreviations, explicit hydrogens.

- Three ways to lay out (RDKit's own with and without its templates of ring systems, CoordGen), any turn, sometimes
  uneven bond lengths and a squeezed aspect. Half of the bridged rings are drawn in perspective, as chemists draw
  norbornane: a shape in space, seen from a random side. RDKit's own layouts hardly ever let bonds cross.
- Atoms are shuffled first, so that the Kekulé form and the depiction vary.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdCoordGen, rdDepictor, rdDistGeom
from rdkit.Geometry import Point2D

from sokdok.model.nano.formats.molecule import GROUPS, INNER, Bond, Graph, Node

MIN_DISTANCE = 0.5  # bond lengths between any two atoms; layouts that are tighter are not drawn
BOND = 1.5  # length of a bond in RDKit's layouts
_VIEWS = 10  # from so many random sides the one is taken that shows the atoms of bridged rings farthest apart
_INNER_SHARES = {"CO": 0.06, "CMe2": 0.2}  # of the groups within chains and rings that are condensed; .5 of others


@dataclass(frozen=True, eq=False)
class Layout:
    """A molecule in the plane, in units of a bond length, y downwards."""

    mol: Any  # RDKit's, Kekulé, with one conformer (y upwards) and wedged bonds
    graph: Graph
    hydrogens: tuple[int, ...]  # implied ones of each node; 0 for abbreviations
    rings: tuple[tuple[int, ...], ...]
    circles: tuple[tuple[int, ...], ...]  # rings that are drawn with a circle in them


def lay_out(mol: Any, rng: random.Random) -> Layout | None:
    """Place a molecule; return None where atoms come too close."""
    order = list(range(mol.GetNumAtoms()))
    rng.shuffle(order)
    drawn = _abbreviated(_with_hydrogens(Chem.RenumberAtoms(mol, order), rng), rng)
    drawn = _plain_nitro(drawn) if rng.random() < 0.5 else drawn
    circles = _circles(drawn) if rng.random() < 0.04 else ()
    Chem.Kekulize(drawn, clearAromaticFlags=True)
    perspective = perspective_places(drawn, rng) if rng.random() < 0.5 else {}
    if perspective:
        rdDepictor.Compute2DCoords(drawn, coordMap=perspective)
    elif rng.random() < 0.3:
        rdCoordGen.AddCoords(drawn)
    else:
        rdDepictor.Compute2DCoords(drawn, useRingTemplates=rng.random() < 0.5)
    places = _turned(drawn.GetConformer().GetPositions()[:, :2], _bonds(drawn), rng)
    if closest(places) < MIN_DISTANCE:
        return None
    conformer = drawn.GetConformer()
    for index, (x, y) in enumerate(places.tolist()):
        conformer.SetAtomPosition(index, (x, y, 0.0))
    Chem.WedgeMolBonds(drawn, conformer)
    rings = tuple(tuple(ring) for ring in drawn.GetRingInfo().AtomRings())
    hydrogens = tuple(0 if atom.HasProp("atomLabel") else atom.GetTotalNumHs() for atom in drawn.GetAtoms())
    return Layout(drawn, _graph(drawn, places, circles), hydrogens, rings, circles)


def _with_hydrogens(mol: Any, rng: random.Random) -> Any:
    """Add a few hydrogens, drawn as atoms: on aldehydes, on stereocentres in rings, on nitrogen and oxygen."""
    if rng.random() > 0.2:
        return mol
    query = Chem.MolFromSmarts("[$([CX3H1]=O),$([CX4H1;R](@[*])(@[*])@[*]),$([#7H1]),$([OH1])]")
    atoms = [index for (index,) in mol.GetSubstructMatches(query) if rng.random() < 0.5]
    return Chem.AddHs(mol, onlyOnAtoms=atoms) if atoms else mol


def _abbreviated(mol: Any, rng: random.Random) -> Any:
    """Condense some groups to text, mostly larger ones first, so that OMe doesn't leave CO2Me without its end."""
    if rng.random() < 0.2:
        return mol
    share = rng.choice((0.5, 1.0, 1.0))
    labels = [label for label in GROUPS if rng.random() < share]
    rng.shuffle(labels)
    if rng.random() < 0.8:
        labels.sort(key=lambda label: -_pattern(label).GetNumAtoms())
    anchors: dict[int, str] = {}
    inside: set[int] = set()
    for label in labels:
        for match in mol.GetSubstructMatches(_pattern(label)):
            written = label not in INNER or rng.random() < _INNER_SHARES.get(label, 0.5)
            if written and _is_group(mol, label, match) and not inside.intersection(match):
                anchors[match[0]] = label
                inside |= set(match)
    return _condensed(mol, anchors, inside - set(anchors)) if anchors else mol


@cache
def _pattern(label: str) -> Any:
    """A group's molecule, which matches where the group is bound by its first atom."""
    mol = Chem.MolFromSmiles(GROUPS[label])
    mol.GetAtomWithIdx(0).SetNumRadicalElectrons(0)  # of [N+] and [Si], which match nothing otherwise
    return mol


def _is_group(mol: Any, label: str, match: tuple[int, ...]) -> bool:
    """Say whether atoms that match a group's SMILES are bound to others by nothing but its first atom's bonds.

    Nor to each other in another way than in the group: a ring of six carbons is no hexyl.
    """
    inside = sum(other.GetIdx() in match for number in match for other in mol.GetAtomWithIdx(number).GetNeighbors())
    if inside != 2 * _pattern(label).GetNumBonds():
        return False
    for own, number in zip(_pattern(label).GetAtoms(), match, strict=True):
        atom = mol.GetAtomWithIdx(number)
        if atom.GetFormalCharge() != own.GetFormalCharge():
            return False
        outside = [bond for bond in atom.GetBonds() if bond.GetOtherAtomIdx(number) not in match]
        orders = sum(bond.GetBondTypeAsDouble() for bond in outside)
        if orders != (0 if own.GetIdx() else 2 if label in INNER else 1):
            return False
    return True


def _condensed(mol: Any, anchors: dict[int, str], rest: set[int]) -> Any:
    """Name atoms by labels and drop the rest of what the labels mean."""
    drawn = Chem.RWMol(mol)
    for index, label in anchors.items():
        atom = drawn.GetAtomWithIdx(index)
        atom.SetProp("atomLabel", label)
        atom.SetFormalCharge(0)
        atom.SetIsAromatic(False)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for index in sorted(rest, reverse=True):
        drawn.RemoveAtom(index)
    condensed = drawn.GetMol()
    condensed.UpdatePropertyCache(strict=False)
    Chem.GetSymmSSSR(condensed)
    return condensed


def _plain_nitro(mol: Any) -> Any:
    """Write nitro groups without charges, as N(=O)=O."""
    found = mol.GetSubstructMatches(Chem.MolFromSmarts("[N+](=O)[O-]"))
    drawn = Chem.RWMol(mol)
    for nitrogen, _, oxygen in found:
        for index in (nitrogen, oxygen):
            drawn.GetAtomWithIdx(index).SetFormalCharge(0)
            drawn.GetAtomWithIdx(index).SetNoImplicit(True)
        drawn.GetBondBetweenAtoms(nitrogen, oxygen).SetBondType(Chem.BondType.DOUBLE)
    return drawn


def _circles(mol: Any) -> tuple[tuple[int, ...], ...]:
    """List the benzene rings that share no bond with another ring."""
    rings = mol.GetRingInfo()
    return tuple(
        tuple(atoms)
        for atoms, bonds in zip(rings.AtomRings(), rings.BondRings(), strict=True)
        if len(atoms) == 6
        and all(mol.GetAtomWithIdx(a).GetSymbol() == "C" and mol.GetAtomWithIdx(a).GetIsAromatic() for a in atoms)
        and all(rings.NumBondRings(b) == 1 for b in bonds)
    )


def perspective_places(mol: Any, rng: random.Random) -> dict[int, Any]:
    """Place the atoms of a molecule's bridged rings, by their numbers; empty if it has none."""
    rings = [set(ring) for ring in mol.GetRingInfo().AtomRings()]
    # Bridged rings share more than a bond with another ring.
    pairs = [(first, second) for k, first in enumerate(rings) for second in rings[k + 1 :] if len(first & second) > 2]
    atoms = sorted(set().union(*(ring for pair in pairs for ring in pair)))
    shape = _shape(mol, atoms, rng) if atoms else None
    if shape is None:
        return {}
    turns = (np.linalg.qr([[rng.gauss(0, 1) for _ in range(3)] for _ in range(3)])[0] for _ in range(_VIEWS))
    view = max((shape @ turn[:, :2] for turn in turns), key=closest)
    return {atom: Point2D(float(x), float(y)) for atom, (x, y) in zip(atoms, view, strict=True)}


def _shape(mol: Any, atoms: list[int], rng: random.Random) -> np.ndarray | None:
    """Fold a part of a molecule in space: places (N, 3), bonds of the layouts' length; None where it can't be."""
    part, number = Chem.RWMol(), {atom: index for index, atom in enumerate(atoms)}
    for atom in atoms:
        part.AddAtom(Chem.Atom(mol.GetAtomWithIdx(atom).GetAtomicNum() or 6))
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if begin in number and end in number:
            part.AddBond(number[begin], number[end], Chem.BondType.SINGLE)
    with rdBase.BlockLogs():
        part.UpdatePropertyCache(strict=False)
        full = Chem.AddHs(part)
        Chem.GetSymmSSSR(full)
        if rdDistGeom.EmbedMolecule(full, randomSeed=rng.getrandbits(30), maxAttempts=3) < 0:
            return None
    places = full.GetConformer().GetPositions()[: len(atoms)]
    ends = _bonds(part)
    lengths = np.linalg.norm(places[ends[:, 0]] - places[ends[:, 1]], axis=1)
    return np.asarray((places - places.mean(0)) * (1.15 * BOND / np.median(lengths)))  # seen askew they are shorter


def closest(places: np.ndarray) -> float:
    """Compute the least distance between any two of places (N, 2)."""
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(len(places))
    return float(gaps.min())


def _bonds(mol: Any) -> np.ndarray:
    """List the bonds as atom numbers (B, 2)."""
    pairs = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    return np.array(pairs, int).reshape(-1, 2)


def _turned(places: np.ndarray, bonds: np.ndarray, rng: random.Random) -> np.ndarray:
    """Return places (N, 2) scaled to a bond length of one, turned, and sometimes uneven."""
    if len(bonds):
        places = places / np.median(np.linalg.norm(places[bonds[:, 0]] - places[bonds[:, 1]], axis=1))
    degrees = rng.choice((0, 0, 30, 60, 90, 120, 180, 270)) + rng.choice(
        (0, 0, 0, rng.gauss(0, 1), rng.uniform(0, 360))
    )
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    places = (places - places.mean(0)) @ turn
    if rng.random() < 0.5:
        places = places * (-1, 1)
    if rng.random() < 0.12:
        places = places * (rng.uniform(0.85, 1.2), 1)
    if rng.random() < 0.15:
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(0.01, 0.06), places.shape)
        places = places + noise
    return np.asarray(places)


def _graph(mol: Any, places: np.ndarray, circles: tuple[tuple[int, ...], ...]) -> Graph:
    nodes = tuple(
        Node(
            str(atom.GetProp("atomLabel") if atom.HasProp("atomLabel") else atom.GetSymbol()),
            atom.GetFormalCharge(),
            float(x),
            float(-y),
        )
        for atom, (x, y) in zip(mol.GetAtoms(), places, strict=True)
    )
    stereo = {Chem.BondDir.BEGINWEDGE: "wedge", Chem.BondDir.BEGINDASH: "dash"}
    bonds = []
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        kind = {1.0: "single", 2.0: "double", 3.0: "triple"}[bond.GetBondTypeAsDouble()]
        circled = any(begin in ring and end in ring for ring in circles)
        bonds.append(Bond(begin, end, "aromatic" if circled else stereo.get(bond.GetBondDir(), kind)))
    return Graph(nodes, tuple(bonds))
