"""The structure network in place of the layout's rules, to be measured beside them on real pages.

    python -m sokdok_lab.structure.apply weights/structure/structure.safetensors bench printed --data DIR --source auto

runs any command of sokdok so; pages of a text layer and pages that were read go the same way.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.imaging.shades import find_shades
from sokdok.layout.analyse import place_of, with_all
from sokdok.layout.blocks import LayoutBlock, block_of, body_size, rows_of
from sokdok.layout.figures import figures_of
from sokdok.layout.formulas.find import formulas_of
from sokdok.layout.joining import Joiner
from sokdok.layout.outline import in_outline
from sokdok.layout.pictures import find_pictures
from sokdok.layout.tables.grids import Grid, has_text
from sokdok.layout.tables.ruling_lines import Ruling, erased, find_ruling
from sokdok.layout.text_layer import joiner_for, layer_lines
from sokdok.layout.text_line import TextLine
from sokdok.layout.turned import turned_blocks
from sokdok.layout.typeset.seen import set_lines
from sokdok.pages.textlayer import Rule, TextLayer, Word
from sokdok_lab.structure.blocks import StructuredPage
from sokdok_lab.structure.grids import cut_at_borders, grids_of
from sokdok_lab.structure.network import Net
from sokdok_lab.structure.nodes import GAP_EM, READ_GAP_EM, Array, Drawn, cuts, page_nodes
from sokdok_lab.structure.strokes import weights_of
from sokdok_lab.structure.weights import load, running

BODY_POINTS = 10.0  # size of most type
PLACES = ("sokdok.documents.convert.finish", "sokdok.figures.readers", "sokdok.reading.nano.page_reader")
"""modules, and those that they import, in which pages are laid out"""
TABLE_SHARE = 0.5  # of a drawing that is tables: it is no figure


@dataclass(frozen=True)
class Surroundings:
    """What is known of a page besides its lines; boxes in the unit of the lines but where points are said."""

    drawn: Drawn  # in points
    scale: float = 1.0  # points of a unit of the lines
    figures: Sequence[Box] = ()  # what stands in one is its text, but for tables that are drawn in full
    formulas: Sequence[Box] = ()
    grids: Sequence[Grid] = ()  # full ones, in points
    read: bool = False  # whether a recogniser read the lines
    weights: Mapping[Box, float] = field(default_factory=dict)  # of lines that were read, by their boxes


@dataclass(frozen=True)
class Structure:
    """A network that arranges pages."""

    net: Net

    def layer(self, layer: TextLayer, more: Sequence[TextLine] = ()) -> tuple[list[LayoutBlock], Joiner]:
        """A layer's lines in blocks, boxes in points, as `layout.text_layer.analyse_layer` gives them."""
        lines = [*layer_lines(layer), *more]
        grids = [grid for grid in grids_of(layer.rules) if has_text(grid, lines)]
        figures = figures_of(layer.drawings, lines, layer.size)
        figures = [box for box in figures if sum(box.overlap(grid.box) for grid in grids) < TABLE_SHARE * box.area]
        taken = [*figures, *(grid.box for grid in grids)]
        formulas = formulas_of(lines, layer.rules, taken, body_size(lines))
        places = [formula.box for formula in formulas]
        blocks = self.arranged(lines, Surroundings(Drawn.of_layer(layer), 1.0, figures, places, grids))
        out = []
        for block in in_outline(blocks, layer.outline):
            formula = next((one for one in formulas if one.box.holds(*block.box.middle)), None)
            if block.kind == "equation" and formula is not None:
                block = replace(block, latex=formula.latex, box=formula.shown)
            out.append(block)
        return out, joiner_for(out)

    def image(self, pixels: np.ndarray, lines: Sequence[TextLine]) -> list[LayoutBlock]:
        """Lines of a picture (H, W, 3) uint8 RGB in blocks, boxes in pixels, as `layout.page_image` gives them."""
        return self.arranged(*seen_on(pixels, lines))

    def arranged(self, lines: Sequence[TextLine], around: Surroundings) -> list[LayoutBlock]:
        """The lines of a page in blocks, each line in one."""
        lines = [line for line in lines if line.text]
        free, inside = parted(lines, around)
        upright = [line for line in free if not line.turned]
        blocks = self._page(upright, around).blocks() if upright else []
        for box, found in inside.items():
            blocks.insert(place_of(box, [block.box for block in blocks]), block_of("image", rows_of(found), box))
        turned = turned_blocks((line for line in free if line.turned), lambda rows: [block_of("text", rows)])
        return with_all([*blocks, *turned], lines)

    def _page(self, lines: Sequence[TextLine], around: Surroundings) -> StructuredPage:
        pieces, nodes = pieces_of(lines, around)
        return StructuredPage(
            pieces, self.net(nodes, around.read), self.net, around.grids, around.formulas, around.scale
        )


