"""`sokdok bench frontier`: the largest ratio of text to vision tokens at which fidelity stays at .97 or more.

One page image of growing natural text. The ratio grows by steps of a quarter until the mean fidelity of a few spans of
text falls below the threshold or the text no longer fits on the page in the smallest cell, then bisection closes in. So
every ratio tried below the frontier was good, and the frontier itself was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import fmean

from rich.console import Console

from sokdok import reading
from sokdok.cli.ui.console import progress
from sokdok.compress.fidelity import fidelity
from sokdok.model.preprocess import vision_token_count
from sokdok.pages import draw_pages, plan
from sokdok.reading.reading import Reader
from sokdok.tokens import count_text
from sokdok_lab.bench.compression.roundtrip import Decoder, decoders_of, page_size, read_back, text_of
from sokdok_lab.bench.compression.texts import gather, spans
from sokdok_lab.bench.output import Advance, Json, Model, Row, Texts, grouped, reported, say

THRESHOLD = 0.97  # Mean fidelity from which a ratio is good.
PUBLISHED = 10.0  # Ratio up to which DeepSeek-OCR's paper reports about .97.
_FIRST_RATIO = 5.0  # Ratio that is tried first.
_GROWTH = 1.25  # Factor from one ratio to the next, as long as they are good.
_PRECISION = 1.02  # Factor between the last good and the first bad ratio at which bisection ends.


def frontier(
    data: Texts = None,
    model: Model = "nano",
    json: Json = None,
) -> None:
    """The largest ratio of text to vision tokens at which fidelity is .97.

    The text on one page of 100 vision tokens grows until fidelity falls below (published: 10x).
    """

    def show(points: Sequence[Row], console: Console) -> None:
        for search in grouped(points, "language", "decoder").values():
            say(console, summary(search))
        say(console, f"published (DeepSeek-OCR, page images): about {PUBLISHED:.0f}x")

    with reported(json, show) as points:
        material, reader = gather(data or []), reading.load(model)
        pools = {"english": "\n".join(page.text for page in material.pages), "korean": material.korean}
        for name, pool in pools.items():
            for each in decoders_of(reader):
                with progress(f"{name}, {each}") as advance:
                    points += Search(name, pool, each).run(reader, advance)


@dataclass(frozen=True)
class Search:
    """A search for one language, decoder and mode, in texts of `pool`."""

    language: str
    pool: str
    decoder: Decoder
    mode: str = "small"
    texts: int = 4  # spans of text read at each ratio

    def run(self, reader: Reader, advance: Advance = lambda steps: None) -> list[Row]:
        """Return all points tried, by ratio; the best is marked. None is marked if the first was bad already."""
        points: list[Row] = []

        def good(ratio: float) -> bool:
            points.append(self.try_ratio(reader, ratio))
            advance(1)
            return _good(points[-1])

        low, high = 0.0, _FIRST_RATIO
        while good(high):
            low, high = high, high * _GROWTH
        while low and high / low > _PRECISION:
            middle = (low * high) ** 0.5
            low, high = (middle, high) if good(middle) else (low, middle)
        best = max(filter(_good, points), key=itemgetter("ratio"), default=None)
        return [{**point, "frontier": point is best} for point in sorted(points, key=itemgetter("ratio"))]

    def try_ratio(self, reader: Reader, ratio: float) -> Row:
        """Draw, read and score spans of `ratio` text tokens per vision token."""
        vision_tokens = vision_token_count(self.mode).paper
        texts = spans(self.pool, round(ratio * vision_tokens), self.texts)
        layouts = [plan(text, page_size(self.mode), alphabet=reader.abilities.alphabet) for text in texts]
        tokens = fmean(map(count_text, texts))
        fits = all(len(pages) == 1 for pages in layouts)
        score, cells = None, ""
        if fits:
            readings = read_back(reader, map(draw_pages, layouts), self.decoder, self.mode)
            score = fmean(fidelity(text, text_of(read)) for text, read in zip(texts, readings, strict=True))
            cells = "+".join(sorted({str(pages[0].cell) for pages in layouts}))
        return {
            **{"language": self.language, "decoder": self.decoder, "mode": self.mode},
            "ratio": tokens / vision_tokens,
            "text_tokens": tokens,
            "vision_tokens": vision_tokens,
            "cell": cells,  # in which the texts were drawn; empty if they did not fit
            "fidelity": score,  # mean over the texts; None if they did not fit
            "texts": len(texts),
            "frontier": False,  # whether it is the largest ratio that was good
        }


def _good(point: Row) -> bool:
    return point["fidelity"] is not None and point["fidelity"] >= THRESHOLD


def summary(points: list[Row]) -> str:
    """Write one line: the frontier, and what ended it."""
    name = f"{points[0]['language']}, {points[0]['decoder']}, {points[0]['vision_tokens']} vision tokens"
    best = next((point for point in points if point["frontier"]), None)
    if best is None:
        return f"{name}: below .97 at {points[0]['ratio']:.1f}x already"
    full = all(_good(point) or point["fidelity"] is None for point in points)
    reason = "the page is full" if full else "beyond it fidelity falls below .97"
    return f"{name}: {best['ratio']:.1f}x at fidelity {best['fidelity']:.3f} in cell {best['cell']}; {reason}"
