"""A document as one page of HTML that reads well anywhere: no script, no font, nothing fetched from elsewhere.

- Light or dark as the reader's system is; Korean and Latin fonts of the system; tables scroll, wide formulas too.
- Formulas are shown as LaTeX. Pictures are links to the folder's files, or inside the page if `folder` is given.
- Everything a model wrote is escaped or comes from `sanitize`; a policy in the head forbids scripts besides.
"""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from sokdok.documents import sanitize
from sokdok.documents.document import FURNITURE, PICTURES, Block, Document, DocumentPage
from sokdok.documents.notation import FORMULAS, code_of, heading_of, item_of

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1d1f; --faint: #6b7076; --line: #d9dce0; --tint: #f4f5f7 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17181a; --ink: #e4e5e7; --faint: #9aa0a6; --line: #3a3d41; --tint: #222427 }
}
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.7 "Noto Serif KR", "Noto Serif CJK KR", "Nanum Myeongjo", AppleMyungjo, Batang, Georgia, serif;
  overflow-wrap: break-word; word-break: keep-all }
h1, h2, h3, h4, h5, h6, th, .note, .caption, .furniture, .page > a { font-family: Pretendard, "Noto Sans KR",
  "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", NanumGothic, system-ui, sans-serif }
h1, h2, h3, h4, h5, h6 { line-height: 1.3; margin: 2em 0 .6em }
p { margin: 0 0 1em; white-space: pre-wrap }
.page { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: 2.5rem }
.page > a { float: right; font-size: .8rem; color: var(--faint); text-decoration: none }
.table, .formula, pre { overflow-x: auto; margin: 0 0 1.2em }
table { border-collapse: collapse; font-size: .95em }
th, td { border: 1px solid var(--line); padding: .3em .6em; vertical-align: top; text-align: left }
th, pre, .formula, .note { background: var(--tint) }
pre, code { font-family: "D2Coding", "Nanum Gothic Coding", ui-monospace, Consolas, monospace; font-size: .9em }
pre, .formula, .note { padding: .6em .8em; border-radius: 4px }
.formula { display: block; white-space: pre-wrap }
figure { margin: 1.5em 0 }
img { max-width: 100%; height: auto; background: #fff }
.caption, .furniture, .note { font-size: .9em; color: var(--faint) }
"""
_HEAD = """<!DOCTYPE html>
<html lang="en">
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
_PICTURE_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_SURROGATES = re.compile("[\ud800-\udfff]")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n<]+)(?<=\S)\*\*")
_INLINE_FORMULA = re.compile(r"\\\(((?:(?!\\[()])[^\n<])*)\\\)|(?<![\w$\\])\$(?=\S)([^$\n<]+)(?<=\S)\$(?![\w$])")
_SCRIPTS = {"ko": re.compile("[가-힣]"), "ja": re.compile("[ぁ-ヿ]"), "zh": re.compile("[一-鿿]")}


class HtmlWriter:
    """Writes pages to an open text file as they come."""

    def __init__(
        self, file: TextIO, head: Document, *, keep_furniture: bool = False, folder: Path | None = None
    ) -> None:
        """`keep_furniture`: also headers, footers and page numbers; `folder`: put its pictures inside the page."""
        self.file, self.keep_furniture, self.folder = file, keep_furniture, folder
        title = html.escape(_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", head.name))
        self.file.write(_HEAD.format(title=title, style=_STYLE))

    def add(self, page: DocumentPage) -> None:
        """The page as a section with its number; a note for what failed."""
        blocks = [block for block in page.blocks if self.keep_furniture or block.kind not in FURNITURE]
        language = language_of("".join(block.text for block in blocks))
        lang = f' lang="{language}"' if language else ""
        anchor = f"page-{page.number}"
        self.file.write(f'<section class="page" id="{anchor}"{lang}>\n<a href="#{anchor}">{page.number}</a>\n')
        if page.error:
            self._note(f"page {page.number}: {page.error}")
        self.file.writelines(f"{block_html(block, self.folder)}\n" for block in blocks)
        self.file.write("</section>\n")

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """What went wrong beyond the pages, and the end tags."""
        for error in errors:
            self._note(error)
        self.file.write("</body>\n</html>\n")

    def _note(self, error: str) -> None:
        self.file.write(f'<p class="note" lang="en">{html.escape(_SURROGATES.sub("?", error))}</p>\n')


def language_of(text: str) -> str:
    """ko, ja or zh, if a tenth of the characters say so; otherwise nothing, for Latin letters write too many."""
    for language, script in _SCRIPTS.items():
        if len(script.findall(text)) * 10 > len(text):
            return language
    return ""


def block_html(block: Block, folder: Path | None = None) -> str:
    """A block as an HTML element; `folder`: see HtmlWriter."""
    if block.kind in PICTURES:
        return _picture(block, folder)
    if block.html:
        return f'<div class="table">{block.html}</div>'
    if block.kind in ("title", "sub_title"):
        level, words = heading_of(block.kind, block.text)
        return f"<h{level}>{_inline(words)}</h{level}>"
    if block.kind == "list":
        return _list(block.text)
    if block.kind == "code":
        return f"<pre><code>{html.escape(code_of(block.text)[1])}</code></pre>"
    if block.kind in FORMULAS:
        return f'<code class="formula">{html.escape(block.text)}</code>'
    return f"<p{_class(block.kind)}>{_inline(block.text)}</p>"


def _class(kind: str) -> str:
    if kind in FURNITURE:
        return ' class="furniture"'
    return ' class="caption"' if kind.endswith(("_caption", "_footnote")) else ""


def _inline(text: str) -> str:
    text = _INLINE_FORMULA.sub(lambda match: f"<code>{match[1] or match[2]}</code>", sanitize.html_text(text))
    return _BOLD.sub(r"<b>\1</b>", text)


def _list(text: str) -> str:
    """Items, nested by their indents; lines that begin no item belong to the one before."""
    parts: list[str] = []
    levels: list[tuple[int, str]] = []
    for line in text.splitlines():
        item = item_of(line)
        if item is None and levels:
            parts += [f"\n{_inline(line.strip())}"] if line.strip() else []
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
        parts.append(f"<li{_value(mark, levels[-1][1])}>{_inline(words)}")
    return "".join([*parts, *(f"</li></{tag}>" for _, tag in reversed(levels))])


def _value(mark: str, tag: str) -> str:
    return f' value="{int(mark[:-1])}"' if tag == "ol" and mark[0].isdigit() else ""


def _picture(block: Block, folder: Path | None) -> str:
    parts = []
    if block.figure:
        parts.append(f'<img src="{_address(block.figure, folder)}" alt="{html.escape(block.kind)}">')
    if block.text or not block.figure:
        parts.append(f'<figcaption class="caption">{_inline(block.text or block.kind)}</figcaption>')
    if block.html:
        parts.append(f'<div class="table">{block.html}</div>')
    return f"<figure>{''.join(parts)}</figure>"


def _address(figure: str, folder: Path | None) -> str:
    """The picture itself, if it is of a kind that browsers show and can be read; else where it is."""
    kind = _PICTURE_TYPES.get(Path(figure).suffix.lower())
    if folder is None or kind is None or not (folder / figure).is_file():
        return html.escape(quote(figure))
    return f"data:image/{kind};base64,{base64.b64encode((folder / figure).read_bytes()).decode()}"