def seen_on(pixels: np.ndarray, lines: Sequence[TextLine]) -> tuple[list[TextLine], Surroundings]:
    """The lines of a picture (H, W, 3) uint8 RGB as they are set, and what stands around them."""
    levels = color_sums(pixels)
    ruling = find_ruling(levels, lines) if lines else Ruling()
    lines = set_lines([line for line in lines if line.text])
    scale = BODY_POINTS / (body_size(lines) or BODY_POINTS)
    rules = [
        Rule(way, float(rule.at) * scale, rule.start * scale, rule.end * scale, scale)
        for way, found in ((True, ruling.horizontal), (False, ruling.vertical))
        for rule in found
    ]
    shades = find_shades(pixels, float(np.median([line.em for line in lines]))) if lines else []
    fills = [box for box in shades if not any(line.box.height > box.height and box.overlap(line.box) for line in lines)]
    grids = [grid for grid in grids_of(rules) if has_text(grid, [line.scaled(scale) for line in lines])]
    gray, unruled = ((part // 3).astype(np.uint8) for part in (levels, color_sums(erased(pixels, ruling))))
    pictures = [
        box
        for box in find_pictures(gray, unruled, lines)
        if not any(box.scaled(scale).share_in(grid.box) > TABLE_SHARE for grid in grids)
    ]
    height, width = pixels.shape[:2]
    drawn = Drawn(
        (width * scale, height * scale),
        [box.scaled(scale) for box in pictures],
        fills=[box.scaled(scale) for box in fills],
        rules=rules,
    )
    weights = {line.box: weight for line, weight in zip(lines, weights_of(lines, gray), strict=True)}
    return lines, Surroundings(drawn, scale, pictures, (), grids, True, weights)


def parted(lines: Sequence[TextLine], around: Surroundings) -> tuple[list[TextLine], dict[Box, list[TextLine]]]:
    """Lines that stand by themselves, and those within each figure."""
    inside: dict[Box, list[TextLine]] = {box: [] for box in around.figures}
    free: list[TextLine] = []
    for line in lines:
        in_grid = any(grid.box.holds(*line.box.scaled(around.scale).middle) for grid in around.grids)
        figure = next((box for box in inside if box.holds(*line.box.middle) and not in_grid), None)
        (free if figure is None else inside[figure]).append(line)
    return free, inside


def pieces_of(lines: Sequence[TextLine], around: Surroundings) -> tuple[list[TextLine], dict[str, Array]]:
    """Lines cut where a grid passes and at wide gaps, and what the network is shown of them and of what is drawn."""
    pieces: list[TextLine] = []
    seen: list[tuple[bool, float]] = []
    for line in lines:
        place = line.box.scaled(around.scale).middle
        grid = next((grid for grid in around.grids if grid.box.holds(*place)), None)
        for part in cut_at_borders(line, grid, around.scale) if grid and line.words else [line]:
            gap = READ_GAP_EM if line.source == "recogniser" else GAP_EM
            ends = [0, *cuts(part.words, gap), len(part.words)]
            whole = len(ends) < 3
            pieces += [part] if whole else [part.part(a, b) for a, b in zip(ends, ends[1:], strict=False)]
        seen += [(line.kind == "table", around.weights.get(line.box, 0.0))] * (len(pieces) - len(seen))
    return pieces, page_nodes([run_of(piece, around.scale) for piece in pieces], around.drawn, seen=seen)


def run_of(piece: TextLine, scale: float) -> tuple[Word, ...]:
    """The words of a piece in points, of which its unit is `scale`; of one whose words are not known, it as one."""
    piece = piece if scale == 1 else piece.scaled(scale)
    return piece.words or (Word(piece.text, piece.box, piece.em, piece.box.bottom - 0.2 * piece.em),)


def main() -> None:
    """Run a command of sokdok with a network in place of the layout's rules."""
    from sokdok.cli import app

    for name in PLACES:
        import_module(name)
    structure = Structure(running(load(Path(sys.argv.pop(1)))[0]))
    for module in [found for name, found in sys.modules.items() if name.startswith("sokdok")]:
        _replaced(module, structure)
    app()


def _replaced(module: ModuleType, structure: Structure) -> None:
    for name, function in (("analyse_layer", structure.layer), ("analyse_image", structure.image)):
        if hasattr(module, name):
            setattr(module, name, function)


if __name__ == "__main__":
    main()
