"""nano's net of figure kinds: pictures of everything that `synth` draws, worn, and what kind each is.

- What is not read is more than half the work: charts of kinds that no reader knows (`lab/scripts/charts` draws them),
  print (pages, parts of it), photographs, clip art and screens, real (`lab/scripts/found_pictures.py`) and drawn.
- Pictures are cut, framed, captioned, coloured, turned to their negative, photographed askew, blurred and pressed into
  JPEG, each a share of them, so that how a picture was taken says nothing of its kind.

Shapes: B squares of SIDE_PX x SIDE_PX pixels.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from msgspec import Meta
from PIL import Image
from torch import nn

from sokdok.errors import InputError
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.formats.figures import KINDS, UNREAD, squared
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.cursive.maker import CursiveMaker
from sokdok_lab.synth.geometry.maker import GeometryMaker
from sokdok_lab.synth.molecules.maker import molecule
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import PageMaker
from sokdok_lab.synth.pages.strips import StripMaker
from sokdok_lab.synth.pages.tables import TableMaker
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.pictures.graphic import GraphicMaker
from sokdok_lab.synth.pictures.photo import photo
from sokdok_lab.synth.pictures.wear import worn
from sokdok_lab.synth.sheets import SheetMaker
from sokdok_lab.training.pictures import PicturePool
from sokdok_lab.training.recipe import Count, Recipe, Share, check_weights
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net
from sokdok_lab.training.texts.source import TextSource

KIND_OF = {
    **dict.fromkeys(("chart", "plot"), "chart"),
    **{kind: kind for kind in UNREAD},
    **{"molecule": "molecule", "geometry": "geometry", "table": "table"},
    **dict.fromkeys(("line", "letter", "cursive"), "handwriting"),
    **dict.fromkeys(("page", "notice", "sheet", "part", "strip", "typed"), "text"),
    **dict.fromkeys(("photo", "graphic", "found"), "picture"),
}  # what makes a picture -> its kind
TEXTS = {"en": 0.5, "ko": 0.3, "numbers": 0.1, "mixed": 0.1}
WRITTEN = {"en": 0.7, "ko": 0.3}  # weight of each kind of text (`training.texts.source`) in print and in handwriting
LETTER_LINES = (7, 9, 12, 16, 20)  # of a written page
CURSIVE_LINES = (1, 2, 3, 5, 8, 12, 20)
PAGE_HEIGHT_PX, PAGE_EMS_PX = 1000, (4.6, 20.0)
GEOMETRY_SIDES_PX, GEOMETRY_STRAYS = (160, 640), 3
HELD_OUT_SHARE = 0.1  # of the pictures of a folder
PART_SHARES = (0.08, 0.7)  # least and greatest share of a page's height and width that a part of it has
MOST_TABLE_SHARE = 0.2  # of a part of a page
MOST_SIDE_PX = 640  # of a picture that is kept
HELD_OUT = 12  # pictures of each maker in the validation, each worn once

Pixels = np.ndarray  # (H, W) grey or (H, W, 3) RGB, uint8
Drawn = tuple[Pixels, int]  # a picture and the index of its kind


class FigureKindRecipe(Recipe, frozen=True, kw_only=True, tag="figure_kind"):
    """init: a nano folder, or the folder of a run."""

    turns: dict[str, Annotated[int, Meta(ge=0)]]  # how many pictures of each maker come in turn
    batch: Count  # pictures a step
    pool: Count  # pictures that a batch draws from
    fresh: Count  # pictures of the pool that are new in a batch
    smoothing: Share = 0.05  # share of the truth that is given to all kinds alike, so that the net stays open to doubt

    def __post_init__(self) -> None:
        check_weights("turns", self.turns, KIND_OF)


class FigureKindTask(Task):
    """Tell kinds of figures, print and pictures apart."""

    recipe_type = FigureKindRecipe
    recipe: FigureKindRecipe

    def __init__(self, recipe: FigureKindRecipe, folders: Folders) -> None:
        if any(recipe.turns.get(name) for name in ("plot", "found", *UNREAD)):
            folders.need("charts")
        self.makers = makers(folders, [name for name, turns in recipe.turns.items() if turns])
        drawn = {name: self._drawing(name, "figure kind") for name in KIND_OF}
        super().__init__(recipe, start_net(recipe, "figure_kind"))
        self.pictures = PicturePool(drawn, recipe.turns, recipe.pool, recipe.fresh)

    def _drawing(self, name: str, seeds: str) -> Callable[[int], Drawn]:
        kind = KINDS.index(KIND_OF[name])

        def draw(seed: int) -> Drawn:
            image = Image.fromarray(self.makers[name](f"{seeds} {seed}"))
            image.thumbnail((MOST_SIDE_PX, MOST_SIDE_PX), Image.Resampling.BOX)  # many are kept
            return np.asarray(image), kind

        return draw

    def batch(self, step: int) -> Batch:
        """Wear the pictures of a step: `pixels` (B, 3, SIDE_PX, SIDE_PX), `kind` (B,)."""
        rng = random.Random(f"figure kind {step}")
        return _batch([self.pictures.pick(step, rng) for _ in range(self.recipe.batch)], rng)

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        logits = model(batch["pixels"]).float()
        loss = F.cross_entropy(logits, batch["kind"], label_smoothing=self.recipe.smoothing)
        return Outcome({"kind": loss}, {"kind_accuracy": (logits.argmax(-1) == batch["kind"]).float().mean()})

    def held_out(self) -> dict[str, Batch]:
        """Wear pictures that training never draws, by what makes them."""
        rng, names = random.Random("held out"), [name for name, turns in self.recipe.turns.items() if turns]
        drawn = {name: self._drawing(name, "held out") for name in names}
        return {name: _batch([draw(i) for i in range(HELD_OUT)], rng) for name, draw in drawn.items()}


def _batch(pictures: list[Drawn], rng: random.Random) -> Batch:
    worn_ones = [worn(Image.fromarray(pixels).convert("RGB"), rng) for pixels, _ in pictures]
    kinds = torch.tensor([kind for _, kind in pictures])
    return {"pixels": torch.from_numpy(np.stack(list(map(squared, worn_ones)))), "kind": kinds}


def makers(folders: Folders, wanted: Sequence[str]) -> dict[str, Callable[[str], Pixels]]:
    """Return what draws the picture of a seed, by the names of KIND_OF; those `wanted` alone need pictures in folders.

    Hands are taken from the fonts where there is no folder of such.
    """
    alphabet = Alphabet(default_chars())
    chars, source = alphabet.code_points, TextSource(folders.need("corpus"), alphabet.chars)
    book = FontBook(folders.need("fonts"))
    hands = FontBook(folders.handwriting).latin if folders.handwriting else book.hands
    charts, tables = ChartMaker(book), TableMaker(book, source, TEXTS)
    geometry, graphics = GeometryMaker(book, GEOMETRY_SIDES_PX, GEOMETRY_STRAYS), GraphicMaker(book, source)
    pages = PageMaker(book, source, TEXTS, side=PAGE_HEIGHT_PX, ems=PAGE_EMS_PX, square=False, chars=chars)
    sheets, strips = SheetMaker(book, (), source, TEXTS, chars), StripMaker(book, hands, source, TEXTS, chars, 0.0)
    cursive = CursiveMaker(source, WRITTEN, CURSIVE_LINES)
    typed = StripMaker(book, book.latin, source, TEXTS, chars, 0.0)  # as written ones, but for the type

    kinds, folder = {kind: kind for kind in UNREAD} | {"plot": "chart", "found": "picture"}, folders.charts
    charts_of_kinds = {name: pictures_of(folder / kind) for name, kind in kinds.items() if folder and name in wanted}
    return {
        **charts_of_kinds,
        "chart": lambda seed: charts.chart(seed).pixels,
        "molecule": lambda seed: molecule(random.Random(seed).getrandbits(64), book.paths).pixels,
        "geometry": lambda seed: geometry.figure(seed).pixels,
        "table": lambda seed: tables.table(seed).pixels,
        "line": lambda seed: strips.letter(seed, WRITTEN).pixels,
        "letter": lambda seed: strips.letter(seed, WRITTEN, LETTER_LINES).pixels,
        "cursive": lambda seed: cursive.page(seed).pixels,
        "typed": lambda seed: typed.letter(seed, WRITTEN, LETTER_LINES).pixels,
        "page": lambda seed: pages.page(seed).pixels,
        "notice": lambda seed: notice_of(pages.page(seed), random.Random(seed)),
        "sheet": lambda seed: sheets.sheet(seed).pixels,
        "part": lambda seed: part_of(pages.page(seed), random.Random(seed)),
        "strip": lambda seed: strip_of(strips.strip(seed), random.Random(seed)),
        "photo": lambda seed: photo(random.Random(seed)),
        "graphic": graphics.graphic,
    }


def pictures_of(folder: Path) -> Callable[[str], Pixels]:
    """Return what takes a picture of a folder by a seed; seeds that are held out have pictures of their own.

    Raises InputError for a folder without pictures.
    """
    files = sorted(folder.glob("*.png"))
    if len(files) < 2:
        raise InputError(f"{folder} holds no pictures; lab/scripts/charts/draw.py draws some, found_pictures.py too")
    count = max(1, round(HELD_OUT_SHARE * len(files)))
    return lambda seed: np.asarray(
        Image.open(random.Random(seed).choice(files[:count] if seed.startswith("held out") else files[count:]))
    )


def part_of(page: SyntheticPage, rng: random.Random) -> Pixels:
    """Cut a part out of a page: some ink, and hardly any of a table, as far as a few tries find such."""
    height, width = page.pixels.shape[:2]
    tables = np.zeros((height, width), bool)
    for block in page.blocks:
        if block.kind == "table":
            left, top, right, bottom = map(round, page.block_box(block))
            tables[max(0, top) : bottom, max(0, left) : right] = True
    part = page.pixels
    for _ in range(12):
        wide, high = (max(24, round(side * rng.uniform(*PART_SHARES))) for side in (width, height))
        x, y = rng.randint(0, width - wide), rng.randint(0, height - high)
        part = page.pixels[y : y + high, x : x + wide]
        if part.std() > 25 and tables[y : y + high, x : x + wide].mean() <= MOST_TABLE_SHARE:
            break
    return part


def notice_of(page: SyntheticPage, rng: random.Random) -> Pixels:
    """Lay a few parts of a page out on an empty sheet, one below the other, as typed letters and notices are."""
    height, width = page.pixels.shape[:2]
    sheet = np.full((height, width), np.median(page.pixels), np.uint8)
    y = round(height * rng.uniform(0.02, 0.3))
    while y < height * 0.8:
        part = part_of(page, rng)[: height - y]
        x = rng.randint(0, width - part.shape[1])
        sheet[y : y + len(part), x : x + part.shape[1]] = part
        y += len(part) + round(height * rng.uniform(0.02, 0.3))
    return sheet


def strip_of(page: SyntheticPage, rng: random.Random) -> Pixels:
    """Lay a line or two on an empty sheet, or leave them as they are: cut out, each half of the time."""
    if rng.random() < 0.5:
        return page.pixels
    height, width = page.pixels.shape[:2]
    x, y = (round(side * rng.uniform(0, most)) for side, most in ((width, 1), (height, 5)))
    size = y + round(height * rng.uniform(1, 12)), x + round(width * rng.uniform(1, 2))
    sheet = np.full(size, np.median(page.pixels), np.uint8)
    sheet[y : y + height, x : x + width] = page.pixels
    return sheet
