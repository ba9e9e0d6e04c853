"""A picture of a molecule → its SMILES: the molecule net's peaks joined into a graph.

    reader = NanoMolecules(net)
    reading = reader.read(pixels)
    reading.text, reading.confidence, reading.graph

- The picture's scale is unknown: the net sees it at a few, small ones first, until one reads well; it says how long
  bonds are, the picture is scaled to suit it, and the most confident reading counts.
- A bond's ends take the nearest nodes; where there is none, a carbon is put there. Valences that can't be are repaired
  by the likeliest smaller reading (`repair`).
- Confidence is the mean probability of the weakest quarter of nodes and bonds times the share of the ink that all of
  them explain: low for a photo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sokdok.figures.molecule.assemble import assemble
from sokdok.figures.molecule.chemistry import charge_of, graph_smiles
from sokdok.figures.molecule.ions import ReadTexts, parts_beside
from sokdok.model.nano.formats import MULTIPLE_PX, STRIDE, Net
from sokdok.model.nano.formats.molecule import GROUPS, UNIT_PX, Graph, darkness, find_peaks, resized

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
    """A reading at one scale."""

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
    """The largest factor that a picture may be scaled by."""
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
