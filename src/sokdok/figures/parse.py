"""A picture of a figure → a checked result of its kind: `parse_figure(image)`.

- The kind is given, or found by a small net that was taught on drawings (`kind_scores`; it goes before whichever reader
  reads figures, so it is always nano's own, out of the package). A reader whose text shows what a figure is (the
  published checkpoints do that) overrules it.
- A chart of a kind that no reader knows (`UNREAD`: box plots, heat maps, maps …) is named and refused, whether a chart
  was asked for or not: numbers would be made up.
- A photograph is not read as a chart because it was asked for: the result is invalid and says so. Where the picture
  looks like another kind of drawing, it is read as asked, with a warning and no more confidence than its score allows.
- Print is no figure: it is refused where no kind was asked for.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from sokdok.errors import InputError, MissingExtraError, require_choice
from sokdok.figures.readers import FigureReader, FigureText, NanoFigures
from sokdok.files import new_text_file
from sokdok.jobs import DEFAULTS, Limits
from sokdok.layout.text_line import LineReader, is_legible
from sokdok.model.nano.formats.figures import KINDS as NET_KINDS
from sokdok.model.nano.formats.figures import UNREAD, flattened, squared
from sokdok.model.nano.session import Graph, bundled_folder, open_graph
from sokdok.pages.page import PageError
from sokdok.reading.reading import doubt
from sokdok.reasons import say
from sokdok.tables.markup import writable

if TYPE_CHECKING:
    import pandas

    from sokdok.pages.files import Input

FEW_COLORS = 8  # that fill a drawing
SAME_SHADE = 0.03  # by which shades of one colour may differ, of all between black and white


def kind_scores(image: Image.Image) -> dict[str, float]:
    """Compute the probability of each of `NET_KINDS`; they sum to 1. Raises ModelError for a damaged net."""
    square = squared(flattened(image))
    if not square.any():  # of one colour: nothing speaks for any kind, or for a chart that has to be refused
        return {kind: (kind not in UNREAD) / (len(NET_KINDS) - len(UNREAD)) for kind in NET_KINDS}
    logits = np.asarray(_net().run(None, {"pixels": square[None]})[0][0], np.float64)
    shares = np.exp(logits - logits.max())
    return dict(zip(NET_KINDS, (shares / shares.sum()).tolist(), strict=True))


def has_ground(image: Image.Image) -> bool:
    """Whether half of a picture or more is of one colour, or of a few, as it is of drawings, and not of photographs."""
    flat = flattened(image)
    ground = np.abs(squared(flat)).max(0) < SAME_SHADE
    colors = sorted((count for count, _ in flat.getcolors(1 << 14) or ()), reverse=True)
    return float(ground.mean()) >= 0.5 or sum(colors[:FEW_COLORS]) >= 0.5 * flat.width * flat.height


@lru_cache(maxsize=1)
def _net() -> Graph:
    return open_graph(bundled_folder() / "figure_kind.onnx", threads=1)


KINDS = ("chart", "molecule", "geometry", "table", "handwriting")
AUTO = "auto"
PICTURE, TEXT = "picture", "text"  # what `auto` finds where there is nothing to parse, and what print looks like
_CONFIDENT = 0.45  # confidence from which no other kind is tried, if the picture looks clearly like this one
_POSSIBLE = 0.1  # score of a kind from which it is tried after the likeliest
_SKELETON = frozenset("C()0123456789")  # signs of the SMILES of single bonds between carbons
_LIKELY, _NO_FIGURE = 0.5, 0.3  # scores from which what is refused is likely; less is enough for no figure at all
_OFTENER = 2  # charts of `UNREAD` for each that is read, in `recipes/figure_kind.yaml`
_LEAST_SHARE = 0.5  # of a picture's text that stands in tables, if it is one (.9 and more; pages and slides have .2)
_CLEAR = 0.8  # score of a kind from which it overrules what was asked
_NAMES = {
    kind: say(f"a_{kind.lower().replace('-', '').replace(' ', '_')}" if kind != "handwriting" else "some_handwriting")
    for kind in NET_KINDS
}
SUCCESS, PARTIAL, FAILURE, UNSUPPORTED = "SUCCESS", "PARTIAL", "FAILURE", "UNSUPPORTED"


@dataclass(frozen=True)
class Transcript:
    """A text that was read from a picture of handwriting, or of print: lines, as they are."""

    text: str
    valid: bool = True
    reason: str = ""  # why it is not valid
    warnings: tuple[str, ...] = ()
    confidence: float | None = None  # 0 to 1, if the reader says

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds."""
        return {"kind": "handwriting"} | asdict(self)

    def redraw(self, path: Path) -> None:
        """Write the text."""
        with new_text_file(path, errors="backslashreplace") as file:
            file.write(f"{self.text}\n")


