"""Pages of which the text layer and the pixels both say something, by a reader that knows where lines stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from sokdok.documents.build import STATUSES
from sokdok.documents.convert.draw import Drawn
from sokdok.documents.convert.words.fuse import Fused, fuse
from sokdok.documents.document import Block, DocumentPage, Evidence, Ledger
from sokdok.documents.document import Box as BlockBox
from sokdok.documents.textblocks import Frame, blocks_of, figure_blocks, frame_of, words_confidence
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows
from sokdok.imaging.pose import Pose
from sokdok.layout.analyse import place_of
from sokdok.layout.page_image import analyse_image
from sokdok.layout.pictures import MAX_TEXT_SHARE
from sokdok.layout.tables.grids import cut_at_gaps
from sokdok.layout.text_layer import analyse_layer, joiner_for
from sokdok.layout.text_line import TextLine, text_of
from sokdok.pages.page import Page
from sokdok.pages.textlayer import Piece, TextLayer, Word
from sokdok.reading.reading import Reader, Reading

MIN_TEXT_LINES = 3  # of a picture that is a picture of text
COVERED_SHARE = 0.5  # of a line that was read, over which words of the layer stand: the layer has it
EM_SHARE = 0.2  # by which the sizes of one picture's lines are off, as they are measured
BASELINE_EM = 0.2  # from the bottom of a line to where its type stands


def beside_pictures(drawn: Drawn, reader: Reader) -> DocumentPage:
    """A page with the layer's words, and those that are read where the layer may not say everything.

    What stands in a picture of text, or in none, is laid out with the page; what stands in a figure belongs to it.
    """
    layer, page, lines = drawn.layer, drawn.page, reader.abilities.lines
    assert layer is not None and page is not None and lines is not None
    frame = frame_of(layer, drawn.size)
    straight = frame.pose.straightened(page.image) if frame.pose else page.image
    flat, pixels = Frame(straight.size, frame.scale), np.asarray(straight)
    read: list[TextLine] = []
    for region in drawn.finding.regions:
        left, top, right, bottom = flat.box(region)
        found = (_moved(line, left, top, 1 / frame.scale) for line in lines.read_lines(pixels[top:bottom, left:right]))
        read += [line for line in found if not _is_covered(line, layer)]
    text: list[TextLine] = []
    figures: list[tuple[Box, list[TextLine]]] = []
    for box in layer.figures:
        inside = [line for line in read if box.holds(*line.box.middle)]
        read = [line for line in read if not box.holds(*line.box.middle)]
        if _is_text(inside, box):
            text += _set_alike(inside)
        else:
            figures.append((box, inside))
    text += _set_alike(read)
    layout, joiner = analyse_layer(layer, [line for line in text if line.text])
    blocks = list(blocks_of(layout, joiner, frame))
    for box, labels in figures:
        at = place_of(frame.box(box), [block.box for block in blocks])
        blocks[at:at] = figure_blocks(box, labels, joiner, frame)
    read_any = any(word.source == "reader" for block in blocks for word in block.words)
    reason = drawn.finding.reason if read_any else "all text is in the text layer: its pictures show none"
    unread = [frame.box(line.box) for line in _illegible(text, layer.drawings)]
    return _page(drawn, blocks, reader.name, "mixed" if read_any else "exact", reason, unread)


def from_pixels(drawn: Drawn, page: Page, reading: Reading, reader: str) -> DocumentPage:
    """A page of lines that were read from its pixels, corrected by the words of its layer."""
    frame = Frame(drawn.size, pose=reading.pose)
    lines, seen, behind = list(reading.lines), None, None
    if drawn.layer is not None and drawn.finding.kind == "mixed":
        seen = fuse(lines, _words(drawn.layer.pieces, drawn, reading.pose), wrong=0.0)
        lines = [*seen.lines, *_in_lines(seen.rest)]
    if drawn.layer is not None and drawn.layer.behind:
        behind = fuse(lines, _words(drawn.layer.behind, drawn, reading.pose))
        lines = behind.lines
    found = list(reading.layout)
    if lines != list(reading.lines) or not found:
        picture = reading.pose.straightened(page.image) if reading.pose else page.image
        found = analyse_image(np.asarray(picture.convert("RGB")), lines)
    blocks = blocks_of(found, joiner_for(found), frame)
    kind, reason = _evidence(drawn, seen, behind)
    illegible = _illegible(lines, [block.box for block in found if block.kind == "image"])
    unread = [*reading.unread, *(line.box for line in illegible)]
    whole = _page(drawn, blocks, reader, kind, reason, list(map(frame.box, unread)))
    status, error = STATUSES[reading.status]
    fused = seen or behind
    return replace(
        whole,
        status=status,
        error=reading.error or error if status != "SUCCESS" else "",
        mode=reading.mode,
        mode_reason=drawn.choice.reason,
        vision_tokens=reading.vision_tokens,
        seconds=reading.seconds,
        agreement=None if fused is None or fused.agreement is None else round(fused.agreement, 4),
    )


def _evidence(drawn: Drawn, seen: Fused | None, behind: Fused | None) -> tuple[Evidence, str]:
    """What a page rests on that was read from its pixels."""
    if seen is not None:
        return "mixed", drawn.finding.reason
    if behind is None:
        return "pixels", drawn.finding.reason
    said = "shares no place with what is read" if behind.agreement is None else f"agrees to {behind.agreement:.0%}"
    if behind.believed:
        return "mixed", f"{drawn.finding.reason}; it {said} and corrects what is read from the pixels"
    return "pixels", f"{drawn.finding.reason}; it {said} and is not believed"


def _in_lines(words: Sequence[Word]) -> list[TextLine]:
    """Words of a layer that stand in no line that was read, as lines."""
    whole = [
        TextLine(Box.around(word.box for word in row), text_of(row), em=row[0].em, source="layer", words=tuple(row))
        for row in rows(words, lambda word: word.box)
    ]
    return [piece for line in whole for piece in cut_at_gaps(line)]


def _illegible(lines: Sequence[TextLine], drawings: Sequence[Box]) -> list[TextLine]:
    """Lines that are not legible, without those in drawings: patterns, leaves and hair look like type, too."""
    return [line for line in lines if not line.text and not any(box.holds(*line.box.middle) for box in drawings)]


def _page(
    drawn: Drawn, blocks: Sequence[Block], reader: str, kind: Evidence, reason: str, unread: Sequence[BlockBox]
) -> DocumentPage:
    return DocumentPage(
        drawn.index + 1,
        *drawn.size,
        tuple(blocks),
        reader=reader,
        source="text-layer" if kind == "exact" else "reader",
        warnings=() if blocks else ("the reader found nothing on this page",),
        evidence=kind,
        evidence_reason=reason,
        confidence=words_confidence([word for block in blocks for word in block.words]),
        ledger=Ledger(0, 0, unread_boxes=tuple(unread)),
    )


def _words(pieces: Sequence[Piece], drawn: Drawn, pose: Pose | None) -> list[Word]:
    """A layer's words in pixels of the straight page."""
    assert drawn.layer is not None
    frame = frame_of(drawn.layer, drawn.size)
    words = [word for piece in pieces for word in piece.words]
    boxes = (word.box.scaled(frame.scale) for word in words)
    shown = (frame.pose.to_picture(box) if frame.pose else box for box in boxes)
    return [replace(word, box=pose.from_picture(box) if pose else box) for word, box in zip(words, shown, strict=True)]


