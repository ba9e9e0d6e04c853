"""A document as one page of HTML that reads well anywhere: no script, no font, nothing fetched from elsewhere.

- Formulas are MathML with their LaTeX beside it, or LaTeX where that can't be drawn. Pictures are within the page, or
  links to the files of the document's folder.
- The document's language is that of the first pages with text, and each page says its own: by script or common words.
- Words of little confidence are marked; on demand each page's picture stands beside its text.
- Everything a model wrote is escaped or comes from `sanitize`; a policy in the head forbids scripts besides.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterator
from typing import TextIO
from urllib.parse import quote

from sokdok.documents import sanitize
from sokdok.documents.document import FURNITURE, PICTURES, Block, Document, DocumentPage
from sokdok.documents.notation import FORMULAS, code_of, heading_of, item_of, unwrap_formula
from sokdok.documents.write.plain import plain_html
from sokdok.documents.write.style import STYLE
from sokdok.documents.write.unsure import marked
from sokdok.documents.write.writer import Wanted
from sokdok.layout.language import language_of

_HEAD = """<!DOCTYPE html>
<html{lang}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file: data:">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""
_TYPES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp"}
"""first bytes of pictures that every browser shows"""
JPEG_QUALITY = 80  # of a page's picture
MOST_HELD = 5  # pages that wait for the document's language
_SURROGATES = re.compile("[\ud800-\udfff]")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n<]+)(?<=\S)\*\*")
_LINK = re.compile(r"(?<!!)\[([^\[\]<>]+)\]\(((?:https?://|mailto:)[^\s()<>\"]+)\)")
_LINKED = r'<a href="\2" rel="noreferrer">\1</a>'
_FORMULA = re.compile(
    r"\\\(((?:(?!\\[()])[^\n<])*)\\\)|(?<![\w$\\])\$(?=\S)([^$\n<]+)(?<=\S)\$(?![\w$])"  # in a line
    r"|\\\[((?:(?!\\[\[\]])[^<])*)\\\]|\$\$([^$<]+)\$\$"  # by itself
    r"|(?<!`)`(?P<code>[^`\n<]+)`(?!`)"
)  # and code, in which nothing is a formula


class HtmlWriter:
    """Writes pages to an open text file as they come."""

    def __init__(self, file: TextIO, head: Document, wanted: Wanted | None = None) -> None:
        self.file, self.wanted = file, wanted or Wanted()
        self.title = html.escape(_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", head.name))
        self.held: list[str] | None = []  # pages that wait for the language; None once it is told

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
            yield f"{marked(block_html(block, self._address(page, block)), block.words)}\n"
        yield "</div>\n</section>\n" if sheet else "</section>\n"

    def _sheet(self, page: DocumentPage) -> str:
        """The page's picture, if it is wanted."""
        image = self.wanted.pictures.page(page) if self.wanted.page_images and self.wanted.pictures else None
        if image is None:
            return ""
        jpeg = io.BytesIO()
        image.convert("RGB").save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return f'<div class="sheet"><img src="{_inside(jpeg.getvalue())}" alt="page {page.number}"></div>\n'

    def _address(self, page: DocumentPage, block: Block) -> str:
        """Where a block's picture is, or the picture itself."""
        if block.kind not in PICTURES:
            return ""
        data = self.wanted.pictures.figure(page, block) if self.wanted.inside and self.wanted.pictures else None
        return (_inside(data) if data else "") or html.escape(quote(block.figure or ""))


def _lang(language: str) -> str:
    return f' lang="{language}"' if language else ""


def _note(error: str) -> str:
    return f'<p class="note" lang="en">{html.escape(_SURROGATES.sub("?", error))}</p>\n'


def _inside(picture: bytes) -> str:
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
        math = sanitize.mathml(unwrap_formula(block.text), display=True)
        return (
            f'<div class="formula">{math}</div>' if math else f'<code class="formula">{html.escape(block.text)}</code>'
        )
    return f"<p{_class(block.kind)}>{inline_html(block.text, block.plain)}</p>"


def _class(kind: str) -> str:
    if kind in FURNITURE:
        return ' class="furniture"'
    return ' class="caption"' if kind.endswith(("_caption", "_footnote")) else ""


def inline_html(text: str, plain: bool = False) -> str:
    """Running text as HTML: escaped, with sub, sup, b, i, br, code and links to where they may lead.

    In `plain` text there are none but sub, sup and links.
    """
    if plain:
        return _LINK.sub(_LINKED, plain_html(text))
    safe, parts, start = sanitize.html_text(text), list[str](), 0
    for formula in _FORMULA.finditer(safe):
        parts += [_with_links(safe[start : formula.start()]), _formula(formula)]
        start = formula.end()
    return "".join([*parts, _with_links(safe[start:])])


def _formula(found: re.Match[str]) -> str:
    if found["code"]:
        return f"<code>{found['code']}</code>"
    escaped = found[1] or found[2] or found[3] or found[4] or ""
    return sanitize.mathml(html.unescape(escaped), display=bool(found[3] or found[4])) or f"<code>{escaped}</code>"


def _with_links(safe: str) -> str:
    return _LINK.sub(_LINKED, _BOLD.sub(r"<b>\1</b>", safe))


def _list(text: str, plain: bool) -> str:
    """Items, nested by their indents; lines that begin no item belong to the one before."""
    parts: list[str] = []
    levels: list[tuple[int, str]] = []
    for line in text.splitlines():
        item = item_of(line)
        if item is None and levels:
            parts += [f"\n{inline_html(line.strip(), plain)}"] if line.strip() else []
            continue
        spaces, mark, words = item or ("", "-", line.strip())
        indent = len(spaces.expandtabs(4))
        while levels and levels[-1][0] > indent and len(levels) > 1:
            parts.append(f"</li></{levels.pop()[1]}>")
        if levels and levels[-1][0] >= indent:
            parts.append("</li>")
        else:
            levels.append((indent, "ol" if mark[0].isdigit() else "ul"))
            parts.append(f"<{levels[-1][1]}>")
        parts.append(f"<li{_value(mark, levels[-1][1])}>{inline_html(words, plain)}")
    return "".join([*parts, *(f"</li></{tag}>" for _, tag in reversed(levels))])


def _value(mark: str, tag: str) -> str:
    return f' value="{int(mark[:-1])}"' if tag == "ol" and mark[0].isdigit() else ""


def _picture(block: Block, address: str) -> str:
    parts = []
    if address:
        parts.append(f'<img src="{address}" alt="{html.escape(block.kind)}">')
    if block.text or not address:
        parts.append(f'<figcaption class="caption">{inline_html(block.text or block.kind, block.plain)}</figcaption>')
    if block.html:
        parts.append(f'<div class="table">{block.html}</div>')
    return f"<figure>{''.join(parts)}</figure>"
