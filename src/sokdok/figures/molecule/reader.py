"""Picture of a molecule -> SMILES, by nano's molecule net: peaks of its maps joined into a graph.

    reader = NanoMolecules(net)
    reading = reader.read(pixels)
    reading.text, reading.confidence, reading.graph

- The picture's scale is unknown: the net looks at a few, small ones first, until one reads well; it says how long bonds
  are, the picture is scaled to suit it, and the most confident reading counts.
- A bond's ends take the nearest nodes; where there is none, a carbon is put there. Valences that can't be are mended by
  the likeliest smaller reading.
- Confidence is the mean probability of the weakest quarter of nodes and bonds times the share of the ink that all of
  them explain: low for a photo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sokdok.model.nano.molecule_format import CHARGES, STRIDE, UNIT, Peaks, darkness, peaks, resized
from sokdok.model.nano.molecule_graph import ABBREVIATIONS, KINDS, LABELS, Bond, Graph, Node

Net = Callable[[np.ndarray], np.ndarray]
"""(1, 1, H, W) float32 darkness, sides multiples of 32 -> logits (1, OUTPUTS, H / 4, W / 4)"""
MULTIPLE = 32
MOST_PIXELS = 1_500_000
"""of a scaled picture"""
SCALES = (0.18, 0.35, 0.7, 1.3)
"""factors tried, smallest first: they suit bonds of 133, 69, 34 and 18 pixels"""
GOOD = 0.6
"""confidence from which larger scales aren't tried, if bonds are long enough to be read well"""
MOST = 80
"""atoms of a molecule that is drawn in one picture"""
FEW = 6
"""nodes; so few may be a large molecule seen from afar"""
MARGIN = 16
SNAP = 0.45
"""how far a bond's end may lie from its node, in bond lengths"""
_VALENCES = {"C": 4, "N": 3, "O": 2, "S": 6, "P": 5, "B": 3, "Si": 4, "Se": 6}
_ORDER = {"single": 1.0, "double": 2.0, "triple": 3.0, "aromatic": 1.5, "wedge": 1.0, "dash": 1.0}


@dataclass(frozen=True)
class MoleculeReading:
    """What was read; text is "" where no molecule was found."""

    text: str
    """SMILES"""
    confidence: float
    """0 to 1"""
    graph: Graph
    """nodes in pixels of the picture"""


@dataclass
class _Edge:
    """A bond in the making."""

    begin: int
    end: int
    kinds: np.ndarray
    heat: float

    @property
    def kind(self) -> str:
        return KINDS[int(self.kinds.argmax())]

    @property
    def chance(self) -> float:
        return float(self.heat * self.kinds.max())


