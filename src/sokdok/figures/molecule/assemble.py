"""Peaks of the molecule net → a graph: bonds take the nodes at their ends, impossible valences are repaired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sokdok.model.nano.formats.molecule import CHARGES, GROUPS, INNER, KINDS, LABELS, Bond, Graph, Node, Peaks

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
