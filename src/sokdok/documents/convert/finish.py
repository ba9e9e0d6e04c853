"""The last stage: what the sources say of a page put together as blocks with words.

- A page that the text layer says everything of is the layer's. Where pictures stand beside its text, what is read in
  them is laid out with it; where a picture is the page, lines are read from its pixels, and the layer corrects them.
- A picture that is a chart by itself is a figure: the texts in it, and the table that it shows.
- A reader that knows no places is taken at its word on pages that are not exact, unless it looped, broke off, failed,
  said nothing of rows of ink or is far from text that can be seen: then the layer stands in, with a warning.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.documents.accounting import accounted, held_to_floor, partial
from sokdok.documents.blocks import Block
from sokdok.documents.blocks import Box as BlockBox
from sokdok.documents.build import STATUSES, build_page, failed_page, part_page
from sokdok.documents.convert.draw import Analysis, Finding
from sokdok.documents.convert.fuse import Fused, fuse
from sokdok.documents.document import DocumentPage, Evidence, Ledger
from sokdok.documents.question import Conversion
from sokdok.documents.textblocks import Frame, blocks_of, figure_blocks, frame_of, text_blocks, words_confidence
from sokdok.edits import similarity
from sokdok.figures.parse import chart_alone
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows
from sokdok.imaging.pose import Pose
from sokdok.layout.analyse import joiner_for
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.page_image import analyse_image
from sokdok.layout.pictures import MAX_TEXT_SHARE
from sokdok.layout.set_lines import set_lines
from sokdok.layout.structure.blocks import place_of
from sokdok.layout.text_layer import analyse_layer
from sokdok.layout.text_line import TextLine, lines_confidence, text_of
from sokdok.pages.page import Page
from sokdok.pages.textlayer import Piece, TextLayer, Word
from sokdok.reading.reading import Reader, Reading, doubt
from sokdok.reasons import say

LAYER = "text layer"  # who read a page whose text is the layer's
MIN_TEXT_LINES = 3  # of a picture that is a picture of text
COVERED_SHARE = 0.5  # of a line that was read, over which words of the layer stand: the layer has it
MISREAD, SCRAMBLED = 0.5, 0.4  # agreement below which a page is misread in any order, or its lines out of order

_TAGS = re.compile(r"<[^<>]{0,200}>")
_MARKS = re.compile(r"^#{1,6} |^[-*] |\*\*|[\\`|]", re.MULTILINE)


def needs_reader(analysis: Analysis, reader: Reader, asked: Conversion) -> bool:
    """Whether a page is read as a whole; pictures of one are read by their lines, if the reader can."""
    in_parts = analysis.finding.regions and reader.abilities.lines is not None and asked.question.source == "auto"
    return analysis.page is not None and not in_parts


def finish(analysis: Analysis, reading: Reading | None, asked: Conversion) -> DocumentPage:
    """Put a page together; one that can't be is a failed page."""
    if analysis.part is not None:
        return part_page(analysis.part, analysis.index + 1)
    try:
        page = accounted(held_to_floor(_finished(analysis, reading, asked)))
        seen = analysis.layer or analysis.page
        return partial(page, say("undecoded", pictures=seen.undecoded) if seen and seen.undecoded else "")
    except Exception as error:  # what a reader wrote or a layer says must not take the other pages down
        reason = f"the page could not be put together ({str(error) or type(error).__name__})"
        return failed_page(analysis.index + 1, reason, *analysis.size)


def _finished(analysis: Analysis, reading: Reading | None, asked: Conversion) -> DocumentPage:
    if analysis.layer is not None and analysis.page is None:
        return _of_layer(analysis, analysis.layer, asked)
    if asked.reader is None or asked.question.source == "text-layer":
        if analysis.density is not None and analysis.density.runs:
            reason = "the page has no text layer; read it with --source auto"
            return failed_page(analysis.index + 1, reason, *analysis.size)
        return layer_page(analysis, (), ("the page is blank",), as_asked=True)
    if asked.question.source == "reader" and reading is not None:
        alone = replace(analysis, layer=None, finding=Finding("pixels", "only the reader was asked for"))
        page = _by_reader(alone, reading, asked.reader)
        compared = analysis.layer is not None and analysis.layer.characters and page.status != "FAILURE"
        return replace(page, agreement=round(compare(page.text, analysis.layer_text).ordered, 4)) if compared else page
    return beside_pictures(analysis, asked.reader) if reading is None else _by_reader(analysis, reading, asked.reader)


