"""nano's text detector: crops of drawn pictures, with every line's core, em and kind.

- Pictures are pages, tables, charts, writing by hand, and sheets of loose lines (`synth`); crops of them are seen at
  an angle and worn (`training.detection`).
- The *core* of a line is the middle half of its em boxes from the first symbol to the last; cores of neighbouring lines
  don't touch, so connected cores are lines.
- At cores the net also predicts the em, the way to the line's middle and what kind of block the line belongs to.
- Validation looks at crops of pictures that training never draws.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.formats.lines import CORE, EM_SIZE, KIND, OFFSET
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.charts.truth import SyntheticChart
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.handwriting import HandwritingMaker
from sokdok_lab.synth.pages.maker import PageMaker
from sokdok_lab.synth.pages.tables import TableMaker
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.sheets.clutter import on_background
from sokdok_lab.synth.sheets.maker import SheetMaker
from sokdok_lab.training.detection.crops import SIDE_PX, crop
from sokdok_lab.training.detection.strips import Strip, strips_of
from sokdok_lab.training.detection.targets import draw
from sokdok_lab.training.detection.wear import worn
from sokdok_lab.training.pictures import in_turns
from sokdok_lab.training.recipe import Range, TextDetectorRecipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, Validation, start_net
from sokdok_lab.training.texts.source import TextSource

NET = "lines"
CHART_SCALES: Range = (1, 2)
LOOSE_SHARE = 0.12  # share of the pages that lie on something darker
KIND_WEIGHT = 0.3  # of the loss of the kinds; the others weigh 1
HELD_OUT_PICTURES, HELD_OUT_CROPS = 12, 4  # for validation: pictures of each kind, crops of each
HELD_OUT_SEED = 10**9
SEED_STRIDE = 10**7  # between the pictures of one recipe's seed and the next
BACK_SHARE = 0.25  # share of the crops that have something printed on their back
LATIN_HANDS, HANGUL_HANDS = 0.7, 0.3

Picture = tuple[np.ndarray, Sequence[Strip]]  # grey pixels (H, W) uint8 and the lines on it


class TextDetectorTask(Task):
    """Find the lines of pages, tables, charts, sheets and, where there is a folder of such fonts, handwriting."""

    recipe: TextDetectorRecipe

    def __init__(self, recipe: TextDetectorRecipe, folders: Folders) -> None:
        self.makers = picture_makers(recipe, folders)
        net = start_net(recipe, NET)
        super().__init__(recipe, net.to(memory_format=torch.channels_last))  # type: ignore[call-overload]
        self.picture = lru_cache(recipe.pool + recipe.fresh)(in_turns(self.makers, recipe.turns))

    def batch(self, step: int) -> Batch:
        """Cut the crops of a step: `pixels` (B, 1, 384, 384) uint8 grey and the targets (B, 96, 96) of `draw`."""
        recipe, rng = self.recipe, random.Random(f"lines {self.recipe.seed} {step}")
        newest = recipe.seed * SEED_STRIDE + step * recipe.fresh + recipe.pool

        def drawn() -> Picture:
            return self.picture(newest - rng.randrange(recipe.pool))

        return _stacked([_sample(drawn(), drawn(), rng) for _ in range(recipe.batch)])

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return loss(model, batch)

    def validate(self, model: nn.Module, step: int) -> Validation:
        """Measure overlap of cores and kinds on crops of pictures of each kind that training never draws."""
        found = {}
        device = next(model.parameters()).device
        for name, batch in self._held_out.items():
            measures = loss(model, {key: value.to(device) for key, value in batch.items()}).measures
            found[name] = {key: float(value) for key, value in measures.items()}
            if (batch["kind"] < 0).all():  # texts of charts belong to no kind of block
                del found[name]["kind_accuracy"]
        return found

    @cached_property
    def _held_out(self) -> dict[str, Batch]:
        """A batch of each kind of picture."""
        batches = {}
        for name, make in self.makers.items():
            rng = random.Random(f"held out {name}")
            pictures = [make(HELD_OUT_SEED + i) for i in range(HELD_OUT_PICTURES)]
            crops = [_sample(picture, rng.choice(pictures), rng) for picture in pictures for _ in range(HELD_OUT_CROPS)]
            batches[name] = _stacked(crops)
        return batches


def _sample(picture: Picture, behind: Picture, rng: random.Random) -> dict[str, np.ndarray]:
    """A worn crop and its targets."""
    pixels, strips = crop(*picture, rng)
    back, _ = crop(*behind, rng) if rng.random() < BACK_SHARE else (None, None)
    return {"pixels": worn(pixels, back, rng)[None]} | draw(strips, SIDE_PX)


def _stacked(samples: Sequence[dict[str, np.ndarray]]) -> Batch:
    return {name: torch.from_numpy(np.stack([sample[name] for sample in samples])) for name in samples[0]}


def picture_makers(recipe: TextDetectorRecipe, folders: Folders) -> dict[str, Callable[[int], Picture]]:
    """Return what draws the picture of a seed, by kind; handwriting only where there is a folder of its fonts."""
    alphabet = Alphabet(default_chars())
    source, book = TextSource(folders.need("corpus"), alphabet.chars), FontBook(folders.need("fonts"))
    pages = PageMaker(
        book,
        source,
        recipe.kinds,
        side=recipe.page_height_px,
        ems=recipe.page_ems_px,
        square=False,
        chars=alphabet.code_points,
    )
    tables, charts = TableMaker(book, source, recipe.kinds), ChartMaker(book)
    hands = FontBook(folders.handwriting) if folders.handwriting else None
    sheets = SheetMaker(book, hands.latin if hands else [], source, recipe.kinds, alphabet.code_points)
    makers: dict[str, Callable[[int], Picture]] = {
        "chart": lambda seed: chart_picture(charts.chart(seed), seed),
        "table": lambda seed: page_picture(tables.table(seed), seed),
        "sheet": lambda seed: sheet_picture(sheets.sheet(f"sheet {seed}")),
        "page": lambda seed: page_picture(pages.page(seed), seed),
    }
    if hands:
        writing = HandwritingMaker(hands.latin, source, {"en": LATIN_HANDS, "ko": HANGUL_HANDS})
        makers["handwriting"] = lambda seed: page_picture(_grey(writing.page(f"hand {seed}")), seed)
    return makers


def _grey(page: SyntheticPage) -> SyntheticPage:
    return replace(page, pixels=np.asarray(Image.fromarray(page.pixels).convert("L")))


def page_picture(page: SyntheticPage, seed: int) -> Picture:
    """Take a page's pixels and lines; some seeds lie on something darker."""
    rng = random.Random(f"loose {seed}")
    if rng.random() < LOOSE_SHARE:
        page = page.with_pixels(*on_background(page.pixels, page.boxes, rng))
    return page.pixels, strips_of(page)


