"""Makes shards of pages with exact truth: `python -m sokdok_lab.structure.generate OUT --texts TEXTS --engine typst`.

A shard holds some 200 pages; one that exists is not made again, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2

from sokdok.pages.textlayer import text_layer
from sokdok_lab.structure.families import FAMILIES, document
from sokdok_lab.structure.grammar import GRAMMARS
from sokdok_lab.structure.nodes import Array, Drawn, page_nodes
from sokdok_lab.structure.texts import Words, load
from sokdok_lab.structure.tree import Document, Register
from sokdok_lab.structure.truth import Chunk, known_chunks, page_arrays, share_known

ENGINES = ("typst", "chromium", "weasyprint", "reportlab", "latex", "office")
DOCUMENTS = 50  # of a shard
MOST_PAGES = 10  # of a document
MOST_NODES = 512
LEAST_KNOWN = 0.93  # share of a document's letters whose word must be known
MOST_CROSSING = 0.05  # share of a page's chunks that may cover others
Engine = Callable[[Document, Register, Path], bytes]


def main() -> None:
    """Make shards of one engine until there are as many as asked for."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard")
    parser.add_argument("--shards", type=int, default=10)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pictures = picture_folder(options.out / "pictures")
    words = load(options.texts)
    engine: Engine = importlib.import_module(f"sokdok_lab.structure.engines.{options.engine}").pdf
    for shard in range(options.first, options.first + options.shards):
        path = options.out / f"{options.engine}-{shard:05}.npz"
        if path.exists():
            continue
        begun, pages, lost = time.process_time(), [], 0
        for index in range(DOCUMENTS):
            seed = ENGINES.index(options.engine) * 10_000_000 + shard * DOCUMENTS + index
            try:
                made = document_pages(seed, words, engine, pictures)
            except Exception as error:  # an engine that refuses one document must not end the run
                print(f"{options.engine} {seed}: {str(error)[:160]}", file=sys.stderr)
                made = []
            lost += not made
            pages += made
        write(path, pages)
        used = time.process_time() - begun
        print(
            f"{path.name}: {len(pages)} pages, {lost} documents lost, {1000 * used / max(1, len(pages)):.0f} ms a page",
            flush=True,
        )


def document_pages(seed: int, words: dict[str, Words], engine: Engine, pictures: Path) -> list[dict[str, Array]]:
    """Arrays of each page of the document of a seed; none if too few of its words are known."""
    number = seed * 7919 % GRAMMARS
    told = document(seed, words, number)
    register = Register(told.language)
    with pypdfium2.PdfDocument(engine(told, register, pictures)) as file:
        shown = [file[index] for index in range(min(len(file), MOST_PAGES))]
        layers = [text_layer(page) for page in shown]
        known = [known_chunks(layer, page, register) for layer, page in zip(layers, shown, strict=True)]
    if share_known(known) < LEAST_KNOWN:
        return []
    chunks = [[item.chunk for item in page] for page in known]
    out, earlier = [], set[int]()
    for index, (page, layer) in enumerate(zip(known, layers, strict=True)):
        truth = page_arrays(page, layer, register, earlier)
        earlier |= {item.unit for item in page} | {
            -2 - register.units[item.unit].table for item in page if item.unit >= 0
        }
        if not 3 <= len(page) <= MOST_NODES or crossing(chunks[index]) > MOST_CROSSING:
            continue
        near = [
            [chunk.words for chunk in chunks[i]]
            for i in range(max(0, index - 2), min(len(chunks), index + 3))
            if i != index
        ]
        facts = np.array(
            [
                seed,
                number,
                index,
                len(layers),
                [*FAMILIES].index(told.family),
                ["en", "ko", "de", "fr", "ja"].index(told.language),
            ],
            np.int64,
        )
        out.append(
            {
                **page_nodes([chunk.words for chunk in chunks[index]], Drawn.of_layer(layer), near),
                **truth,
                "facts": facts,
            }
        )
    return out


def crossing(chunks: Sequence[Chunk]) -> float:
    """Share of the chunks that others cover: a table that outgrew its column is set over its neighbour."""
    boxes = np.array(
        [
            (c.words[0].box.left, c.words[0].baseline - 0.6 * c.words[0].em, c.words[-1].box.right, c.words[0].baseline)
            for c in chunks
        ]
    )
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
    from PIL import Image

    if not folder.exists():
        folder.mkdir(parents=True)
        random = np.random.default_rng(0)
        for index in range(12):
            pixels = random.integers(60, 220, (6 + index, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((160, 120), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    return folder


if __name__ == "__main__":
    main()
