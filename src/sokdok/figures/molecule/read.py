"""A picture of a molecule → its SMILES: the molecule net's peaks joined into a graph.

    reading = NanoMolecules(net).read(pixels)  # its text, confidence, graph

- Ink is what differs from the paper in any colour: atoms in yellow and cyan count as much as black ones.
- The picture's scale is unknown: the net sees it at a few, small ones first, until one reads well; it says how long
  bonds are, the picture is scaled to suit it, and the most confident reading counts.
- A bond's ends take the nearest nodes; where there is none, a carbon is put there. Valences that can't be are repaired
  by the likeliest smaller reading (`assemble`).
- A second look from nearer finds the signs of charges, which are a pixel thick at the size that suits bonds.
- Ions and small molecules that are written beside it have no bonds: ink apart from the drawing is read as text. What is
  a formula and no part that is known was lost, and is reported; other texts, such as a compound's number, are left out.
- An arrow, a straight line longer than a bond with a head that tapers to a point, makes it a reaction: refused.
- Confidence is how often drawn molecules are right whose two readings agree, or don't, with such a score: the mean
  probability of the weakest quarter of nodes and bonds, times the share of the ink that all of them explain.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from sokdok.figures.molecule.chemistry import charge_of, graph_smiles, parts_of, smiles_charge
from sokdok.imaging.arrays import contrast, paper_of
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to, pixels_of
from sokdok.model.nano.formats import MULTIPLE_PX, Net
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
from sokdok.reading.reading import doubt as doubt_of
from sokdok.reasons import say

MOST_PX = 1_500_000  # pixels of a scaled picture
MARGIN_PX = 16  # paper around what the net sees
SCALES = (0.18, 0.35, 0.7, 1.3)  # factors tried, smallest first: they suit bonds of 133, 69, 34 and 18 pixels
LEAST_SCALE, MOST_SCALE = 0.02, 4.0  # factors between which the last, fitted one is kept
GOOD_CONFIDENCE = 0.6  # from which larger scales aren't tried, if bonds are long enough to be read well
GOOD_BOND_SHARE = 0.6  # of UNIT_PX: bonds so long are read well
NEARER = 1.65  # by which the second reading is larger than the first
BIAS, OF_SCORE, OF_AGREEMENT = -5.2, 5.9, 2.0
"""how the logarithm of the odds of being right goes with the score, and with both readings being one molecule: of drawn
ones, by logistic regression (`lab/scripts/calibrate_molecules.py`)"""
FEW_NODES = 6  # so few may be a large molecule seen from afar
INK = 0.4  # darkness from which a pixel is part of the drawing
BOND_REACH, LABEL_REACH, GROUP_REACH = 0.3, 1.0, 1.6
"""bond lengths around a point of a bond, an element and an abbreviation within which ink is explained"""


@dataclass(frozen=True)
class MoleculeReading:
    """What was read; text is "" where no molecule was found."""

    text: str  # SMILES
    graph: Graph  # nodes in pixels of the picture
    score: float = 0.0  # 0 to 1: the net's own word
    agreed: bool = False  # whether both readings are one molecule
    doubt: str = ""  # what of the picture is not in the text

    @property
    def confidence(self) -> float:
        """How often drawn molecules are right that are read so, 0 to 1."""
        odds = math.exp(BIAS + OF_SCORE * self.score + OF_AGREEMENT * self.agreed)
        return round(odds / (1 + odds), 3) if self.text else 0.0


class NanoMolecules:
    """Reads one molecule from a picture. The net sees darkness (1, 1, H, W); see `model.nano.formats.molecule`."""

    def __init__(self, net: Net, texts: ReadTexts = lambda grey, boxes, characters: []) -> None:
        self.net, self.texts = net, texts

    def read(self, pixels: np.ndarray) -> MoleculeReading:
        """Read the molecule that covers most of a picture, (H, W) grey or (H, W, 3) RGB uint8.

        Raises MissingExtraError where something was found and RDKit, which writes the SMILES, isn't installed.
        """
        grey = pixels if pixels.ndim == 2 else 255 - contrast(pixels, paper_of(pixels))
        dark, corner = _trimmed(darkness(grey))
        if not dark.size:
            return MoleculeReading("", Graph((), ()))
        attempts = self._attempts(dark)
        fitting = max(attempts, key=lambda attempt: attempt.evidence)
        factor = float(np.clip(fitting.factor * UNIT_PX / fitting.bond_px, LEAST_SCALE, MOST_SCALE))
        best = max([*attempts, self._attempt(dark, factor)], key=lambda attempt: attempt.evidence)
        if not best.graph.bonds:
            return MoleculeReading("", Graph((), ()))
        if has_arrow(dark > INK, best.graph.bond_length()):
            return MoleculeReading("", best.graph.moved(*corner), doubt=say("reaction"))
        nearer = signed(self._attempt(dark, best.factor * NEARER * UNIT_PX / best.bond_px).graph)
        graph = signed(charged(best.graph, nearer, -1))
        parts, lost = parts_beside(grey, corner, dark > INK, graph, self.texts)
        # Numbers beside nitrogens look like a plus, dirt like a minus: they count where they balance others.
        beside = sum(map(smiles_charge, parts))
        graph = charged(graph, nearer, 1, -charge_of(graph) - beside)
        missing = charge_of(graph) + beside
        graph, nearer = (minus_drawn(one, dark > INK, missing) for one in (graph, nearer))
        charge, text = charge_of(graph) + beside, graph_smiles(graph)
        agreed, text = text == graph_smiles(nearer), ".".join([text, *parts])
        doubt = say("unbalanced", charge=f"{charge:+d}") if charge else ""
        doubt = say("part_lost", parts=", ".join(lost)) if lost else doubt
        reading = MoleculeReading(text, graph.moved(*corner), best.confidence, agreed, doubt)
        return replace(reading, doubt=doubt or doubt_of(reading.confidence))  # below a half it is likelier wrong

    def _attempts(self, dark: np.ndarray) -> list[_Attempt]:
        """Read at one scale after another until one is good."""
        attempts: list[_Attempt] = []
        for factor in sorted({min(scale, (MOST_PX / dark.size) ** 0.5) for scale in SCALES}):
            attempts.append(self._attempt(dark, factor))
            if attempts[-1].good:
                break
        return attempts

    def _attempt(self, dark: np.ndarray, factor: float) -> _Attempt:
        """Read darkness (H, W) scaled by a factor, or as large as it may be."""
        factor = min(factor, (MOST_PX / dark.size) ** 0.5)
        scaled = resized(dark, factor)
        height, width = scaled.shape
        sides = [-(-(side + 2 * MARGIN_PX) // MULTIPLE_PX) * MULTIPLE_PX for side in (height, width)]
        canvas = np.zeros((1, 1, *sides), np.float32)
        canvas[0, 0, MARGIN_PX : MARGIN_PX + height, MARGIN_PX : MARGIN_PX + width] = scaled
        peaks = find_peaks(self.net(canvas)[0])
        graph, confidences = assemble(peaks)
        graph = graph.moved(-MARGIN_PX, -MARGIN_PX).scaled(1 / factor)
        if not graph.bonds:
            return _Attempt(factor, UNIT_PX, 0.0, graph)
        bond_px = float(np.median(np.linalg.norm(peaks.spans, axis=1)))
        explained = _explained_share(scaled, graph.scaled(factor), bond_px)
        weakest = sorted(confidences)[: -(-len(confidences) // 4)]
        return _Attempt(factor, bond_px, float(np.mean(weakest)) * explained, graph)


def charged(graph: Graph, nearer: Graph, sign: int, most: int = 99) -> Graph:
    """Give nodes of a graph a charge that another reading found there, to so many nodes at most."""
    reach, nodes = SNAP * graph.bond_length(), list(graph.nodes)
    for number, node in enumerate(nodes):
        at = [other for other in nearer.nodes if (other.label, other.charge) == (node.label, sign)]
        if most > 0 and not node.charge and any(np.hypot(one.x - node.x, one.y - node.y) < reach for one in at):
            nodes[number], most = replace(node, charge=sign), most - 1
    return replace(graph, nodes=tuple(nodes))


def signed(graph: Graph) -> Graph:
    """Give a neutral atom the minus that a plus next to it asks for.

    There a chain ends with a bond less than the atom takes, as in nitro groups, azides and isocyanides.
    """
    nodes = list(graph.nodes)
    for i, node in enumerate(nodes):
        bonds = [bond for bond in graph.bonds if i in (bond.begin, bond.end)]
        plus = len(bonds) == 1 and nodes[bonds[0].begin + bonds[0].end - i].charge > 0
        if plus and not node.charge and sum(_ORDERS[b.kind] for b in bonds) == _VALENCES.get(node.label, 0) - 1:
            nodes[i] = replace(node, charge=-1)
    return replace(graph, nodes=tuple(nodes))


def minus_drawn(graph: Graph, ink: np.ndarray, most: int) -> Graph:
    """Give neutral atoms that take more bonds the minus drawn beside them, (H, W) bool, to so many at most.

    A minus is a short level stroke by itself, above the middle of a letter.
    """
    nodes, bond = list(graph.nodes), graph.bond_length()
    for rows, columns in pixels_of(ink) if most > 0 else ():
        width, place = np.ptp(columns) + 1, (columns.mean(), rows.mean())
        if not _SIGN[0] * bond < width < _SIGN[1] * bond or width < 2 * (np.ptp(rows) + 1):
            continue
        for i, node in enumerate(nodes):
            by = place[1] < node.y and math.dist(place, (node.x, node.y)) < LABEL_REACH * bond
            orders = sum(_ORDERS[edge.kind] for edge in graph.bonds if i in (edge.begin, edge.end))
            if by and most > 0 and not node.charge and node.label != "C" and orders < _VALENCES.get(node.label, 0):
                nodes[i], most = replace(node, charge=-1), most - 1
    return replace(graph, nodes=tuple(nodes))


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


def _trimmed(dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut out the part that holds ink; returns it and its corner (x, y)."""
    rows, columns = np.flatnonzero((dark > INK).any(1)), np.flatnonzero((dark > INK).any(0))
    if not len(rows):
        return dark[:0], np.zeros(2, int)
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.array([columns[0], rows[0]])


