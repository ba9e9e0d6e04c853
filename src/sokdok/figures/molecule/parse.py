"""SMILES that a reader wrote -> a checked molecule: canonical form, formula, InChIKey, what it contains, a depiction.

    molecule = parse_molecule("CC(=O)Oc1ccccc1C(=O)O")
    molecule.formula, molecule.inchikey, molecule.statements

- RDKit (the extra `figures`) is the judge. What it refuses is returned as `valid=False` with RDKit's reason; nothing is
  repaired on the quiet.
- Ring systems and functional groups are named by SMARTS patterns (`groups.json`, from large to small): a pattern whose
  match lies within one already named is not said again, so an ester isn't also an ether. Ring systems that the table
  doesn't know are described ("a ring system of 3 joined rings"). In Korean they are spelt as the Korean Chemical
  Society does (`names_ko.json`).
"""

from __future__ import annotations

import io
import json
import logging
import re
from dataclasses import asdict, dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from sokdok.errors import InputError, imported
from sokdok.files import replacing
from sokdok.reasons import say

MOST_CHARACTERS = 600  # longer texts aren't one molecule that was read, and laying out their drawing takes long
_WRAPPING = re.compile(r"^\s*(?:```(?:smiles)?|<smiles>)?\s*(.*?)\s*(?:```|</smiles>)?\s*$", re.DOTALL | re.IGNORECASE)
_rdkit = partial(imported, extra="figures", purpose="checking molecules")  # by a module's full name
_LOG_PREFIX = re.compile(r"^\[[\d:.]+\]\s*")


@dataclass(frozen=True)
class Molecule:
    """What a text says as a molecule; fields after `reason` are empty where it isn't valid."""

    text: str  # as the reader wrote it, without wrapping
    valid: bool
    reason: str = ""  # why it isn't valid, in RDKit's words
    smiles: str = ""  # canonical, with stereo
    formula: str = ""  # Hill order
    inchikey: str = ""
    weight: float = 0.0  # average, g/mol
    rings: tuple[str, ...] = ()  # "a benzene ring" …
    groups: tuple[str, ...] = ()  # "a carboxylic acid" …
    warnings: tuple[str, ...] = ()
    confidence: float | None = None  # 0 to 1, if the reader says

    @property
    def statements(self) -> tuple[str, ...]:
        """Write one sentence for each ring system and functional group."""
        return self.statements_in("en")

    def statements_in(self, language: str = "en") -> tuple[str, ...]:
        """Write one sentence for each ring system and functional group, in English (`en`) or Korean (`ko`)."""
        names = (*self.rings, *self.groups)
        return tuple(f"{korean_name(name)} 포함" if language == "ko" else f"contains {name}" for name in names)

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds."""
        return {"kind": "molecule"} | asdict(self) | {"statements": list(self.statements)}

    def redraw(self, path: Path) -> None:
        """Write a fresh depiction, SVG or PNG by the name's ending. Raises InputError if there is nothing to draw."""
        if path.suffix.lower() not in (".svg", ".png"):
            raise InputError(f"a molecule is drawn as .svg or .png, not as {path.name}")
        if not self.valid:
            raise InputError(f"can't draw {self.text!r}: {self.reason}")
        draw = _rdkit("rdkit.Chem.Draw.rdMolDraw2D")
        drawer = (draw.MolDraw2DSVG if path.suffix.lower() == ".svg" else draw.MolDraw2DCairo)(480, 360)
        drawer.DrawMolecule(_rdkit("rdkit.Chem").MolFromSmiles(self.smiles))
        drawer.FinishDrawing()
        drawing = drawer.GetDrawingText()
        with replacing(path) as temporary:
            temporary.write_bytes(drawing.encode() if isinstance(drawing, str) else drawing)