def _by_reader(analysis: Analysis, reading: Reading, reader: Reader) -> DocumentPage:
    """A page that was read as a whole."""
    if reading.lines and analysis.page is not None:
        return from_pixels(analysis, analysis.page, reading, reader)
    return _as_read(analysis, reading, reader)


def _of_layer(analysis: Analysis, layer: TextLayer, asked: Conversion) -> DocumentPage:
    """A page with the words of its layer alone: because they are all, or because they were asked for."""
    hidden = not layer.characters
    warnings: tuple[str, ...] = ("the text layer lies behind a picture and may say anything",) if hidden else ()
    if analysis.finding.kind != "exact" and not hidden:
        warnings = (f"{analysis.finding.reason}; the text is the text layer's alone",)
    blocks = text_blocks(layer, *analysis.size, analysis.layout)
    return layer_page(analysis, blocks, warnings, asked.question.source == "text-layer")


def layer_page(
    analysis: Analysis, blocks: tuple[Block, ...], warnings: tuple[str, ...] = (), as_asked: bool = False
) -> DocumentPage:
    """A page of the layer's blocks."""
    finding = analysis.finding
    reason = finding.reason if finding.kind == "exact" or not as_asked else "only the text layer was asked for"
    found = analysis.layout[0] if analysis.layer else ()
    read = {word.source == "reader" for block in blocks for word in block.words}
    evidence: Evidence = "exact" if True not in read else "mixed" if False in read else "pixels"
    page = _page(analysis, blocks, LAYER, evidence, reason, (), found)
    return replace(page, source="text-layer", warnings=warnings)


def _as_read(analysis: Analysis, reading: Reading, reader: Reader) -> DocumentPage:
    """A page as a reader wrote it that knows no places, or the layer in its stead."""
    number, why = analysis.index + 1, analysis.choice.reason
    page = build_page(reading, *analysis.size, number, reader=reader.name, mode_reason=why)
    # Models give an empty answer at times, which is no sign of an empty page; who looks for lines found none.
    empty = page.status == "SUCCESS" and not page.blocks and reader.abilities.lines is None
    if empty and analysis.density is not None and analysis.density.runs > 0:
        page = replace(page, status="PARTIAL", error="the reader says nothing of a page with rows of ink", warnings=())
    layer = analysis.layer
    if layer is None:
        return replace(page, evidence_reason=analysis.finding.reason)
    page = replace(page, evidence_reason=f"{analysis.finding.reason}; {reader.name} looked at the pixels alone")
    agreement = None
    if analysis.finding.kind == "mixed" and page.status != "FAILURE":
        agreement = compare(page.text, analysis.layer_text)
        page = replace(page, agreement=round(agreement.ordered, 4))
    reason = _reason(page, agreement)
    if not reason or not layer.characters:
        return page
    stead = layer_page(
        analysis, text_blocks(layer, *analysis.size, analysis.layout), (f"{reason}: the text is the text layer's",)
    )
    missing = f"{reason}, and {analysis.finding.reason}: text may be missing"
    return replace(stead, agreement=page.agreement, seconds=page.seconds, status="PARTIAL", error=missing)


def _reason(page: DocumentPage, agreement: Agreement | None) -> str:
    """Why the reader's text can't be relied on; empty if it can."""
    if page.status != "SUCCESS":
        return page.error
    if agreement is not None and agreement.unreliable:
        regardless = f"{agreement.unordered:.0%} whatever the order"
        return f"{page.reader} and the text layer agree to only {agreement.ordered:.0%} ({regardless})"
    return ""


