"""Lines on crops: they stay on their ink at every scale, skew and angle, and what is asked reads back as the lines."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch

from sokdok.figures.chart.read.find_texts import decode_texts
from sokdok.imaging.box import Box
from sokdok.model.nano.formats import figures, lines
from sokdok.reading.nano.text_detector import decode_output
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.training import text_lines
from sokdok_lab.training.maps import Maps, named, stacked
from sokdok_lab.training.tasks import chart_texts, text_detector
from sokdok_lab.training.tasks.text_detector import PIECE_SYMBOLS, pieces_of
from sokdok_lab.training.text_lines import TextLine, crop, lines_loss

ROWS = range(40, 900, 60)
SIDE = 384
PRINT = [
    TextLine((40, 42), (340, 42), 24, lines.KINDS.index("heading")),
    TextLine((40, 92), (340, 104), 24, lines.KINDS.index("list")),
    TextLine((100, 200), (300, 200), 90, lines.KINDS.index("text")),
]


def at(x: float, y: float, length: float, degrees: float, role: str, em: float = 14) -> TextLine:
    end = x + length * math.cos(math.radians(degrees)), y - length * math.sin(math.radians(degrees))
    return TextLine((x, y), end, em, figures.ROLES.index(role))


CHART = [
    at(40, 56, 70, 0, "title"), at(56, 200, 50, 90, "axis title"), at(150, 190, 60, 45, "category"),
    at(180, 56, 9, 0, "value tick"),
]  # fmt: skip


@pytest.mark.parametrize("askew", [0.0, 1.0])
def test_lines_lie_on_their_ink_however_the_crop_is_seen(askew: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Black bars, 12 of 24 pixels high, in short pieces: at an angle an em is not the same all along a line."""
    monkeypatch.setattr(text_lines, "ASKEW_SHARE", askew)
    monkeypatch.setattr(text_lines, "ANGLED_SHARE", askew / 2)
    page = np.full((940, 800), 250, np.uint8)
    for y in ROWS:
        page[y - 6 : y + 6, 60:740] = 0
    pieces = [TextLine((x, y), (x + 85, y), 24) for y in ROWS for x in range(60, 740, 85)]
    seen = []
    for seed in range(12):
        pixels = page if seed % 2 else np.stack([page] * 3, -1)
        window, found = crop(pixels, pieces, SIDE, (0.65, 1.6), random.Random(seed))
        assert window.shape == (SIDE, SIDE, *pixels.shape[2:])
        core = np.kron(text_detector.CORES.draw(found, SIDE)["core"], np.ones((4, 4))) > 0
        dark = window.reshape(SIDE, SIDE, -1)[..., 0] < 125
        if core.any():
            seen.append(dark[core].mean())
            assert dark[~core].mean() < 0.12
    assert len(seen) > 8 and np.mean(seen) > 0.85


def test_beyond_the_picture_there_is_paper() -> None:
    window, found = crop(np.full((50, 40), 222, np.uint8), [], SIDE, (0.65, 1.6), random.Random(1))
    assert (window == 222).all() and not found


def test_a_map_moves_ends_and_em() -> None:
    moved = TextLine((10, 20), (50, 20), 12, 3).mapped(np.array([[2, 0, 5], [0, 2, -10], [0, 0, 1]]))
    assert moved == TextLine((25, 30), (105, 30), 24, 3)


@pytest.mark.parametrize(
    ("box", "reaches"), [((0, 0, 30, 30), True), ((70, 0, 90, 90), False), ((0, 40, 90, 90), False)]
)
def test_a_line_reaches_into_what_it_lies_in(box: tuple[float, ...], reaches: bool) -> None:
    assert TextLine((10, 20), (50, 20), 12).reaches_into(Box(*box)) == reaches


def output(maps: Maps, slices: dict[str, slice], kind: str) -> np.ndarray:
    """What a net says that answers as the maps ask."""
    logits = np.zeros((max(part.stop for part in slices.values()), *maps["core"].shape), np.float32)
    logits[slices["core"]] = np.where(maps["core"] > 0, 9, -9)
    for name in slices.keys() - {"core", kind}:
        logits[slices[name]] = np.nan_to_num(maps[name])
    for index in range(slices[kind].stop - slices[kind].start):
        logits[slices[kind].start + index] = 9 * (maps[kind] == index)
    return logits


