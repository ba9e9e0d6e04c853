"""A picture of a molecule → its SMILES: the molecule net's peaks joined into a graph.

    reader = NanoMolecules(net)
    reading = reader.read(pixels)
    reading.text, reading.confidence, reading.graph

- The picture's scale is unknown: the net sees it at a few, small ones first, until one reads well; it says how long
  bonds are, the picture is scaled to suit it, and the most confident reading counts.
- A bond's ends take the nearest nodes; where there is none, a carbon is put there. Valences that can't be are repaired
  by the likeliest smaller reading (`assemble`).
- Ions and small molecules written beside it, as `Na+` and `HCl`, are the other part of a salt. They have no bonds, so
  the net does not see them: what ink lies apart from the drawn molecule is read as text, and counts if it is one of
  these; other texts, such as a compound's number, are left out (`parts_beside`).
- Confidence is the mean probability of the weakest quarter of nodes and bonds times the share of the ink that all of
  them explain: low for a photo.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from sokdok.figures.molecule.chemistry import charge_of, graph_smiles
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, pixels_of
from sokdok.model.nano.formats import MULTIPLE_PX, STRIDE, Net
from sokdok.model.nano.formats.molecule import (
    CHARGES,
    GROUPS,
    INNER,
    KINDS,
    LABELS,
    UNIT_PX,
    Bond,
    Graph,
    Node,
    Peaks,
    darkness,
    find_peaks,
    resized,
)

MOST_PX = 1_500_000  # pixels of a scaled picture
MARGIN_PX = 16  # paper around what the net sees
SCALES = (0.18, 0.35, 0.7, 1.3)  # factors tried, smallest first: they suit bonds of 133, 69, 34 and 18 pixels
LEAST_SCALE, MOST_SCALE = 0.02, 4.0  # factors between which the last, fitted one is kept
GOOD_CONFIDENCE = 0.6  # from which larger scales aren't tried, if bonds are long enough to be read well
GOOD_BOND_SHARE = 0.6  # of UNIT_PX: bonds so long are read well
MOST_NODES = 80  # of a molecule that is drawn in one picture
FEW_NODES = 6  # so few may be a large molecule seen from afar
INK = 0.4  # darkness from which a pixel is part of the drawing
BOND_REACH, LABEL_REACH, GROUP_REACH = 0.3, 1.0, 1.6
"""bond lengths around a point of a bond, an element and an abbreviation within which ink is explained"""


@dataclass(frozen=True)
class MoleculeReading:
    """What was read; text is "" where no molecule was found."""

    text: str  # SMILES
    confidence: float  # 0 to 1
    graph: Graph  # nodes in pixels of the picture


class NanoMolecules:
    """Reads one molecule from a picture. The net sees darkness (1, 1, H, W); see `model.nano.formats.molecule`."""

    def __init__(self, net: Net, texts: ReadTexts | None = None) -> None:
        self.net, self.texts = net, texts

    def read(self, pixels: np.ndarray) -> MoleculeReading:
        """Read the molecule that covers most of a picture, (H, W) grey or (H, W, 3) RGB uint8.

        Raises MissingExtraError where something was found and RDKit, which writes the SMILES, isn't installed.
        """
        grey = pixels if pixels.ndim == 2 else (pixels @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
        dark, corner = _trimmed(darkness(grey))
        if not dark.size:
            return MoleculeReading("", 0.0, Graph((), ()))
        attempts = self._attempts(dark)
        fitting = max(attempts, key=lambda attempt: attempt.evidence)
        factor = fitting.factor * UNIT_PX / fitting.bond_px
        factor = float(np.clip(factor, LEAST_SCALE, min(MOST_SCALE, _largest_factor(dark))))
        best = max([*attempts, self._attempt(dark, factor)], key=lambda attempt: attempt.evidence)
        # What falls into hundreds of atoms is a text or a table seen as bonds.
        confidence = best.confidence * min(1.0, (MOST_NODES / max(1, len(best.graph.nodes))) ** 2)
        text = graph_smiles(best.graph) if best.graph.nodes else ""
        if text and self.texts:
            across, down = (round(side) for side in corner)
            part = grey[down : down + dark.shape[0], across : across + dark.shape[1]]
            text = ".".join([text, *parts_beside(part, dark > INK, best.graph, charge_of(best.graph), self.texts)])
        return MoleculeReading(text, confidence, best.graph.moved(*corner))

    def _attempts(self, dark: np.ndarray) -> list[_Attempt]:
        """Read at one scale after another until one is good."""
        attempts: list[_Attempt] = []
        for factor in sorted({min(scale, _largest_factor(dark)) for scale in SCALES}):
            attempts.append(self._attempt(dark, factor))
            if attempts[-1].good:
                break
        return attempts

    def _attempt(self, dark: np.ndarray, factor: float) -> _Attempt:
        """Read darkness (H, W) scaled by a factor."""
        scaled = resized(dark, factor)
        height, width = scaled.shape
        sides = [-(-(side + 2 * MARGIN_PX) // MULTIPLE_PX) * MULTIPLE_PX for side in (height, width)]
        canvas = np.zeros((1, 1, *sides), np.float32)
        canvas[0, 0, MARGIN_PX : MARGIN_PX + height, MARGIN_PX : MARGIN_PX + width] = scaled
        peaks = find_peaks(self.net(canvas)[0])
        drawn = assemble(peaks)
        graph = drawn.graph.moved(-MARGIN_PX, -MARGIN_PX).scaled(1 / factor)
        if not graph.bonds:
            return _Attempt(factor, UNIT_PX, 0.0, graph)
        bond_px = float(np.median(np.linalg.norm(peaks.spans, axis=1)))
        weakest = sorted(drawn.confidences)[: -(-len(drawn.confidences) // 4)]
        explained = _explained_share(scaled, graph.scaled(factor), bond_px)
        return _Attempt(factor, bond_px, float(np.mean(weakest)) * explained, graph)


@dataclass(frozen=True)
class _Attempt:
    factor: float
    bond_px: float  # median bond length in pixels of the scaled picture
    confidence: float
    graph: Graph  # in pixels of what was scaled

    @property
    def evidence(self) -> float:
        """How much speaks for this scale: too large ones read badly, too small ones find but a few nodes."""
        return self.confidence**3 * len(self.graph.nodes)

    @property
    def good(self) -> bool:
        """Whether larger scales needn't be tried."""
        long = self.bond_px > GOOD_BOND_SHARE * UNIT_PX
        return self.confidence > GOOD_CONFIDENCE and long and len(self.graph.nodes) > FEW_NODES