@dataclass(frozen=True)
class Figure:
    """A picture that was parsed."""

    kind: str  # one of `KINDS`, what it was parsed as; one of `UNREAD`, or `PICTURE`, which are refused
    looks: float  # 0 to 1: share of this kind in `kind_scores`
    text: str  # what the reader wrote; empty if it was not asked
    result: Any  # `Chart`, `Molecule`, `Geometry`, `Table` or `Transcript`
    partial: bool = False  # whether the reading broke off, or what was read meets too little of the drawing

    @property
    def status(self) -> str:
        """SUCCESS, PARTIAL, FAILURE (nothing valid was read), or UNSUPPORTED: no reader reads what it looks like."""
        if self.kind not in KINDS:
            return UNSUPPORTED
        return FAILURE if not self.result.valid else PARTIAL if self.partial else SUCCESS

    @property
    def html(self) -> str:
        """The table of a chart or a table as HTML; empty for other kinds, and where there is nothing valid."""
        return str(self.result.to_dict().get("html", ""))

    @property
    def smiles(self) -> str:
        """A molecule's canonical SMILES; empty for other kinds, and where there is nothing valid."""
        return str(self.result.smiles) if self.kind == "molecule" else ""

    @property
    def relations(self) -> tuple[str, ...]:
        """What holds in a geometric figure, such as `AB ⟂ CD`; nothing for other kinds.

        `result.relations` has each with its error, `result.statements("ko")` says them in Korean.
        """
        return tuple(self.result.statements()) if self.kind == "geometry" else ()

    def to_dataframe(self) -> pandas.DataFrame:
        """Make a DataFrame of a chart's values, a column a series, or of a table's texts.

        Raises InputError where there is neither, MissingExtraError without pandas.
        """
        if self.kind not in ("chart", "table"):
            raise InputError(f"only charts and tables become DataFrames, and this was parsed as {self.kind}")
        if not self.result.valid:
            raise InputError(f"there is no DataFrame of this {self.kind}: {self.result.reason}")
        frame: pandas.DataFrame = self.result.to_dataframe()
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds."""
        values = {"kind": self.kind, "status": self.status, "looks": round(self.looks, 3), "text": self.text}
        return values | {"result": self.result.to_dict()}


def parse_figure(image: Image.Image, kind: str = AUTO, reader: FigureReader | None = None) -> Figure:
    """Read a picture of any mode as one of `KINDS` and parse what was read; nano reads by default.

    Never raises for what a picture shows or a reader writes: see the result's `valid`, `reason` and `warnings`. Raises
    InputError for an unknown kind, MissingExtraError for a molecule without RDKit, and what the reader raises.
    """
    require_choice("kind", kind, (AUTO, *KINDS))
    scores = kind_scores(image)
    if scores[PICTURE] > _NO_FIGURE if kind == AUTO else scores[PICTURE] > _LIKELY and not has_ground(image):
        return _refused(PICTURE if kind == AUTO else kind, scores, "looks_photograph")
    # The net was taught with `_OFTENER` charts that no reader knows for each that one does; here neither is commoner.
    unread = sum(scores.get(name, 0.0) for name in UNREAD)
    if kind in (AUTO, "chart") and unread > _LIKELY and unread / _OFTENER > scores["chart"]:
        return _refused(max(UNREAD, key=lambda name: scores.get(name, 0.0)), scores, "looks_unread")
    if kind == AUTO and scores[TEXT] > _LIKELY:
        return _refused(PICTURE, scores, "looks_page")
    kinds = [kind] if kind != AUTO else sorted(KINDS, key=lambda name: -scores[name])
    asked, reading = _read(flattened(image), kinds, reader or _nano(), scores)
    if kind == AUTO and asked == "table" and reading.share < _LEAST_SHARE:
        return _refused(PICTURE, scores, "looks_page")
    found = kind_of_text(reading.text, asked) if kind == AUTO else asked
    partial = bool(reading.error or reading.doubt)
    return Figure(found, scores[found], reading.text, _checked(found, reading, scores), partial)


def chart_alone(image: Image.Image, lines: LineReader | None) -> Figure | None:
    """Parse a picture that likely is a chart, by nano with what reads its lines; None where no table can be read."""
    if kind_scores(image)["chart"] <= _LIKELY:
        return None
    chart = parse_figure(image, "chart", NanoFigures(bundled_folder(), lines))
    return chart if chart.result.valid else None


def parse_file(
    file: Input, kind: str = AUTO, reader: FigureReader | None = None, *, limits: Limits = DEFAULTS
) -> Figure:
    """Parse the figure in a file (of a PDF the first page), a picture, an array or bytes, as `parse_figure` does.

    A file is opened in a process of its own, within `limits`. Raises InputError if it can't be used.
    """
    require_choice("kind", kind, (AUTO, *KINDS))
    from sokdok.pages.files import pages_of

    page = next(pages_of(file, wanted="1", limits=limits))
    if isinstance(page, PageError):
        raise InputError(page.message)
    return parse_figure(page.image, kind, reader)


def _read(
    image: Image.Image, kinds: list[str], reader: FigureReader, scores: dict[str, float]
) -> tuple[str, FigureText]:
    """Read as one kind after another; returns the kind and text of the most confidence, or the first clear one's.

    What the picture hardly looks like is not tried: a letter in cursive is no molecule, a chart without an axis no
    geometric figure. But lines alone look like both: the higher confidence counts, and a scale leaves a doubt.
    Raises MissingExtraError where the first kind can't be read without an extra; others are passed over then.
    """
    readings: list[tuple[str, FigureText]] = []
    for kind in kinds:
        of_lines = kind in ("chart", "molecule") and kinds[0] == "geometry"
        if readings and scores[kind] < _POSSIBLE and not of_lines:
            continue
        try:
            reading = reader.read_figure(image, kind)
        except MissingExtraError:
            if kind == kinds[0]:
                raise
            continue
        clear = scores[kind] >= _CLEAR and kind != "geometry"
        if reading.text.strip() and reading.confidence >= _CONFIDENT and clear:
            return kind, reading
        readings.append((kind, reading))
    # What leaves something of the drawing unexplained counts half.
    weights = [one.confidence / (2 if one.doubt else 1) if one.text.strip() else -1.0 for _, one in readings]
    found, reading = readings[weights.index(max(weights))]
    bare = found == "molecule" != kinds[0] and not set(reading.text) - _SKELETON  # an outline or a zigzag may be one
    if bare or (found == "geometry" and any(other.has_scale for _, other in readings)):
        likely = _NAMES[kinds[0] if bare else "chart"]
        reading = replace(reading, doubt=say("looks_like", likely=likely, kind=_NAMES[found]))
    return found, reading


@lru_cache(maxsize=1)
def _nano() -> FigureReader:
    return NanoFigures(bundled_folder())


def parse_text(kind: str, text: str, confidence: float | None = None) -> Any:
    """Parse what a reader wrote about a figure of one of `KINDS` to that kind's result. Never raises for bad text."""
    from sokdok.figures.chart.parse import parse_chart
    from sokdok.figures.geometry.parse import parse_geometry
    from sokdok.figures.molecule.parse import parse_molecule
    from sokdok.tables.parse import parse_table

    parsers: dict[str, Any] = {
        "chart": parse_chart, "molecule": parse_molecule, "geometry": parse_geometry, "table": parse_table,
    }  # fmt: skip
    return parsers.get(kind, parse_handwriting)(text, confidence)