class NanoMolecules:
    """Reads one molecule from a picture."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def read(self, pixels: np.ndarray) -> MoleculeReading:
        """(H, W) grey or (H, W, 3) RGB uint8 -> the molecule that covers most of it."""
        grey = pixels if pixels.ndim == 2 else (pixels @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
        dark, corner = _trimmed(darkness(grey))
        if not dark.size:
            return MoleculeReading("", 0.0, Graph((), ()))
        looks = self._looks(dark)
        fitting = max(looks, key=lambda look: look.evidence)
        factor = fitting.factor * UNIT / fitting.unit
        looks.append(self._look(dark, float(np.clip(factor, 0.02, min(4.0, _largest(dark))))))
        best = max(looks, key=lambda look: look.evidence)
        # What falls into hundreds of atoms is a text or a table seen as bonds.
        confidence = best.confidence * min(1.0, (MOST / max(1, len(best.graph.nodes))) ** 2)
        return MoleculeReading(best.graph.smiles(), confidence, best.graph.moved(*corner))

    def _looks(self, dark: np.ndarray) -> list[_Look]:
        looks: list[_Look] = []
        for factor in sorted({min(scale, _largest(dark)) for scale in SCALES}):
            looks.append(self._look(dark, factor))
            if looks[-1].good:
                break
        return looks

    def _look(self, dark: np.ndarray, factor: float) -> _Look:
        """What the net sees at one scale."""
        scaled = resized(dark, factor)
        height, width = scaled.shape
        sides = [-(-(side + 2 * MARGIN) // MULTIPLE) * MULTIPLE for side in (height, width)]
        canvas = np.zeros((1, 1, *sides), np.float32)
        canvas[0, 0, MARGIN : MARGIN + height, MARGIN : MARGIN + width] = scaled
        found = peaks(self.net(canvas)[0])
        nodes, edges, chances = _assembled(found)
        graph = _graph(nodes, edges, factor)
        if not edges:
            return _Look(factor, UNIT, 0.0, graph)
        unit = float(np.median(np.linalg.norm(found.spans, axis=1)))
        weakest = sorted(chances)[: -(-len(chances) // 4)]
        return _Look(factor, unit, float(np.mean(weakest)) * _explained(scaled, graph, factor, unit), graph)


@dataclass(frozen=True)
class _Look:
    """A reading at one scale."""

    factor: float
    unit: float
    """median bond length in pixels of the scaled picture"""
    confidence: float
    graph: Graph
    """in pixels of what was scaled"""

    @property
    def evidence(self) -> float:
        """How much speaks for this scale: too large ones read badly, too small ones find but a few nodes."""
        return self.confidence**3 * len(self.graph.nodes)

    @property
    def good(self) -> bool:
        """Whether larger scales needn't be tried."""
        return self.confidence > GOOD and self.unit > 0.6 * UNIT and len(self.graph.nodes) > FEW


def _largest(dark: np.ndarray) -> float:
    """The largest factor that a picture may be scaled by."""
    return float((MOST_PIXELS / dark.size) ** 0.5)


