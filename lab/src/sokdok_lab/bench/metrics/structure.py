"""What is measured of one document, each from 0 to 1; what does not apply to it is left out.

- Blocks are paired by likeness, each once, in order where two would do.
- Footnotes that were found may stand anywhere: they are taken out of the running text on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from sokdok_lab.bench.metrics.blocks import Block, code_lines, dense, likeness, neighbours, plain, truth_blocks
from sokdok_lab.bench.metrics.html_tables import Grid
from sokdok_lab.bench.metrics.text import f1

MEASURES: dict[str, str] = {
    "text": "likeness of the running text in reading order, headers and footers left out",
    "word-error": "share of the truth's words, punctuation included, without an equal; files whose own text is right",
    "heading": "F1 of headings, alike by .9, level within 1",
    "list": "F1 of items of lists, alike by .9",
    "list-level": "of the items found, the share nested as deep as in the truth",
    "cell": "F1 of cells of tables as neighbours, exactly",
    "grid": "share of tables with every row, column and text right",
    "merged": "of tables over several pages or columns, the share that is one table again",
    "paragraph": "share of paragraphs that are one block, alike by .98",
    "crossing": "the same of those that go on on another page",
    "code": "share of code blocks that are one, line by line, alike by .95",
    "footnote": "share of footnotes that are a block of their own, alike by .9",
    "leak": "share of headers and footers in the body text",
    "unseen": "share of invisible sentences that came out",
}  # measure -> what it says
OWN_TEXT = frozenset({"born-digital", "invisible-text"})  # variants whose own text is right
MIN_PARAGRAPH = 25  # characters; shorter ones are met by chance


def measure(truth: Mapping[str, Any], found: Sequence[Block] | None, variant: str) -> dict[str, float]:
    """All measures of a document against its truth file; None for one that did not come out, which has 0 in each."""
    blocks = truth_blocks(truth)
    body = [block for block in found or () if block.kind != "furniture"]
    values = {
        **_running_text(blocks, body, variant),
        **_headings_and_lists(blocks, body),
        **_tables(blocks, body),
        **_paragraphs(blocks, body),
        "code": _share(len(pair(_listings(blocks), _listings(body), 0.95)), len(_of_kind(blocks, "code"))),
        **_unwanted(truth, blocks, found or ()),
    }
    applicable = {name: float(value) for name in MEASURES if (value := values.get(name)) is not None}
    if found is None:
        return {name: float(name == "word-error") for name in applicable if name not in ("leak", "unseen")}
    return applicable


def pair(
    truth: Sequence[Block],
    found: Sequence[Block],
    least: float,
    fits: Callable[[Block, Block], bool] = lambda true, other: True,
) -> list[tuple[Block, Block]]:
    """Blocks of the truth with those most like them, by `least` at the least, each once."""
    free = list(found)
    pairs = []
    for true in truth:
        best, match = least - 1e-9, None
        for other in free:
            longer = max(len(true.text), len(other.text))
            if abs(len(true.text) - len(other.text)) > (1 - least) * longer + 1e-9 or not fits(true, other):
                continue
            alike = likeness(true.text, other.text)
            if alike > best:
                best, match = alike, other
            if alike == 1.0:
                break
        if match is not None:
            free.remove(match)
            pairs.append((true, match))
    return pairs


def _of_kind(blocks: Sequence[Block], kind: str) -> list[Block]:
    return [block for block in blocks if block.kind == kind]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _running_text(truth: Sequence[Block], body: Sequence[Block], variant: str) -> dict[str, float | None]:
    notes = _of_kind(truth, "footnote")
    pairs = pair(notes, [block for block in body if block.kind not in ("table", "code")], 0.9)
    taken = {block for both in pairs for block in both}
    wanted, got = (" ".join(block.words for block in side if block not in taken) for side in (truth, body))
    true_tokens, tokens = Counter(wanted.split()), Counter(got.split())
    own = variant in OWN_TEXT
    return {
        "footnote": _share(len(pairs), len(notes)),
        "text": likeness(wanted, got),
        "word-error": 1 - (true_tokens & tokens).total() / true_tokens.total() if own else None,
    }


def _headings_and_lists(truth: Sequence[Block], body: Sequence[Block]) -> dict[str, float | None]:
    headings, found_headings = _of_kind(truth, "heading"), _of_kind(body, "heading")
    items, found_items = _of_kind(truth, "list_item"), _of_kind(body, "list_item")
    right = pair(headings, found_headings, 0.9, lambda true, other: abs(true.level - other.level) <= 1)
    pairs = pair(items, found_items, 0.9)
    return {
        "heading": 2 * len(right) / (len(headings) + len(found_headings)) if headings else None,
        "list": 2 * len(pairs) / (len(items) + len(found_items)) if items else None,
        "list-level": _share(sum(true.level == other.level for true, other in pairs), len(pairs)),
    }


def _tables(truth: Sequence[Block], body: Sequence[Block]) -> dict[str, float | None]:
    wanted, got = ([block.grid for block in _of_kind(side, "table")] for side in (truth, body))
    if not wanted:
        return {}

    def holds(found: Grid, truth: Grid) -> bool:
        """Whether a table has nearly all texts of another, and little else, white space ignored."""
        some, other = (Counter(dense(text) for row in grid for text in row if text) for grid in (truth, found))
        both = (some & other).total()
        return both >= 0.9 * some.total() and both >= 0.8 * other.total()

    exact = Counter(map(repr, wanted)) & Counter(map(repr, got))
    split = [block for block in truth if block.kind == "table" and block.split]
    return {
        "cell": f1(neighbours(wanted), neighbours(got)),
        "grid": exact.total() / len(wanted),
        "merged": _share(sum(any(holds(grid, block.grid) for grid in got) for block in split), len(split)),
    }


def _paragraphs(truth: Sequence[Block], body: Sequence[Block]) -> dict[str, float | None]:
    paragraphs = [block for block in truth if block.kind == "paragraph" and len(block.text) >= MIN_PARAGRAPH]
    texts = [block for block in body if block.kind not in ("table", "code")]
    whole = {true for true, _ in pair(paragraphs, texts, 0.98)}
    crossing = [block for block in paragraphs if block.pages[0] < block.pages[1]]
    return {
        "paragraph": _share(len(whole), len(paragraphs)),
        "crossing": _share(sum(block in whole for block in crossing), len(crossing)),
    }


def _listings(blocks: Sequence[Block]) -> list[Block]:
    return [Block("code", code_lines(block.text)) for block in _of_kind(blocks, "code")]


def _unwanted(truth: Mapping[str, Any], blocks: Sequence[Block], found: Sequence[Block]) -> dict[str, float | None]:
    furniture = Counter(plain(line["text"]) for line in truth.get("furniture", ()))
    leaked = sum(min(count, _leaks(text, blocks, found)) for text, count in furniture.items())
    unseen = [plain(text) for text in truth.get("invisible", ())]
    everything = " ".join(block.words for block in found)
    seen = sum(fuzz.partial_ratio(text, everything) >= 85 for text in unseen) if everything else 0
    return {"leak": _share(leaked, furniture.total()), "unseen": _share(seen, len(unseen))}


def _leaks(text: str, truth: Sequence[Block], found: Sequence[Block]) -> int:
    """How often a header or footer stands in the body more often than it should."""

    def count(blocks: Sequence[Block]) -> int:
        body = [block for block in blocks if block.kind != "furniture"]
        if len(dense(text)) >= 8:
            return sum(block.words.count(text) for block in body)
        return sum(block.text == text for block in body if block.kind not in ("table", "code"))

    return max(0, count(found) - count(truth))
