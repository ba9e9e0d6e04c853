"""Documents of random elements as a browser prints them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from fakes.server.browser import ARGUMENTS, CHROMIUM
from random_documents import boxes, elements
from random_documents.words import Made, Words

ELEMENTS = (
    elements.heading, elements.paragraph, elements.small_print, elements.table, elements.columns, elements.listing,
    elements.terms, elements.code, elements.amounts, elements.effects, elements.ruby, elements.upright,
    elements.receipt, elements.form, elements.letter, elements.long_table, elements.tight, boxes.badges,
    boxes.dark_box, boxes.dark_page, boxes.cards, boxes.sidebar, boxes.note, boxes.steps, boxes.avatars, boxes.callout,
    boxes.stamp, boxes.progress, boxes.heat, boxes.hero, boxes.figure, boxes.bars, boxes.flow, boxes.watermark,
    boxes.timetable, boxes.tickets, boxes.hidden, boxes.hidden,
)  # fmt: skip
FONTS = ("sans-serif", "serif", "monospace", "DejaVu Sans", "NanumGothic, sans-serif", "Noto Serif CJK KR, serif")
STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def compose(words: Words) -> str:
    """HTML of some elements."""
    rng = words.rng
    parts = []
    for _ in range(rng.randint(3, 8)):
        element = rng.choice(ELEMENTS)
        words.kind = element.__name__
        parts.append(element(words))
    size, leading, gap = rng.choice([12, 14, 15]), rng.choice([1.2, 1.4, 1.6]), rng.choice([6, 12, 20])
    style = f"body {{ font: {size}px/{leading} {rng.choice(FONTS)} }} body > * {{ margin-bottom: {gap}px }}"
    return f"<!doctype html><html lang={words.language}><style>{STYLE}{style}</style><body>{''.join(parts)}"


def print_documents(seeds: Iterable[str]) -> Iterator[Made]:
    """Print a document for each seed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        for seed in seeds:
            rng = random.Random(seed)
            words = Words(rng, rng.choice(["en", "en", "ko"]))
            page.set_content(compose(words))
            margin, words.kind = rng.choice([8, 14, 20]), "running head"
            head = f"<p style='font-size:8px;margin-left:40px'>{words.phrase(2, 4)}</p>" if rng.random() < 0.2 else ""
            data = page.pdf(
                format=rng.choice(["A4", "A4", "Letter", "A5"]),
                landscape=rng.random() < 0.12,
                print_background=True,
                display_header_footer=bool(head),
                header_template=head,
                footer_template="<p style='font-size:8px;margin-left:50%' class=pageNumber></p>",
                margin=dict.fromkeys(("top", "right", "bottom", "left"), f"{margin}mm"),
            )
            yield Made(data, words)
        browser.close()
