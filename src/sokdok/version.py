"""The version of the installed package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version


def version() -> str:
    """Return the package's version; `0+unknown` when it runs from a source tree that was never installed."""
    try:
        return installed_version("sokdok")
    except PackageNotFoundError:
        return "0+unknown"
