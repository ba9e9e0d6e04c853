r"""A document as one page of HTML that reads well anywhere: no script, no font, nothing fetched from elsewhere.

- Formulas are MathML, which browsers draw by themselves, with their LaTeX: made by latex2mathml, rebuilt of known
  tags alone. What it makes of `\href`, `\style` or `\class` is left out with all other attributes that lead or run
  somewhere. What can't be drawn stays LaTeX.
- Pictures are within the page, or links to the files of the document's folder.
- The document's language is that of the first pages with text, and each page says its own: by script or common words.
- Words of little confidence are marked: a block's words are sought in its text, one behind the other. One that is not
  found, since it was joined or written otherwise, is passed over: a mark is never put on another word.
- On demand each page's picture stands beside its text.
- Everything a model wrote is escaped or comes from `sanitize`; a policy in the head forbids scripts besides.
"""

from __future__ import annotations

import base64
import html
import io
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TextIO
from urllib.parse import quote
from xml.etree.ElementTree import Element

from sokdok.documents import sanitize
from sokdok.documents.blocks import FURNITURE, PICTURES, Block, Word
from sokdok.documents.document import DocumentPage, Head
from sokdok.documents.markdown import FORMULAS, code_of, heading_of, items_of, unwrap_formula
from sokdok.documents.write.writer import Wanted
from sokdok.layout.language import language_of

_HEAD = Path(__file__).with_name("html_head.html").read_text(encoding="utf-8")
_TYPES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp"}  # first bytes of what browsers show
JPEG_QUALITY = 80  # of a page's picture
MOST_HELD = 5  # pages that wait for the document's language
_SURROGATES = re.compile("[\ud800-\udfff]")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n<]+)(?<=\S)\*\*")
_LINK = re.compile(r"(?<![!\\])\[([^\[\]<>]+)\]\(((?:https?://|mailto:)[^\s()<>\"]+)\)")
_LINKED = r'<a href="\2" rel="noreferrer">\1</a>'
_FORMULA = re.compile(
    r"\\\(((?:(?!\\[()])[^\n<])*)\\\)|(?<![\w$\\])\$(?=\S)([^$\n<]+)(?<=\S)\$(?![\w$])"  # in a line
    r"|\\\[((?:(?!\\[\[\]])[^<])*)\\\]|\$\$([^$<]+)\$\$"  # by itself
    r"|(?<!`)`(?P<code>[^`\n<]+)`(?!`)"
)  # and code, in which nothing is a formula
_LITERAL = re.compile(r"\\(?=\\\(|&lt;/?(?:su[bp]|del)&gt;|\[[^\[\]\n]*\]\((?:https?|mailto):)")
_PLAIN_FORMULA = re.compile(r"(?<!\\)\\\(((?:(?!\\[()]).)*)\\\)")
_RAISED = re.compile(r"(?<!\\)&lt;(su[bp]|del)&gt;(.*?)&lt;/\1&gt;")
MOST_BETWEEN = 200  # characters from the end of one word to the next one that is sought
_PIECE = re.compile(r"<math\b.*?</math>|<[^>]*>|[^<]+", re.DOTALL)
"""a tag, a text, or a formula as a whole: a mark has no place within one"""
MOST_CHARACTERS = 1_000  # of a formula: longer ones are no line that a person wrote
_DEEPEST = 40
_MATHML = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TAGS, _ATTRIBUTES = (frozenset(_MATHML[name].split()) for name in ("tags", "attributes"))
_VALUE = re.compile(r"[\w .%+-]{1,60}")


