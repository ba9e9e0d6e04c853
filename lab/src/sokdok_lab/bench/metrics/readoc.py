r"""Whole documents as Markdown, by READoc's measures (arXiv 2409.05137; icip-cas/READoc, src/evaluation).

- Both sides are made alike and parted into blocks: headings, tables, displayed formulas, paragraphs, items, code.
- Text, headings and formulas: 1 - Levenshtein distance / longer length of all of a kind together, text without the
  formulas in its lines; of its words, the F1 of their sets. Headings also as a tree by their levels: TEDS.
- Tables: TEDS, paired for the largest sum, which is divided by the number of tables of the side that has more.
- Order: 1 - normalised Kendall distance, of blocks (each of the truth with the likest free one, at most half of it
  different) and of the first occurrences of words; 0 where no more than a tenth is common.
- Ours: how both sides are made alike (`metrics.blocks.plain`; `$` becomes `\(`); tables count in HTML, pipes and LaTeX
  alike, spans laid out, where the published code knows LaTeX alone; and F1 of headings, alike by .9, level within 1.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist
from scipy.optimize import linear_sum_assignment
from scipy.stats import kendalltau

from sokdok.compress.fidelity import collapse
from sokdok_lab.bench.metrics.blocks import Block, likeness, parse_markdown
from sokdok_lab.bench.metrics.html_tables import Cell
from sokdok_lab.bench.metrics.structure import pair
from sokdok_lab.bench.metrics.teds import Node, similarity, tree_of

LIKE = 0.5  # distance, over the longer length, up to which two blocks are one
COMMON = 0.1  # share of the shorter side's blocks or words that must be common
_FORMULA = re.compile(
    r"\\\[(.+?)\\\]|\$\$(.+?)\$\$|\\\((.+?)\\\)|(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?![\d$])", re.DOTALL
)
_PLACE = re.compile("\ue000(\\d+)\ue001")  # of a formula while the rest is parsed: it has signs of Markdown in it
_INLINE = re.compile("\ue000(.*?)\ue001")
_BARE = {0xE000: None, 0xE001: None}
_APART = ("heading", "table", "formula")  # what is no text
_TABLE = re.compile(r"\\begin\{table\*?\}.*?\\end\{table\*?\}", re.DOTALL)
_ROWS = re.compile(r"\\begin\{tabular\*?\}(?:\{(?:[^{}]|\{[^{}]*\})*\})+(.*?)\\end\{tabular\*?\}", re.DOTALL)
_RULES = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\}|cmidrule(?:\([^)]*\))?\{[^{}]*\})")
_SPAN = re.compile(r"\s*\\multi(column|row)\{(\d+)\}\{[^{}]*\}\{(.*)\}\s*", re.DOTALL)
_SIGNS = {r"\textgreater{}": ">", r"\textless{}": "<", r"\^{}": "^"}


def readoc(truth: str, read: str) -> dict[str, float]:
    """Score a document; what the truth has none of is left out."""
    sides = blocks_of(truth), blocks_of(read)
    heads, tables, formulas = ([[each for each in side if each.kind == kind] for side in sides] for kind in _APART)
    bodies = ["\n".join(each.text for each in side if each.kind not in _APART) for side in sides]
    texts = [collapse(_INLINE.sub("", body)) for body in bodies]
    one, other = (set(text.split()) for text in texts)
    scores = {"text": likeness(*texts), "words F1": 2 * len(one & other) / max(len(one) + len(other), 1)}
    if heads[0]:
        right = pair(heads[0], heads[1], 0.9, lambda true, other: abs(true.level - other.level) <= 1)
        scores["headings"] = likeness(
            *("\n".join(f"{'#' * each.level} {each.text}" for each in side) for side in heads)
        )
        scores["headings TEDS"] = similarity(*map(_outline, heads))
        scores["headings F1"] = 2 * len(right) / (len(heads[0]) + len(heads[1]))
    displayed, inline = [[each.text for each in side] for side in formulas], list(map(_INLINE.findall, bodies))
    for name, found in (("formulas", displayed), ("formulas in lines", inline)):
        scores |= {name: likeness(*map("\n".join, found))} if found[0] else {}
    if tables[0]:
        trees = [[tree_of([[*map(Cell, row)] for row in each.grid]) for each in side] for side in tables]
        alike = np.array([[similarity(one, other) for other in trees[1]] for one in trees[0]])
        best = alike[linear_sum_assignment(alike, maximize=True)].sum() if trees[1] else 0.0
        scores["tables TEDS"] = float(best) / max(map(len, trees))
    said = [[each.text.translate(_BARE) for each in side] for side in sides]
    words = [" ".join(side).split() for side in said]
    first = {word: place for place, word in reversed(list(enumerate(words[1])))}
    met = [first[word] for word in dict.fromkeys(words[0]) if word in first]
    return scores | {"order of blocks": _block_order(*said), "order of words": _order(met, min(map(len, words)))}


def blocks_of(markdown: str) -> list[Block]:
    """Part a document, made alike; formulas are between private characters."""
    formulas: list[str] = []

    def kept(found: re.Match[str]) -> str:
        formulas.append(" ".join(found[found.lastindex or 0].split()))
        gap = "\n\n" if (found.lastindex or 0) < 3 else ""
        return f"{gap}\ue000{len(formulas) - 1}\ue001{gap}"

    def put_back(text: str) -> str:
        return _PLACE.sub(lambda place: f"\ue000{formulas[int(place[1])]}\ue001", text)

    tables = _TABLE.sub(lambda table: "".join(map(_as_html, _ROWS.findall(table[0]))), markdown.translate(_BARE))
    blocks = parse_markdown(_FORMULA.sub(kept, tables))
    for block in blocks:
        block.text = put_back(block.text) if block.kind != "heading" else put_back(block.text).translate(_BARE)
        block.grid = [[put_back(text).translate(_BARE) for text in row] for row in block.grid]
        if (alone := _INLINE.fullmatch(block.text)) and block.kind == "paragraph":
            block.kind, block.text = "formula", alone[1]
    return blocks


def _as_html(body: str) -> str:
    """The rows of a tabular as a table; cells below one of several rows stand empty in LaTeX, and fall away."""
    written, covered = "", set[tuple[int, int]]()
    for y, line in enumerate(filter(str.strip, _RULES.sub("", body).split(r"\\"))):
        written, x = f"{written}<tr>", 0
        for text in re.split(r"(?<!\\)&", line):
            spans = {"column": 1, "row": 1}
            while span := _SPAN.fullmatch(text):
                spans[span[1]], text = int(span[2]), span[3]
            for sign, plain in _SIGNS.items():
                text = text.replace(sign, plain)
            if (y, x) not in covered:
                said = html.escape(" ".join(text.split()))
                written += f'<td colspan="{spans["column"]}" rowspan="{spans["row"]}">{said}</td>'
            covered |= {(y + down, x + right) for down in range(1, spans["row"]) for right in range(spans["column"])}
            x += spans["column"]
    return f"\n\n<table>{written}</table>\n\n"


def _outline(headings: Iterable[Block]) -> Node:
    """Headings as a tree: each below the last one of a higher level."""
    above = [(0, Node(()))]
    for heading in headings:
        while heading.level <= above[-1][0]:
            above.pop()
        above[-1][1].children.append(node := Node((), heading.text))
        above.append((heading.level, node))
    return above[0][1]


def _block_order(truth: Sequence[str], read: Sequence[str]) -> float:
    apart, places = cdist(truth, read, scorer=Levenshtein.normalized_distance, dtype=np.float64), list[int]()
    for row in apart if read else ():
        if row.min() <= LIKE:
            places.append(int(row.argmin()))
            apart[:, places[-1]] = 2  # is not free any more
    return _order(places, min(len(truth), len(read)))


def _order(places: Sequence[int], shorter: int) -> float:
    """The share of pairs that are in order, of places in the output in the order of the truth."""
    if len(places) < 2 or len(places) <= COMMON * shorter:
        return 0.0
    return float(kendalltau(range(len(places)), places).statistic + 1) / 2