def test_maps_of_print_read_back_as_its_lines() -> None:
    maps = text_detector.CORES.draw(PRINT, SIDE)
    found = sorted(decode_output(output(maps, text_detector.SLICES, "kind")), key=lambda line: line.left[1])
    assert [line.kind for line in found] == ["heading", "list", "text"]
    for line, truth in zip(found, PRINT, strict=True):
        assert abs(line.em - truth.em) < 0.1 and abs(line.left[1] - truth.left[1]) < 1
        assert abs(line.left[0] - truth.left[0]) <= 4 and abs(line.right[1] - truth.right[1]) < 1


def test_maps_of_charts_read_back_as_their_texts() -> None:
    maps = chart_texts.CORES.draw(CHART, 256)
    found = {text.role: text for text in decode_texts(output(maps, figures.SLICES, "role"))}
    assert found.keys() == {figures.ROLES[text.kind] for text in CHART}
    for text in CHART:
        again = found[figures.ROLES[text.kind]]
        assert again.em == pytest.approx(text.em, rel=0.02)
        turned = math.degrees(math.atan2(text.left[1] - text.right[1], text.right[0] - text.left[0]))
        assert again.angle == pytest.approx(turned, abs=1)
        assert math.dist(again.left, again.right) == pytest.approx(math.dist(text.left, text.right), abs=4)


def test_what_is_too_small_is_not_asked_for() -> None:
    maps = text_detector.CORES.draw([TextLine((0, 50), (384, 50), 4, 1)], SIDE)
    assert set(np.unique(maps["core"])) == {-1.0, 0.0} and np.isnan(maps["em"]).all() and (maps["kind"] < 0).all()


def test_gaps_between_neighbours_and_letters_by_themselves_weigh_more() -> None:
    gapped = TextLine((40, 50), (160, 50), 14, 0, (0.5,))
    weight = chart_texts.CORES.draw([gapped], 256)["weight"][25]
    assert weight[50] > 1 and weight[35] == 1 and weight[79] > 1 and weight[95] == 1
    letter = text_detector.CORES.draw([TextLine((40, 50), (46, 50), 14)], SIDE)
    assert letter["weight"][letter["core"] > 0].sum() == pytest.approx(text_detector.CORES.least)


@pytest.mark.parametrize(
    ("cores", "shown", "slices", "weights"),
    [
        (text_detector.CORES, PRINT, text_detector.SLICES, text_detector.WEIGHTS),
        (chart_texts.CORES, CHART, figures.SLICES, chart_texts.WEIGHTS),
    ],
)
def test_the_loss_is_small_for_right_answers_alone(cores, shown, slices, weights) -> None:
    maps = cores.draw(shown, SIDE)
    batch, right = stacked([maps]), torch.from_numpy(output(maps, slices, cores.kind))[None]
    good, bad = (
        lines_loss(named(lambda _, answer=answer: answer, torch.zeros(1), slices), batch, weights)
        for answer in (right, -right)
    )
    assert good.measures[f"{cores.kind}_accuracy"] == 1 and good.measures["core_iou"] == 1
    assert good.total < 0.1 < 1 < bad.total


def test_a_long_line_is_pieces_that_join_and_follow_its_sway() -> None:
    count = 2 * PIECE_SYMBOLS
    tops = np.linspace(50, 62, count)
    boxes = np.array(
        [[20 * i, top, 20 * i + 20, top + 24] for i, top in enumerate(tops)] + [[20 * count, 62, 20 * count, 86]]
    )
    page = SyntheticPage(np.zeros((200, 600), np.uint8), "a" * count + "\n", boxes, (Block("heading", 0, count + 1),))
    first, second = pieces_of(page)
    assert first.right == second.left and first.left[1] < second.left[1] < second.right[1]
    assert (first.left[0], second.right[0]) == (0, 20 * count)
    assert first.em == 24 and lines.KINDS[first.kind] == "heading"
    assert {piece.kind for piece in pieces_of(page, without="heading")} == {-1}