class HtmlWriter:
    """Writes pages to an open text file as they come."""

    def __init__(self, file: TextIO, head: Head, wanted: Wanted | None = None) -> None:
        self.file, self.wanted = file, wanted or Wanted()
        self.title = html.escape(_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", head.name))
        self.held: list[str] | None = []  # pages that wait for the language; None once it is known

    def add(self, page: DocumentPage) -> None:
        """The page as a section with its number; a note for what failed."""
        blocks = [block for block in page.blocks if self.wanted.furniture or block.kind not in FURNITURE]
        language = language_of("\n".join(block.text for block in blocks))
        self._write("".join(self._section(page, blocks, language)), language)

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """What went wrong beyond the pages, and the end tags."""
        self._begin("")
        self.file.writelines(map(_note, errors))
        self.file.write("</body>\n</html>\n")

    def _write(self, section: str, language: str) -> None:
        if self.held is None:
            self.file.write(section)
            return
        self.held.append(section)
        if language or len(self.held) >= MOST_HELD:
            self._begin(language)

    def _begin(self, language: str) -> None:
        """The head, which names the language, and the pages that waited for it."""
        if self.held is None:
            return
        self.file.write(_HEAD.format(title=self.title, style=STYLE, lang=_lang(language)))
        self.file.writelines(self.held)
        self.held = None

    def _section(self, page: DocumentPage, blocks: list[Block], language: str) -> Iterator[str]:
        anchor = f"page-{page.number}"
        yield f'<section class="page" id="{anchor}"{_lang(language)}>\n<a href="#{anchor}">{page.number}</a>\n'
        sheet = self._sheet(page)
        yield f"{sheet}<div>\n" if sheet else ""
        if page.error:
            yield _note(f"page {page.number}: {page.error}")
        for block in blocks:
            pictures = self.wanted.pictures if self.wanted.inside and block.kind in PICTURES else None
            data = pictures.figure(page, block) if pictures else None
            address = (_data_url(data) if data else "") or html.escape(quote(block.figure or ""))
            yield f"{marked(block_html(block, address), block.words)}\n"
        yield "</div>\n</section>\n" if sheet else "</section>\n"

    def _sheet(self, page: DocumentPage) -> str:
        """The page's picture, if it is wanted."""
        image = self.wanted.pictures.page(page) if self.wanted.page_images and self.wanted.pictures else None
        if image is None:
            return ""
        jpeg = io.BytesIO()
        image.convert("RGB").save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return f'<div class="sheet"><img src="{_data_url(jpeg.getvalue())}" alt="page {page.number}"></div>\n'


def _lang(language: str) -> str:
    return f' lang="{language}"' if language else ""


def _note(error: str) -> str:
    return f'<p class="note" lang="en">{html.escape(_SURROGATES.sub("?", error))}</p>\n'


def _data_url(picture: bytes) -> str:
    """A picture as an address that holds it; nothing for one of a kind that browsers may not show."""
    kind = next((kind for start, kind in _TYPES.items() if picture.startswith(start)), "")
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}" if kind else ""


def block_html(block: Block, address: str = "") -> str:
    """A block as an HTML element; `address` is that of its picture, escaped."""
    if block.kind in PICTURES:
        return _picture(block, address)
    if block.html:
        return f'<div class="table">{block.html}</div>'
    if block.kind in ("title", "sub_title"):
        level, words = heading_of(block.kind, block.text)
        return f"<h{level}>{inline_html(words, block.plain)}</h{level}>"
    if block.kind == "list":
        return _list(block.text, block.plain)
    if block.kind == "code":
        return f"<pre><code>{html.escape(code_of(block.text)[1])}</code></pre>"
    if block.kind in FORMULAS:
        math = mathml(unwrap_formula(block.text), display=True)
        return (
            f'<div class="formula">{math}</div>' if math else f'<code class="formula">{html.escape(block.text)}</code>'
        )
    if block.kind == "field":
        label, _, value = block.text.partition("\n")
        return f"<p><b>{inline_html(label, block.plain)}</b> {inline_html(value, block.plain)}</p>"
    small = ' class="caption"' if block.kind.endswith(("_caption", "_footnote")) else ""
    kind = ' class="furniture"' if block.kind in FURNITURE else small
    paragraph = f"<p{kind}>{inline_html(block.text, block.plain)}</p>"
    return f"<blockquote>{paragraph}</blockquote>" if block.kind == "quote" else paragraph


def inline_html(text: str, plain: bool = False) -> str:
    """Running text as HTML: escaped, with sub, sup, del, formulas, links; if not `plain` b, i, br and code, too."""
    if plain:
        safe = _RAISED.sub(r"<\1>\2</\1>", _RAISED.sub(r"<\1>\2</\1>", html.escape(text)))  # one within another
        safe = _LINK.sub(_LINKED, safe)
        safe = _PLAIN_FORMULA.sub(lambda one: mathml(html.unescape(one[1])) or f"<code>{one[1]}</code>", safe)
        return _LITERAL.sub("", safe)
    safe, parts, start = sanitize.html_text(text), list[str](), 0
    for formula in _FORMULA.finditer(safe):
        parts += [_with_links(safe[start : formula.start()]), _formula(formula)]
        start = formula.end()
    return "".join([*parts, _with_links(safe[start:])])