def sheet_picture(sheet: SyntheticPage) -> Picture:
    """Take a sheet's pixels and lines; whether receipts and forms are tables is left to what stands around."""
    return sheet.pixels, strips_of(sheet, without="table")


def chart_picture(chart: SyntheticChart, seed: int) -> Picture:
    """Scale a chart up, by a factor of its seed; vertical texts are no lines."""
    scale = random.Random(seed).uniform(*CHART_SCALES)
    image = Image.fromarray(chart.pixels).convert("L")
    size = round(image.width * scale), round(image.height * scale)
    by = np.diag([scale, scale, 1.0])
    strips = [Strip(text.left, text.right, text.em).mapped(by) for text in chart.texts if not text.angle]
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR)), strips


def loss(model: nn.Module, batch: Batch) -> Outcome:
    """Ask for cores (cross-entropy and overlap), em and offset (distances), and kinds (cross-entropy)."""
    out = model(batch["pixels"].float() / 255).float()
    core, logit = batch["core"], out[:, CORE]
    known = core >= 0
    at_core = core > 0
    probability = logit.sigmoid()[known]
    overlap = 1 - (2 * (probability * core[known]).sum() + 1) / (probability.sum() + core[known].sum() + 1)
    found = (logit > 0) & known
    losses = {
        "core": F.binary_cross_entropy_with_logits(logit[known], core[known]) + overlap,
        "em": _distance(out[:, EM_SIZE][at_core], batch["em"][at_core]),
        "offset": _distance(out[:, OFFSET][at_core], batch["offset"][at_core]),
    }
    measures = {"core_iou": (found & at_core).sum() / (found | at_core).sum().clamp(min=1)}
    of_kind = at_core & (batch["kind"] >= 0)
    if of_kind.any():
        kinds = out[:, KIND:].permute(0, 2, 3, 1)[of_kind]
        losses["kind"] = KIND_WEIGHT * F.cross_entropy(kinds, batch["kind"][of_kind])
        measures["kind_accuracy"] = (kinds.argmax(-1) == batch["kind"][of_kind]).float().mean()
    else:
        losses["kind"] = measures["kind_accuracy"] = out.sum() * 0
    return Outcome(losses, measures)


def _distance(values: Tensor, truth: Tensor) -> Tensor:
    """Mean smooth distance; zero of no values, since a batch may show no line."""
    return F.smooth_l1_loss(values, truth, reduction="sum") / max(len(truth), 1)