def beside_pictures(analysis: Analysis, reader: Reader) -> DocumentPage:
    """A page with the layer's words, and those that are read where the layer may not say everything.

    What stands in a picture of text, or in none, is laid out with the page; what stands in a figure belongs to it.
    """
    layer, page, lines = analysis.layer, analysis.page, reader.abilities.lines
    assert layer is not None and page is not None and lines is not None
    frame = frame_of(layer, analysis.size)
    straight = frame.pose.straightened(page.image) if frame.pose else page.image
    flat, pixels = Frame(straight.size, frame.scale), np.asarray(straight)
    places: list[list[TextLine]] = []
    for region in analysis.finding.regions:
        left, top, right, bottom = flat.box(region)
        here: list[TextLine] = []
        for line in lines.read_lines(pixels[top:bottom, left:right]):
            # From pixels of a part of the page to points of all of it; over some, words of the layer stand.
            moved = (replace(word, box=word.box.moved(left, top), baseline=word.baseline + top) for word in line.words)
            line = replace(line, box=line.box.moved(left, top), words=tuple(moved)).scaled(1 / frame.scale)
            if sum(line.box.overlap(piece.box) for piece in layer.pieces) <= COVERED_SHARE * line.box.area:
                here.append(line)
        places.append(here)
    text: list[TextLine] = []
    figures: list[tuple[Box, list[TextLine]]] = []
    for box in layer.figures:
        inside = [line for here in places for line in here if box.holds(*line.box.middle)]
        places = [[line for line in here if not box.holds(*line.box.middle)] for here in places]
        read = [line.box for line in inside if line.text]
        covered = sum(map(box.overlap, read))
        if len(read) >= MIN_TEXT_LINES and covered > MAX_TEXT_SHARE * box.area:  # no figure's labels
            text += set_lines(_without_drafts(inside))
        else:
            figures.append((box, _without_drafts(inside)))
    text += set_lines([line for here in places for line in _without_drafts(here)])
    more = [replace(line, kind="") for line in text if line.text]
    layout, joiner = analyse_layer(layer, more) if more else analysis.layout
    blocks = list(blocks_of(layout, joiner, frame))
    for box, labels in figures:
        at = place_of(frame.box(box), [block.box for block in blocks])
        blocks[at:at] = figure_blocks(box, labels, joiner, frame)
    read_any = any(word.source == "reader" for block in blocks for word in block.words)
    unread = [frame.box(line.box) for line in _illegible(text, layer.drawings)]
    none = "all text is in the text layer: its pictures show none"
    reason = analysis.finding.reason if read_any or unread else none
    return _page(analysis, blocks, reader.name, "mixed" if read_any else "exact", reason, unread, layout)


def _without_drafts(lines: list[TextLine]) -> list[TextLine]:
    """The lines of a place beside a layer, without text if that is a draft: the layer's words say nothing for it."""
    return [replace(line, text="", words=()) for line in lines] if doubt(lines_confidence(lines)) else lines


def from_pixels(analysis: Analysis, page: Page, reading: Reading, reader: Reader) -> DocumentPage:
    """A page of lines that were read from its pixels, corrected by the words of its layer."""
    frame = Frame(analysis.size, pose=reading.pose)
    picture = reading.pose.straightened(page.image) if reading.pose else page.image
    lines, seen, behind = list(reading.lines), None, None
    if analysis.layer is not None and analysis.finding.kind == "mixed":
        seen = fuse(lines, _words(analysis.layer.pieces, analysis, reading.pose), wrong=0.0)
        lines = [*seen.lines, *_in_lines(seen.rest)]
    if analysis.layer is not None and analysis.layer.behind:
        behind = fuse(lines, _words(analysis.layer.behind, analysis, reading.pose))
        lines = behind.lines
    found = list(reading.layout)
    if lines != list(reading.lines) or not found:
        found = analyse_image(np.asarray(picture.convert("RGB")), lines)
    blocks = blocks_of(found, joiner_for(found), frame)
    kind, reason = _evidence(analysis, seen, behind)
    illegible = _illegible(lines, [block.box for block in found if block.kind == "image"])
    unread = [*reading.unread, *(line.box for line in illegible)]
    chart = chart_alone(picture, reader.abilities.lines) if analysis.layer is None else None
    if chart is not None:  # the order of texts on it says nothing, and bars look like type that was not read
        drawn, *listings = figure_blocks(Box(0, 0, *picture.size), lines, joiner_for(found), frame)
        blocks, found, unread = (replace(drawn, kind="chart", html=chart.html), *listings), [], []
    whole = _page(analysis, blocks, reader.name, kind, reason, list(map(frame.box, unread)), found)
    status, error = STATUSES[reading.status]
    fused = seen or behind
    whole = replace(
        whole,
        status=status,
        error=reading.error or error if status != "SUCCESS" else "",
        mode=reading.mode,
        mode_reason=analysis.choice.reason,
        vision_tokens=reading.vision_tokens,
        seconds=reading.seconds,
        agreement=None if fused is None or fused.agreement is None else round(fused.agreement, 4),
        warnings=chart.result.warnings if chart else whole.warnings,
    )
    return partial(whole, whole.warnings[0]) if chart and chart.partial else whole