def _formula(found: re.Match[str]) -> str:
    if found["code"]:
        return f"<code>{found['code']}</code>"
    escaped = found[1] or found[2] or found[3] or found[4] or ""
    return mathml(html.unescape(escaped), display=bool(found[3] or found[4])) or f"<code>{escaped}</code>"


def _with_links(safe: str) -> str:
    return _LINK.sub(_LINKED, _BOLD.sub(r"<b>\1</b>", safe))


def _list(text: str, plain: bool) -> str:
    parts, tags = list[str](), list[str]()  # tags of lists that are open
    for level, mark, words in items_of(text):
        while len(tags) > level:
            parts.append(f"</li></{tags.pop()}>")
        if len(tags) == level:
            parts.append("</li>")
        else:
            tags.append("ol" if mark[0].isdigit() else "ul")
            parts.append(f"<{tags[-1]}>")
        value = f' value="{int(mark[:-1])}"' if tags[-1] == "ol" and mark[0].isdigit() else ""
        parts.append(f"<li{value}>{inline_html(words, plain)}")
    return "".join([*parts, *(f"</li></{tag}>" for tag in reversed(tags))])


def _picture(block: Block, address: str) -> str:
    parts = []
    if address:
        parts.append(f'<img src="{address}" alt="{html.escape(block.kind)}">')
    if block.text or not address:
        parts.append(f'<figcaption class="caption">{inline_html(block.text or block.kind, block.plain)}</figcaption>')
    if block.html:
        parts.append(f'<div class="table">{block.html}</div>')
    return f"<figure>{''.join(parts)}</figure>"


def marked(written: str, words: Sequence[Word]) -> str:
    """The HTML of a block, well formed, with a span around each word of little confidence that gives it."""
    if not any(word.is_doubtful for word in words):
        return written
    pieces = _PIECE.findall(written)
    texts = [number for number, piece in enumerate(pieces) if piece[0] != "<"]
    at = start = 0  # how far they were searched
    for word in words:
        text, passed = html.escape(word.text, quote=False), 0
        for place in range(at, len(texts)) if text else ():
            piece, begin = pieces[texts[place]], start if place == at else 0
            found = piece.find(text, begin, begin + MOST_BETWEEN - passed + len(text))
            if found >= 0:
                end = found + len(text)
                shown = f'<span class="unsure" title="{html.escape(_doubt(word))}">{text}</span>'
                shown = shown if word.is_doubtful else text
                pieces[texts[place]] = f"{piece[:found]}{shown}{piece[end:]}"
                at, start = place, found + len(shown)
                break
            passed += len(piece) - begin
            if passed > MOST_BETWEEN:
                break
    return "".join(pieces)


def _doubt(word: Word) -> str:
    parts = [] if word.confidence is None else [f"confidence {word.confidence:.0%}"]
    if word.other:
        other = "the text layer" if word.source == "reader" else "the reader"
        parts.append(f"{other} says: {word.other}")
    return "; ".join(parts)


STYLE = Path(__file__).with_name("html.css").read_text(encoding="utf-8")


@lru_cache(512)
def mathml(latex: str, *, display: bool = False) -> str | None:
    """A formula as a `math` element with its LaTeX beside it; None for what is no LaTeX that can be drawn."""
    from latex2mathml.converter import convert_to_element

    if len(latex) > MOST_CHARACTERS or not latex.strip():
        return None
    try:
        drawn = _written(convert_to_element(latex), 0)
    except Exception:  # of the converter, which raises nearly anything for what is no LaTeX; or of what is not known
        return None
    how = ' display="block"' if display else ""
    source = f'<annotation encoding="application/x-tex">{html.escape(latex)}</annotation>'
    return f"<math{how}><semantics><mrow>{drawn}</mrow>{source}</semantics></math>"


def _written(element: Element, depth: int) -> str:
    """An element's children and text. Raises ValueError for a command that the converter does not know."""
    text = html.unescape(element.text or "")
    if depth > _DEEPEST or text.startswith("\\"):
        raise ValueError(text)
    return html.escape(text) + "".join(_deep_copy(child, depth + 1) for child in element)


def _deep_copy(element: Element, depth: int) -> str:
    if element.tag not in TAGS:
        raise ValueError(element.tag)
    kept = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES and _VALUE.fullmatch(value)}
    attributes = "".join(f' {name}="{value}"' for name, value in kept.items())
    return f"<{element.tag}{attributes}>{_written(element, depth)}</{element.tag}>"