def parse_molecule(text: str, confidence: float | None = None) -> Molecule:
    """Parse a reader's text. Never raises for bad text; MissingExtraError where RDKit isn't installed."""
    chem = _rdkit("rdkit.Chem")
    match = _WRAPPING.match(text)
    smiles = match[1] if match else text.strip()
    mol, reason, notes = _sanitised(smiles, chem)
    if mol is None:
        return Molecule(smiles[:MOST_CHARACTERS], False, reason, warnings=notes, confidence=confidence)
    with _rdkit("rdkit.rdBase").BlockLogs():
        key = str(_rdkit("rdkit.Chem.inchi").MolToInchiKey(mol))  # "" where InChI can't be made
    return Molecule(
        text=smiles, valid=True, smiles=chem.MolToSmiles(mol),
        formula=_rdkit("rdkit.Chem.rdMolDescriptors").CalcMolFormula(mol), inchikey=key,
        weight=round(_rdkit("rdkit.Chem.Descriptors").MolWt(mol), 3), rings=named_rings(mol),
        groups=tuple(_matches(mol, "groups")[0]), warnings=notes + _warnings(mol), confidence=confidence,
    )  # fmt: skip


def _sanitised(smiles: str, chem: Any) -> tuple[Any, str, tuple[str, ...]]:
    """Build a molecule, None if RDKit refuses; also returns why and what RDKit warned of."""
    if not smiles:
        return None, say("no_molecule"), ()
    if len(smiles) > MOST_CHARACTERS:
        return None, say("long_molecule", characters=len(smiles)), ()
    if any(char.isspace() for char in smiles):
        return None, say("smiles_space"), ()  # RDKit would take what follows one for a name
    if not smiles.isascii():  # RDKit would drop it from the end, and cuts its own messages within a character
        foreign = next(char for char in smiles if not char.isascii())
        return None, say("smiles_character", char=foreign), ()
    base, logger, lines = _rdkit("rdkit.rdBase"), logging.getLogger("rdkit"), io.StringIO()
    handlers, propagate = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [logging.StreamHandler(lines)], False  # in place of its own, to stderr
    base.LogToPythonLogger()
    try:
        mol = chem.MolFromSmiles(smiles)
    finally:
        base.LogToCppStreams()
        logger.handlers, logger.propagate = handlers, propagate
    texts = [text for line in lines.getvalue().splitlines() if (text := _LOG_PREFIX.sub("", line).strip())]
    if mol is None or not mol.GetNumAtoms():
        return None, texts[0].strip() if texts else say("no_atoms"), ()
    return mol, "", tuple(texts)


def _warnings(mol: Any) -> tuple[str, ...]:
    """List what a chemist would frown at."""
    notes = []
    parts = len(_rdkit("rdkit.Chem").GetMolFrags(mol))
    if parts > 1:
        notes.append(say("parts", count=parts))
    if any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        notes.append(say("unpaired_electron"))
    if charge := sum(atom.GetFormalCharge() for atom in mol.GetAtoms()):
        notes.append(say("net_charge", charge=f"{charge:+d}"))
    if any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()):
        notes.append(say("placeholder"))
    return tuple(notes)


@cache
def patterns() -> dict[str, list[tuple[str, str]]]:
    """Load names and SMARTS of `rings` and `groups`, larger ones first."""
    return {kind: [(name, smarts) for name, smarts in rows] for kind, rows in _json("groups.json").items()}


@cache
def _json(name: str) -> Any:
    return json.loads(files("sokdok.figures.molecule").joinpath(name).read_text(encoding="utf-8"))


def named_rings(mol: Any) -> tuple[str, ...]:
    """Name the ring systems of an RDKit molecule, each once; unknown ones are described."""
    names, covered = _matches(mol, "rings")
    for system in _ring_systems(mol):
        if not system <= covered:
            names.append(_described(mol, system))
    return tuple(dict.fromkeys(names))


def _matches(mol: Any, kind: str) -> tuple[list[str], set[int]]:
    """Find the names whose pattern matches beyond what is named before, and all the atoms they match."""
    names, covered = [], set[int]()
    for name, smarts in patterns()[kind]:
        new = [
            set(match)
            for match in mol.GetSubstructMatches(_rdkit("rdkit.Chem").MolFromSmarts(smarts))
            if not set(match) <= covered
        ]
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


def korean_name(name: str) -> str:
    """The Korean name of what `groups` names in English."""
    if match := _JOINED.fullmatch(name):
        return f"고리 {match[1]}개가 이어진 고리계"
    if match := _RING.fullmatch(name):
        return f"원자 {match[1]}개의 고리" + (f"({match[2]})" if match[2] else "")
    return str(_json("names_ko.json").get(name, name))
