"""nano's nets of geometry figures: one of points, lines, marks and characters, one that classifies characters.

- The first is asked about every 4 x 4 pixels of crops of fresh figures. One crop in twenty is of what looks
  like a photograph, from which nothing must be made up.
- The second sees squares, cut out of figures a little off the middle and in a slightly wrong size, as the first finds
  characters.

Shapes: B crops of SIDE_PX x SIDE_PX pixels; a grid of SIDE_PX / 4 cells each way.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from msgspec import Meta
from PIL import Image, ImageDraw
from torch import nn

from sokdok.figures.geometry.read.labels import squares
from sokdok.imaging.arrays import contrast
from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.geometry import CHARS, HEATS, MARKS, ROLES, SIZE_UNIT_PX, SLICES, VOTE_SCALE_PX
from sokdok_lab.synth.geometry.maker import GeometryMaker
from sokdok_lab.synth.geometry.truth import GeometryFigure
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pictures.photo import photo
from sokdok_lab.training.maps import NOTHING, Maps, cut, peaks_drawn, peaks_loss, stacked, start
from sokdok_lab.training.recipe import Count, Recipe, Share
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net

SIDE_PX = 224  # of a crop, each way
CELLS = SIDE_PX // STRIDE  # cells of a crop each way
SHUFFLED_COLOR_SHARE = 0.2  # share of the crops whose colour channels are shuffled
HEAT_DEVIATION_CELLS = 0.7  # standard deviation of a middle's heat
STROKES = ("line", "ring")  # heats of ink, not of middles
WEIGHTS = {
    **dict.fromkeys(("point_offset", "mark_offset", "char_offset", "mark_vote", "char_vote", "char_size"), 1.0),
    **dict.fromkeys(("mark_kind", "char_role", "char_code"), 0.6),
}  # of the losses of what is known at middles
SAME_CHARS = {"−": "-", "–": "-"}  # characters that count as others
SHIFT_DEVIATION_EM = 0.08  # standard deviation of a square's middle, each way
SIZE_DEVIATION = 0.15  # standard deviation of the binary logarithm of a square's size


class GeometryLettersRecipe(Recipe, frozen=True, kw_only=True, tag="geometry_letters"):
    """init: a nano folder, or the folder of a run."""

    figures: Count  # figures a step, some twenty characters each
    sides_px: tuple[int, int]  # pixels of the longer side of figures
    strays: Annotated[int, Meta(ge=0)]
    """most texts around a figure that speak of nothing: letters to learn from, for the price of the same pixels"""


class GeometryRecipe(GeometryLettersRecipe, frozen=True, kw_only=True, tag="geometry"):
    """See `GeometryLettersRecipe`."""

    crops: Count  # crops of one figure
    distractors: Share  # share of the crops that show no figure


class GeometryTask(Task):
    """Find points, lines, marks and characters on crops of figures."""

    recipe_type: ClassVar[type[Recipe]] = GeometryRecipe
    recipe: GeometryRecipe
    net = "geometry"

    def __init__(self, recipe: GeometryRecipe, folders: Folders) -> None:
        self.maker = GeometryMaker(FontBook(folders.need("fonts")), recipe.sides_px, recipe.strays)
        super().__init__(recipe, start_net(recipe, self.net))

    def batch(self, step: int) -> Batch:
        """Draw the crops of a step: pixels (B, 3, SIDE_PX, SIDE_PX) float32 and the maps of `targets`, stacked."""
        rng, recipe = random.Random(f"geometry {self.recipe.seed} {step}"), self.recipe
        figures = (self.maker.figure(rng.getrandbits(48)) for _ in range(recipe.figures))
        return stacked([_crop(figure, recipe.distractors, rng) for figure in figures for _ in range(recipe.crops)])

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        """Ask a net for the maps of a batch: losses by part; the shares of kinds, roles and codes that are right."""
        return peaks_loss(model, batch, SLICES, HEATS, STROKES, WEIGHTS)


def _crop(figure: GeometryFigure, distractors: float, rng: random.Random) -> Maps:
    """Cut one crop: pixels (3, SIDE_PX, SIDE_PX) float32 and targets. distractors: chance that it shows no figure."""
    if rng.random() < distractors:
        pixels = np.asarray(Image.fromarray(photo(rng)).resize((SIDE_PX, SIDE_PX)))
        maps = targets(None, 0, 0)
    else:
        anchor = rng.choice(figure.points)
        x, y = (
            round(start(length, SIDE_PX, at, rng)) for length, at in zip(figure.size, (anchor.x, anchor.y), strict=True)
        )
        pixels, maps = cut(figure.pixels, (x, y), SIDE_PX, figure.pixels[0, 0]), targets(figure, -x, -y)
    if rng.random() < SHUFFLED_COLOR_SHARE:
        pixels = pixels[..., rng.sample(range(3), 3)]
    return {"pixels": pixels.transpose(2, 0, 1).astype(np.float32) / 255} | maps


def targets(figure: GeometryFigure | None, left: float, top: float, grid: tuple[int, int] = (CELLS, CELLS)) -> Maps:
    """Draw what a net should say about a crop in which a figure's corner lies at (left, top); nothing without a figure.

    grid: rows and columns of cells. `heat` is of HEATS, the others are as in `maps.spread`.
    """
    corner = np.array([left, top])
    places = np.array([(point.x, point.y) for point in figure.points] if figure else []).reshape(-1, 2) + corner
    marks, labels, strokes = (figure.marks, figure.labels, figure.strokes) if figure else ((), (), ())
    ends = {index for stroke in strokes for index in (stroke.points[0], stroke.points[-1])}
    shown = [i for i, point in enumerate(figure.points if figure else ()) if point.name or i in ends]
    middles = np.array([(mark.x, mark.y) for mark in marks]).reshape(-1, 2) + corner
    chars = [(label, *char) for label in labels for char in label.chars]
    spots = np.array([(x, y) for _, _, x, y, _ in chars]).reshape(-1, 2) + corner

    def votes(positions: np.ndarray, speakers: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Votes (N, 2) to what each speaks of: a point, the middle of two, the first of three; NaN outside the crop."""
        found = np.full((len(positions), 2), np.nan)
        for i, (position, points) in enumerate(zip(positions, speakers, strict=True)):
            if points:
                aim = places[list(points if len(points) == 2 else points[:1])].mean(0)
                if (aim > 0).all() and (aim / STRIDE < grid[::-1]).all():
                    found[i] = (aim - position) / VOTE_SCALE_PX
        return found

    drawn = {
        "point": (places[shown], {}, {}),
        "mark": (
            middles,
            {"vote": votes(middles, [mark.points for mark in marks])},
            {"kind": np.array([MARKS.index(mark.kind) for mark in marks], int)},
        ),
        "char": (
            spots,
            {
                "vote": votes(spots, [label.points for label, *_ in chars]),
                "size": np.log2(np.array([em for *_, em in chars]).reshape(-1, 1) / SIZE_UNIT_PX),
            },
            {  # nobody can say what a stray is not for
                "role": np.array([ROLES.index(label.role) if label.points else NOTHING for label, *_ in chars], int),
                "code": np.array([_code(char) for _, char, *_ in chars], int),
            },
        ),
    }
    return peaks_drawn(HEATS, drawn, _ink(figure, places, grid), grid, HEAT_DEVIATION_CELLS)


