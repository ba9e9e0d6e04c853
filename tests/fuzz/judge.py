"""Whether Markdown and HTML are harmless: four readers of Markdown, with usual extensions, and a browser's parser.

What a reader of Markdown makes of a text is parsed by html5lib as browsers parse it; every tag must be one that
running text has, no attribute may run or load anything, and every link must lead where links may.

Code stands between fences as it is, so a reader of Markdown must know these; Python-Markdown does by an extension.
"""

import re
from collections.abc import Callable
from functools import cache

import html5lib

_RUNNING = (
    "html head body p a em strong b i sub sup br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd pre code blockquote div "
    "section span del s figure figcaption abbr table thead tbody tfoot tr td th caption colgroup col"
)
TAGS = frozenset(_RUNNING.split())  # of running text
MATHML = "{http://www.w3.org/1998/Math/MathML}"  # html5lib's name for the namespace of formulas
# What formulas are made of: without maction, annotation-xml and merror, in which other things may stand.
_FORMULA = (
    "math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose msub "
    "msup msubsup munder mover munderover mtable mtr mtd"
)
MATH_TAGS = frozenset(MATHML + tag for tag in _FORMULA.split())
RUNS = re.compile(
    "on[a-z]+|style|src|srcset|srcdoc|action|formaction|data|poster|background|ping|manifest|xlink:href|is"
)  # attributes that run, load or lead; any other does nothing on the tags above
SCHEMES = frozenset({"", "http", "https", "mailto"})  # of a link; without one it stays in the folder

_ALIGNED = re.compile(r"\s*text-align:\s*(left|right|center);?\s*")
_IGNORED = re.compile(r"[\t\n\r]")  # what browsers drop from an address
_SCHEME = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_MACRO = re.compile(
    r"\\(href|url|htmlId|htmlClass|htmlStyle|htmlData|includegraphics|require|cssId|mmlToken)(?![A-Za-z])"
)


class Unsafe(AssertionError):
    """Something came out that could run, load, lead or be obeyed."""


@cache
def readers() -> dict[str, Callable[[str], str]]:
    """Markdown to HTML, by name; tags pass in all of them, and no reader checks links for itself."""
    import commonmark
    import markdown
    import mistune
    from markdown_it import MarkdownIt

    common = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    common.validateLink = lambda url: True  # type: ignore[method-assign]
    plugins = ["table", "footnotes", "url", "strikethrough", "def_list", "abbr"]
    renderer = mistune.HTMLRenderer(escape=False)
    renderer.safe_url = str  # type: ignore[method-assign,assignment]
    mistuned = mistune.create_markdown(renderer=renderer, plugins=plugins)
    return {
        "markdown-it-py": common.render,
        "mistune": lambda text: str(mistuned(text)),
        "commonmark": commonmark.commonmark,
        "Python-Markdown": lambda text: markdown.markdown(text, extensions=["fenced_code"]),
        "Python-Markdown with extra": lambda text: markdown.markdown(text, extensions=["extra"]),
    }


def check_markdown(text: str) -> None:
    """Raise Unsafe unless every reader makes harmless HTML of a text, and a terminal and MathJax find nothing in it."""
    for name, render in readers().items():
        try:
            html = render(text)
        except Exception:  # a reader that gives up shows nothing
            continue
        check_html(html, f"{name}: ")
    if control := _CONTROL.search(text):
        raise Unsafe(f"control character {control[0]!r}")


def check_macros(formula: str) -> None:
    """Raise Unsafe if a formula holds a command that leads somewhere."""
    for match in _MACRO.finditer(formula):
        before = formula[: match.start()]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:  # else `\\href` is a line end and letters
            raise Unsafe(f"\\{match[1]} in a formula")


def check_html(html: str, where: str = "") -> None:
    for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            continue  # a comment
        if element.tag not in TAGS | MATH_TAGS:
            raise Unsafe(f"{where}<{element.tag}>")
        for name, value in element.attrib.items():
            _check_attribute(str(name), value, f"{where}<{element.tag}> ")


def _check_attribute(name: str, value: str, where: str) -> None:
    if name == "style" and _ALIGNED.fullmatch(value):
        return
    if value and RUNS.fullmatch(name):
        raise Unsafe(f"{where}{name}={value[:60]!r}")
    if name == "href" and scheme_of(value) not in SCHEMES:
        raise Unsafe(f"{where}leads to {value[:60]!r}")


def scheme_of(address: str) -> str:
    """The scheme that a browser finds in an address."""
    found = _SCHEME.match(_IGNORED.sub("", address))
    return found[1].lower() if found else ""