def _explained_share(dark: np.ndarray, graph: Graph, bond_px: float) -> float:
    """Compute the share of the ink that lies near bonds and labels, 0 to 1, both in the same pixels."""
    spots = [(*place, BOND_REACH * bond_px) for place, _ in _along(graph)]
    labels = [node for node in graph.nodes if node.label != "C"]
    spots += [(n.x, n.y, (GROUP_REACH if n.label in GROUPS else LABEL_REACH) * bond_px) for n in labels]
    return float((dark * _near(dark.shape, spots)).sum() / max(dark.sum(), 1e-6))


def _along(graph: Graph) -> Iterator[tuple[tuple[float, float], bool]]:
    """Places along a graph's bonds, and whether one is at a carbon."""
    for ends in ((graph.nodes[bond.begin], graph.nodes[bond.end]) for bond in graph.bonds):
        (a, b), (c, d) = ((node.x, node.y) for node in ends)
        for share in (0, 0.25, 0.5, 0.75, 1):
            at_carbon = share in (0, 1) and ends[int(share)].label == "C"
            yield (a + share * (c - a), b + share * (d - b)), at_carbon


def _near(shape: tuple[int, ...], spots: Sequence[tuple[float, float, float]]) -> np.ndarray:
    """Mark the pixels (H, W) bool that lie near spots: x, y, and how near, in pixels."""
    image = Image.new("1", (shape[1], shape[0]))
    pen = ImageDraw.Draw(image)
    for x, y, reach in spots:
        pen.circle((x - 0.5, y - 0.5), reach, 1)
    return np.array(image)


