"""Pages as our own recogniser reads them: drawn, worn, read, and each piece that was found given what is true of it.

A text detector gives other pieces than a text layer: marks and words run together, wide gaps stay closed, sizes are
measured, faint rules are missed. What is read is looked at as the product looks at it (`layout.page_image.seen_on`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pypdfium2
from PIL import Image

from sokdok.imaging.box import Box
from sokdok.layout.analyse import parted, pieces_of
from sokdok.layout.page_image import seen_on
from sokdok.layout.structure.nodes import Array
from sokdok.pages.textlayer import Word
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok_lab.structure.tree import Register
from sokdok_lab.structure.truth import known, page_arrays
from sokdok_lab.synth.wear import Wear

DPI = (90, 200)  # at which pages are seen
INK = 128  # levels below which words are set, each in a colour of its own
LEAST_FOUND = 0.7  # share of a page's letters that must be found, or its truth says too little
WEAR = Wear(
    blurred=(0.3, 0.3, 0.9), coarse=(0.1, 0.6, 0.9), toned=(0.3, (0, 90), (215, 255)), noisy=(0.3, 2, 12),
    bilevel=(0.06, 0.4, 0.7), specked=(0.06, 0.0002, 0.001), jpeg=(0.4, 30, 90), lit=(0.1, 0.05, 0.25),
)  # fmt: skip


def read_page(
    page: pypdfium2.PdfPage,
    words: Sequence[tuple[Word, int, int]],
    register: Register,
    earlier: set[int],
    reader: NanoPageReader,
    rng: random.Random,
) -> dict[str, Array] | None:
    """Arrays of a page as `nodes.page_nodes` and `truth.page_arrays` give them; None if too little of it was found.

    `words` are those of its text layer with their numbers (`truth.places_of_words`).
    """
    dpi = rng.uniform(*DPI)
    seen = reader.see(worn(page.render(scale=dpi / 72).to_pil().convert("RGB"), rng))
    lines, around = seen_on(np.asarray(seen.image), seen.lines)
    free, _ = parted([line for line in lines if line.text and not line.turned], around)
    pieces, nodes = pieces_of(free, around)
    places = [seen.pose.to_picture(piece.box).scaled(72 / dpi) for piece in pieces]
    numbers, found = _numbers(places, words)
    if found < LEAST_FOUND:
        return None
    runs = [piece.scaled(around.scale).run for piece in pieces]
    texts = [known(list(run), mine, register) for run, mine in zip(runs, numbers, strict=True)]
    return {**nodes, **page_arrays(texts, register, earlier)}


def worn(image: Image.Image, rng: random.Random) -> Image.Image:
    """A page with its words in one colour, or several, as it comes from a scanner or as it is."""
    levels = np.asarray(image).astype(np.float32)
    ink = rng.choice([0.0, 0.0, 0.3, 1.0]) * INK  # where the lightest words are put
    shown = np.where(levels < INK, levels * ink / INK, ink + (levels - INK) * (255 - ink) / (255 - INK))
    pixels = shown.astype(np.uint8)
    if rng.random() < 0.6:
        pixels = WEAR(np.asarray(Image.fromarray(pixels).convert("L")), rng)
    return Image.fromarray(pixels).convert("RGB")


def _numbers(
    places: Sequence[Box], words: Sequence[tuple[Word, int, int]]
) -> tuple[list[list[tuple[int, int, int]]], float]:
    """The words (number, where, letters) in each place, by number; and the share of letters in any of them."""
    out: list[list[tuple[int, int, int]]] = [[] for _ in places]
    if not places:
        return out, 0.0
    box = np.array([tuple(place) for place in places])
    found = total = 0
    for word, number, index in words:
        x, y, size = (word.box.left + word.box.right) / 2, word.baseline - 0.3 * word.em, len(word.text)
        total += size
        off = np.maximum(box[:, 1] - y, y - box[:, 3]).clip(0) + np.maximum(box[:, 0] - x, x - box[:, 2]).clip(0)
        middle = np.abs((box[:, 1] + box[:, 3]) / 2 - y)
        at = int(np.argmin(off * 100 + middle))
        if off[at] < 0.25 * word.em:
            out[at].append((number, index, size))
            found += size
    return [sorted(mine) for mine in out], found / max(1, total)
