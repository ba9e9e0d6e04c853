"""sokdok (속독, "speed reading"): documents, figures and long texts, read in very few vision tokens.

    import sokdok

    document = sokdok.convert("report.pdf")      # files → documents
    print(sokdok.to_markdown(document))
    figure = sokdok.parse("chart.png")           # a figure → its values
    pages = sokdok.render(text)                  # text → page images
    for reading in sokdok.read(pages):           # page images → text, with the bundled checkpoint, offline
        print(reading.text)

The names below are the whole public API. Each is imported when first used, so `import sokdok` costs milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sokdok.documents.convert.document import convert_file as convert
    from sokdok.documents.document import Document
    from sokdok.documents.write import from_json, to_html, to_json, to_markdown, to_text
    from sokdok.errors import SokdokError
    from sokdok.figures.parse import Figure
    from sokdok.figures.parse import parse_file as parse
    from sokdok.isolation import Limits
    from sokdok.memory.memory import Memory
    from sokdok.pages import Page, render
    from sokdok.reading import Reader, Reading, load, read

    __version__: str

__all__ = [
    "Document",
    "Figure",
    "Limits",
    "Memory",
    "Page",
    "Reader",
    "Reading",
    "SokdokError",
    "__version__",
    "convert",
    "from_json",
    "load",
    "parse",
    "read",
    "render",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
]

_HOME = {
    "Document": "sokdok.documents.document:Document",
    "Figure": "sokdok.figures.parse:Figure",
    "Limits": "sokdok.isolation:Limits",
    "Memory": "sokdok.memory.memory:Memory",
    "Page": "sokdok.pages:Page",
    "Reader": "sokdok.reading:Reader",
    "Reading": "sokdok.reading:Reading",
    "SokdokError": "sokdok.errors:SokdokError",
    "convert": "sokdok.documents.convert.document:convert_file",
    "from_json": "sokdok.documents.write:from_json",
    "load": "sokdok.reading:load",
    "parse": "sokdok.figures.parse:parse_file",
    "read": "sokdok.reading:read",
    "render": "sokdok.pages:render",
    "to_html": "sokdok.documents.write:to_html",
    "to_json": "sokdok.documents.write:to_json",
    "to_markdown": "sokdok.documents.write:to_markdown",
    "to_text": "sokdok.documents.write:to_text",
}
"""public name -> module and name in it"""


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562) and keep it."""
    if name == "__version__":
        from sokdok.version import version

        value: Any = version()
    elif name in _HOME:
        module, _, attribute = _HOME[name].partition(":")
        value = getattr(import_module(module), attribute)
    else:
        raise AttributeError(f"module 'sokdok' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
