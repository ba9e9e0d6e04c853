"""Presentations (.pptx): a page a slide, its title as the heading, shapes from top to bottom, notes at the end.

Standard: ECMA-376, part 1, chapters 19 and 21.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import ceil
from pathlib import Path
from typing import Any

from sokdok.office.chart import add_drawn, count_words, is_hidden, paragraphs, theme_colours, words
from sokdok.office.flow import Flow, Part, Walker
from sokdok.office.package import PackageFile, attribute, child, children, descendants, integer, local, relation
from sokdok.office.seen import LEAST_PT, WHITE, Rgb, rgb, stands_out
from sokdok.office.styles import counted
from sokdok.tables.markup import RawCell

MOST_DEEP = 20  # groups in groups
_HIDDEN = re.compile(rb"<(?:\w+:)?sld\s[^>]*\bshow=[\"'](?:0|false)[\"']")
_SHAPES = ("sp", "grpSp", "graphicFrame", "pic", "cxnSp")
_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"dt": "header", "hdr": "header", "ftr": "footer", "sldNum": "page_number"}
_BULLETED = {"body", "obj"}  # places of a layout whose paragraphs have bullets unless they say otherwise
_ROW_EMU = 300_000  # shapes whose tops differ by less stand beside each other: a third of an inch
_AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Minus": "{} -", "Plain": "{}"}  # by a kind's end
_FARTHEST_EMU = 10**9
_OUTLINES = {"ln", "effectLst", "effectDag", "highlight"}  # of type, which show it on any ground
_BEYOND_EMU = 914_400  # type may reach out of its box by as much: an inch
_MOST_PAINTED = 100  # shapes that may lie below type; where there are more, its ground is not known
_USUAL_SIZE = 1_800  # hundredths of a point, where nothing is said of it
_ON = {"1", "true"}


class PptxFile(PackageFile):
    """An open presentation; InputError if it is none."""

    def __init__(self, path: Path, source: str, most: int) -> None:
        super().__init__(path, source, most)
        main = self.package.main_part()
        show, related = self.package.xml(main), self.package.related(main)
        size = child(show, "sldSz")
        self.size = (integer(size, "cx"), integer(size, "cy"))
        self.usual = child(show, "defaultTextStyle")
        slides = [related.get(relation(one, "id"), "") for one in children(child(show, "sldIdLst"), "sldId")]
        hidden = [name for name in slides if name in self.package and _HIDDEN.search(self.package.read(name))]
        self.pages = [name for name in slides if name not in hidden] or slides
        self.hidden = len(slides) - len(self.pages)

    def part(self, index: int) -> Part:
        """A slide."""
        flow = Flow()
        flow.left_out(self.hidden if index == 0 else 0, "hidden slide")
        _Reader(self, self.pages[index], flow).slide()
        self.say_embedded(self.pages[index], flow)
        return flow.part()


class _Reader(Walker):
    """Walks through a slide."""

    def __init__(self, file: PptxFile, name: str, flow: Flow) -> None:
        self.file, self.name, self.flow = file, name, flow
        self.root = file.package.xml(name)
        self.related = file.package.related(name)
        self.layout, layout = self._above(name, "slideLayout")
        self.master, above = self._above(layout, "slideMaster")
        self.places: dict[str, list[Any]] = {}  # shapes of layout and master that one rests on, by its number
        usual = {_kind(shape): shape for shape in descendants(self.master, "sp")}
        for shape in descendants(self.layout, "sp"):
            if kind := _kind(shape):
                master = usual.get(kind, usual.get("title" if kind in _TITLES else "body"))
                self.places[_number_of(shape)] = [shape] if master is None else [shape, master]
        self.roots = (self.root, self.layout, self.master)
        theme = file.package.optional(file.package.of_type(above, "theme"))
        self.colours, self.fills = theme_colours(theme), next(descendants(theme, "fillStyleLst"), None)
        maps = [child(one, "clrMapOvr", "overrideClrMapping") for one in self.roots]
        named: Any = next((one for one in (*maps, child(self.master, "clrMap")) if one is not None), {})
        self.colours |= {name: self.colours.get(of) for name, of in named.items()}
        trees = [child(root, "cSld", "spTree") for root in reversed(self.roots)]  # as they are drawn
        drawn = [(tree, one) for tree in trees for one in (tree if tree is not None else ()) if local(one) in _SHAPES]
        self.shown = [one for tree, one in drawn if tree is trees[-1] or not _kind(one)]
        self.painted = [one for one in self.shown if local(one) not in ("sp", "cxnSp") or self._fill(one) is not None]

    def slide(self) -> None:
        """All that it shows, and what is to be said of it."""
        self._take_covered()
        self._keep_seen()
        self._furniture()
        for shape in self._in_order(child(self.root, "cSld", "spTree")):
            left, top, width, height = self._box(shape)
            across, down = self.file.size
            if left > across > 0 or top > down > 0 or left + width < 0 or top + height < 0:
                self.flow.unseen += count_words(shape)  # it lies beside the slide
            else:
                self._shape(shape)
        notes, _ = self._above(self.name, "notesSlide")
        said = [text for one in descendants(notes, "sp") if _kind(one) == "body" for text in paragraphs(one)]
        self.flow.text("\n".join([f"Notes: {said[0]}", *said[1:]]) if said else "")
        if self.file.package.of_type(self.name, "comments"):
            self.flow.warn("comments are left out")

    def _take_covered(self) -> None:
        """Take out words where an opaque shape that is drawn later lies on all of them, and neither is animated."""
        moving = {attribute(one, "spid") for one in descendants(self.root, "spTgt")}
        still = [one for one in self.shown if not moving.intersection(one.xpath(".//*[local-name()='cNvPr']/@id"))]
        covers = [(at, self._box(one)) for at, one in enumerate(still) if self._is_opaque(one)][-_MOST_PAINTED:]
        for at, shape in enumerate(still):
            left, top, width, height = self._box(shape)
            beyond = (  # how far each cover reaches out of its box
                min(left - x, top - y, x + across - left - width, y + down - top - height)
                for later, (x, y, across, down) in covers
                if later > at
            )
            spare, said = max(beyond, default=-1), count_words(shape) if covers else 0
            if said and spare >= 0 and (spare >= _BEYOND_EMU or self._fits(shape, width, height)):
                self.flow.unseen += said
                shape.getparent().remove(shape)
        self.shown = [one for one in self.shown if one.getparent() is not None]

    def _is_opaque(self, shape: Any) -> bool:
        """Whether a shape hides all that lies below its box: a picture without holes (JPEG), or a filled rectangle."""
        fill = child(shape, "blipFill") if local(shape) == "pic" else self._fill(shape)
        form, turned = child(shape, "spPr", "prstGeom"), attribute(child(shape, "spPr", "xfrm"), "rot", "0") != "0"
        if fill is None or turned or attribute(form, "prst") != "rect" or is_hidden(shape):
            return False
        is_own = local(shape) == "pic" and list(shape.iterancestors("{*}sld"))  # relations are those of the slide
        named = self.related.get(relation(child(fill, "blip"), "embed"), "") if is_own else ""
        of_theme = self.fills if local(fill) == "fillRef" else None
        parts = [*fill.iter(), *(of_theme.iter() if of_theme is not None else ())]
        cut = any("-" in value for one in parts if local(one) in ("srcRect", "fillRect") for value in one.values())
        clear = cut or any(local(one).startswith(("alpha", "clrChange")) for one in parts)
        return not clear and (local(fill) in ("solidFill", "gradFill", "fillRef") or named.endswith((".jpg", ".jpeg")))

    def _fits(self, shape: Any, width: int, height: int) -> bool:
        """Whether a shape's words lie within its box, were letters half as wide as high, those of East Asia as wide."""
        size = 127 * max((self._type(run, shape)[1] for run in shape.iter("{*}r", "{*}fld")), default=_USUAL_SIZE)
        lines = [line for one in shape.iter("{*}p") for line in words(one).split("\n")]
        long = [size * sum(1 if sign > "\u2e80" else 0.55 for sign in line) for line in lines]
        rows = sum(ceil(one / max(width, 1)) or 1 for one in long)
        wraps = attribute(next(shape.iter("{*}bodyPr"), None), "wrap") != "none" or max(long, default=0) <= width
        turned = attribute(next(shape.iter("{*}xfrm"), None), "rot", "0") != "0"
        return local(shape) == "sp" and wraps and not turned and 1.2 * size * rows <= height

    def _keep_seen(self) -> None:
        """Take out tiny type, and type of its ground's colour, where both are known, without line, shadow or marker."""
        for holder in [one for shape in self.shown for one in shape.iter("{*}tc", "{*}sp")]:
            types = {run: self._type(run, holder) for run in holder.iter("{*}r", "{*}fld")}
            ground = self._ground(holder) if any(colour for colour, _ in types.values()) else None
            for run, (colour, size) in types.items():
                if size < 100 * LEAST_PT or not stands_out(colour, ground):
                    self.flow.unseen += len(words(run).split())
                    run.getparent().remove(run)

    def _type(self, run: Any, holder: Any) -> tuple[Rgb | None, int]:
        """Colour and size of type by itself, its box, layout, style, master or presentation; None for no known one."""
        kind, level = _kind(holder), f"lvl{integer(child(run.getparent(), 'pPr'), 'lvl') + 1}pPr"
        style = "title" if kind in _TITLES else "other" if kind in _FURNITURE else "body"
        usual = child(self.master, "txStyles", f"{style}Style") if kind else self.file.usual
        usual = child(usual, level, "defRPr") if local(holder) == "sp" else None  # a table's style is elsewhere
        boxes = (child(one, "txBody", "lstStyle", level, "defRPr") for one in (holder, *self._below(holder)))
        looks = [one for one in (child(run, "rPr"), *boxes, child(holder, "style"), usual) if one is not None]
        size = next((size for look in looks if (size := integer(look, "sz"))), _USUAL_SIZE)
        said = [one for look in looks for one in look]
        if any(local(one) == "hlinkClick" or (len(one) and local(one) in _OUTLINES) for one in said):
            return None, size
        return self._colour(next((one for one in said if local(one).endswith(("Fill", "fontRef"))), None)), size

    def _colour(self, fill: Any) -> Rgb | None:
        """The colour of a plain fill; None where that is not known, as one that is made lighter, or shone through."""
        one = next(iter(fill), None) if fill is not None and local(fill) in ("solidFill", "bgRef", "fontRef") else None
        name = attribute(one, "lastClr") or attribute(one, "val")
        return self.colours.get(name, rgb(name)) if one is not None and not len(one) else None

    def _fill(self, holder: Any) -> Any:
        """What fills a shape or a cell, by itself, its layout or its style; None for nothing."""
        sets = (child(one, f"{local(one)}Pr") for one in (holder, *self._below(holder)))
        fills = (one for each in sets if each is not None for one in each if local(one).endswith("Fill"))
        if (fill := next(fills, None)) is not None:
            return fill if local(fill) != "noFill" else None
        table = next(holder.iterancestors("{*}tbl"), None)
        style = child(holder, "style", "fillRef") if table is None else child(table, "tblPr", "tableStyleId")
        return style if attribute(style, "idx") != "0" else None

    def _ground(self, holder: Any) -> Rgb | None:
        """The colour below type in a cell or a shape, or what lies below that; None where it is not known."""
        if (fill := self._fill(holder)) is not None:
            return self._colour(fill)
        frame = next(holder.iterancestors("{*}graphicFrame"), holder)
        left, top, width, height = self._box(frame)
        if local(frame.getparent()) != "spTree" or len(self.painted) > _MOST_PAINTED:
            return None
        far = 0 if self._fits(frame, width, height) else _BEYOND_EMU
        for x, y, across, down in (self._box(one) for one in self.painted if one is not frame):
            beside = x > left + width + far or x + across < left - far
            if not (across and down and (beside or y > top + height + far or y + down < top - far)):
                return None
        ground = next((one for root in self.roots for one in children(child(root, "cSld"), "bg")), None)
        named = child(ground, "bgRef")
        plain = named if integer(named, "idx") == 1001 else child(ground, "bgPr", "solidFill")  # a theme's first ground
        return self._colour(plain) if ground is not None else WHITE

    def _above(self, name: str, kind: str) -> tuple[Any, str]:
        found = self.file.package.of_type(name, kind)
        return self.file.package.optional(found), found

    def _furniture(self) -> None:
        for below, holder in ((self.root, self.layout), (self.layout, self.master)):
            if below is None or attribute(below, "showMasterSp") in ("0", "false"):
                return
            for shape in descendants(holder, "sp"):
                if not _kind(shape) and not is_hidden(shape):
                    self.flow.text("\n".join(paragraphs(shape)), "header")

    def _box(self, shape: Any) -> tuple[int, int, int, int]:
        """Left, top, width and height of a shape, of what it says itself or its layout."""
        frame = next((frame for one in (shape, *self._below(shape)) for frame in one.iter("{*}xfrm")), None)
        at, size = child(frame, "off"), child(frame, "ext")
        left, top = (integer(at, name, least=-_FARTHEST_EMU) for name in ("x", "y"))
        return left, top, integer(size, "cx"), integer(size, "cy")

    def _below(self, shape: Any) -> list[Any]:
        return self.places.get(_number_of(shape), []) if _kind(shape) else []

    def _in_order(self, holder: Any) -> list[Any]:
        """Shapes, the title first, others from top to bottom, those beside each other from left to right."""
        shapes = [(self._box(one), one) for one in holder if local(one) in _SHAPES] if holder is not None else []
        row, placed = -_FARTHEST_EMU, list[tuple[bool, int, int, Any]]()
        for (left, top, *_), shape in sorted(shapes, key=lambda one: one[0][1]):
            row = top if top - row >= _ROW_EMU else row
            placed.append((_kind(shape) not in _TITLES, row, left, shape))
        return [shape for *_, shape in sorted(placed, key=lambda one: one[:3])]

    def _shape(self, shape: Any, depth: int = 0) -> None:
        kind, body = _kind(shape), child(shape, "txBody")
        if is_hidden(shape):
            self.flow.unseen += count_words(shape)
            return
        if local(shape) == "grpSp" and depth < MOST_DEEP:
            for inner in self._in_order(shape):
                self._shape(inner, depth + 1)
        elif (table := next(descendants(shape, "tbl"), None)) is not None:
            self.flow.table(list(self._table(table)))
        elif body is None or kind in _FURNITURE:
            for text in paragraphs(shape):
                self.flow.text(text, _FURNITURE.get(kind, "text"))
        elif kind in _TITLES or kind == "subTitle":
            text = " ".join(filter(None, (words(one, self.related).strip() for one in children(body, "p"))))
            self.flow.heading(1 if kind in _TITLES else 2, text)
        else:
            self._paragraphs(body, kind in _BULLETED, self._below(shape))
        for one in shape.iter() if local(shape) != "grpSp" else ():
            if local(one) != "txBody":
                add_drawn(self.flow, one, self.file.package, self.related)

    def _paragraphs(self, body: Any, bulleted: bool = False, below: Iterable[Any] = ()) -> None:
        counts: dict[int, tuple[str, int]] = {}  # level → what counts its items, and how far
        for paragraph in children(body, "p"):
            text, level = words(paragraph, self.related).strip(), integer(child(paragraph, "pPr"), "lvl")
            mark = _bullet(paragraph, level, (body, *(child(one, "txBody") for one in below)))
            if not text:
                continue
            counts = {above: count for above, count in counts.items() if above <= level}
            if mark is not None and local(mark) == "buAutoNum":
                kind, first = attribute(mark, "type"), integer(mark, "startAt") or 1
                before, count = counts.get(level, ("", 0))
                counts[level] = (kind, count + 1 if before == kind else first)
                end = next((end for end in _AROUND if kind.endswith(end)), "")
                label = _AROUND.get(end, "{}").format(counted(counts[level][1], kind.removesuffix(end), self.flow))
                self.flow.item(level + 1, text, label)
                continue
            counts.pop(level, None)
            if bulleted if mark is None else local(mark) != "buNone":
                self.flow.item(level + 1, text)
            else:
                self.flow.text(text)

    def _table(self, table: Any) -> Iterator[list[RawCell]]:
        headed = attribute(child(table, "tblPr"), "firstRow") in _ON
        for number, row in enumerate(children(table, "tr")):
            cells = list[RawCell]()
            for one in children(row, "tc"):
                if {one.get("hMerge"), one.get("vMerge")} & _ON:  # it is not shown
                    self.flow.unseen += count_words(one)
                else:
                    height, width = (max(1, integer(one, name)) for name in ("rowSpan", "gridSpan"))
                    text = self.lines(self._paragraphs, child(one, "txBody"))
                    cells.append(RawCell(height, width, headed and not number, [text]))
            yield cells


def _kind(shape: Any) -> str:
    """Which place of its layout a shape fills; empty for none."""
    place = next(descendants(next(iter(shape), None), "ph"), None)
    return "" if place is None else attribute(place, "type", "obj")


def _number_of(shape: Any) -> str:
    return f"#{attribute(next(descendants(shape, 'ph'), None), 'idx', '0')}"


def _bullet(paragraph: Any, level: int, bodies: Iterable[Any]) -> Any:
    """What stands before a paragraph, by itself or by its boxes' styles: a bullet, a number, nothing; None: unsaid."""
    for holder in (child(paragraph, "pPr"), *(child(one, "lstStyle", f"lvl{level + 1}pPr") for one in bodies)):
        for one in holder if holder is not None else ():
            if local(one) in ("buNone", "buChar", "buAutoNum", "buBlip"):
                return one
    return None