def _evidence(analysis: Analysis, seen: Fused | None, behind: Fused | None) -> tuple[Evidence, str]:
    """What a page rests on that was read from its pixels."""
    if seen is not None:
        return "mixed", analysis.finding.reason
    if behind is None:
        return "pixels", analysis.finding.reason
    said = "shares no place with what is read" if behind.agreement is None else f"agrees to {behind.agreement:.0%}"
    if behind.believed:
        return "mixed", f"{analysis.finding.reason}; it {said} and corrects what is read from the pixels"
    return "pixels", f"{analysis.finding.reason}; it {said} and is not believed"


def _in_lines(words: Sequence[Word]) -> list[TextLine]:
    """Words of a layer that stand in no line that was read, as lines."""
    return [
        TextLine(Box.around(word.box for word in row), text_of(row), em=row[0].em, source="layer", words=tuple(row))
        for row in rows(words, lambda word: word.box)
    ]


def _illegible(lines: Sequence[TextLine], drawings: Sequence[Box]) -> list[TextLine]:
    """Lines that are not legible, without those in drawings: patterns, leaves and hair look like type, too."""
    return [line for line in lines if not line.text and not any(box.holds(*line.box.middle) for box in drawings)]


def _page(
    analysis: Analysis, blocks: Sequence[Block], reader: str, kind: Evidence, reason: str, unread: Sequence[BlockBox],
    found: Sequence[LayoutBlock],
) -> DocumentPage:  # fmt: skip
    return DocumentPage(
        analysis.index + 1,
        *analysis.size,
        tuple(blocks),
        reader=reader,
        source="text-layer" if kind == "exact" else "reader",
        warnings=() if blocks else ("the reader found nothing on this page",),
        evidence=kind,
        evidence_reason=reason,
        confidence=words_confidence([word for block in blocks for word in block.words]),
        ledger=Ledger(0, 0, unread_boxes=tuple(unread), order=min((block.order for block in found), default=1.0)),
    )


def _words(pieces: Sequence[Piece], analysis: Analysis, pose: Pose | None) -> list[Word]:
    """A layer's words in pixels of the straight page."""
    assert analysis.layer is not None
    frame = frame_of(analysis.layer, analysis.size)
    words = [word for piece in pieces for word in piece.words]
    boxes = (word.box.scaled(frame.scale) for word in words)
    shown = (frame.pose.to_picture(box) if frame.pose else box for box in boxes)
    return [replace(word, box=pose.from_picture(box) if pose else box) for word, box in zip(words, shown, strict=True)]


@dataclass(frozen=True)
class Agreement:
    """Likeness of two texts, 0 to 1."""

    ordered: float
    unordered: float

    @property
    def unreliable(self) -> bool:
        """Whether one of them can't be the page's text, or not in an order that makes sense."""
        return self.unordered < MISREAD or self.ordered < SCRAMBLED


def compare(read: str, layer: str) -> Agreement:
    """Agreement of two texts, of which the first may be Markdown."""
    first, second = collapse(_MARKS.sub("", _TAGS.sub(" ", read))), collapse(layer)
    a, b = _triples(first), _triples(second)
    total = a.total() + b.total()
    dice = 2 * (a & b).total() / total if total else 1.0
    return Agreement(similarity(first, second), dice)


def collapse(text: str) -> str:
    """With ligatures and widths made plain, and one space for any white space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _triples(text: str) -> Counter[str]:
    letters = text.replace(" ", "")
    return Counter(letters[i : i + 3] for i in range(max(1, len(letters) - 2)) if letters)
