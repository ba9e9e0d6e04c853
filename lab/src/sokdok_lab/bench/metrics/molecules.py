"""Compare molecules: the same one, a similar one.

- Exact is the standard InChIKey, which does not care how a SMILES was written.
- Similar is Tanimoto's coefficient of Morgan fingerprints, radius 2, 2,048 bits; an invalid SMILES is like nothing.
"""

from __future__ import annotations

from rdkit import Chem, rdBase
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from rdkit.DataStructs import TanimotoSimilarity

_PRINTS = GetMorganGenerator(radius=2, fpSize=2048)


def compare_molecules(truth: str, read: str, inchikey: str = "") -> tuple[float, float]:
    """Compare SMILES: 1 if the InChIKeys are equal, and Tanimoto; `inchikey` is the truth's, where a set gives it."""
    with rdBase.BlockLogs():  # an invalid SMILES is a result here, not an incident
        texts = (text.strip() if text.isascii() else "" for text in (truth, read))
        target, found = (Chem.MolFromSmiles(text) if text else None for text in texts)
        wanted, key = ("" if each is None else Chem.MolToInchiKey(each) for each in (target, found))
    exact = float(bool(key) and key == (inchikey or wanted))
    if target is None or found is None:
        return exact, 0.0
    return exact, float(TanimotoSimilarity(*map(_PRINTS.GetFingerprint, (target, found))))