def _largest_factor(dark: np.ndarray) -> float:
    return float((MOST_PX / dark.size) ** 0.5)


def _trimmed(dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut out the part that holds ink; returns it and its corner (x, y)."""
    rows, columns = np.flatnonzero((dark > INK).any(1)), np.flatnonzero((dark > INK).any(0))
    if not len(rows):
        return dark[:0], np.zeros(2)
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.array([columns[0], rows[0]])


def _explained_share(dark: np.ndarray, graph: Graph, bond_px: float) -> float:
    """Compute the share of the ink that lies near bonds and labels, 0 to 1, both in the same pixels."""
    height, width = (side // STRIDE * STRIDE for side in dark.shape)
    ink = dark[:height, :width].reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE).sum((1, 3))
    near = np.zeros(ink.shape, bool)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] * STRIDE + STRIDE / 2
    places = [np.array((node.x, node.y)) for node in graph.nodes]
    spots = [
        (places[bond.begin] * (1 - share) + places[bond.end] * share, BOND_REACH)
        for bond in graph.bonds
        for share in np.linspace(0, 1, 5)
    ]
    spots += [
        (place, GROUP_REACH if node.label in GROUPS else LABEL_REACH)
        for node, place in zip(graph.nodes, places, strict=True)
        if node.label != "C"
    ]
    for (left, top), reach in spots:
        near |= (x - left) ** 2 + (y - top) ** 2 < (reach * bond_px) ** 2
    return float((ink * near).sum() / max(ink.sum(), 1e-6))


SNAP = 0.45  # bond lengths from a bond's end to its node, at most
INFERRED = 0.5  # confidence of a carbon that a bond's end implies, as a share of the bond's
REPAIRED = 0.5  # probability of a bond's kind that was changed to suit a valence
_VALENCES = {"C": 4, "N": 3, "O": 2, "S": 6, "P": 5, "B": 3, "Si": 4, "Se": 6} | dict.fromkeys(INNER, 2)
"""most bonds of an uncharged atom or group; 1 for others"""
_ORDERS = {"single": 1.0, "double": 2.0, "triple": 3.0, "aromatic": 1.5, "wedge": 1.0, "dash": 1.0}


@dataclass(frozen=True)
class Assembled:
    """A graph in pixels of what the net saw, and the confidences of the nodes and bonds in it, 0 to 1."""

    graph: Graph
    confidences: list[float]


@dataclass
class _Edge:
    """A bond in the making, between nodes `begin` and `end`."""

    begin: int
    end: int
    kinds: np.ndarray  # (len(KINDS),) probabilities
    heat: float

    @property
    def kind(self) -> str:
        return KINDS[int(self.kinds.argmax())]

    @property
    def confidence(self) -> float:
        return float(self.heat * self.kinds.max())


@dataclass
class _Nodes:
    """Nodes in the making; lists of equal length."""

    places: list[np.ndarray]
    labels: list[str]
    charges: list[int]
    confidences: list[float]
    chances: list[np.ndarray]  # probabilities of the labels that the net knows, each (at most len(LABELS),)

    def nearest(self, place: np.ndarray, reach: float) -> int | None:
        """Find the node nearest to a place (2,), None if all are farther than `reach`, in the unit of the places."""
        if not self.places:
            return None
        distances = np.linalg.norm(np.array(self.places) - place, axis=1)
        return int(distances.argmin()) if distances.min() < reach else None

    def add_carbon(self, place: np.ndarray, confidence: float) -> int:
        """Add a carbon; returns its number."""
        self.places.append(place)
        self.labels.append("C")
        self.charges.append(0)
        self.confidences.append(confidence)
        self.chances.append(np.eye(len(LABELS))[LABELS.index("C")])
        return len(self.places) - 1

    def most_bonds(self, index: int, label: str | None = None) -> float:
        """Compute the most bonds that a node may have with its charge, and with another label than its own if given."""
        label, charge = label or self.labels[index], self.charges[index]
        shift = charge if label in ("N", "O", "S", "P") else -charge if label == "B" else -abs(charge)
        return _VALENCES.get(label, 1) + shift


def assemble(peaks: Peaks) -> Assembled:
    """Join nodes by bonds, the hottest bonds first, and keep the main part of what is connected."""
    labels = [LABELS[number] for number in peaks.labels.argmax(1)]
    charges = [CHARGES[number] for number in peaks.charges.argmax(1)]
    nodes = _Nodes(
        list(peaks.nodes),
        labels,
        [0 if label in GROUPS else charge for label, charge in zip(labels, charges, strict=True)],  # groups have theirs
        (peaks.node_heat * peaks.labels.max(1)).tolist(),
        list(peaks.labels),
    )
    edges: dict[tuple[int, int], _Edge] = {}
    for number in np.argsort(-peaks.bond_heat, kind="stable").tolist():
        heat, span = float(peaks.bond_heat[number]), peaks.spans[number]
        begin, end = (_node_at(nodes, peaks.bonds[number] + side * span / 2, span, heat) for side in (-1, 1))
        pair = min(begin, end), max(begin, end)
        if begin != end and pair not in edges:
            edges[pair] = _Edge(begin, end, peaks.kinds[number], heat)
    main = _main_part(len(nodes.places), list(edges.values()))
    valid = _repaired(nodes, [edge for edge in edges.values() if edge.begin in main])
    confidences = [nodes.confidences[index] for index in main] + [edge.confidence for edge in valid]
    return Assembled(_graph(nodes, valid), confidences)


def _node_at(nodes: _Nodes, place: np.ndarray, span: np.ndarray, heat: float) -> int:
    """Find the node at a bond's end, or put a carbon there."""
    index = nodes.nearest(place, SNAP * float(np.linalg.norm(span)))
    return nodes.add_carbon(place, INFERRED * heat) if index is None else index


def _main_part(count: int, edges: list[_Edge]) -> set[int]:
    """Find the nodes of the largest connected part, and of others at least half its size."""
    joined = np.zeros((count, count), bool)
    for edge in edges:
        joined[edge.begin, edge.end] = joined[edge.end, edge.begin] = True
    parts = connected(count, lambda index: joined[index])
    largest = max(map(len, parts), default=0)
    return {index for part in parts if len(part) >= max(2, largest / 2) for index in part}


def _repaired(nodes: _Nodes, edges: list[_Edge]) -> list[_Edge]:
    """Change charges and bonds until no node has more bonds than its element takes.

    A nitrogen with one bond too many is charged. Otherwise the least likely multiple bond loses an order, and where
    there is none, the least likely bond goes, unless it is likelier that the node has another label, which takes all
    its bonds. N(=O)=O stays: RDKit knows this way to draw a nitro group.
    """
    edges = list(edges)
    for index in range(len(nodes.places)):
        while True:
            around = [edge for edge in edges if index in (edge.begin, edge.end)]
            excess = sum(_ORDERS[edge.kind] for edge in around) - nodes.most_bonds(index)
            neutral_nitrogen = nodes.labels[index] == "N" and not nodes.charges[index]
            doubles = sum(edge.kind == "double" for edge in around)
            nitro = neutral_nitrogen and doubles == len(around) - 1 == 2
            if excess <= 0 or nitro or not around:
                break
            if neutral_nitrogen and excess == 1:
                nodes.charges[index] = 1
                continue
            multiple = [edge for edge in around if edge.kind in ("double", "triple", "aromatic")]
            weakest = min(multiple or around, key=lambda edge: edge.confidence)
            smaller = KINDS.index("double" if weakest.kind == "triple" else "single")
            lesser = weakest.kinds[smaller] / weakest.kinds.max() if multiple else (1 - weakest.heat) / weakest.heat
            label, odds = _roomier_label(nodes, index, excess)
            if odds > lesser:
                nodes.labels[index] = label
                nodes.confidences[index] *= min(odds, 1.0)
            elif multiple:
                weakest.kinds = np.eye(len(KINDS))[smaller] * REPAIRED
            else:
                edges = [edge for edge in edges if edge is not weakest]
    return edges


def _roomier_label(nodes: _Nodes, index: int, excess: float) -> tuple[str, float]:
    """Find the likeliest label that takes all the bonds of a node, and its odds against the present one; 0 if none.

    excess: how many bonds are too many for the present label.
    """
    needed, chances = nodes.most_bonds(index) + excess, nodes.chances[index]
    fitting = [
        number for number, label in enumerate(LABELS[: len(chances)]) if nodes.most_bonds(index, label) >= needed
    ]
    best = max(fitting, key=lambda number: float(chances[number]), default=None)
    if best is None:
        return nodes.labels[index], 0.0
    return LABELS[best], float(chances[best] / max(chances[LABELS.index(nodes.labels[index])], 1e-6))


def _graph(nodes: _Nodes, edges: list[_Edge]) -> Graph:
    """Build the graph of the edges and the nodes at their ends."""
    used = sorted({index for edge in edges for index in (edge.begin, edge.end)})
    number = {index: position for position, index in enumerate(used)}
    return Graph(
        tuple(Node(nodes.labels[index], nodes.charges[index], *map(float, nodes.places[index])) for index in used),
        tuple(Bond(number[edge.begin], number[edge.end], edge.kind) for edge in edges),
    )


ReadTexts = Callable[[np.ndarray, Sequence[Box], str], list[str]]  # picture, boxes of texts, characters
# As it is written, less its charge -> SMILES.
PARTS = {
    **{"Na": "[Na+]", "K": "[K+]", "Li": "[Li+]", "Ca": "[Ca+2]", "Mg": "[Mg+2]", "Zn": "[Zn+2]", "NH4": "[NH4+]"},
    **{"Cl": "[Cl-]", "Br": "[Br-]", "I": "[I-]", "F": "[F-]", "HO": "[OH-]", "OH": "[OH-]"},
    **{"HCl": "Cl", "ClH": "Cl", "HBr": "Br", "BrH": "Br", "HI": "I", "H2O": "O"},
}
_CHARACTERS = "NaKLiCMgZnHlBrIFO0123456789+-−·. "
_TEXT = re.compile(r"(?P<count>[2-9]?)[ ·.]*(?P<part>[A-Z][A-Za-z]*(?:2O|4)?)[ ·.]*\d?(?P<sign>[+\-−]?)")
_APART, _JOINED = 0.3, 0.12  # bond lengths to ink that is no part of the drawing; between letters of one text, at most
_HIGH = (0.12, 1.1)  # bond lengths that such a text is high
_MOST = 8  # texts that are read


def parts_beside(grey: np.ndarray, ink: np.ndarray, graph: Graph, charge: int, read: ReadTexts) -> list[str]:
    """Read the parts of a salt beside its molecule: their SMILES. ink: (H, W) bool, of the grey picture (H, W) uint8.

    An ion needs its sign, or a molecule whose `charge` it balances: a letter alone may be a label that was missed.
    """
    bond = graph.bond_length()
    wide = 2 * max(1, round(_JOINED * bond)) + 1
    joined = np.array(Image.fromarray(ink.astype(np.uint8)).filter(ImageFilter.MaxFilter(wide)), bool)
    near = _near(graph, ink.shape, _APART * bond)
    boxes = []
    for rows, columns in pixels_of(joined):
        own = ink[rows, columns]
        if near[rows, columns].any() or not own.any():
            continue
        rows, columns = rows[own], columns[own]
        box = Box(float(columns.min()), float(rows.min()), float(columns.max()) + 1, float(rows.max()) + 1)
        boxes += [box] if _HIGH[0] * bond < box.height < _HIGH[1] * bond else []
    texts = read(grey, boxes[:_MOST], _CHARACTERS) if boxes else []
    return [smiles for text in texts for smiles in _parts_of(text, charge)]


def _parts_of(text: str, charge: int) -> list[str]:
    match = _TEXT.fullmatch(text.strip().replace("CI", "Cl"))  # which look alike in most type
    if match is None or match["part"] not in PARTS:
        return []
    smiles = PARTS[match["part"]]
    own = ("+" in smiles) - ("-" in smiles)
    return [smiles] * int(match["count"] or 1) if match["sign"] or not own or own * charge < 0 else []


def _near(graph: Graph, shape: tuple[int, ...], reach: float) -> np.ndarray:
    """Mark what lies near a graph's bonds and nodes, (H, W) bool."""
    near = np.zeros(shape, bool)
    y, x = np.mgrid[: shape[0], : shape[1]]
    for bond in graph.bonds:
        a, b = graph.nodes[bond.begin], graph.nodes[bond.end]
        for share in np.linspace(0, 1, 5):
            near |= (x - a.x - share * (b.x - a.x)) ** 2 + (y - a.y - share * (b.y - a.y)) ** 2 < reach**2
    return near