def _code(char: str) -> int:
    return CHARS.index(SAME_CHARS.get(char, char))


def _ink(figure: GeometryFigure | None, places: np.ndarray, grid: tuple[int, int]) -> dict[str, np.ndarray]:
    """Draw where ink of lines and of circles runs."""
    lines, rings = images = [Image.new("L", grid[::-1]) for _ in range(2)]
    cells = places / STRIDE - 0.5
    for stroke in figure.strokes if figure else ():
        ends = cells[[stroke.points[0], stroke.points[-1]]].ravel()
        ImageDraw.Draw(lines).line([round(value) for value in ends.tolist()], 255)
    for ring in figure.rings if figure else ():
        (x, y), r = cells[ring.center].tolist(), ring.radius / STRIDE
        ImageDraw.Draw(rings).ellipse([x - r, y - r, x + r, y + r], outline=255)
    return {name: np.asarray(image) > 0 for name, image in zip(STROKES, images, strict=True)}


class GeometryLettersTask(GeometryTask):
    """Tell the characters of figures apart."""

    recipe_type = GeometryLettersRecipe
    net = "geometry_letters"

    def batch(self, step: int) -> Batch:
        """Cut the characters of some figures: `pixels` (N, 1, 24, 24) float32 and their `codes` (N,)."""
        rng = random.Random(f"letters {self.recipe.seed} {step}")
        pixels, codes, off = list[np.ndarray](), list[int](), SHIFT_DEVIATION_EM
        for _ in range(self.recipe.figures):
            figure = self.maker.figure(rng.getrandbits(48))
            chars = [char for label in figure.labels for char in label.chars]
            codes += [_code(char) for char, *_ in chars]
            middles = [complex(x + em * rng.gauss(0, off), y + em * rng.gauss(0, off)) for _, x, y, em in chars]
            ems = np.array([em * 2 ** rng.gauss(0, SIZE_DEVIATION) for *_, em in chars])
            pixels.append(squares(contrast(figure.pixels, figure.pixels[0, 0]), np.array(middles, complex), ems))
        return {"pixels": torch.from_numpy(np.concatenate(pixels)), "codes": torch.tensor(codes)}

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        logits = model(batch["pixels"]).float().flatten(1)
        right = (logits.argmax(1) == batch["codes"]).float().mean()
        return Outcome({"code": F.cross_entropy(logits, batch["codes"])}, {"code_accuracy": right})
