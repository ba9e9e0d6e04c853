"""sokdok (속독, "speed reading"): documents, figures and long texts, read in very few vision tokens.

    import sokdok

    document = sokdok.convert("report.pdf")      # files → documents
    print(document.markdown, document.tables[0].to_dataframe())
    figure = sokdok.parse("chart.png")           # a figure → its values
    print(figure.to_dataframe())
    pages = sokdok.render(text)                  # text → page images
    for reading in sokdok.read(pages):           # page images → text, with the bundled checkpoint, offline
        print(reading.text)

The names below are the whole public API. Each is imported when first used, so `import sokdok` costs milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sokdok.documents.extract import Extraction, extract
    from sokdok.documents.result import Document, convert, from_json
    from sokdok.errors import SokdokError
    from sokdok.figures.parse import Figure
    from sokdok.figures.parse import parse_file as parse
    from sokdok.jobs import Limits
    from sokdok.memory.memory import Memory
    from sokdok.pages import Page, render
    from sokdok.reading import Reader, Reading, load, read

    __version__: str

__all__ = [
    "Document",
    "Extraction",
    "Figure",
    "Limits",
    "Memory",
    "Page",
    "Reader",
    "Reading",
    "SokdokError",
    "__version__",
    "convert",
    "extract",
    "from_json",
    "load",
    "parse",
    "read",
    "render",
]

_HOME = {
    "Document": "sokdok.documents.result:Document",
    "Extraction": "sokdok.documents.extract:Extraction",
    "Figure": "sokdok.figures.parse:Figure",
    "Limits": "sokdok.jobs:Limits",
    "Memory": "sokdok.memory.memory:Memory",
    "Page": "sokdok.pages:Page",
    "Reader": "sokdok.reading:Reader",
    "Reading": "sokdok.reading:Reading",
    "SokdokError": "sokdok.errors:SokdokError",
    "convert": "sokdok.documents.result:convert",
    "extract": "sokdok.documents.extract:extract",
    "from_json": "sokdok.documents.result:from_json",
    "load": "sokdok.reading:load",
    "parse": "sokdok.figures.parse:parse_file",
    "read": "sokdok.reading:read",
    "render": "sokdok.pages:render",
}  # public name -> module and name in it


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
    return sorted(__all__)