ReadTexts = Callable[[np.ndarray, Sequence[Box], str], list[str]]  # picture, boxes of texts, characters
_CHARACTERS = string.ascii_letters + string.digits + "+-−·•*() "
_APART, _BARE = 0.3, 0.1  # bond lengths to ink that is no part of the drawing; the same beyond a bare carbon
_LEAST_PX, _HIGH = 6, 1.1  # that such a text is high, at least, and bond lengths at most
_JOINED, _MOST = 0.08, 8  # bond lengths between letters of one text, and texts that are read, at most
_BESIDE, _LOW = 0.25, 0.3  # bond lengths to a bond's other line, and heights of a text to a figure below its line
_SAYS = re.compile(r"[A-HJ-Z*]")  # what is a label that was read, and no line
_CARBON = re.compile(r"(H[^A-Z]*([CGQ][^A-Z]*)?|[CGQ](H[^A-Z]*)?|Me)$")  # CH3 and the like, as they are read
_SIGN = 0.05, 0.4  # bond lengths that a minus is wide
_ARROW, _HEAD = 1.2, 2.0  # bond lengths of an arrow without its head, and thicknesses of its line across that, at least


def parts_beside(
    grey: np.ndarray, corner: np.ndarray, ink: np.ndarray, graph: Graph, read: ReadTexts
) -> tuple[list[str], list[str]]:
    """Read the parts of a salt beside its molecule. ink: (H, W) bool, from a corner (x, y) of the grey picture on.

    Returns their SMILES, and what is written like a part and is none that is known, or at a carbon or a hydrogen and
    does not say it, such as an isotope or a place for any group.
    """
    bond, letters, by = graph.bond_length(), list[Box](), list[bool]()
    near = _near(ink.shape, [(*place, (_BARE if bare else _APART) * bond) for place, bare in _along(graph)])
    ends = [(graph.nodes[edge.begin], graph.nodes[edge.end]) for edge in graph.bonds]
    dashes = replace(graph, bonds=tuple(edge for edge in graph.bonds if edge.kind == "dash"))
    places = [((a.x + b.x) / 2, (a.y + b.y) / 2) for a, b in ends] + [place for place, _ in _along(dashes)]
    lines = _near(ink.shape, [(*place, _BESIDE * bond) for place in places])
    for rows, columns in pixels_of(ink):
        if np.ptp(rows) < _HIGH * bond and not lines[rows, columns].any():
            letters.append(Box(float(columns.min()), float(rows.min()), columns.max() + 1.0, rows.max() + 1.0))
            by.append(bool(near[rows, columns].any()))
    beside, labels, gaps = list[list[Box]](), list[list[Box]](), gaps_to(letters)
    for group in connected(len(letters), lambda at: np.maximum(*gaps(at)) <= 2 * _JOINED * bond):
        own = [letters[at] for at in group]
        box = Box.around(own)
        names = {node.label for node in graph.nodes if box.grown(_APART * bond).holds(node.x, node.y)}
        if not _LEAST_PX <= box.height < _HIGH * bond:
            continue
        if not any(by[at] for at in group):
            beside.append(own)
        elif names and names <= {"C", "H"}:
            labels.append(own)
    beside = beside[:_MOST]
    boxes = [Box.around(own).moved(*corner) for own in beside + labels]
    texts = read(grey, boxes, _CHARACTERS) if boxes else []
    beside_ones = [with_figure(text.strip(), own) for text, own in zip(texts, beside, strict=False)]
    found = {text: parts_of(text, charge_of(graph)) for text in beside_ones}
    parts = [smiles for text in beside_ones for smiles in found[text] or ()]
    # A figure by itself may number the molecule, or say how many of a part there are.
    lost = [text for text, own in found.items() if own == [] or (parts and text.isdecimal())]
    at_carbons = [text.strip("-−. ") for text in texts[len(beside) :]]
    return parts, lost + [text for text in at_carbons if _SAYS.search(text) and not _CARBON.match(text)]


