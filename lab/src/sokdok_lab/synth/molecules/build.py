"""Random molecules that look like those in patents, grown from ring systems, chains, linkers and functional groups.

- Nothing is taken from lists of molecules: a seed fragment (`parts.toml`) grows by bonds, fused rings and spiro rings,
  and ring atoms turn into heteroatoms, as long as RDKit finds the valences right.
- Hetero–hetero bonds that chemists avoid (O–O, N–O between fragments, halogens on heteroatoms) are not made.
- Stereocentres and double bonds get random configurations.
"""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

from rdkit import Chem, rdBase

from sokdok.model.nano.formats.molecule import ABBREVIATIONS, INNER

_PARTS = {
    name: tuple(smiles.split())
    for name, smiles in tomllib.loads(Path(__file__).with_name("parts.toml").read_text(encoding="utf-8")).items()
}
_FINE = {"NS", "OP", "OSi"}  # bonds without carbon between fragments
# Groups that may be one label: each as often, so that rare ones are learned.
_ABBREVIATED = tuple(ABBREVIATIONS.values())
_ON_NITROGEN = tuple(smiles[1:] for smiles in INNER.values() if smiles.startswith(("NC", "NS")))  # NBoc and its like
_DOUBLY_BOUND = (*["O"] * 6, "S", "C", "NO", "NOC", "NC", INNER["PPh3"])  # in place of CH2's hydrogens
_ON_AROMATIC = ("cccc", "cccc", "nccc", "cncc", "CCCC", "CCC", "OCO", "CCN", "OCCO")  # bridges that make a second ring
_ON_OTHERS = ("CCC", "CCCC", "C", "O", "CNC", "CC", "OCC", "CCOC")
_SPIRO = ("CC", "CCC", "CCCC", "CCCCC", "OCCO", "CCNCC", "CCOCC", "OCCCO")
_MAX_FAILURES = 12  # growths that fail in a row before a molecule counts as finished


def build(rng: random.Random, heavy_atoms: int) -> Any:
    """Grow an RDKit molecule of about so many heavy atoms, and up to three groups; sanitised, with stereo assigned."""
    with rdBase.BlockLogs():
        start = rng.choice(_PARTS["rings" if rng.random() < 0.85 else "chains"])
        mol, failures = Chem.MolFromSmiles(start), 0
        if mol.GetNumAtoms() > heavy_atoms:
            mol = Chem.MolFromSmiles("C")
        while mol.GetNumAtoms() < heavy_atoms and failures < _MAX_FAILURES:
            grown = rng.choices(tuple(_MOVES), tuple(_MOVES.values()))[0](mol, rng)
            if grown is None or grown.GetNumAtoms() > heavy_atoms or not _sane(grown):
                failures += 1
            else:
                mol, failures = grown, 0
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):  # groups that have labels, all labels as often
            grown = (rng.random() < 0.2 and _protect(mol, rng)) or _bound(mol, rng.choice(_ABBREVIATED), rng)
            mol = grown if grown is not None and _sane(grown) else mol
        return _with_stereo(mol, rng)


def _sane(mol: Any) -> bool:
    """Sanitise; say whether RDKit finds nothing wrong."""
    return int(Chem.SanitizeMol(mol, catchErrors=True)) == 0


def _rooted(rng: random.Random) -> str:
    """Write a ring's SMILES that begins at a random atom with a free valence."""
    ring = Chem.MolFromSmiles(rng.choice(_PARTS["rings"]))
    smiles = str(Chem.MolToSmiles(ring, rootedAtAtom=rng.choice(_free(ring)).GetIdx()))
    return "n" + smiles.removeprefix("[nH]") if smiles.startswith("[nH]") else smiles


def _free(mol: Any) -> list[Any]:
    """List the atoms that can take another bond; hydrogen on sulphur(IV) is not what chemists draw."""
    atoms = (atom for atom in mol.GetAtoms() if atom.GetTotalNumHs())
    return [atom for atom in atoms if not (atom.GetSymbol() in "SP" and atom.GetTotalValence() > 3)]


def _bound(mol: Any, fragment: str, rng: random.Random) -> Any:
    """Bind a fragment's first atom to one of the free atoms of a molecule, ring atoms preferred."""
    free, first = _free(mol), Chem.MolFromSmiles(fragment, sanitize=False).GetAtomWithIdx(0).GetSymbol()
    if not free:
        return None
    atom = rng.choices(free, [3 if atom.IsInRing() else 1 for atom in free])[0]
    pair = sorted((atom.GetSymbol(), first))
    return _joined(mol, atom.GetIdx(), fragment) if "C" in pair or "".join(pair) in _FINE else None


def _joined(mol: Any, atom: int, fragment: str, kind: Any = Chem.BondType.SINGLE) -> Any:
    """Bind a fragment's first atom to an atom."""
    grown = Chem.RWMol(Chem.CombineMols(mol, Chem.MolFromSmiles(fragment, sanitize=False)))
    grown.AddBond(atom, mol.GetNumAtoms(), kind)
    _lose_hydrogen(grown.GetAtomWithIdx(atom))
    return grown


def _lose_hydrogen(atom: Any) -> None:
    """Take a hydrogen away for a bond, where one is written ([nH], [NH3+])."""
    atom.SetNumExplicitHs(max(0, atom.GetNumExplicitHs() - 1))


