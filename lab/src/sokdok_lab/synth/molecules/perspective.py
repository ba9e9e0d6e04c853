"""Bridged rings in perspective, as chemists draw norbornane: a shape in space, seen from a random side.

RDKit's own layouts draw them flat or from templates, in which bonds hardly ever cross.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from sokdok.errors import MissingExtraError

try:
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdDistGeom
    from rdkit.Geometry import Point2D
except ImportError:
    raise MissingExtraError("figures", "drawing molecules") from None

BOND = 1.5  # length of a bond in RDKit's layouts
_VIEWS = 10  # from so many random sides the one is taken that shows the atoms farthest apart


def perspective_places(mol: Any, rng: random.Random) -> dict[int, Any]:
    """Place the atoms of a molecule's bridged rings, by their numbers; empty if it has none."""
    atoms = sorted(_bridged(mol))
    shape = _shape(mol, atoms, rng) if atoms else None
    if shape is None:
        return {}
    views = [shape @ _turn(rng)[:, :2] for _ in range(_VIEWS)]
    view = max(views, key=closest)
    return {atom: Point2D(float(x), float(y)) for atom, (x, y) in zip(atoms, view, strict=True)}


def _bridged(mol: Any) -> set[int]:
    """Find the atoms of rings that share more than a bond with another ring."""
    rings = [set(ring) for ring in mol.GetRingInfo().AtomRings()]
    pairs = [(first, second) for k, first in enumerate(rings) for second in rings[k + 1 :] if len(first & second) > 2]
    return set().union(*(ring for pair in pairs for ring in pair))


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
    ends = np.array([(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in part.GetBonds()])
    lengths = np.linalg.norm(places[ends[:, 0]] - places[ends[:, 1]], axis=1)
    return np.asarray((places - places.mean(0)) * (1.15 * BOND / np.median(lengths)))  # seen askew they are shorter


def _turn(rng: random.Random) -> np.ndarray:
    """Draw a rotation in space, (3, 3)."""
    turn, _ = np.linalg.qr([[rng.gauss(0, 1) for _ in range(3)] for _ in range(3)])
    return np.asarray(turn)


def closest(places: np.ndarray) -> float:
    """Compute the least distance between any two of places (N, 2)."""
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(len(places))
    return float(gaps.min())
