"""The figure sets: charts, molecules, geometry, tables; and their metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from rdkit.DataStructs import TanimotoSimilarity

from sokdok_lab.bench.evaluation.evaluate import EvalSet, Output, Scores
from sokdok_lab.bench.metrics.geometry import Scene, Score, relation_score, segment_score
from sokdok_lab.bench.metrics.html_tables import grid_of
from sokdok_lab.bench.metrics.rms import rms_f1
from sokdok_lab.bench.metrics.teds import teds

RMS_F1 = "RMS-F1"
EXACT = "InChIKey exact"
TANIMOTO = "Tanimoto"
RELATION_F1 = "relation F1"
LINE_F1 = "line F1 at IoU .75"
TEDS = "TEDS"
MORGAN = GetMorganGenerator(radius=2, fpSize=2048)


def score_chart(truth: str, output: Output) -> Scores:
    """Score RMS of a table given as CSV or HTML."""
    return {RMS_F1: rms_f1(grid_of(truth), grid_of(output.text))}


def compare_molecules(truth: str, read: str, inchikey: str = "") -> tuple[float, float]:
    """1 if the InChIKeys of SMILES are equal, however written, and Tanimoto's coefficient of their Morgan fingerprints.

    inchikey: the truth's, where a set gives it. An invalid SMILES is like nothing.
    """
    with rdBase.BlockLogs():  # an invalid SMILES is a result here, not an incident
        texts = (text.strip() if text.isascii() else "" for text in (truth, read))
        target, found = (Chem.MolFromSmiles(text) if text else None for text in texts)
        wanted, key = ("" if each is None else Chem.MolToInchiKey(each) for each in (target, found))
    exact = float(bool(key) and key == (inchikey or wanted))
    both = target is not None and found is not None
    return exact, float(TanimotoSimilarity(*map(MORGAN.GetFingerprint, (target, found)))) if both else 0.0


def score_molecule(truth: Mapping[str, str], output: Output) -> Scores:
    """Score exact and similar; `truth` has `smiles` and may have `inchikey`."""
    exact, tanimoto = compare_molecules(truth["smiles"], output.text, truth.get("inchikey", ""))
    return {EXACT: exact, TANIMOTO: tanimoto}


def score_geometry(truth: Scene, output: Output) -> Scores:
    """Score relations, and segments where the truth has them."""
    read = output.scene or Scene(())
    score = relation_score(truth, read)
    lines = {LINE_F1: segment_score(truth.segments, read.segments).f1} if truth.segments else {}
    return lines | {"relation precision": score.precision, "relation recall": score.recall}


def derive_geometry(means: Mapping[str, float]) -> Mapping[str, float]:
    """Return the F1 of mean precision and mean recall, as Geometry3K's tool has it."""
    return {RELATION_F1: Score(means["relation precision"], means["relation recall"]).f1}


def score_table(truth: str, output: Output) -> Scores:
    """Score TEDS with and without texts."""
    return {TEDS: teds(truth, output.text), "TEDS structure": teds(truth, output.text, structure_only=True)}


def _geometry3k(row: dict[str, Any]) -> Scene:
    """Read the truth of a Geometry3K figure; without an offset its positions are those of another picture."""
    truth, offset = row["truth"], row.get("pos_offset")
    positions = truth.get("point_positions")
    if positions and offset:
        positions = {name: (x + offset[0], y + offset[1]) for name, (x, y) in positions.items()}
    return Scene(truth["relations"], truth["lines"], positions if offset else None)


SETS = (
    EvalSet(
        "charts_vega",
        "chart",
        score_chart,
        caveat="no value labels: values are read off the axes, of pies only shares; more than half plot toy data",
    ),
    EvalSet("charts_chartqa", "chart", score_chart, caveat="Statista, OWID and Pew charts"),
    EvalSet("charts_plotly", "chart", score_chart, caveat="drawn by lab/scripts/charts/chart_plotly.py"),
    EvalSet("charts_r", "chart", score_chart, caveat="drawn by lab/scripts/charts/chart_r.py"),
    EvalSet(
        "chem",
        "molecule",
        score_molecule,
        truth=lambda row: {"smiles": row["truth"], "inchikey": row.get("inchikey", "")},
        caveat="patent drawings without R groups and abbreviations; not comparable with published full sets",
    ),
    EvalSet(
        "geometry3k",
        "geometry",
        score_geometry,
        truth=_geometry3k,
        derive=derive_geometry,
        caveat="nearly all figures have point letters and dots drawn on them, easier than the plain figures",
    ),
    EvalSet("tables_icdar2013", "table", score_table, caveat="td throughout: headings don't count"),
)
SYNTHETIC = (
    EvalSet("synthetic charts", "chart", score_chart),
    EvalSet("synthetic molecules", "molecule", score_molecule, caveat="at most 20 heavy atoms"),
    EvalSet("synthetic geometry", "geometry", score_geometry, derive=derive_geometry),
    EvalSet("synthetic tables", "table", score_table),
)
