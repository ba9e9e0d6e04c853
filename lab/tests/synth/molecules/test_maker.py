"""Synthetic molecules: deterministic, valid, and truth that lies on the ink."""

from __future__ import annotations

import random

import numpy as np
import pytest
from rdkit import Chem

from sokdok.figures.molecule.chemistry import graph_smiles, sanitised
from sokdok.model.nano.formats.molecule import ABBREVIATIONS, GROUPS
from sokdok_lab.synth.molecules.build import build
from sokdok_lab.synth.molecules.draw import spellings
from sokdok_lab.synth.molecules.layout import lay_out, perspective_places
from sokdok_lab.synth.molecules.maker import cut_out, molecule

SEEDS = range(12)


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
        groups = 3 * max(Chem.MolFromSmiles(smiles).GetNumAtoms() for smiles in GROUPS.values())
        assert 3 <= Chem.MolFromSmiles(sample.smiles).GetNumHeavyAtoms() <= 9 + groups
        assert 24 < sample.bond < 36


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


@pytest.mark.parametrize("label", GROUPS)
def test_every_group_is_written_as_its_label_at_times(label: str) -> None:
    """Ph and what holds it never were, nor was CO2Me where OMe was, too."""
    smiles = GROUPS[label]
    mol = Chem.RWMol(Chem.MolFromSmiles(smiles))
    ring = Chem.MolFromSmiles("C1CNCNC1")
    for kind in (
        ("SINGLE",)
        if label in ABBREVIATIONS
        else ("DOUBLE",)
        if label[0] == "P" or label in ("NOH", "NOMe")
        else ("SINGLE", "SINGLE")
    ):
        count = mol.GetNumAtoms()
        mol = Chem.RWMol(Chem.CombineMols(mol, ring))
        mol.AddBond(0, count, getattr(Chem.BondType, kind))
    mol.GetAtomWithIdx(0).SetNumRadicalElectrons(0)
    Chem.SanitizeMol(mol)
    means = Chem.MolToSmiles(mol, isomericSmiles=False)
    alike = {other for other in GROUPS if GROUPS[other] == smiles}
    for seed in range(300):
        layout = lay_out(mol, random.Random(seed))
        if layout:
            assert Chem.MolToSmiles(sanitised(layout.graph), isomericSmiles=False) == means
            if alike.intersection(node.label for node in layout.graph.nodes):
                return
    pytest.fail(f"{label} was never written")


def test_groups_are_spelled_in_both_directions() -> None:
    for label in GROUPS:
        for spelling in (text for side in spellings(label) for text in side):
            assert spelling and " " not in spelling
    assert "BocN" in spellings("NBoc")[1] and "Ph3P" in spellings("PPh3")[1]


def test_bridged_rings_are_seen_from_a_side() -> None:
    norbornane = Chem.MolFromSmiles("C1CC2CCC1C2c1ccccc1")
    places = perspective_places(norbornane, random.Random(1))
    assert sorted(places) == list(range(7))
    assert not perspective_places(Chem.MolFromSmiles("c1ccc2ccccc2c1"), random.Random(1))
