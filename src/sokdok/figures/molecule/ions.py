"""Ions and small molecules written beside a drawn molecule: the other part of a salt, as `Na+` and `HCl`.

They have no bonds, so the net of atoms and bonds does not see them: what ink lies apart from the drawn molecule is read
as text, and counts if it is one of these; other texts, such as a compound's number, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageFilter

from sokdok.imaging.box import Box
from sokdok.imaging.components import pixels_of
from sokdok.model.nano.formats.molecule import Graph

ReadTexts = Callable[[np.ndarray, Sequence[Box], str], list[str]]
"""a grey picture, the boxes of texts on it and the characters that may be there -> what they say"""
PARTS = {
    **{"Na": "[Na+]", "K": "[K+]", "Li": "[Li+]", "Ca": "[Ca+2]", "Mg": "[Mg+2]", "Zn": "[Zn+2]", "NH4": "[NH4+]"},
    **{"Cl": "[Cl-]", "Br": "[Br-]", "I": "[I-]", "F": "[F-]", "HO": "[OH-]", "OH": "[OH-]"},
    **{"HCl": "Cl", "ClH": "Cl", "HBr": "Br", "BrH": "Br", "HI": "I", "H2O": "O"},
}  # as it is written, less its charge -> SMILES
_CHARACTERS = "NaKLiCMgZnHlBrIFO0123456789+-−·. "
_TEXT = re.compile(r"(?P<count>[2-9]?)[ ·.]*(?P<part>[A-Z][A-Za-z]*(?:2O|4)?)[ ·.]*\d?(?P<sign>[+\-−]?)")
_APART, _JOINED = 0.3, 0.12
"""bond lengths from the drawn molecule to ink that is no part of it; and between letters of one text, at most"""
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
