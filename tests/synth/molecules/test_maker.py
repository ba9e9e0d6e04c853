"""Synthetic molecules: deterministic, valid, and truth that lies on the ink."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("rdkit")

from rdkit import Chem

from sokdok.figures.molecule.chemistry import graph_smiles
from sokdok.synth.molecules.build import build
from sokdok.synth.molecules.layout import lay_out
from sokdok.synth.molecules.maker import molecule
from sokdok.synth.molecules.scan import cut_out, scan

SEEDS = range(12)


def test_a_seed_decides_everything() -> None:
    first, again, other = molecule(5), molecule(5), molecule(6)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.smiles == again.smiles and first.graph == again.graph
    assert first.smiles != other.smiles


@pytest.mark.parametrize("seed", SEEDS)
def test_the_smiles_is_canonical_and_is_what_the_graph_says(seed: int) -> None:
    sample = molecule(seed)
    assert sample.smiles == Chem.CanonSmiles(sample.smiles) == graph_smiles(sample.graph)


@pytest.mark.parametrize("seed", SEEDS)
def test_bonds_lie_on_ink_and_nodes_in_the_picture(seed: int) -> None:
    sample = molecule(seed)
    height, width = sample.pixels.shape
    cut = 0.06 * sample.bond + 1  # some are cut out where their ink ends, or a little before
    assert all(-cut <= node.x < width + cut and -cut <= node.y < height + cut for node in sample.graph.nodes)
    paper = np.median(sample.pixels)
    near = max(2, round(0.2 * sample.bond))
    marked = 0
    for bond in sample.graph.bonds:
        ends = [sample.graph.nodes[index] for index in (bond.begin, bond.end)]
        x, y = round(sum(end.x for end in ends) / 2), round(sum(end.y for end in ends) / 2)
        marked += int(sample.pixels[max(0, y - near) : y + near, max(0, x - near) : x + near].min()) < paper - 40
    assert marked >= 0.9 * len(sample.graph.bonds)


def test_a_drawing_is_cut_out_where_its_ink_ends() -> None:
    picture = np.full((60, 80), 255, np.uint8)
    picture[20:40, 30:70] = 0
    for seed in SEEDS:
        part, (left, top) = cut_out(picture, random.Random(seed), 3.0)
        assert abs(left - 30) <= 3 and abs(top - 20) <= 3
        assert abs(part.shape[1] + left - 70) <= 3 and abs(part.shape[0] + top - 40) <= 3


def test_size_and_scale_stay_in_their_limits() -> None:
    for seed in SEEDS:
        sample = molecule(seed, heavy_atoms=(3, 9), bond_pixels=(30, 30))
        assert 3 <= Chem.MolFromSmiles(sample.smiles).GetNumHeavyAtoms() <= 9
        assert 24 < sample.bond < 36


def test_molecules_are_varied() -> None:
    molecules = [build(random.Random(seed), 25) for seed in range(200)]
    smiles = {Chem.MolToSmiles(mol) for mol in molecules}
    elements = {atom.GetSymbol() for mol in molecules for atom in mol.GetAtoms()}
    assert len(smiles) > 190
    assert elements >= {"C", "N", "O", "S", "F", "Cl", "Br"}
    assert any("@" in text for text in smiles) and any("+" in text for text in smiles)


def test_layouts_hold_wedges_multiple_bonds_and_abbreviations() -> None:
    kinds, labels = set[str](), set[str]()
    for seed in range(80):
        rng = random.Random(seed)
        layout = lay_out(build(rng, 20), rng)
        if layout:
            kinds |= {bond.kind for bond in layout.graph.bonds}
            labels |= {node.label for node in layout.graph.nodes}
    assert kinds >= {"single", "double", "triple", "wedge", "dash"}
    assert labels & {"CO2H", "NO2", "CF3", "OMe", "Et", "CN"} and "H" in labels


def test_scanning_keeps_size_and_changes_pixels() -> None:
    drawing = np.full((60, 80), 255, np.uint8)
    drawing[30, 10:70] = 0
    scans = [scan(drawing, random.Random(seed)) for seed in range(20)]
    assert {picture.shape for picture in scans} == {drawing.shape}
    assert sum(not np.array_equal(picture, drawing) for picture in scans) > 5
    assert all(picture[30].mean() < picture[5].mean() for picture in scans)
