"""Graphs as RDKit's molecules and SMILES."""

import pytest

from sokdok.figures.molecule.chemistry import graph_smiles, sanitised
from sokdok.model.nano.formats.molecule import ABBREVIATIONS, INNER, Bond, Graph, Node

CROWDED = Graph(tuple(Node("C", 0, 30 * k, 0) for k in range(3)), (Bond(0, 1, "triple"), Bond(1, 2, "triple")))
"""a carbon with six bonds"""


def test_abbreviations_mean_what_rdkit_reads() -> None:
    chem = pytest.importorskip("rdkit.Chem")
    for label, smiles in ABBREVIATIONS.items():
        graph = Graph((Node("C", 0, 0, 0), Node(label, 0, 30, 0)), (Bond(0, 1, "single"),))
        assert graph_smiles(graph) == chem.CanonSmiles("C" + smiles), label


def test_groups_within_chains_and_rings_have_two_bonds() -> None:
    chem = pytest.importorskip("rdkit.Chem")
    for label, smiles in INNER.items():
        nodes = (Node("C", 0, 0, 0), Node(label, 0, 30, 0), Node("F", 0, 60, 0))
        graph = Graph(nodes, (Bond(0, 1, "single"), Bond(1, 2, "single")))
        first = "[Si]" if label == "SiMe2" else smiles[0]
        assert graph_smiles(graph) == chem.CanonSmiles(f"C{first}(F){smiles[len(first) :]}"), label
    ylide = Graph((Node("C", 0, 0, 0), Node("PPh3", 0, 30, 0)), (Bond(0, 1, "double"),))
    assert graph_smiles(ylide) == chem.CanonSmiles("C=P(c1ccccc1)(c1ccccc1)c1ccccc1")


def test_rings_close_and_charges_are_written() -> None:
    chem = pytest.importorskip("rdkit.Chem")
    square = Graph(
        (Node("N", 1, 0, 0), Node("C", 0, 9, 0), Node("C", 0, 9, 9), Node("C", 0, 0, 9), Node("O", -1, 20, 0)),
        (Bond(0, 1, "single"), Bond(1, 2, "double"), Bond(2, 3, "single"), Bond(3, 0, "single"), Bond(1, 4, "single")),
    )
    assert graph_smiles(square) == chem.CanonSmiles("[NH2+]1C([O-])=CC1")
    assert graph_smiles(Graph((), ())) == "" and sanitised(Graph((), ())) is None


@pytest.mark.parametrize(("up", "smiles"), [(True, "C/C=C\\C"), (False, "C/C=C/C")])
def test_double_bonds_are_drawn_cis_or_trans(up: bool, smiles: str) -> None:
    pytest.importorskip("rdkit")
    ends = (Node("C", 0, -15, 26), Node("C", 0, 45, 26 if up else -26))
    nodes = (Node("C", 0, 0, 0), Node("C", 0, 30, 0), *ends)
    assert graph_smiles(Graph(nodes, (Bond(0, 1, "double"), Bond(0, 2, "single"), Bond(1, 3, "single")))) == smiles


def test_two_parts_and_a_nitro_group_without_charges() -> None:
    pytest.importorskip("rdkit")
    nodes = tuple(Node(label, 0, 30 * k, k % 2 * 20) for k, label in enumerate(("C", "N", "O", "O", "Cl", "C")))
    bonds = (Bond(0, 1, "single"), Bond(1, 2, "double"), Bond(1, 3, "double"), Bond(4, 5, "single"))
    assert graph_smiles(Graph(nodes, bonds)) == "CCl.C[N+](=O)[O-]"


def test_what_rdkit_refuses_is_written_as_drawn() -> None:
    pytest.importorskip("rdkit")
    assert sanitised(CROWDED) is None and graph_smiles(CROWDED) == "C#C#C"
    alone = Graph((Node("C", 0, 0, 0), Node("C", 0, 30, 0)), (Bond(0, 1, "aromatic"),))
    assert sanitised(alone) is None  # aromatic, but in no ring
