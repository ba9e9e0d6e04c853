"""nano on any page: detect the lines, read each through vision tokens, lay them out.

- Lines are found and read by `line_reader`; what is read passes through as many vision tokens as the mode allows, or as
  the lines need at their natural width.
- A page that lies on its side or upside down, askew or at an angle is straightened before its layout is looked at
  (`turned`, `imaging.pose`); the markup's places are those of the picture as it was given.
- A pale page on which something is found is darkened: on a blank one nothing is, and its noise would be read.
- A watermark is an even part of the ground, which is left where letters are closed over: darker than paper, paler than
  ink, taller than some lines. A page on which there is one is read without it, too, and counts as more of it is likely
  right; where it hides what it lies on, the page says so.
- Which way to see a page is best is decided by print alone; lines of low confidence are then read as handwriting.
- Text at another angle than its page's is turned and read.
- Asked for layout, nano writes the family's markup (`documents.build`), so what follows treats it as a
  published checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import darkened
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import pixels_of
from sokdok.imaging.pose import Pose, combined, straighten, turned
from sokdok.imaging.shades import CLOSED, UNITS_PER_EM, largest, without_small_dark
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.page_image import analyse_image
from sokdok.layout.tables.ruling_lines import find_boxes
from sokdok.layout.text_line import TextLine
from sokdok.model.preprocess import MODES, vision_token_count
from sokdok.pages.textlayer.words import FIRST_EAST_ASIAN
from sokdok.reading.nano.line_reader import VIEWS, LineReader, read_boxes, read_with_marks, squeeze_for, tokens_of
from sokdok.reading.nano.line_text import LineText, is_text
from sokdok.reading.nano.text_detector import DetectedLine, lines_of, scale_of
from sokdok.reading.nano.turned import (
    CONFIDENT,
    LIKELY,
    askew,
    find_turn,
    large_ink,
    likely_right,
    mean_confidence,
    prevailing_angle,
    sample_confidence,
    set_upright,
    slanted_lines,
    stand,
    turned_back,
)

BUDGETS = {name: vision_token_count(MODES[name]).paper for name in ("tiny", "small", "base", "large")}
"""vision tokens of each mode"""
MARKUP_SIDE = 999  # of a page, in the units of the markup's boxes
_MARKS = {"title": "# ", "sub_title": "## "}


@dataclass(frozen=True)
class SeenPage:
    """The lines of a page, and the page as it lies straight."""

    pose: Pose  # how it lies in its picture
    image: Image.Image  # the straight page, RGB
    lines: list[TextLine]  # what says anything, in pixels of the straight page
    vision_tokens: int
    mean_logprob: float  # of the symbols of its lines
    complete: bool  # whether all lines fitted into the budget
    unread: tuple[Box, ...] = ()  # where something looks like type and was not read, in pixels of the straight page


@dataclass(frozen=True)
class PageText:
    """A page as nano reads it."""

    blocks: list[LayoutBlock]  # in pixels of the straight page
    seen: SeenPage
    size: tuple[int, int]  # width and height of the picture, in pixels

    @property
    def mode(self) -> str:
        """The smallest mode with so many vision tokens; gundam beyond all of them."""
        return next((name for name, budget in BUDGETS.items() if self.seen.vision_tokens <= budget), "gundam")

    @property
    def text(self) -> str:
        """Plain text, a blank line between blocks; a table row by row, the text in pictures too."""
        if not self.blocks:
            return "\n".join(line.text for line in self.seen.lines)
        return "\n\n".join(block.text for block in self.blocks if block.rows)

    @property
    def markup(self) -> str:
        """Blocks in the family's markup."""
        return "\n".join(self._marked(block) for block in self.blocks)

    def _marked(self, block: LayoutBlock) -> str:
        box = self.seen.pose.to_picture(block.box).scaled(1 / self.size[0], 1 / self.size[1])
        corners = ", ".join(str(round(min(max(corner, 0.0), 1.0) * MARKUP_SIDE)) for corner in box)
        text = block.html or _MARKS.get(block.kind, "") + block.text if block.kind != "image" else ""
        return f"<|ref|>{block.kind}<|/ref|><|det|>[[{corners}]]<|/det|>\n{text}\n"


