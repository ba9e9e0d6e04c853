"""nano's text detector: crops of drawn pictures, with every line's core, em and kind.

- Pictures are pages, tables, charts, writing by hand, and sheets of loose lines (`synth`); crops of them are seen at an
  angle and worn.
- Validation looks at crops of pictures that training never draws.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta
from PIL import Image
from torch import nn

from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.lines import CHANNELS, CORE, EM, EM_SIZE, KIND, KINDS, OFFSET
from sokdok_lab.synth.charts.data import SyntheticChart
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import PageMaker
from sokdok_lab.synth.pages.strips import StripMaker
from sokdok_lab.synth.pages.tables import TableMaker
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.sheets import SheetMaker, on_background
from sokdok_lab.synth.wear import Wear
from sokdok_lab.training.maps import NOTHING, Maps, named, stacked
from sokdok_lab.training.pictures import PicturePool
from sokdok_lab.training.recipe import Count, Range, Rate, Recipe, check_weights
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net
from sokdok_lab.training.text_lines import Cores, TextLine, crop, lines_loss
from sokdok_lab.training.texts.source import KINDS as TEXTS
from sokdok_lab.training.texts.source import TextSource

SIDE_PX, SCALES = 384, (0.65, 1.6)  # of a crop, each way; least and greatest scale
CHART_SCALES: Range = (1, 2)
LOOSE_SHARE = 0.12  # share of the pages that lie on something darker
MARKS_SHARE = 0.15  # of a table's columns: a digit, a letter or a sign in each cell
CLEAN_SHARE = 0.4  # share of the crops that stay as they are drawn
WEAR = Wear(
    pressed=(0.15, 0.5, 1.6), ghost=(0.1, 0.08, 0.45), blurred=(0.35, 0.3, 1.3), toned=(0.45, (0, 90), (160, 255)),
    lit=(0.3, 0.03, 0.13), noisy=(0.4, 0, 12), bilevel=(0.06, 0.35, 0.65), specked=(0.15, 0, 0.002),
    jpeg=(0.35, 15, 85), inverted=0.08, shaded=(0.1, 0.2, 0.5),
)  # fmt: skip
CORES = Cores(STRIDE, EM, half_em=0.25, half_cells=0.5, smallest_px=5, kind="kind", least=12)
SLICES = {"core": slice(CORE, EM_SIZE), "em": slice(EM_SIZE, OFFSET), "offset": slice(OFFSET, KIND)}
SLICES |= {"kind": slice(KIND, CHANNELS)}
WEIGHTS = {"em": 1.0, "offset": 1.0, "kind": 0.3}  # of the losses; that of the cores weighs 1
HELD_OUT_PICTURES, HELD_OUT_CROPS = 12, 4  # for validation: pictures of each kind, crops of each
HELD_OUT_SEED = 10**9
SEED_STRIDE = 10**7  # between the pictures of one recipe's seed and the next
HANDS = {"en": 0.7, "ko": 0.3}
PIECE_SYMBOLS = 12
"""of a line that make up a piece: hands don't write straight, and at an angle an em is not the same all along a line"""
KIND_OF = {
    "title": "heading", "heading": "heading", "list": "list", "table": "table", "caption": "caption",
    "header": "furniture", "footer": "furniture", "page number": "furniture",
}  # fmt: skip
"""block kind of a drawn page -> kind of a line; any other is text"""

Picture = tuple[np.ndarray, Sequence[TextLine]]  # grey pixels (H, W) uint8 and the lines on it


class TextDetectorRecipe(Recipe, frozen=True, kw_only=True, tag="text_detector"):
    """init: a nano folder, or the folder of a run."""

    kinds: dict[str, Rate]  # weight of each kind of text (`training.texts.source`)
    turns: dict[str, Annotated[int, Meta(ge=0)]]  # how many pictures of each kind come in turn
    batch: Count  # crops a step
    pool: Count  # pictures that a batch draws from
    fresh: Count = 2  # pictures of the pool that are new in a batch
    page_height_px: Count = 1100
    page_ems_px: Range  # smallest and largest body text, pixels per em on a page of 640 pixels

    def __post_init__(self) -> None:
        check_weights("kinds", self.kinds, TEXTS)
        check_weights("turns", self.turns, ("page", "table", "chart", "sheet", "handwriting"))


