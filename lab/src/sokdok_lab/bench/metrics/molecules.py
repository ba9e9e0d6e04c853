"""Compare molecules: the same one, a similar one. Needs RDKit (extra `figures`).

- Exact is the standard InChIKey, which does not care how a SMILES was written.
- Similar is Tanimoto's coefficient of Morgan fingerprints, radius 2, 2,048 bits; an invalid SMILES is like nothing.
"""

from __future__ import annotations

from typing import Any

from sokdok.errors import MissingExtraError

_RADIUS = 2  # Radius of the fingerprint, in bonds.
_BITS = 2048  # Length of the fingerprint.


def compare_molecules(truth: str, read: str, inchikey: str = "") -> tuple[float, float]:
    """Compare SMILES: 1 if the InChIKeys are equal, and Tanimoto; `inchikey` is the truth's, where a set gives it.

    Raises MissingExtraError without RDKit.
    """
    target, found = molecule(truth), molecule(read)
    key = inchikey_of(found)
    return float(bool(key) and key == (inchikey or inchikey_of(target))), tanimoto(target, found)


def molecule(smiles: str) -> Any | None:
    """Return RDKit's sanitised molecule, None for what is not one: an empty text, letters beyond ASCII."""
    chem = _rdkit()
    return chem.MolFromSmiles(smiles.strip()) if smiles.strip() and smiles.isascii() else None


def inchikey_of(found: Any | None) -> str:
    """Return the standard InChIKey, empty if there is none."""
    return _rdkit().MolToInchiKey(found) if found is not None else ""


def tanimoto(one: Any | None, other: Any | None) -> float:
    """Return the Tanimoto coefficient of two molecules, 0 to 1."""
    if one is None or other is None:
        return 0.0
    from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
    from rdkit.DataStructs import TanimotoSimilarity

    generator = GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
    return float(TanimotoSimilarity(generator.GetFingerprint(one), generator.GetFingerprint(other)))


def _rdkit() -> Any:
    """Import RDKit, its log switched off. Raises MissingExtraError."""
    try:
        from rdkit import Chem, rdBase
    except ModuleNotFoundError as error:
        if error.name != "rdkit":
            raise
        raise MissingExtraError("figures", "comparing molecules") from None
    rdBase.DisableLog("rdApp.*")  # an invalid SMILES is a result here, not an incident
    return Chem