def _trimmed(dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part that holds ink, and its corner (x, y)."""
    rows, columns = np.nonzero((dark > 0.4).any(1))[0], np.nonzero((dark > 0.4).any(0))[0]
    if not len(rows):
        return dark[:0], np.zeros(2)
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.array([columns[0], rows[0]])


@dataclass
class _Nodes:
    """Nodes in the making; lists of equal length."""

    places: list[np.ndarray]
    labels: list[int]
    charges: list[int]
    chances: list[float]

    def add_carbon(self, place: np.ndarray, chance: float) -> int:
        self.places.append(place)
        self.labels.append(LABELS.index("C"))
        self.charges.append(0)
        self.chances.append(chance)
        return len(self.places) - 1


def _assembled(found: Peaks) -> tuple[_Nodes, list[_Edge], list[float]]:
    """Nodes, the edges of the main part, and the chances of all that is in it."""
    nodes = _Nodes(
        list(found.nodes),
        found.labels.argmax(1).tolist(),
        [CHARGES[number] for number in found.charges.argmax(1)],
        (found.node_heat * found.labels.max(1)).tolist(),
    )
    edges: dict[tuple[int, int], _Edge] = {}
    for number in np.argsort(-found.bond_heat).tolist():
        ends = [found.bonds[number] + side * found.spans[number] / 2 for side in (-1, 1)]
        reach = SNAP * float(np.linalg.norm(found.spans[number]))
        begin, end = (_nearest(nodes, place, reach, float(found.bond_heat[number])) for place in ends)
        pair = min(begin, end), max(begin, end)
        if begin != end and pair not in edges:
            edges[pair] = _Edge(begin, end, found.kinds[number], float(found.bond_heat[number]))
    main = _main_part(len(nodes.places), list(edges.values()))
    kept = _mended(nodes, [edge for edge in edges.values() if edge.begin in main])
    chances = [nodes.chances[index] for index in main] + [edge.chance for edge in kept]
    return nodes, kept, chances


def _nearest(nodes: _Nodes, place: np.ndarray, reach: float, chance: float) -> int:
    """The node at a bond's end; a new carbon if none is near."""
    if nodes.places:
        gaps = np.linalg.norm(np.array(nodes.places) - place, axis=1)
        if gaps.min() < reach:
            return int(gaps.argmin())
    return nodes.add_carbon(place, 0.5 * chance)


def _main_part(count: int, edges: list[_Edge]) -> set[int]:
    """The largest connected part, and others at least half its size."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for edge in edges:
        parent[root(edge.begin)] = root(edge.end)
    parts: dict[int, set[int]] = {}
    for index in range(count):
        parts.setdefault(root(index), set()).add(index)
    largest = max(map(len, parts.values()), default=0)
    return set().union(*(part for part in parts.values() if len(part) >= max(2, largest / 2)))


def _mended(nodes: _Nodes, edges: list[_Edge]) -> list[_Edge]:
    """Edges without more bonds at a node than its element takes."""
    edges = list(edges)
    for index in range(len(nodes.places)):
        while True:
            around = [edge for edge in edges if index in (edge.begin, edge.end)]
            excess = sum(_ORDER[edge.kind] for edge in around) - _most(nodes, index)
            nitrogen = LABELS[nodes.labels[index]] == "N" and not nodes.charges[index]
            nitro = nitrogen and [edge.kind for edge in around].count("double") == len(around) - 1 == 2
            if excess <= 0 or nitro or not around:
                break
            if nitrogen and excess == 1:
                nodes.charges[index] = 1
                continue
            multiple = [edge for edge in around if edge.kind in ("double", "triple", "aromatic")]
            weakest = min(multiple or around, key=lambda edge: edge.chance)
            if multiple:
                weakest.kinds = (
                    np.eye(len(KINDS))[KINDS.index("double" if weakest.kind == "triple" else "single")] * 0.5
                )
            else:
                edges = [edge for edge in edges if edge is not weakest]
    return edges


def _most(nodes: _Nodes, index: int) -> float:
    """The most bonds that a node may have."""
    label, charge = LABELS[nodes.labels[index]], nodes.charges[index]
    shift = charge if label in ("N", "O", "S", "P") else -charge if label == "B" else -abs(charge)
    return _VALENCES.get(label, 1) + shift


def _graph(nodes: _Nodes, edges: list[_Edge], factor: float) -> Graph:
    """The graph of the edges, in pixels of the picture before it was scaled."""
    used = sorted({index for edge in edges for index in (edge.begin, edge.end)})
    number = {index: position for position, index in enumerate(used)}
    places = [(nodes.places[index] - MARGIN) / factor for index in used]
    return Graph(
        tuple(
            Node(LABELS[nodes.labels[index]], nodes.charges[index], float(x), float(y))
            for index, (x, y) in zip(used, places, strict=True)
        ),
        tuple(Bond(number[edge.begin], number[edge.end], edge.kind) for edge in edges),
    )


def _explained(dark: np.ndarray, graph: Graph, factor: float, unit: float) -> float:
    """The share of the ink that lies near bonds and labels, 0 to 1.

    dark: scaled by `factor`, which the graph is not. unit: bond length in pixels of `dark`.
    """
    height, width = (side // STRIDE * STRIDE for side in dark.shape)
    ink = dark[:height, :width].reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE).sum((1, 3))
    near = np.zeros(ink.shape, bool)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] * STRIDE + STRIDE / 2
    places = [np.array((node.x, node.y)) * factor for node in graph.nodes]
    spots = [(places[b.begin] * (1 - t) + places[b.end] * t, 0.3) for b in graph.bonds for t in np.linspace(0, 1, 5)]
    spots += [
        (at, 1.6 if n.label in ABBREVIATIONS else 1.0)
        for n, at in zip(graph.nodes, places, strict=True)
        if n.label != "C"
    ]
    for (left, top), reach in spots:
        near |= (x - left) ** 2 + (y - top) ** 2 < (reach * unit) ** 2
    return float((ink * near).sum() / max(ink.sum(), 1e-6))
