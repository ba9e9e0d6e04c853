"""Molecules from pixels: atoms, bonds, and whether their chemistry holds."""

import numpy as np
import pytest

from sokdok.figures.molecule.chemistry import graph_smiles, parts_of, sanitised
from sokdok.figures.molecule.read import MARGIN_PX, NanoMolecules, _Edge, _Nodes, _without_noise
from sokdok.figures.readers import FigureText, NanoFigures
from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.molecule import (
    ABBREVIATIONS,
    CHANNELS,
    CHARGES,
    INNER,
    KINDS,
    LABELS,
    SLICES,
    UNIT_PX,
    Bond,
    Graph,
    Node,
)
from sokdok.model.nano.session import bundled_folder
from sokdok.reasons import say

RING = [(60 + 40 * np.cos(k * np.pi / 3), 60 + 40 * np.sin(k * np.pi / 3)) for k in range(6)]
PHENOL = Graph(
    (*(Node("C", 0, x, y) for x, y in RING), Node("O", 0, 140, 60)),
    (*(Bond(k, (k + 1) % 6, "double" if k % 2 else "single") for k in range(6)), Bond(0, 6, "single")),
)


def drawn(graph: Graph, side: int = 200) -> np.ndarray:
    """A picture with ink along the bonds and on the nodes; the corners of what is inked tell the stand-in the scale."""
    pixels = np.full((side, side), 255, np.uint8)
    for bond in graph.bonds:
        begin, end = graph.nodes[bond.begin], graph.nodes[bond.end]
        for t in np.linspace(0, 1, 200):
            x, y = round(begin.x * (1 - t) + end.x * t), round(begin.y * (1 - t) + end.y * t)
            pixels[y - 1 : y + 2, x - 1 : x + 2] = 0
    for node in graph.nodes:
        pixels[round(node.y) - 2 : round(node.y) + 3, round(node.x) - 2 : round(node.x) + 3] = 0
    return pixels


