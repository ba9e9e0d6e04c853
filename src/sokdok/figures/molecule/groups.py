"""Names for what a molecule contains: ring systems and functional groups, found by SMARTS patterns.

- The table (`groups.json`) goes from large to small: a pattern whose match lies within one already named is not said
  again, so an ester isn't also an ether and a carboxylic acid isn't also an alcohol.
- Ring systems that the table doesn't know are described ("a ring system of 3 joined rings").
- In Korean they are spelt as the Korean Chemical Society does (`names_ko.json`).
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def patterns() -> dict[str, list[tuple[str, str]]]:
    """Load names and SMARTS of `rings` and `groups`, larger ones first."""
    table = json.loads(files("sokdok.figures.molecule").joinpath("groups.json").read_text(encoding="utf-8"))
    return {kind: [(name, smarts) for name, smarts in rows] for kind, rows in table.items()}


def named_rings(mol: Any) -> tuple[str, ...]:
    """Name the ring systems of an RDKit molecule, each once; unknown ones are described."""
    names, covered = _matches(mol, "rings")
    for system in _ring_systems(mol):
        if not system <= covered:
            names.append(_described(mol, system))
    return tuple(dict.fromkeys(names))


def named_groups(mol: Any) -> tuple[str, ...]:
    """Name the functional groups of an RDKit molecule, each once."""
    return tuple(_matches(mol, "groups")[0])


def _matches(mol: Any, kind: str) -> tuple[list[str], set[int]]:
    """Find the names whose pattern matches beyond what is named before, and all the atoms they match."""
    from rdkit import Chem

    names, covered = [], set[int]()
    for name, smarts in patterns()[kind]:
        new = [set(match) for match in mol.GetSubstructMatches(Chem.MolFromSmarts(smarts)) if not set(match) <= covered]
        if new:
            names.append(name)
            covered = covered.union(*new)
    return names, covered


def _ring_systems(mol: Any) -> list[set[int]]:
    """Merge the atoms of rings that share atoms."""
    systems: list[set[int]] = []
    for ring in map(set, mol.GetRingInfo().AtomRings()):
        apart = [system for system in systems if not system & ring]
        systems = [*apart, ring.union(*(system for system in systems if system & ring))]
    return systems


def _described(mol: Any, system: set[int]) -> str:
    count = sum(set(ring) <= system for ring in mol.GetRingInfo().AtomRings())
    if count > 1:
        return f"a ring system of {count} joined rings"
    hetero = sorted({mol.GetAtomWithIdx(index).GetSymbol() for index in system} - {"C"})
    return f"a ring of {len(system)} atoms" + (f" with {', '.join(hetero)}" if hetero else "")


_JOINED = re.compile(r"a ring system of (\d+) joined rings")
_RING = re.compile(r"a ring of (\d+) atoms(?: with (.+))?")


@cache
def _names() -> dict[str, str]:
    """English name → Korean name, of all in `groups.json`."""
    text = files("sokdok.figures.molecule").joinpath("names_ko.json").read_text(encoding="utf-8")
    names: dict[str, str] = json.loads(text)
    return names


def korean_name(name: str) -> str:
    """The Korean name of what `groups` names in English."""
    if match := _JOINED.fullmatch(name):
        return f"고리 {match[1]}개가 이어진 고리계"
    if match := _RING.fullmatch(name):
        return f"원자 {match[1]}개의 고리" + (f"({match[2]})" if match[2] else "")
    return _names().get(name, name)