class TextDetectorTask(Task):
    """Find the lines of pages, tables, charts, sheets and, where there is a folder of such fonts, handwriting."""

    recipe_type = TextDetectorRecipe
    recipe: TextDetectorRecipe

    def __init__(self, recipe: TextDetectorRecipe, folders: Folders) -> None:
        self.makers = picture_makers(recipe, folders)
        super().__init__(recipe, start_net(recipe, "lines"))
        first = recipe.seed * SEED_STRIDE
        self.pictures = PicturePool(self.makers, recipe.turns, recipe.pool, recipe.fresh, first)

    def batch(self, step: int) -> Batch:
        """Cut the crops of a step: `pixels` (B, 1, 384, 384) uint8 grey and the maps of CORES, stacked."""
        rng = random.Random(f"lines {self.recipe.seed} {step}")
        return stacked([_sample(*self.pictures.pick(step, rng), rng) for _ in range(self.recipe.batch)])

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return lines_loss(named(model, batch["pixels"].float() / 255, SLICES), batch, WEIGHTS)

    def held_out(self) -> dict[str, Batch]:
        """Cut crops of pictures of each kind that training never draws."""
        batches = {}
        for name, make in self.makers.items():
            rng = random.Random(f"held out {name}")
            pictures = [make(HELD_OUT_SEED + i) for i in range(HELD_OUT_PICTURES)]
            batches[name] = stacked([_sample(*picture, rng) for picture in pictures for _ in range(HELD_OUT_CROPS)])
        return batches


def _sample(pixels: np.ndarray, lines: Sequence[TextLine], rng: random.Random) -> Maps:
    """Cut a worn crop, with the maps of what is there."""
    window, found = crop(pixels, lines, SIDE_PX, SCALES, rng)
    worn = WEAR(window, rng) if rng.random() > CLEAN_SHARE else window
    return {"pixels": worn[None]} | CORES.draw(found, SIDE_PX)


def picture_makers(recipe: TextDetectorRecipe, folders: Folders) -> dict[str, Callable[[int], Picture]]:
    """Return what draws the picture of a seed, by kind; handwriting only where there is a folder of its fonts."""
    alphabet = Alphabet(default_chars())
    source, book = TextSource(folders.need("corpus"), alphabet.chars), FontBook(folders.need("fonts"))
    side, ems, chars = recipe.page_height_px, recipe.page_ems_px, alphabet.code_points
    pages = PageMaker(book, source, recipe.kinds, side=side, ems=ems, square=False, chars=chars)
    tables, charts = TableMaker(book, source, recipe.kinds, marks=MARKS_SHARE), ChartMaker(book)
    hands = FontBook(folders.handwriting) if folders.handwriting else None
    sheets = SheetMaker(book, hands.latin if hands else [], source, recipe.kinds, chars)
    makers: dict[str, Callable[[int], Picture]] = {
        "chart": lambda seed: chart_picture(charts.chart(seed), seed),
        "table": lambda seed: page_picture(tables.table(seed), seed),
        # Whether receipts and forms are tables is left to what stands around.
        "sheet": lambda seed: page_picture(sheets.sheet(f"sheet {seed}"), seed, without="table"),
        "page": lambda seed: page_picture(pages.page(seed), seed),
    }
    if hands:
        strips = StripMaker(book, hands.latin, source, HANDS, chars)
        makers["handwriting"] = lambda seed: page_picture(strips.letter(f"hand {seed}", HANDS), seed)
    return makers


def page_picture(page: SyntheticPage, seed: int, without: str = "") -> Picture:
    """Take a page's pixels and lines, as `pieces_of` does; some seeds lie on something darker."""
    rng = random.Random(f"loose {seed}")
    if rng.random() < LOOSE_SHARE:
        page = page.with_pixels(*on_background(page.pixels, page.boxes, rng))
    return page.pixels, list(pieces_of(page, without))


def pieces_of(page: SyntheticPage, without: str = "") -> Iterator[TextLine]:
    """Cut the lines of a page into pieces, each of which begins where the one before ends.

    without: kind of block whose lines' kind is left open.
    """
    for line in page.lines:
        kind = NOTHING if line.kind == without else KINDS.index(KIND_OF.get(line.kind, "text"))
        boxes = line.boxes
        middles = (boxes[:, 1] + boxes[:, 3]) / 2
        edges, heights = np.append(boxes[:, 0], boxes[-1, 2]), np.append(middles, middles[-1])
        for first in range(0, len(boxes), PIECE_SYMBOLS):
            last = min(first + PIECE_SYMBOLS, len(boxes))
            left, right = ((float(edges[i]), float(heights[i])) for i in (first, last))
            yield TextLine(left, right, float(boxes[0, 3] - boxes[0, 1]), kind)


def chart_picture(chart: SyntheticChart, seed: int) -> Picture:
    """Scale a chart up, by a factor of its seed; vertical texts are no lines."""
    scale = random.Random(seed).uniform(*CHART_SCALES)
    image = Image.fromarray(chart.pixels).convert("L")
    size = round(image.width * scale), round(image.height * scale)
    by = np.diag([scale, scale, 1.0])
    lines = [TextLine(text.left, text.right, text.em).mapped(by) for text in chart.texts if not text.angle]
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR)), lines
