"""Molecules found by what they contain."""

from __future__ import annotations

from typing import Any

from sokdok.figures.molecule.chemistry import rdkit_module
from sokdok.figures.molecule.search import depict, pattern_of
from sokdok.server.executor.messages import FindMolecules


def find_molecules(asked: FindMolecules) -> dict[str, Any]:
    """Which ones match, by their places among those asked about, with depictions of the first of them.

    Raises InputError for a pattern that is none, MissingExtraError without RDKit.
    """
    chem = rdkit_module("rdkit.Chem", "searching molecules")
    formula = rdkit_module("rdkit.Chem.rdMolDescriptors", "searching molecules").CalcMolFormula
    pattern = None if asked.pattern is None else pattern_of(asked.pattern)
    found: list[dict[str, Any]] = []
    count = 0
    for place, smiles in enumerate(asked.smiles):
        mol = chem.MolFromSmiles(smiles)
        atoms = () if pattern is None else pattern.atoms_in(mol)
        if pattern is not None and not atoms:
            continue
        count += 1
        if len(found) < asked.most:
            found.append({"place": place, "atoms": atoms, "formula": formula(mol), "picture": depict(mol, atoms)})
    return {"found": count, "pattern": None if pattern is None else pattern.depict(), "molecules": found}
