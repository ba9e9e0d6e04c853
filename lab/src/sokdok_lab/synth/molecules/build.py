"""Random molecules that look like those in patents, grown from ring systems, chains, linkers and functional groups.

- Nothing is taken from lists of molecules: a seed fragment grows by bonds, fused rings and spiro rings, and ring atoms
  turn into heteroatoms, as long as RDKit finds the valences right.
- Hetero–hetero bonds that chemists avoid (O–O, N–O between fragments, halogens on heteroatoms) are not made.
- Stereocentres and double bonds get random configurations.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from sokdok.errors import MissingExtraError
from sokdok.model.nano.formats.molecule import ABBREVIATIONS, INNER
from sokdok_lab.synth.molecules.parts import CHAINS, GROUPS, LINKERS, RINGS

try:
    from rdkit import Chem, rdBase
except ImportError:
    raise MissingExtraError("figures", "drawing molecules") from None

_FINE = {"NS", "OP", "OSi"}  # bonds without carbon between fragments
_ABBREVIATED = tuple(ABBREVIATIONS.values())
"""groups that may be written as one label: each as often, so that rare labels are learned too"""
_ON_NITROGEN = tuple(smiles[1:] for smiles in INNER.values() if smiles.startswith("NC") or smiles.startswith("NS"))
"""what labels within rings have on their nitrogen (NBoc)"""
_DOUBLY_BOUND = ("O", "O", "O", "O", "O", "O", "S", "C", "NO", "NOC", "NC", INNER["PPh3"])
"""what may take the place of the hydrogens of a CH2"""
_MAX_FAILURES = 12  # growths that fail in a row before a molecule counts as finished


def build(rng: random.Random, heavy_atoms: int) -> Any:
    """Grow an RDKit molecule of about so many heavy atoms, and up to three groups; sanitised, with stereo assigned."""
    with rdBase.BlockLogs():
        start = rng.choice(RINGS if rng.random() < 0.85 else CHAINS)
        mol, failures = Chem.MolFromSmiles(start), 0
        if mol.GetNumAtoms() > heavy_atoms:
            mol = Chem.MolFromSmiles("C")
        while mol.GetNumAtoms() < heavy_atoms and failures < _MAX_FAILURES:
            grown = rng.choices(tuple(_MOVES), tuple(_MOVES.values()))[0](mol, rng)
            if grown is None or grown.GetNumAtoms() > heavy_atoms or not _sane(grown):
                failures += 1
            else:
                mol, failures = grown, 0
        return _with_stereo(_decorated(mol, rng), rng)


def _sane(mol: Any) -> bool:
    """Sanitise; say whether RDKit finds nothing wrong."""
    return int(Chem.SanitizeMol(mol, catchErrors=True)) == 0


def _append(mol: Any, rng: random.Random) -> Any:
    """Put a functional group on a free atom."""
    return _bound(mol, rng.choice(_ABBREVIATED if rng.random() < 0.5 else GROUPS), rng)


def _decorated(mol: Any, rng: random.Random) -> Any:
    """Put a few groups that have labels on free atoms, all labels as often."""
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        grown = (rng.random() < 0.2 and _protect(mol, rng)) or _bound(mol, rng.choice(_ABBREVIATED), rng)
        if grown is not None and _sane(grown):
            mol = grown
    return mol


def _link(mol: Any, rng: random.Random) -> Any:
    """Put a ring or a chain behind a linker."""
    return _bound(mol, rng.choice(LINKERS) + _rooted(rng), rng)


def _bind(mol: Any, rng: random.Random) -> Any:
    """Bind a ring directly."""
    return _bound(mol, _rooted(rng), rng)


def _rooted(rng: random.Random) -> str:
    """Write a ring's SMILES that begins at a random atom with a free valence."""
    ring = _parsed(rng.choice(RINGS))
    atom = rng.choice(_free(ring))
    smiles = str(Chem.MolToSmiles(ring, rootedAtAtom=atom.GetIdx()))
    return "n" + smiles.removeprefix("[nH]") if smiles.startswith("[nH]") else smiles


@cache
def _parsed(smiles: str) -> Any:
    return Chem.MolFromSmiles(smiles)


