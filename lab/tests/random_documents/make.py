"""Random documents as files, each with what it shows and hides beside it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path

from random_documents.browser import print_documents
from random_documents.sheets import write_documents
from random_documents.words import Made

KINDS: dict[str, Callable[[Iterable[str]], Iterator[Made]]] = {
    "browser": print_documents,
    "sheets": write_documents,
    "picture": print_documents,
}  # how documents come about; pictures are of what a browser prints


def make_documents(folder: Path, counts: dict[str, int], seed: int = 0) -> list[Path]:
    """Make so many documents of each of `KINDS`; the same for the same seed and versions of browser and fonts.

    Beside each NAME.pdf is NAME.json: `seen` and `hidden`, pairs of a kind of drawing and a text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, count in counts.items():
        seeds = [f"{kind}/{seed}/{number}" for number in range(count)]
        for number, made in enumerate(KINDS[kind](seeds)):
            name = f"{kind}-{seed}-{number:04}"
            path = folder / f"{name}.pdf"
            path.write_bytes(_scanned(made.data, random.Random(seeds[number])) if kind == "picture" else made.data)
            truth = {"kind": kind, "seen": made.words.seen, "hidden": made.words.hidden}
            path.with_suffix(".json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
            paths.append(path)
    return paths


def _scanned(data: bytes, rng: random.Random) -> bytes:
    """A PDF of pictures of a PDF's pages: 130 to 200 dpi, JPEG."""
    from pypdfium2 import PdfDocument

    document, dpi = PdfDocument(data), rng.uniform(130, 200)
    pages = [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in document]
    document.close()
    out = BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=dpi, quality=rng.randint(60, 92))
    return out.getvalue()
