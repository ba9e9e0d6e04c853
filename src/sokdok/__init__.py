"""sokdok (속독, "speed reading"): draw text as pages, read pages in very few vision tokens.

    import sokdok

    pages = sokdok.render(text)                  # text → page images
    for reading in sokdok.read(pages):           # page images → text, with the bundled checkpoint, offline
        print(reading.text)

The names below are the whole public API. Each is imported when first used, so `import sokdok` costs milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sokdok.errors import SokdokError
    from sokdok.memory.memory import Memory
    from sokdok.pages import Page, render
    from sokdok.reading import Reader, Reading, load, read

    __version__: str

__all__ = ["Memory", "Page", "Reader", "Reading", "SokdokError", "__version__", "load", "read", "render"]

_HOME = {
    "Memory": "sokdok.memory.memory",
    "Page": "sokdok.pages",
    "Reader": "sokdok.reading",
    "Reading": "sokdok.reading",
    "SokdokError": "sokdok.errors",
    "load": "sokdok.reading",
    "read": "sokdok.reading",
    "render": "sokdok.pages",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562) and keep it."""
    if name == "__version__":
        from sokdok.version import version

        value: Any = version()
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'sokdok' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
