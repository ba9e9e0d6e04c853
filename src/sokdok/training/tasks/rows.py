"""nano v2's recogniser, which ships: windows of drawn lines in, a symbol or blank every 2 pixels out.

The windows are `training.line_windows`. Training knows where each symbol stands, so the loss is a plain cross-entropy
and no alignment is searched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.recogniser import LineLogits
from sokdok.model.nano.rows import RowReader
from sokdok.synth.pages.fonts import FontBook
from sokdok.synth.pages.handwriting import HandwritingMaker
from sokdok.synth.pages.maker import PageMaker
from sokdok.synth.pages.tables import TableMaker
from sokdok.synth.pages.truth import SyntheticPage
from sokdok.training.line_windows import IGNORED, LineWindows, Window
from sokdok.training.pictures import in_turns
from sokdok.training.recipe import RowsRecipe
from sokdok.training.task import Batch, Folders, Outcome, Task, start_net
from sokdok.training.text import TextSource

NET = "rows"
HEADS = ("first", "vowel", "final")
"""of a symbol: its class, and of a Hangul syllable its vowel and final"""


class RowsTask(Task):
    """Read windows of lines of pages, tables and, where there is a folder of such fonts, handwriting."""

    recipe: RowsRecipe

    def __init__(self, recipe: RowsRecipe, folders: Folders) -> None:
        alphabet = Alphabet(default_chars())
        page = page_source(recipe, folders, alphabet)
        net = start_net(recipe, NET)
        super().__init__(recipe, net.to(memory_format=torch.channels_last))  # type: ignore[call-overload]
        self.windows = LineWindows(page, alphabet, pool=recipe.pool, fresh=recipe.fresh, short_texts=recipe.short_texts)

    def batch(self, step: int) -> Batch:
        """Cut the windows of a step (`stacked`)."""
        return stacked(self.windows.batch(step, self.recipe.batch))

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return loss(model, batch)


def page_source(recipe: RowsRecipe, folders: Folders, alphabet: Alphabet) -> Callable[[int], SyntheticPage]:
    """Return what draws the page of a seed: pages, tables and handwriting in the recipe's turns."""
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
    makers = {"page": pages.page, "table": TableMaker(book, source, recipe.kinds).table}
    if folders.handwriting:
        hands = HandwritingMaker(FontBook(folders.handwriting), source, recipe.handwriting_kinds)
        makers["handwriting"] = lambda seed: _grey(hands.page(seed))
    return in_turns(makers, recipe.turns)


def _grey(page: SyntheticPage) -> SyntheticPage:
    return replace(page, pixels=np.asarray(Image.fromarray(page.pixels).convert("L")))


def stacked(windows: list[Window]) -> Batch:
    """Stack B windows: `pixels` (B, 1, 32, 512) uint8 ink, `first`, `vowel`, `final` (B, 256) classes."""
    pixels, labels = zip(*windows, strict=True)
    named = {"pixels": np.stack(pixels)[:, None]} | dict(zip(HEADS, np.stack(labels).transpose(2, 0, 1), strict=True))
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in named.items()}


def loss(model: nn.Module, batch: Batch) -> Outcome:
    """Ask for the symbols behind the codes (`late`) and, to guide the first layers, in the features before (`early`).

    Losses are nats a step of which something is asked; accuracies are of steps with a symbol, and of vowels.
    """
    assert isinstance(model, RowReader)
    features = model.features(batch["pixels"].float() / 255)
    late, early = model.decode(model.encode(features)), model.answers(model.early(features))
    target = batch["first"].flatten()
    asked = torch.nonzero(target != IGNORED)[:, 0]
    losses = {"late": _entropy(late, batch, asked), "early": _entropy(early, batch, asked)}
    symbols = asked[target[asked] != model.classes]
    right = late.first.flatten(0, 1)[symbols].argmax(-1) == target[symbols]
    hangul = symbols[batch["vowel"].flatten()[symbols] < model.sizes[1] - 1]
    right_vowel = late.vowel.flatten(0, 1)[hangul].argmax(-1) == batch["vowel"].flatten()[hangul]
    return Outcome(losses, {"symbol_accuracy": right.float().mean(), "vowel_accuracy": right_vowel.float().mean()})


def _entropy(logits: LineLogits, batch: Batch, asked: Tensor) -> Tensor:
    """Sum the heads' cross-entropies over the steps asked for, divided by how many these are."""
    total = logits.first.new_zeros((), dtype=torch.float32)
    for name, head in zip(HEADS, logits, strict=True):
        target = batch[name].flatten()[asked]
        known = target != IGNORED
        chosen = head.flatten(0, 1)[asked[known]].float()
        total = total + F.cross_entropy(chosen, target[known], reduction="sum") / max(1, len(asked))
    return total
