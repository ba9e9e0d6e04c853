"""Pages that a fake reads."""

from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage

HOSTILE = '<img src="https://evil.example/x.png" onerror="document.title=1">'
ROWS = "<tr><th>item</th><th>sum</th></tr><tr><td>=1+1</td><td>1,200</td></tr><tr><td colspan=2>all</td></tr>"


def plain_page(number: int, text: str) -> DocumentPage:
    """One of a file without pixels."""
    return DocumentPage(number, 0, 0, (Block("text", None, text),), source="file")


def drawn_page(number: int, text: str) -> DocumentPage:
    """200 by 100, words with places, a figure."""
    words = [Word(word, (10 + 20 * at, 10, 28 + 20 * at, 20), 0.9) for at, word in enumerate(text.split())]
    blocks = (Block("text", (10, 10, 110, 20), text, words=tuple(words)), Block("image", (100, 50, 200, 100), ""))
    return DocumentPage(number, 200, 100, blocks)


def rich_page(number: int, text: str) -> DocumentPage:
    """200 by 100: something of everything, a word to check, and words that would do harm."""
    unsure = (
        Word("sure", (10, 30, 28, 36), 0.97),
        Word("doubtful", (30, 30, 60, 36), 0.31),
        Word("word", (62, 30, 80, 36)),
    )
    blocks = (
        Block("title", (10, 5, 110, 15), text),
        Block("header", (150, 1, 190, 4), "on every page"),
        Block("text", (10, 30, 110, 36), "sure doubtful word", words=unsure),
        Block("text", (10, 38, 110, 44), f"{HOSTILE} and [a link](javascript:alert(1))"),
        Block("list", (10, 46, 110, 56), "- one\n- two"),
        Block("table", (10, 60, 90, 90), "item\tsum", f"<table>{ROWS}</table>"),
        Block("image", (100, 50, 200, 100), ""),
    )
    return DocumentPage(number, 200, 100, blocks, confidence=0.93)