class PerfectNet:
    """Answers the graph's own maps at the scale of the canvas that it is shown."""

    def __init__(self, graph: Graph, pixels: np.ndarray) -> None:
        self.graph = graph
        rows, columns = np.nonzero(pixels < 128)
        self.corner = np.array([columns.min(), rows.min()])
        self.width = columns.max() - columns.min() + 1

    def __call__(self, canvas: np.ndarray) -> np.ndarray:
        columns = np.nonzero((canvas[0, 0] > 0.2).any(0))[0]
        factor = (columns.max() - columns.min() + 1) / self.width
        out = np.zeros((CHANNELS, canvas.shape[2] // STRIDE, canvas.shape[3] // STRIDE), np.float32)
        out[SLICES["heat"]] = -9
        places = [(np.array([n.x, n.y]) - self.corner) * factor + MARGIN_PX for n in self.graph.nodes]
        for node, place in zip(self.graph.nodes, places, strict=True):
            at = self._peak(out, 0, "node offset", place)
            out[SLICES["label"]][(LABELS.index(node.label), *at)] = 9
            out[SLICES["charge"]][(CHARGES.index(node.charge), *at)] = 9
        for bond in self.graph.bonds:
            span = places[bond.end] - places[bond.begin]
            length = float(np.linalg.norm(span))
            x, y = span / length
            at = self._peak(out, 1, "bond offset", (places[bond.begin] + places[bond.end]) / 2)
            out[SLICES["kind"]][(KINDS.index(bond.kind), *at)] = 9
            out[SLICES["axis"]][(slice(None), *at)] = x * x - y * y, 2 * x * y
            out[SLICES["length"]][(0, *at)] = np.log(length / UNIT_PX)
            out[SLICES["direction"]][(slice(None), *at)] = x, y
        return out[None]

    def _peak(self, out: np.ndarray, kind: int, offset: str, place: np.ndarray) -> tuple[int, int]:
        column, row = np.floor(place / STRIDE).astype(int)
        out[SLICES["heat"]][kind, row, column] = 9
        out[SLICES[offset]][:, row, column] = place / STRIDE - (column + 0.5, row + 0.5)
        return row, column


def read(graph: Graph) -> tuple[str, float, Graph]:
    pixels = drawn(graph)
    reading = NanoMolecules(PerfectNet(graph, pixels)).read(pixels)
    return reading.text, reading.confidence, reading.graph


@pytest.mark.parametrize("scale", [0.4, 1, 2.5])
def test_a_molecule_is_read_at_any_scale(scale: float) -> None:
    pytest.importorskip("rdkit")
    nodes = tuple(Node(n.label, n.charge, n.x * scale, n.y * scale) for n in PHENOL.nodes)
    pixels = drawn(Graph(nodes, PHENOL.bonds), 500)
    reading = NanoMolecules(PerfectNet(Graph(nodes, PHENOL.bonds), pixels)).read(pixels)
    assert reading.text == "Oc1ccccc1" and reading.confidence > 0.8
    for node in nodes:
        found = min(reading.graph.nodes, key=lambda other: abs(other.x - node.x) + abs(other.y - node.y))
        assert (found.x, found.y) == pytest.approx((node.x, node.y), abs=3) and found.label == node.label


def test_colour_and_white_on_black_read_the_same() -> None:
    pytest.importorskip("rdkit")
    pixels = drawn(PHENOL)
    reader = NanoMolecules(PerfectNet(PHENOL, pixels))
    plain = reader.read(pixels).text
    assert reader.read(np.repeat(pixels[:, :, None], 3, 2)).text == plain
    assert reader.read(255 - pixels).text == plain


def test_wedges_make_stereocentres() -> None:
    pytest.importorskip("rdkit")
    nodes = (Node("C", 0, 100, 100), Node("N", 0, 100, 60), Node("O", 0, 65, 120), Node("C", 0, 135, 120))
    for kind, smiles in (("wedge", "C[C@H](N)O"), ("dash", "C[C@@H](N)O")):
        assert read(Graph(nodes, (Bond(0, 1, kind), Bond(0, 2, "single"), Bond(0, 3, "single"))))[0] == smiles


def test_a_missing_corner_is_a_carbon_and_too_many_bonds_are_mended() -> None:
    chem = pytest.importorskip("rdkit.Chem")

    class Forgetful(PerfectNet):
        def __call__(self, canvas: np.ndarray) -> np.ndarray:
            out = super().__call__(canvas)
            rows, columns = np.nonzero(out[0, 0] > 0)
            out[0, 0, rows[0], columns[0]] = -9  # no heat at the first node
            return out

    pixels = drawn(PHENOL)
    assert NanoMolecules(Forgetful(PHENOL, pixels)).read(pixels).text == "Oc1ccccc1"
    crowded = Graph(PHENOL.nodes, (*(Bond(k, (k + 1) % 6, "double") for k in range(6)), Bond(0, 6, "double")))
    assert chem.MolFromSmiles(read(crowded)[0]) is not None


def test_a_label_in_a_ring_keeps_both_bonds_and_a_group_has_its_own_charge() -> None:
    chem = pytest.importorskip("rdkit.Chem")
    labels = ("NBoc", "C", "C", "N", "C", "C")
    ring = tuple(Node(label, 0, x, y) for label, (x, y) in zip(labels, RING, strict=True))
    bonds = tuple(Bond(k, (k + 1) % 6, "single") for k in range(6))
    assert read(Graph(ring, bonds))[0] == chem.CanonSmiles("CC(C)(C)OC(=O)N1CCNCC1")
    acid = Graph(
        (*ring[1:], Node("CO2-", -1, 140, 60)), (*(Bond(k, k + 1, "single") for k in range(4)), Bond(0, 5, "single"))
    )
    assert read(acid)[0] == chem.CanonSmiles("[O-]C(=O)CCNCC")


def test_text_beside_the_molecule_is_left_out() -> None:
    pytest.importorskip("rdkit")
    caption = (Node("I", 0, 180, 180), Node("B", 0, 190, 180))
    text, confidence, _ = read(Graph((*PHENOL.nodes, *caption), PHENOL.bonds))
    assert text == "Oc1ccccc1" and confidence > 0.8


def test_what_is_no_molecule_is_said_so() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    unsure = NanoMolecules(lambda canvas: np.full((1, CHANNELS, *np.array(canvas.shape[2:]) // STRIDE), -5, np.float32))
    for pixels in (noise, np.full((50, 50), 255, np.uint8), np.zeros((1, 1), np.uint8)):
        reading = unsure.read(pixels)
        assert (reading.text, reading.confidence) == ("", 0.0)


def test_ink_that_the_molecule_does_not_explain_lowers_the_confidence() -> None:
    pytest.importorskip("rdkit")
    pixels = drawn(PHENOL)
    reader = NanoMolecules(PerfectNet(PHENOL, pixels))
    before = reader.read(pixels).confidence
    pixels[130:170, 30:130] = 0
    assert NanoMolecules(PerfectNet(PHENOL, pixels)).read(pixels).confidence < 0.6 * before


def read_drawing(text: str, degrees: float = 0) -> FigureText:
    """What is read of a molecule or a reaction as RDKit draws it, turned by so much; an ion or an acid beside it."""
    draw, chem = pytest.importorskip("rdkit.Chem.Draw"), pytest.importorskip("rdkit.Chem.AllChem")
    reaction = ">>" in text and chem.ReactionFromSmarts(text, useSmiles=True)
    image = draw.ReactionToImage(reaction) if reaction else draw.MolToImage(chem.MolFromSmiles(text), (400, 300))
    turned = image.convert("RGB").rotate(degrees, expand=True, fillcolor="white")
    return NanoFigures(bundled_folder()).read_figure(turned, "molecule")


SALTS = """[Na+].[O-]C(=O)c1ccccc1 [K+].CC=CC=CC(=O)[O-] CC(=O)OCC[N+](C)(C)C.[Cl-] CCN(CC)CC(=O)Nc1c(C)cccc1C.Cl
[Na+].[Na+].[O-]C(=O)CCC([O-])=O CC(=O)O.CC(CN1c2ccccc2Sc2ccccc12)N(C)C
[K+].O=C1[N-]C(=O)c2ccccc21 [C-]#[N+]C1CCCCC1 F[P-](F)(F)(F)(F)F.CCCCn1cc[n+](C)c1 O.O.OC(=O)CC(O)(CC(=O)O)C(=O)O"""


@pytest.mark.parametrize("smiles", SALTS.split())
def test_a_salt_keeps_all_its_parts_and_charges(smiles: str) -> None:
    chem, read = pytest.importorskip("rdkit.Chem"), read_drawing(smiles)
    assert chem.CanonSmiles(read.text.replace("/", "")) == chem.CanonSmiles(smiles)
    assert not read.doubt and read.confidence > 0.5


def test_a_reaction_is_refused_in_words() -> None:
    for drawing in (("CC(=O)Cl.OCC>>CC(=O)OCC",), ("C=C>>CC",), ("CC(=O)Cl.OCC>>CC(=O)OCC", 6)):
        assert (read_drawing(*drawing).text, read_drawing(*drawing).doubt) == ("", say("reaction"))


@pytest.mark.parametrize(("smiles", "label"), [("*N1CCN(*)CC1", "*"), ("C[C+](C)C", "C")])
def test_what_a_label_at_a_carbon_says_beyond_it_is_reported(smiles: str, label: str) -> None:
    assert read_drawing(smiles).doubt.startswith(say("part_lost", parts="")) and label in read_drawing(smiles).doubt
    assert not read_drawing(smiles.replace("*", "C").replace("[C+]", "C")).doubt


def test_what_is_written_beside_a_molecule_is_a_part_or_lost_or_neither() -> None:
    pytest.importorskip("rdkit")
    for text, charge, parts in (("2HCI", 0, ["Cl", "Cl"]), ("H2S04", 0, ["OS(=O)(=O)O"]), ("BF4", 1, ["F[B-](F)(F)F"]),
                                ("NHa", -1, ["[NH4+]"]), ("HzO", 0, ["O"])):  # fmt: skip
        assert parts_of(text, charge) == parts
    for text in ("HO", "BF4", "H3SOj", "Cl", "PFg", "L*"):  # a label missed, ions without their other, what is misread
        assert parts_of(text, 0) == []
    assert {parts_of(text, 0) for text in ("12", "(3a)", "Compound 5", "IIb", "N")} == {None}


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


@pytest.mark.parametrize(("charge", "sure", "bonds"), [(0, 0.7, 4), (0, 0.9, 5), (-1, 0.7, 5)])
def test_a_small_part_counts_if_it_is_an_ion_or_clearly_drawn(charge: int, sure: float, bonds: int) -> None:
    """Print beside a molecule is seen as bonds, less clearly."""
    nodes = _Nodes([np.zeros(2)] * 7, ["C"] * 7, [0] * 6 + [charge], [0.95] * 5 + [sure] * 2)
    single = np.eye(len(KINDS))[KINDS.index("single")]
    edges = [_Edge(at, at + 1, single, sure if at == 5 else 0.95) for at in (0, 1, 2, 3, 5)]
    assert len(_without_noise(nodes, edges)) == bonds