def _path(mol: Any, begin: int, end: int, symbols: str) -> Any:
    """Build a bridge of single atoms from one atom to another; lower case is aromatic."""
    grown, last, aromatic = Chem.RWMol(mol), begin, symbols.islower()
    kind = Chem.BondType.AROMATIC if aromatic else Chem.BondType.SINGLE
    for symbol in symbols:
        atom = Chem.Atom(symbol.upper())
        atom.SetIsAromatic(aromatic)
        number = grown.AddAtom(atom)
        grown.AddBond(last, number, kind)
        last = number
    grown.AddBond(last, end, kind)
    for index in (begin, end):
        _lose_hydrogen(grown.GetAtomWithIdx(index))
    return grown


def _fuse(mol: Any, rng: random.Random) -> Any:
    """Fuse a ring to a bond whose two carbons are free."""
    ends = ((bond, (bond.GetBeginAtom(), bond.GetEndAtom())) for bond in mol.GetBonds())
    bonds = [bond for bond, pair in ends if all(a.GetSymbol() == "C" and a.GetTotalNumHs() for a in pair)]
    if not bonds:
        return None
    bond = rng.choice(bonds)
    bridge = rng.choice(_ON_AROMATIC if bond.GetIsAromatic() else _ON_OTHERS)
    return _path(mol, bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bridge)


def _carbons(mol: Any) -> list[Any]:
    return [atom for atom in mol.GetAtoms() if atom.GetSymbol() == "C"]


def _spiro(mol: Any, rng: random.Random) -> Any:
    """Put a ring on one atom."""
    atoms = [atom.GetIdx() for atom in _carbons(mol) if atom.GetTotalNumHs() >= 2]
    atom = rng.choice(atoms) if atoms else 0
    return _path(mol, atom, atom, rng.choice(_SPIRO)) if atoms else None


def _hetero(mol: Any, rng: random.Random) -> Any:
    """Turn a carbon between carbons into nitrogen, oxygen or sulphur."""
    atoms = [atom for atom in _carbons(mol) if all(other.GetSymbol() == "C" for other in atom.GetNeighbors())]
    if not atoms:
        return None
    atom, grown = rng.choice(atoms), Chem.RWMol(mol)
    plain = atom.GetTotalValence() == atom.GetTotalDegree() and atom.GetDegree() < 3
    symbol = rng.choice("NNOOS") if plain else "N"
    grown.GetAtomWithIdx(atom.GetIdx()).SetAtomicNum(Chem.GetPeriodicTable().GetAtomicNumber(symbol))
    return grown


def _protect(mol: Any, rng: random.Random) -> Any:
    """Put a group on a nitrogen within a ring or a chain, as protecting groups are."""
    atoms = [atom for atom in mol.GetAtoms() if atom.GetSymbol() == "N" and not atom.GetIsAromatic()]
    free = [atom.GetIdx() for atom in atoms if atom.GetTotalNumHs() == 1 and atom.GetDegree() == 2]
    return _joined(mol, rng.choice(free), rng.choice(_ON_NITROGEN)) if free else None


def _oxidise(mol: Any, rng: random.Random) -> Any:
    """Make a carbonyl of a CH2, or an oxime, an ylide and the like."""
    atoms = [atom.GetIdx() for atom in _carbons(mol) if atom.GetTotalNumHs() == atom.GetDegree() == 2]
    return _joined(mol, rng.choice(atoms), rng.choice(_DOUBLY_BOUND), Chem.BondType.DOUBLE) if atoms else None


_MOVES = {  # how a molecule grows, and how often
    # A functional group, a ring behind a linker, a ring.
    lambda mol, rng: _bound(mol, rng.choice(_ABBREVIATED if rng.random() < 0.5 else _PARTS["groups"]), rng): 8,
    _protect: 1,
    lambda mol, rng: _bound(mol, rng.choice(_PARTS["linkers"]) + _rooted(rng), rng): 8,
    lambda mol, rng: _bound(mol, _rooted(rng), rng): 3,
    _fuse: 2, _spiro: 0.7, _hetero: 2.5, _oxidise: 1,
}  # fmt: skip


def _with_stereo(mol: Any, rng: random.Random) -> Any:
    """Configure double bonds and, in some molecules, stereocentres."""
    centres = rng.random() < 0.55
    for element in Chem.FindPotentialStereo(mol):
        if element.type == Chem.StereoType.Bond_Double:
            bond = mol.GetBondWithIdx(element.centeredOn)
            sides = list(element.controllingAtoms)
            ends = [[atom for atom in side if atom < mol.GetNumAtoms()] for side in (sides[:2], sides[2:])]
            if all(ends):  # not so where an end holds nothing but hydrogen
                bond.SetStereoAtoms(ends[0][0], ends[1][0])
                bond.SetStereo(rng.choice((Chem.BondStereo.STEREOCIS, Chem.BondStereo.STEREOTRANS)))
        elif centres and element.type == Chem.StereoType.Atom_Tetrahedral and rng.random() < 0.8:
            tags = (Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)
            mol.GetAtomWithIdx(element.centeredOn).SetChiralTag(rng.choice(tags))
    return mol