def _moved(line: TextLine, left: int, top: int, scale: float) -> TextLine:
    """A line of a part of a page, in pixels, as one of the page in points; `scale` are points of a pixel."""
    words = (replace(word, box=word.box.moved(left, top), baseline=word.baseline + top) for word in line.words)
    return replace(line, box=line.box.moved(left, top), words=tuple(words)).scaled(scale)


def _is_covered(line: TextLine, layer: TextLayer) -> bool:
    """Whether words of the layer stand over a line that was read."""
    return sum(line.box.overlap(piece.box) for piece in layer.pieces) > COVERED_SHARE * line.box.area


def _is_text(lines: Sequence[TextLine], region: Box) -> bool:
    """Whether a picture is one of text rather than a figure with labels."""
    lines = [line for line in lines if line.text]
    share = sum(region.overlap(line.box) for line in lines) / region.area
    return len(lines) >= MIN_TEXT_LINES and share > MAX_TEXT_SHARE


def _set_alike(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines of one picture, those of about one size as of one size, as a layer's lines are."""
    if not lines:
        return []
    usual = median(line.em for line in lines)
    return [_set(line, usual if abs(line.em - usual) < EM_SHARE * usual else line.em) for line in lines]


def _set(line: TextLine, em: float) -> TextLine:
    baseline = line.box.bottom - BASELINE_EM * line.em
    words = tuple(replace(word, em=em, baseline=baseline) for word in line.words)
    return replace(line, em=em, words=words, kind="")