LARGE, LARGER = 3, 2  # times smaller a page is seen where type may be too large, and larger than usual this is
CLOSER, SMALL_EM_PX = 1.5, 10.0
"""times larger a page is seen that reads badly, where its usual type is smaller, in pixels that the detector sees"""
STEEP = 0.08  # slope, some 4.6 degrees, from which lines are detected again on the straightened page


class _Attempt(NamedTuple):
    """Lines that were read as print."""

    found: list[DetectedLine]  # those that fitted into the budget
    texts: list[LineText]
    squeeze: float  # share of their natural width at which they were read
    complete: bool  # whether all lines fitted into the budget


class NanoPageReader(LineReader):
    """Reads lines and pages with the nets of a nano checkpoint folder; the arguments are those of `open_graph`."""

    def read_page(self, image: Image.Image, mode: str | None = None, layout: bool = True) -> PageText:
        """Read a page within the mode's budget of vision tokens; without a mode, with as many as its lines need.

        Without `layout` its lines are left as they were found, for who changes words and lays them out then.
        """
        seen = self.see(image, mode)
        return PageText(analyse_image(np.asarray(seen.image), seen.lines) if layout else [], seen, image.size)

    def see(self, image: Image.Image, mode: str | None = None, again: bool = False) -> SeenPage:
        """Find out how a page lies, and read its lines; `mode` as in `read_page`, `again` where it was turned back."""
        image = image.convert("RGB")
        lying, gray, attempt = self._upright(np.asarray(image.convert("L")), mode)
        em = float(np.median([line.em for line in attempt.found])) if attempt.found else math.inf
        clear, opaque = without_watermarks(gray, em) if attempt.found else (gray, [])
        if clear is not gray:
            cleared = self._attempt(clear, self.detect(clear), mode)
            if likely_right(cleared.texts) > likely_right(attempt.texts):
                gray, attempt = clear, cleared
        if mean_confidence(attempt.texts) < CONFIDENT and em * scale_of(gray) < SMALL_EM_PX:
            closer = self._attempt(gray, self.detect(gray, CLOSER), mode)
            attempt = max(attempt, closer, key=lambda it: _surely(it.texts))
        attempt, too_large = self._with_large(gray, attempt, mode)
        found, printed = attempt.found, attempt.texts
        if mode is None:  # else the budget has hardly room for them
            found, printed = read_with_marks(found, printed, partial(self.as_print, gray))
        found, texts = self._with_boxes(gray, found, self.with_hands(gray, found, printed, attempt.squeeze))
        tilt = straighten((gray.shape[1], gray.shape[0]), lines_of(found))
        pose = combined(lying, tilt)
        slanted, unread = slanted_lines(gray, found, texts, self.detect, self.as_print)
        if not again and (angle := prevailing_angle(slanted, found, texts)):
            lying = combined(lying, turned_back(Box(0, 0, *gray.shape[::-1]), 0.0, angle))
            seen = self.see(lying.straightened(image), mode, again=True)
            return replace(seen, pose=combined(lying, seen.pose))
        unread += too_large + [box for box in opaque if sum(box.overlap(line.box) > 0 for line in found) >= TALL_EM]
        left = [at for at, line in enumerate(found) if not any(other.covers(line) for other in slanted)]
        lines = self.text_lines([found[at] for at in left], [texts[at] for at in left], tilt)
        lines += [line.placed(tilt, self.calibration.word) for line in slanted]
        places = tuple(tilt.from_picture(box) for box in unread)
        tokens = tokens_of(found, attempt.squeeze)
        return SeenPage(pose, pose.straightened(image), lines, tokens, mean_logprob(texts), attempt.complete, places)

    def _upright(self, gray: np.ndarray, mode: str | None) -> tuple[Pose, np.ndarray, _Attempt]:
        """Find out which way up a grey page (H, W) uint8 lies: how, the page as its lines are read best, and those."""
        lying, gray, found = self._levelled(gray)
        attempt = None if stand(found) else self._attempt(gray, found, mode)
        if attempt and (not found or mean_confidence(attempt.texts) >= CONFIDENT):
            return lying, gray, attempt
        sample = sample_confidence(gray, found, self.as_print)
        if stand(found) and (columns := self._columns(gray, found, mode)):
            return combined(lying, turned(gray.shape[::-1], 90)), *columns
        if not (turn := find_turn(gray, found, sample, self.detect, self.as_print)):
            return lying, gray, attempt or self._attempt(gray, found, mode)
        lying = combined(lying, turned((gray.shape[1], gray.shape[0]), turn))
        level, gray, found = self._levelled(np.ascontiguousarray(np.rot90(gray, turn // 90)))
        return combined(lying, level), gray, self._attempt(gray, found, mode)

    def _columns(
        self, gray: np.ndarray, found: Sequence[DetectedLine], mode: str | None
    ) -> tuple[np.ndarray, _Attempt] | None:
        """A grey page (H, W) uint8 turned (W, H), if its lines, fewer, are columns then of East Asia's letters."""
        level = np.rot90(gray).copy()
        lines = self.detect(level)
        set_upright(level, lines)
        if 2 * len(lines) > len(found) or sample_confidence(level, lines, self.as_print) < LIKELY:
            return None
        attempt = self._attempt(level, lines, mode)
        symbols = "".join(text.text for text in attempt.texts)
        return (level, attempt) if 2 * sum(char >= FIRST_EAST_ASIAN for char in symbols) > len(symbols) else None

    def _levelled(self, gray: np.ndarray) -> tuple[Pose, np.ndarray, list[DetectedLine]]:
        """The lines of a grey page (H, W) uint8, darkened if pale, straight if steep: how it lies, the page, its lines.

        Lines that are a little askew are read better as they are, without another drawing of their pixels.
        """
        found = self.detect(gray)
        dark = darkened(gray) if found else gray
        if dark is not gray:
            gray, found = dark, self.detect(dark)
        pose = straighten((gray.shape[1], gray.shape[0]), lines_of(found))
        if angle := askew(gray, found):
            pose = turned_back(Box(0, 0, *gray.shape[::-1]), 0.0, angle)
        elif abs(pose.matrix[1, 0]) < STEEP:
            return turned((gray.shape[1], gray.shape[0])), gray, found
        level = np.asarray(pose.straightened(Image.fromarray(gray)))
        return pose, level, self.detect(level)

    def _attempt(self, gray: np.ndarray, found: Sequence[DetectedLine], mode: str | None) -> _Attempt:
        """Read the lines of a grey page (H, W) uint8 as print within a mode's budget."""
        budget = BUDGETS.get(mode or "", math.inf)
        squeeze = squeeze_for(found, int(budget)) if budget < math.inf else 1.0
        fitting = list(found)
        while fitting and tokens_of(fitting, squeeze) > budget:  # as many from the top as fit
            fitting.pop()
        texts = self.as_print(gray, fitting, squeeze, VIEWS if mode is None else VIEWS[:1])  # tokens for each view
        return _Attempt(fitting, texts, squeeze, len(fitting) == len(found))

    def _with_large(self, gray: np.ndarray, attempt: _Attempt, mode: str | None) -> tuple[_Attempt, list[Box]]:
        """An attempt with type so large that it fell to pieces, or was not seen, and where such is not read either.

        It is looked for on the page seen smaller, where something is unread, or there is large ink beside the lines.
        """
        texts = dict(zip(attempt.found, attempt.texts, strict=True))
        ems = [line.em for line, text in texts.items() if is_text(text)]
        em, sure = float(np.median(ems or [0.0])), mean_confidence(attempt.texts) >= CONFIDENT
        if sure and len(ems) == len(texts) and not large_ink(gray, attempt.found, em):
            return attempt, []
        small = self.detect(np.asarray(Image.fromarray(gray).reduce(LARGE)))
        large = [line.scaled(LARGE) for line in small if LARGE * line.em > LARGER * em]
        texts |= zip(large, self.as_print(gray, large, attempt.squeeze), strict=True)
        pieces = {line: [it for it in attempt.found if line.holds(*it.box.middle)] for line in large}
        whole = [line for line in large if len(texts[line].text) > 1 and texts[line].confidence > CONFIDENT]
        whole = [line for line in whole if _surely([texts[line]]) > _surely(texts[it] for it in pieces[line])]
        found = [it for it in attempt.found if not any(it in pieces[line] for line in whole)] + whole
        left = [line for line in large if line not in whole and texts[line].confidence > LIKELY]
        unread = [line.box for line in left if not any(is_text(texts[it]) for it in pieces[line])]
        if tokens_of(found, attempt.squeeze) > BUDGETS.get(mode or "", math.inf):
            return attempt._replace(complete=False), unread
        return attempt._replace(found=found, texts=[texts[line] for line in found]), unread

    def _with_boxes(
        self, gray: np.ndarray, found: Sequence[DetectedLine], texts: Sequence[LineText]
    ) -> tuple[list[DetectedLine], list[LineText]]:
        """Lines of a grey page (H, W) uint8 and what they say, a row of boxes' letters as one."""
        texts_of = dict(zip(found, texts, strict=True))
        for row in find_boxes(gray):
            whole = Box.around(row).grown(row[0].width, 0)
            met = [line for line in texts_of if 2 * line.box.overlap(whole) > min(whole.area, line.box.area)]
            if all(whole.left < line.left[0] and line.right[0] < whole.right for line in met) and (
                read := read_boxes(gray, row, self.read_word)
            ):
                texts_of = {line: text for line, text in texts_of.items() if line not in met} | dict([read])
        return [*texts_of], [*texts_of.values()]


def _surely(texts: Iterable[LineText]) -> float:
    """What is read for sure: the probability of symbols beyond `LIKELY`; of noise it is less than nothing."""
    return sum(float((text.probability - LIKELY).sum()) for text in texts)


UNEVEN_LEVELS = 16  # of 255 by which a watermark differs from paper and ink at least, and half of it in itself at most
TALL_EM = 3  # height of a watermark, at least, and lines that lie on it
INKLESS_SHARE = 0.01  # of a watermark's pixels that are darker than it, below which nothing shows through


def without_watermarks(gray: np.ndarray, em: float) -> tuple[np.ndarray, list[Box]]:
    """A grey page (H, W) uint8 whose type is `em` pixels large without watermarks, itself where it has none.

    And the boxes of those, or parts of them, that nothing shows through: what text they lie on is hidden.
    """
    factor = max(1, round(em / UNITS_PER_EM))
    small = np.asarray(Image.fromarray(gray).reduce(factor))
    ground = without_small_dark(small.astype(np.float32))
    paper, ink = float(np.median(ground)), float(np.percentile(gray[::factor, ::factor], 1))
    clear, opaque, bottom_right = gray, [], np.array(small.shape) - 1
    for pixels in pixels_of((ground < paper - UNEVEN_LEVELS) & (ground > ink + UNEVEN_LEVELS)):
        low, level, high = np.percentile(ground[pixels], (25, 50, 75))
        (top, left), (bottom, right) = np.min(pixels, 1), np.max(pixels, 1)
        at_edge = min(top, left) == 0 or np.equal((bottom, right), bottom_right).any()  # where scans have shadows
        if at_edge or bottom - top < TALL_EM * UNITS_PER_EM or high - low > UNEVEN_LEVELS:
            continue
        if (small[pixels] < level - UNEVEN_LEVELS).mean() < INKLESS_SHARE:
            opaque.append(Box(left, top, right + 1, bottom + 1).scaled(factor))
        mark = np.zeros(small.shape, np.uint8)
        mark[pixels] = 1
        # 2 in it, 1 close around it, where the ground does not tell its corners; letters there are darker than it.
        near = (mark + largest(mark, CLOSED)).repeat(factor, 0).repeat(factor, 1)[: gray.shape[0], : gray.shape[1]]
        brighter = np.minimum(np.arange(256) * paper / level, paper).astype(np.uint8)
        clear = np.where((near == 2) | (near == 1) & (gray > level - UNEVEN_LEVELS), brighter[gray], clear)
    return clear, opaque


def mean_logprob(texts: Iterable[LineText]) -> float:
    """Mean log-probability of the symbols of lines that say anything; 0 without one."""
    probability = np.concatenate([np.ones(0, np.float32), *(text.probability for text in texts if is_text(text))])
    return float(np.log(np.maximum(probability, 1e-9)).mean()) if len(probability) else 0.0
