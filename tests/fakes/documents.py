"""Documents for tests: readings, and any document at all."""

import io
from dataclasses import dataclass, field

from hypothesis import strategies as st
from PIL import Image

from sokdok.documents import sanitize
from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok.documents.write import open_writer
from sokdok.documents.write.writer import Wanted
from sokdok.reading.reading import Reading

MARKUP = st.sampled_from(
    [
        *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<caption>", "<tbody>", "<b>", "</b>", "<i>"),
        *("</i>", "<sub>", "</sub>", "<sup>", "<strong>"),
        *("</em>", "<br>", "<br/>", "</br>", "<script>", "</script>", "<style>", "<!--", "-->", "<", ">", "&lt;"),
        *("&amp;", "&#0;", "<svg/onload=x>", "[a](", "](", "]:"),
        *("![", "[", ")", "javascript:x", "java&#115;cript:x", "//host/a", "https://a.kr", "```", "~~~", "|"),
        *("|-|-|", "\\[", "\\]", "\\(", "\\)", "$", "$$", "**", "a"),
        *("<th colspan=2 onclick='x'>", "<img src=x>", "# ", "- ", "1. ", "\n", "\n\n", "가 ", "\t", "<PAGE>"),
        *("<|ref|>table<|/ref|><|det|>[[1, 2, 300, 400]]<|/det|>\n", "<|det|>image [1, 2, 3, 4]<|/det|>"),
    ]
)  # Pieces of everything that a model may write, and some that it should not.
OUTPUTS = st.lists(MARKUP | st.text(max_size=4), max_size=40).map("".join)


def written_as(form: str, document: Document, wanted: Wanted | None = None) -> bytes:
    file = io.BytesIO()
    writer = open_writer(form, file, document, wanted or Wanted())
    for page in document.pages:
        writer.add(page)
    writer.close(document.errors)
    return file.getvalue()


def reading(text: str = "", status: str = "ok", **values: object) -> Reading:
    return Reading(0, "a.pdf", status, text, **values)  # type: ignore[arg-type]


_shares = st.none() | st.floats(0, 1)
_words = st.builds(
    Word,
    text=st.text(max_size=4),
    box=st.tuples(*[st.integers(0, 5000)] * 4),
    confidence=_shares,
    source=st.sampled_from(["reader", "text-layer"]),
    other=st.text(max_size=2),
    page=st.none() | st.integers(1, 9),
)
_blocks = st.builds(
    Block,
    kind=st.sampled_from(["title", "text", "list", "code", "formula", "table", "image", "header", "line"]) | st.text(),
    box=st.none() | st.tuples(*[st.integers(0, 5000)] * 4),
    text=OUTPUTS | st.text(),
    html=st.none() | OUTPUTS.map(sanitize.table),
    figure=st.none() | st.just("images/p1 그림.png"),
    confidence=_shares,
    words=st.lists(_words, max_size=2).map(tuple),
)
_outcomes = st.just(("SUCCESS", "")) | st.tuples(st.sampled_from(["PARTIAL", "FAILURE"]), st.text(min_size=1))


@st.composite
def pages(draw: st.DrawFn) -> DocumentPage:
    status, error = draw(_outcomes)
    return DocumentPage(
        number=draw(st.integers(1, 3000)),
        width=draw(st.integers(0, 30_000)),
        height=draw(st.integers(0, 30_000)),
        blocks=tuple(draw(st.lists(_blocks, max_size=4))),
        status=status,
        warnings=tuple(draw(st.lists(st.text(), max_size=2))),
        error=error,
        reader=draw(st.text()),
        mode=draw(st.sampled_from(["", "tiny", "gundam"])),
        source=draw(st.sampled_from(["reader", "text-layer"])),
        agreement=draw(_shares),
        vision_tokens=draw(st.integers(0, 10_000)),
        seconds=draw(st.floats(0, 1e9)),
        mode_reason=draw(st.text()),
        evidence=draw(st.sampled_from(["exact", "mixed", "pixels"])),
        evidence_reason=draw(st.text()),
        confidence=draw(_shares),
    )


documents = st.builds(
    Document,
    name=st.text(),
    source=st.text(),
    pages=st.lists(pages(), max_size=3).map(tuple),
    errors=st.lists(st.text(), max_size=2).map(tuple),
    reader=st.text(),
)


@dataclass
class FakePictures:
    """Pictures, ready made, in place of `PagePictures`: by page number, or by a block's figure."""

    pages: dict[int, Image.Image | None] = field(default_factory=dict)
    figures: dict[str | None, bytes] = field(default_factory=dict)

    def page(self, page: DocumentPage) -> Image.Image | None:
        return self.pages.get(page.number)

    def figure(self, page: DocumentPage, block: Block) -> bytes | None:
        return self.figures.get(block.figure)
