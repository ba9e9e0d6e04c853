"""Makes shards of pages with exact truth: `python -m sokdok_lab.structure.generate OUT --texts TEXTS --engine typst`.

A shard holds some 200 pages, of text layers or (`--read`) of our own recogniser; a run goes on behind those that exist.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image

from sokdok.imaging.box import Box
from sokdok.layout.analyse import parted, pieces_of
from sokdok.layout.page_image import seen_on
from sokdok.layout.structure.nodes import Array, Drawn, Run, page_nodes
from sokdok.pages.textlayer import Word
from sokdok.pages.textlayer.read import text_layer
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok_lab.structure.families import FAMILIES, document
from sokdok_lab.structure.grammar import GRAMMARS
from sokdok_lab.structure.texts import LANGUAGES, Words, load
from sokdok_lab.structure.tree import Document, Register
from sokdok_lab.structure.truth import known, known_chunks, page_arrays, places_of_words, share_known
from sokdok_lab.synth.wear import Wear

ENGINES = {"typst": "typst:pdf", "chromium": "web:chromium", "weasyprint": "web:weasyprint",
           "reportlab": "reportlab:pdf", "latex": "latex:pdf", "office": "office:pdf"}  # fmt: skip
"""name of an engine -> where its function is, below `engines`; the order decides the seeds of documents"""
DOCUMENTS = 50  # of a shard
MOST_PAGES = 10  # of a document
MOST_READ = 3  # of them that are read
OF_READ = 5_000_000  # from the number of a document to that of one that is read
MOST_NODES = 512
LEAST_KNOWN = 0.93  # share of a document's letters whose word must be known
MOST_CROSSING = 0.05  # share of a page's chunks that may cover others
DPI = (90, 200)  # at which pages are seen
INK = 128  # levels below which words are set, each in a colour of its own
LEAST_FOUND = 0.7  # share of a page's letters that must be found, or its truth says too little
WEAR = Wear(
    blurred=(0.3, 0.3, 0.9), coarse=(0.1, 0.6, 0.9), toned=(0.3, (0, 90), (215, 255)), noisy=(0.3, 2, 12),
    bilevel=(0.06, 0.4, 0.7), specked=(0.06, 0.0002, 0.001), jpeg=(0.4, 30, 90), lit=(0.1, 0.05, 0.25),
)  # fmt: skip
Engine = Callable[[Document, Register, Path], bytes]


def main() -> None:
    """Make shards of one engine until there are as many as asked for."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard")
    parser.add_argument("--shards", type=int, default=10)
    parser.add_argument(
        "--kinds", nargs="+", choices=FAMILIES, default=[*FAMILIES], help="of documents; all by default"
    )
    parser.add_argument("--read", type=Path, help="checkpoint folder: pages as our own recogniser reads them")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pictures = picture_folder(options.out.resolve() / "pictures")
    words = load(options.texts)
    module, function = ENGINES[options.engine].split(":")
    engine: Engine = getattr(importlib.import_module(f"sokdok_lab.structure.engines.{module}"), function)
    reader = NanoPageReader(options.read, threads=1) if options.read else None
    kind = f"{options.engine}_read" if reader else options.engine
    for shard in range(options.first, options.first + options.shards):
        path = options.out / f"{kind}-{shard:05}.npz"
        if path.exists():
            continue
        begun, pages, lost = time.process_time(), [], 0
        for index in range(DOCUMENTS):
            seed = [*ENGINES].index(options.engine) * 10_000_000 + shard * DOCUMENTS + index + OF_READ * bool(reader)
            try:
                made = document_pages(seed, words, engine, pictures, reader, options.kinds)
            except Exception as error:  # an engine that refuses one document must not end the run
                print(f"{kind} {seed}: {str(error)[:160]}", file=sys.stderr)
                made = []
            lost += not made
            pages += made
        write(path, pages)
        each = 1000 * (time.process_time() - begun) / max(1, len(pages))
        print(f"{path.name}: {len(pages)} pages, {lost} documents lost, {each:.0f} ms a page", flush=True)