def parse_handwriting(text: str, confidence: float | None = None) -> Transcript:
    """Parse a reader's text: white space at its ends and at the ends of lines is taken off, control characters go.

    Text that was read with next to no confidence is noise, and not valid.
    """
    lines = "\n".join(writable(line.rstrip()) for line in text.strip().splitlines())
    reason = say("no_text") if not lines else "" if is_legible(confidence) else doubt(confidence)
    return Transcript(lines, not reason, reason, confidence=confidence)


def kind_of_text(text: str, expected: str) -> str:
    """Find what kind of figure a text describes by its form; `expected` where the form leaves it open."""
    if re.search(r"<t(able|r|d)\b", text, re.IGNORECASE):
        return expected if expected == "chart" else "table"
    if text.lstrip().startswith("{") and "Line" in text:
        return "geometry"
    return "molecule" if len(text.split(maxsplit=1)) == 1 and expected != "handwriting" else expected


def _refused(kind: str, scores: dict[str, float], reason: str) -> Figure:
    """Refuse what is no figure without a text of it, so that nothing is made up; the reason by its name."""
    result = parse_text(kind if kind in KINDS else "chart", "", scores[kind])
    result = Transcript("", valid=False) if kind == PICTURE else result
    return Figure(kind, scores[kind], "", replace(result, reason=say(reason, likely=_NAMES[kind])))


def _checked(kind: str, reading: FigureText, scores: dict[str, float]) -> Any:
    """Parse a reading, and warn of what the reader and the picture's looks hold against it.

    Looks say nothing against a reading that explains the drawing: a ring of six lines is a molecule if that was asked.
    """
    result = parse_text(kind, reading.text, reading.confidence)
    warnings = [say("reading_was", why=reading.error)] if reading.error else []
    if reading.doubt and reading.text:
        warnings.append(reading.doubt)
    elif reading.doubt:
        result = replace(result, reason=reading.doubt)
    likely = max(scores, key=lambda name: scores[name])
    explained = reading.explains and reading.confidence >= _CONFIDENT
    if likely != kind and scores[likely] >= _CLEAR and not explained:
        warnings.append(say("looks_like", likely=_NAMES[likely], kind=_NAMES[kind]))
        result = replace(result, confidence=min(reading.confidence, scores[kind]))
    return replace(result, warnings=(*warnings, *result.warnings)) if warnings else result
