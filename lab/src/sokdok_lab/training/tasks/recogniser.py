"""nano's recogniser of lines: windows of drawn lines in, a symbol or blank every 2 pixels out, learnt with CTC.

- Windows come from pages, tables, strips and writing (`training.windows`) and serve several batches each.
- Validation reads windows that training never draws: strips of one kind and one damage each, from other seeds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from PIL import Image
from rapidfuzz.distance import Levenshtein
from torch import nn

from sokdok.model.nano.alphabet import ALIKE_CHARS, UNREAD_CHARS, Alphabet
from sokdok.reading.nano.line_text import decode
from sokdok_lab.synth.alphabet import recogniser_chars
from sokdok_lab.synth.charts.maker import ChartMaker, chart_strips
from sokdok_lab.synth.cursive.maker import CursiveMaker
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import PageMaker
from sokdok_lab.synth.pages.strips import WRITTEN_SHARE, StripMaker, Wanted
from sokdok_lab.synth.pages.tables import TableMaker
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.pictures.photo import photo
from sokdok_lab.training.ctc import loss
from sokdok_lab.training.nets import LineLogits, Recogniser
from sokdok_lab.training.recipe import Count, Range, Rate, Recipe, Share, check_weights
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, Validation, start_net
from sokdok_lab.training.texts.source import KINDS, TextSource
from sokdok_lab.training.windows import HAND_JITTER, LINE_JITTER, PEN_JITTER, Pictures, Pool, Window, Windows, stacked

USES = {"picture": 4, "chart": 12, "page": 16, "table": 6, "strip": 2, "written strip": 2, "cursive": 4}
"""windows that a picture of each kind serves: of those that cost more time, more"""
JITTERS = {"written strip": HAND_JITTER, "cursive": PEN_JITTER}
"""how windows of pictures in a hand are framed; all others as lines of print"""
USUAL_EMS_PX = (14.0, 30.0)
HELD_OUT = {
    "latin": [Wanted("print", False, USUAL_EMS_PX, 0.5)],
    "hangul": [Wanted("ko", False, USUAL_EMS_PX, 0.5)],
    "accents": [Wanted("accents", False, USUAL_EMS_PX, 0.5), Wanted("vietnamese", False, USUAL_EMS_PX, 0.5)],
    "greek-cyrillic": [Wanted("greek", False, USUAL_EMS_PX, 0.5), Wanted("cyrillic", False, USUAL_EMS_PX, 0.5)],
    "small": [Wanted("print", False, (6.5, 9.0), 0.5), Wanted("ko", False, (7.5, 10.0), 0.5)],
    "worn": [Wanted("print", False, (12.0, 30.0), 2.5), Wanted("ko", False, (14.0, 30.0), 2.5)],
    "poor": [Wanted("receipts", False, (8.0, 20.0), 1.0, True), Wanted("receipts ko", False, (10.0, 22.0), 1.0, True)],
    "handwriting": [Wanted("print", True, (20.0, 48.0)), Wanted("ko", True, (20.0, 48.0))],
    "no-language": [
        Wanted(kind, False, USUAL_EMS_PX, 0.5) for kind in ("letters", "syllables", "ids", "numbers", "signs")
    ],
}  # categories of validation windows, and what their strips are in turn
HELD_OUT_WINDOWS = 192  # of each category
HELD_OUT_SEED = 900
READ_AT_ONCE = 48  # validation windows


class RecogniserRecipe(Recipe, frozen=True, kw_only=True, tag="recogniser"):
    """init: a nano folder, or the folder of a run."""

    net: Literal["recogniser", "handwriting"] = "recogniser"  # which of a nano folder's nets is begun with
    batch: Count  # windows a step
    fresh: Annotated[int, Meta(ge=0)]  # windows of a batch that were in none before
    pool: Count  # windows that the others of a batch are chosen from
    shares: dict[str, Rate]  # shares of the windows that are cut from each kind of picture
    short_texts: Share = 0.0  # share of the windows that hold short texts side by side
    kinds: dict[str, Rate]  # weight of each kind of text (`training.texts.source`) on pages and in tables
    strip_kinds: dict[str, Rate]  # weight of each kind of text in strips
    cursive_kinds: dict[str, Rate] = msgspec.field(default_factory=lambda: {"en": 0.7, "print": 0.2, "numbers": 0.1})
    page_height_px: Count = 1100
    page_ems_px: Range  # smallest and largest body text, pixels per em on a page of 640 pixels
    labelled: tuple[int, int] = (600, 3000)  # steps between which a label for every frame gives way to CTC
    kept_labels: Share = 0.1  # share that the labels keep: with CTC alone a wide syllable is now and then read twice
    weight_decay: Rate = 0.02
    betas: tuple[Share, Share] = (0.9, 0.98)
    averaging: Share = 0.9985
    save_every: Count = 200
    log_every: Count = 200
    validate_every: Count = 1000

    def __post_init__(self) -> None:
        check_weights("shares", self.shares, USES)
        for name in ("kinds", "strip_kinds", "cursive_kinds"):
            check_weights(name, getattr(self, name), KINDS)
        if self.labelled[0] >= self.labelled[1]:
            raise ValueError(f"labelled must be two steps, the first before the second, not {list(self.labelled)}")

    def label_share(self, step: int) -> float:
        """Return how much labels count at a step (from 0), 1 to `kept_labels`."""
        first, last = self.labelled
        return min(1.0, max(self.kept_labels, (last - step) / (last - first)))


class RecogniserTask(Task):
    """Read windows of lines of pages, tables, strips and, where there is a folder of such fonts, handwriting."""

    recipe_type = RecogniserRecipe
    recipe: RecogniserRecipe

    def __init__(self, recipe: RecogniserRecipe, folders: Folders) -> None:
        self.alphabet = Alphabet(recogniser_chars())
        self.source = TextSource(folders.need("corpus"), self.alphabet.chars)
        self.book = FontBook(folders.need("fonts"))
        self.hands = FontBook(folders.handwriting) if folders.handwriting else None
        # What pictures show: the alphabet, and what is read as something of it.
        self.drawn = self.alphabet.code_points | ALIKE_CHARS | UNREAD_CHARS
        super().__init__(recipe, start_net(recipe, recipe.net))
        self.pool: Pool | None = None

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Matrices with weight decay, norms and biases without."""
        values = list(self.model.parameters())
        return [
            {"params": [value for value in values if value.dim() > 1], "weight_decay": self.recipe.weight_decay},
            {"params": [value for value in values if value.dim() < 2], "weight_decay": 0.0},
        ]

    def batch(self, step: int) -> Batch:
        """Draw windows for a step; the first one that this process is asked for seeds what it draws."""
        if self.pool is None:
            windows = Windows(self._kinds(), self.alphabet.code_points, self.recipe.short_texts, step)
            self.pool = Pool(iter(windows), self.recipe.pool, self.recipe.fresh, step)
        rng = random.Random(f"wear {self.recipe.seed} {step}")
        return stacked(self.pool.draw(self.recipe.batch), self.alphabet, rng)

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        assert isinstance(model, Recogniser)
        return loss(model, batch, self.recipe.label_share(step))

    def validate(self, model: nn.Module, step: int) -> Validation:
        """Read each category of held-out windows: 1 - CER."""
        assert isinstance(model, Recogniser)
        return {name: {"one_minus_cer": self._read(model, windows)} for name, windows in self._held_out.items()}

    def _strips(self, written: float = WRITTEN_SHARE) -> StripMaker:
        hands = self.hands.latin if self.hands else []
        return StripMaker(self.book, hands, self.source, self.recipe.strip_kinds, self.drawn, written)

    def _kinds(self) -> dict[str, Pictures]:
        """What windows are cut from; without fonts of hands, their share goes to the others."""
        recipe = self.recipe
        side, ems = recipe.page_height_px, recipe.page_ems_px
        pages = PageMaker(self.book, self.source, recipe.kinds, side=side, ems=ems, square=False, chars=self.drawn)
        draw: dict[str, Callable[[int], SyntheticPage]] = {
            "page": pages.page,
            "table": TableMaker(self.book, self.source, recipe.kinds).table,
            "strip": self._strips().strip,
            "cursive": CursiveMaker(self.source, recipe.cursive_kinds).page,
            "picture": _picture,
            "chart": partial(chart_strips, ChartMaker(self.book)),
        }
        if self.hands:
            draw["written strip"] = self._strips(written=1.0).strip
        return {
            name: Pictures(draw[name], USES[name], share, JITTERS.get(name, LINE_JITTER))
            for name, share in recipe.shares.items()
            if name in draw
        }

    @cached_property
    def _held_out(self) -> dict[str, list[Window]]:
        """Validation windows by category; hands only where there are fonts of them."""
        names = [name for name in HELD_OUT if self.hands or name != "handwriting"]
        return {name: list(islice(self._strips_of(HELD_OUT[name]), HELD_OUT_WINDOWS)) for name in names}

    def _strips_of(self, wanted: list[Wanted]) -> Iterator[Window]:
        """Endless windows of strips, each seed of which is a text of its own, so that no training strip has it."""

        strips = self._strips()

        def draw(seed: int) -> SyntheticPage:
            return strips.strip(f"held out {seed}", wanted[seed % len(wanted)])

        return iter(Windows({"strip": Pictures(draw, 1, 1.0)}, self.alphabet.code_points, 0.0, HELD_OUT_SEED))

    def _read(self, model: Recogniser, windows: list[Window]) -> float:
        """Read windows; 1 - edits per character."""
        edits = length = 0
        for start in range(0, len(windows), READ_AT_ONCE):
            part = windows[start : start + READ_AT_ONCE]
            batch = stacked(part, self.alphabet, None)
            pixels = batch["pixels"].to(next(model.parameters()).device)
            for truth, read in readings(model(pixels.float() / 255), batch, part, self.alphabet):
                edits, length = edits + Levenshtein.distance(truth, read), length + len(truth)
        return 1 - edits / max(length, 1)


def readings(logits: LineLogits, batch: Batch, windows: Sequence[Window], alphabet: Alphabet) -> list[tuple[str, str]]:
    """The text of each window of a batch, and what is read of it; nothing is where the truth is not known."""
    heads = [head.float().cpu().numpy() for head in logits]
    heads[0][~batch["known"].numpy()] = np.eye(heads[0].shape[-1], dtype=np.float32)[-1] * 99  # blank
    truths = ("".join(map(chr, window.symbols)).strip() for window in windows)
    return [(truth, decode([head[i] for head in heads], alphabet).text) for i, truth in enumerate(truths)]


def _picture(seed: int) -> SyntheticPage:
    """Draw a photograph, which says nothing."""
    pixels = np.asarray(Image.fromarray(photo(random.Random(f"picture {seed}"))).convert("L"))
    return SyntheticPage(pixels, "", np.zeros((0, 4), np.float32), ())
