"""Published figures, and what the simulation makes of the inputs that were published with them.

Where only an outcome is known, so many pages a second and nothing of what it rests on, there is nothing to check: those
stand in the list without a simulated figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sokdok.bulk.simulate.inputs import Corpus, Inputs, Node, Run
from sokdok.bulk.simulate.plan import make_plan
from sokdok.bulk.simulate.rate import STRETCH_PAGES, node_rate, simulate_stretch

TOLERANCE = 0.15
"""share by which a simulated figure may be off"""
CALM = Run(start_s=0.0, spot_losses=0.0, crashes=0.0, retry_share=0.0, slow_share=0.0)
"""a run on one's own machine that was warm when it was timed, and where nothing was said of trouble"""
DAY = 86_400


@dataclass(frozen=True)
class Figure:
    """A published outcome."""

    what: str
    inputs: str
    """published with it; empty if none were"""
    unit: str
    published: float
    simulate: Callable[[int], float] | None = None
    """from a seed; None where no inputs are known"""


@dataclass(frozen=True)
class Check:
    """A published figure beside the simulated one."""

    what: str
    inputs: str
    unit: str
    published: float
    simulated: float | None
    off: float | None
    """share by which the simulated one is larger"""

    @property
    def holds(self) -> bool | None:
        """Whether it is close enough; None where there is nothing to compare."""
        return None if self.off is None else abs(self.off) <= TOLERANCE


def check_published(seed: int = 0) -> list[Check]:
    """Simulate every published figure whose inputs are known."""
    checks = []
    for figure in FIGURES:
        simulated = figure.simulate(seed) if figure.simulate else None
        off = simulated / figure.published - 1 if simulated is not None else None
        checks.append(Check(figure.what, figure.inputs, figure.unit, figure.published, simulated, off))
    return checks


def _card(tokens_per_second: float, **more: object) -> Node:
    """A card that reaches its speed with 64 pages at once."""
    curve = ((1, tokens_per_second / 25), (64, tokens_per_second))
    return Node(curve=curve, most_at_once=128, queue=64, units=48, **more)  # type: ignore[arg-type]


def _day(tokens_per_second: float, tokens: float) -> Callable[[int], float]:
    """Pages a day of one card."""
    corpus = Corpus(tokens_per_page=tokens, loop_share=0.0, bad_page_share=0.0)
    inputs = Inputs(corpus=corpus, node=_card(tokens_per_second), run=CALM)
    return lambda seed: node_rate(inputs, seed).pages_per_second * DAY


def _seconds(inputs: Inputs, pages: int) -> Callable[[int], float]:
    """Seconds of a whole run on one node, its beginning and end included."""
    return lambda seed: make_plan(inputs, [pages], 1, None, seed).rows[0].hours * 3_600


def _cluster(seed: int) -> float:
    """Pages a day of 160 cards that do 200,000 each."""
    node = _card(2_500.0)
    corpus = Corpus(tokens_per_page=2_500.0 * DAY / 200_000, loop_share=0.0, bad_page_share=0.0)
    return make_plan(Inputs(corpus=corpus, node=node, run=CALM), [33_000_000], 160, None, seed).rows[0].pages_per_day


def _jina(curve: tuple[tuple[int, float], ...], at_once: int) -> Callable[[int], float]:
    """Pages/s of a card with so many pages at once, 640 tokens each."""
    node = Node(curve=curve, most_at_once=at_once, units=2 * at_once)
    inputs = Inputs(corpus=Corpus(tokens_per_page=640.0, loop_share=0.0), node=node, run=CALM)
    return lambda seed: simulate_stretch(inputs, STRETCH_PAGES // 2, node.units, seed)[1]


_OLMOCR = Inputs(
    corpus=Corpus(tokens_per_page=750.0, token_cap=8_000),
    node=Node(curve=((1, 120.0), (64, 3_400.0)), most_at_once=256, queue=256, units=400, api_servers=2),
    run=CALM,
)
_NEMOTRON = Inputs(
    corpus=Corpus(pages_per_document=5_794 / 1_278, tokens_per_page=841.0, loop_share=0.0),
    node=Node(curve=((1, 300.0), (64, 7_350.0)), most_at_once=128, units=64, api_servers=2),
    run=CALM,
)
_NO_GENERATION = Inputs(
    corpus=Corpus(tokens_per_page=100.0, loop_share=0.0, bad_page_share=0.0),
    node=Node(curve=((1, 1e6),), prepare_s=0.0714, api_servers=1, units=16),
    run=CALM,
)
_JINA = ((1, 0.91 * 640), (4, 2.07 * 640), (16, 4.24 * 640))

FIGURES: tuple[Figure, ...] = (
    Figure(
        "DeepSeek-OCR, A100-40G",
        "2,500 tokens/s, 1,080 tokens/page",
        "pages/day",
        200_000,
        _day(2_500.0, 1_080.0),
    ),
    Figure("one API server's 860,000 a day", "2,500 tokens/s, 251 tokens/page", "pages/day", 860_000, _day(2_500, 251)),
    Figure("the same at 750 tokens/page", "7,470 tokens/s, 750 tokens/page", "pages/day", 860_000, _day(7_470, 750)),
    Figure("DeepSeek-OCR, 20 nodes of 8 A100", "160 cards, 200,000 pages/day each", "pages/day", 33e6, _cluster),
    Figure(
        "vLLM, one API server",
        "71.4 ms a picture, generation aside",
        "pages/s",
        14.0,
        lambda seed: node_rate(_NO_GENERATION, seed).pages_per_second,
    ),
    Figure(
        "olmOCR-2 FP8, H100: 10,000 pages",
        "3,400 tokens/s, 750 tokens/page, cap 8,000",
        "seconds",
        36 * 60 + 47,
        _seconds(_OLMOCR, 10_000),
    ),
    Figure(
        "Nemotron-Parse: 5,794 pages of 1,278 PDFs",
        "7,350 tokens/s (7.2-7.5 k), 841 tokens/page",
        "pages/s",
        8.7,
        lambda seed: 5_794 / _seconds(_NEMOTRON, 5_794)(seed),
    ),
    Figure("Jina-OCR, 16 at once", "its curve at 1, 4, 16; 640 tokens/page", "pages/s", 4.24, _jina(_JINA, 16)),
    Figure(
        "Jina-OCR, 4 at once",
        "its curve at 1 and 16 only; 640 tokens/page",
        "pages/s",
        2.07,
        _jina((_JINA[0], _JINA[2]), 4),
    ),
    Figure("DeepSeek-OCR, third-party vLLM recipe", "", "pages/s", 1.67),
    Figure("RolmOCR, H100", "", "pages/s", 5.0),
    Figure("LightOnOCR, H100", "", "pages/s", 5.71),
    Figure("MinerU2.5, A100", "", "pages/s", 2.12),
    Figure("PaddleOCR-VL, A100", "", "pages/s", 1.22),
    Figure("Nanonets-2 3B, A100", "", "pages/s", 0.55),
    Figure("dots.ocr-1.5, 100,000 pages", "", "pages/s", 29.5),
    Figure("Flash-MinerU, 368 PDFs on 8 cards", "", "minutes", 16.0),
)