def _free(mol: Any) -> list[Any]:
    """List the atoms that can take another bond; hydrogen on sulphur(IV) is not what chemists draw."""
    atoms = (atom for atom in mol.GetAtoms() if atom.GetTotalNumHs())
    return [atom for atom in atoms if not (atom.GetSymbol() in "SP" and atom.GetTotalValence() > 3)]


def _bound(mol: Any, fragment: str, rng: random.Random) -> Any:
    """Bind a fragment's first atom to one of the free atoms of a molecule, ring atoms preferred."""
    other, free = Chem.MolFromSmiles(fragment, sanitize=False), _free(mol)
    if not free:
        return None
    atom = rng.choices(free, [3 if atom.IsInRing() else 1 for atom in free])[0]
    pair = "".join(sorted((atom.GetSymbol(), other.GetAtomWithIdx(0).GetSymbol())))
    if pair not in _FINE and "C" not in (atom.GetSymbol(), other.GetAtomWithIdx(0).GetSymbol()):
        return None
    return _joined(mol, atom.GetIdx(), fragment)


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
    grown, last = Chem.RWMol(mol), begin
    aromatic = symbols.islower()
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
    """Fuse a ring to a bond whose two atoms are free."""
    bonds = [
        bond
        for bond in mol.GetBonds()
        if bond.GetBeginAtom().GetSymbol() == bond.GetEndAtom().GetSymbol() == "C"
        and bond.GetBeginAtom().GetTotalNumHs()
        and bond.GetEndAtom().GetTotalNumHs()
    ]
    if not bonds:
        return None
    bond = rng.choice(bonds)
    on_aromatic = ("cccc", "cccc", "nccc", "cncc", "CCCC", "CCC", "OCO", "CCN", "OCCO")
    on_others = ("CCC", "CCCC", "C", "O", "CNC", "CC", "OCC", "CCOC")
    bridge = rng.choice(on_aromatic if bond.GetIsAromatic() else on_others)
    return _path(mol, bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bridge)


def _spiro(mol: Any, rng: random.Random) -> Any:
    """Put a ring on one atom."""
    atoms = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetSymbol() == "C" and atom.GetTotalNumHs() >= 2]
    if not atoms:
        return None
    atom = rng.choice(atoms)
    return _path(mol, atom, atom, rng.choice(("CC", "CCC", "CCCC", "CCCCC", "OCCO", "CCNCC", "CCOCC", "OCCCO")))


def _hetero(mol: Any, rng: random.Random) -> Any:
    """Turn a carbon between carbons into nitrogen, oxygen or sulphur."""
    atoms = [
        atom
        for atom in mol.GetAtoms()
        if atom.GetSymbol() == "C" and all(other.GetSymbol() == "C" for other in atom.GetNeighbors())
    ]
    if not atoms:
        return None
    atom, grown = rng.choice(atoms), Chem.RWMol(mol)
    plain = atom.GetTotalValence() == atom.GetTotalDegree() and atom.GetDegree() < 3
    symbol = rng.choice("NNOOS") if plain else "N"
    grown.GetAtomWithIdx(atom.GetIdx()).SetAtomicNum(Chem.GetPeriodicTable().GetAtomicNumber(symbol))
    return grown


def _protect(mol: Any, rng: random.Random) -> Any:
    """Put a group on a nitrogen within a ring or a chain, as protecting groups are."""
    atoms = [
        atom.GetIdx()
        for atom in mol.GetAtoms()
        if atom.GetSymbol() == "N" and atom.GetTotalNumHs() == 1 and not atom.GetIsAromatic() and atom.GetDegree() == 2
    ]
    if not atoms:
        return None
    return _joined(mol, rng.choice(atoms), rng.choice(_ON_NITROGEN))


def _oxidise(mol: Any, rng: random.Random) -> Any:
    """Make a carbonyl of a CH2, or an oxime, an ylide and the like."""
    atoms = [a for a in mol.GetAtoms() if a.GetSymbol() == "C" and a.GetTotalNumHs() == 2 and a.GetDegree() == 2]
    if not atoms:
        return None
    return _joined(mol, rng.choice(atoms).GetIdx(), rng.choice(_DOUBLY_BOUND), Chem.BondType.DOUBLE)


_MOVES = {_append: 8, _protect: 1, _link: 8, _bind: 3, _fuse: 2, _spiro: 0.7, _hetero: 2.5, _oxidise: 1}
"""how a molecule grows, and how often"""


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