def document_pages(
    seed: int, words: dict[str, Words], engine: Engine, pictures: Path, reader: NanoPageReader | None = None,
    kinds: Collection[str] = FAMILIES,
) -> list[dict[str, Array]]:  # fmt: skip
    """Arrays of the pages of the document of a seed, as `reader` reads them if given; none if few words are known."""
    number = seed * 7919 % GRAMMARS
    made = document(seed, words, number, kinds)
    register = Register(made.language)
    rng = random.Random(f"reading {seed}")
    out: list[dict[str, Array]] = []
    with pypdfium2.PdfDocument(engine(made, register, pictures)) as file:
        shown = [file[index] for index in range(min(len(file), MOST_PAGES))]
        layers = [text_layer(page) for page in shown]
        known = [known_chunks(layer, page, register) for layer, page in zip(layers, shown, strict=True)]
        if share_known(known) < LEAST_KNOWN:
            return []
        chunks = [[item.words for item in page] for page in known]
        wanted = range(len(shown)) if reader is None else rng.sample(range(len(shown)), min(MOST_READ, len(shown)))
        earlier = set[int]()
        for index, (page, layer) in enumerate(zip(known, layers, strict=True)):
            if index in wanted and 1 <= len(page) <= MOST_NODES and crossing(chunks[index]) <= MOST_CROSSING:
                if reader is None:
                    nodes = page_nodes(chunks[index], Drawn.of_layer(layer))
                    arrays = {**nodes, **page_arrays(page, register, earlier)}
                else:
                    spoken = places_of_words(layer, shown[index])
                    arrays = read_page(shown[index], spoken, register, earlier, reader, rng) or {}
                kind, language = [*FAMILIES].index(made.family), LANGUAGES.index(made.language)
                facts = [seed, number, index, len(layers), kind, language, reader is not None]
                out += [{**arrays, "facts": np.array(facts, np.int64)}] if arrays else []
            earlier |= {item.unit for item in page}
            earlier |= {-2 - register.units[item.unit].table for item in page if item.unit >= 0}
    return out


def read_page(
    page: pypdfium2.PdfPage, words: Sequence[tuple[Word, int, int]], register: Register, earlier: set[int],
    reader: NanoPageReader, rng: random.Random,
) -> dict[str, Array] | None:  # fmt: skip
    """Arrays of a page that is drawn, worn and read, each piece with what is true of it; None if few were found.

    A text detector gives other pieces than a text layer: marks and words run together, sizes are measured. `words` are
    those of the text layer with their numbers (`truth.places_of_words`).
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


def crossing(chunks: Sequence[Run]) -> float:
    """Share of the chunks that others cover: a table that outgrew its column is set over its neighbour."""
    boxes = np.array([(c[0].box.left, c[0].baseline - 0.6 * c[0].em, c[-1].box.right, c[0].baseline) for c in chunks])
    across = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    down = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    covered = (across > 2) & (down > 2)
    np.fill_diagonal(covered, False)
    return float(covered.any(1).mean())


def write(path: Path, pages: list[dict[str, Array]]) -> None:
    """Write pages' arrays end to end, with the lengths of each, under a temporary name first."""
    names = [*pages[0]] if pages else []
    whole = {name: np.concatenate([page[name] for page in pages]) for name in names}
    lengths = {f"{name}/n": np.array([len(page[name]) for page in pages]) for name in names}
    part = path.with_suffix(".part.npz")
    save: Any = np.savez_compressed
    save(part, **whole, **lengths)
    part.replace(path)


def read(path: Path) -> list[dict[str, Array]]:
    """Pages of a shard."""
    with np.load(path) as file:
        names = [name for name in file.files if not name.endswith("/n")]
        parts = {name: np.split(file[name], np.cumsum(file[f"{name}/n"])[:-1]) for name in names}
    count = len(parts["em"]) if parts else 0
    return [{name: parts[name][index] for name in names} for index in range(count)]


def picture_folder(folder: Path) -> Path:
    """A folder of small pictures, made where it is missing."""
    if not folder.exists():
        folder.mkdir(parents=True)
        noise = np.random.default_rng(0)
        for index in range(12):
            pixels = noise.integers(60, 220, (6 + index, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((160, 120), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    return folder


if __name__ == "__main__":
    main()
