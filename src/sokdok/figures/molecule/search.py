"""Molecules that contain a substructure.

A pattern is SMARTS, which a SMILES mostly is as well. One exception is made: a SMILES that writes an aromatic ring with
double bonds (C1=CC=CC=C1) would find nothing as SMARTS, since molecules that were read have it as aromatic; it is
taken for the molecule that it means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.figures.molecule.chemistry import rdkit_module
from sokdok.figures.molecule.parse import Molecule, parse_molecule, rdkit_log
from sokdok.files import read_file
from sokdok.reasons import say

MOST_CHARACTERS = 300  # of a pattern
_POSITION = re.compile(r"around position (\d+)")
_REASON = re.compile(r"SM(?:ARTS|ILES) Parse Error: (.*?)(?: for input: .*)?$")


def pattern_of(text: str) -> Any:
    """Read a pattern as RDKit's query. Raises InputError, which says what is wrong and where, MissingExtraError."""
    chem, text = _chem(), text.strip()
    if not text:
        raise InputError(say("no_pattern"))
    if len(text) > MOST_CHARACTERS:
        raise InputError(say("long_pattern", characters=len(text), most=MOST_CHARACTERS))
    foreign = next((place for place, char in enumerate(text, 1) if not char.isascii() or char.isspace()), None)
    if foreign is not None:  # RDKit would leave out what it does not know, and take what follows a space for a name
        raise InputError(_wrong(text, foreign))
    with rdkit_log() as lines:
        query = chem.MolFromSmarts(text)
    if query is None or not query.GetNumAtoms():
        said = "\n".join(lines)
        position, reason = _POSITION.search(said), _REASON.search(lines[0]) if lines else None
        raise InputError(_wrong(text, int(position[1]) if position else None, reason[1] if reason else ""))
    return _aromatic(text, query) or query


def _wrong(text: str, place: int | None, reason: str = "") -> str:
    if place is not None and place <= len(text):
        # RDKit says the same of a last character that is wrong and of one behind which something is missing.
        reason = say("pattern_place" if place < len(text) else "pattern_end", place=place, char=text[place - 1])
    return say("pattern", pattern=text, why=reason or "it makes no sense")


def _aromatic(text: str, query: Any) -> Any:
    """The molecule that a SMILES means, as a query, where it has aromatic rings and the query none; None otherwise."""
    chem = _chem()
    if any(atom.GetIsAromatic() for atom in query.GetAtoms()):
        return None
    with rdkit_log():
        mol = chem.MolFromSmiles(text)
        if mol is None or not any(atom.GetIsAromatic() for atom in mol.GetAtoms()):
            return None
        return chem.MolFromSmarts(chem.MolToSmiles(mol))


def search_folder(folder: Path, smarts: str) -> Iterator[tuple[Path, Molecule]]:
    """Find results below a folder that contain a substructure, with the files they are in, by name.

    Raises InputError as `pattern_of` does, or where the folder doesn't exist.
    """
    pattern = pattern_of(smarts)
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give the one that `sokdok parse -o` wrote to")
    for path in sorted(folder.rglob("*.json")):
        for smiles, confidence in _stored(path):
            molecule = parse_molecule(smiles, confidence)
            if molecule.valid and _chem().MolFromSmiles(molecule.smiles).HasSubstructMatch(pattern):
                yield path, molecule


def _stored(path: Path) -> Iterator[tuple[str, float | None]]:
    """List SMILES and confidence of every valid molecule anywhere in a JSON file; nothing where it isn't JSON."""
    try:
        waiting = [json.loads(read_file(path))]
    except (InputError, OSError, ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            if value.get("kind") == "molecule" and value.get("valid") and isinstance(value.get("smiles"), str):
                confidence = value.get("confidence")
                yield value["smiles"], confidence if isinstance(confidence, float) else None
            else:
                waiting += reversed(list(value.values()))


def _chem() -> Any:
    return rdkit_module("rdkit.Chem", "searching molecules")