def with_figure(text: str, letters: Sequence[Box]) -> str:
    """Put j, which stands for any figure, into a text without one of whose letters one stands low."""
    box = Box.around(letters)
    line = max((own.bottom for own in letters if own.top < box.top + _LOW * box.height), default=box.bottom)
    low = any(own.top > box.top + _LOW * box.height and own.bottom > line + 0.1 * box.height for own in letters)
    return f"{text[:1]}j{text[1:]}" if low and not re.search(r"\d", text) else text


def has_arrow(ink: np.ndarray, bond: float) -> bool:
    """Whether a piece of ink (H, W) bool by itself is an arrow, whichever way it points; bond: a length in pixels."""
    for rows, columns in pixels_of(ink):
        points = np.stack([columns - columns.mean(), rows - rows.mean()], 1)
        along, across = (points @ np.linalg.eigh(points.T @ points)[1]).T[::-1]
        if np.ptp(along) < max(_ARROW * bond, 2 * np.ptp(across)):
            continue
        for places in (along - along.min(), along.max() - along):
            places = np.rint(places).astype(int)
            length = int(places.max()) + 1
            high, low = np.full(length, across.max()), np.full(length, across.min())
            np.minimum.at(high, places, across)
            np.maximum.at(low, places, across)
            thick = low - high + 1.0
            line, back = float(np.median(thick)), int(thick.argmax())
            head, stem = thick[back:], slice(0, max(1, back - max(2, (length - back) // 4)))
            wide = head[0] >= max(_HEAD * line, line + 3) and 2 < len(head) < back / 2
            tapers = wide and head[len(head) // 2] <= 0.8 * head[0] and head[-1] <= max(line + 1, 0.5 * head[0])
            level = max(np.ptp(high[stem]), np.ptp(low[stem])) <= 1.5 + line / 2
            if back > _ARROW * bond and tapers and level:
                return True
    return False


SNAP = 0.45  # bond lengths from a bond's end to its node, at most
_DRAWN = 0.85  # mean confidence of what is drawn; print that is taken for bonds has less
INFERRED = 0.5  # confidence of a carbon that a bond's end implies, as a share of the bond's
REPAIRED = 0.5  # probability of a bond's kind that was changed to suit a valence
_VALENCES = {"C": 4, "N": 3, "O": 2, "S": 6, "P": 5, "B": 3, "Si": 4, "Se": 6} | dict.fromkeys(INNER, 2)
"""most bonds of an uncharged atom or group; 1 for others"""
_CHARGED = {("S", 3): 1, ("P", 4): 1, ("P", 6): -1, ("B", 4): -1}  # by element and single bonds
_ORDERS = {"single": 1.0, "double": 2.0, "triple": 3.0, "aromatic": 1.5, "wedge": 1.0, "dash": 1.0}


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
        return len(self.places) - 1


def assemble(peaks: Peaks) -> tuple[Graph, list[float]]:
    """Join nodes by bonds, the hottest bonds first.

    Returns the graph in pixels of what the net saw, and the confidences of the nodes and bonds in it, 0 to 1.
    """
    labels = [LABELS[number] for number in peaks.labels.argmax(1)]
    charges = [CHARGES[number] for number in peaks.charges.argmax(1)]
    nodes = _Nodes(
        list(peaks.nodes),
        labels,
        [0 if label in GROUPS else charge for label, charge in zip(labels, charges, strict=True)],  # groups have theirs
        (peaks.node_heat * peaks.labels.max(1)).tolist(),
    )
    edges: dict[tuple[int, int], _Edge] = {}
    for number in np.argsort(-peaks.bond_heat, kind="stable").tolist():
        heat, span = float(peaks.bond_heat[number]), peaks.spans[number]
        reach, ends = SNAP * float(np.linalg.norm(span)), list[int]()
        for place in (peaks.bonds[number] - span / 2, peaks.bonds[number] + span / 2):
            index = nodes.nearest(place, reach)
            ends.append(nodes.add_carbon(place, INFERRED * heat) if index is None else index)
        begin, end = ends
        pair = min(begin, end), max(begin, end)
        if begin != end and pair not in edges:
            edges[pair] = _Edge(begin, end, peaks.kinds[number], heat)
    valid = _repaired(nodes, _without_noise(nodes, list(edges.values())))
    bound = {index for edge in valid for index in (edge.begin, edge.end)}
    return _graph(nodes, valid), [nodes.confidences[index] for index in bound] + [edge.confidence for edge in valid]


def _without_noise(nodes: _Nodes, edges: list[_Edge]) -> list[_Edge]:
    """The bonds but of small parts, less than half the largest, without a charge, that hardly look drawn: print."""
    count = len(nodes.places)
    joined = np.zeros((count, count), bool)
    for edge in edges:
        joined[edge.begin, edge.end] = joined[edge.end, edge.begin] = True
    parts = connected(count, lambda index: joined[index])
    most, noise = max(map(len, parts), default=0), set[int]()
    for part in parts:
        seen = [edge.confidence for edge in edges if edge.begin in part] + [nodes.confidences[at] for at in part]
        if len(part) < most / 2 and not any(nodes.charges[at] for at in part) and np.mean(seen) < _DRAWN:
            noise.update(part)
    return [edge for edge in edges if edge.begin not in noise]


def _repaired(nodes: _Nodes, edges: list[_Edge]) -> list[_Edge]:
    """Change charges and bonds until no node has more bonds than its element takes.

    A nitrogen with one bond too many is charged, and so is what RDKit would give a hydrogen or refuse: sulphur
    with three single bonds, phosphorus with four or six, boron with four. Otherwise the least likely multiple bond
    loses an order, and where there is none, the least likely bond goes. N(=O)=O stays: RDKit knows this way to draw a
    nitro group.
    """
    edges = list(edges)
    for index in range(len(nodes.places)):
        while True:
            around = [edge for edge in edges if index in (edge.begin, edge.end)]
            if len(around) == sum(_ORDERS[edge.kind] for edge in around):
                nodes.charges[index] = _CHARGED.get((nodes.labels[index], len(around)), nodes.charges[index])
            label, charge = nodes.labels[index], nodes.charges[index]
            shift = charge if label in ("N", "O", "S") else -charge if label in ("B", "P") else -abs(charge)
            excess = sum(_ORDERS[edge.kind] for edge in around) - _VALENCES.get(label, 1) - shift
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
            if multiple:
                weakest.kinds = np.eye(len(KINDS))[smaller] * REPAIRED
            else:
                edges = [edge for edge in edges if edge is not weakest]
    return edges


def _graph(nodes: _Nodes, edges: list[_Edge]) -> Graph:
    """Build the graph of the edges and the nodes at their ends."""
    used = sorted({index for edge in edges for index in (edge.begin, edge.end)})
    number = {index: position for position, index in enumerate(used)}
    return Graph(
        tuple(Node(nodes.labels[index], nodes.charges[index], *map(float, nodes.places[index])) for index in used),
        tuple(Bond(number[edge.begin], number[edge.end], edge.kind) for edge in edges),
    )
