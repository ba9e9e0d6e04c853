"""Save matplotlib figures, whole or not at all; check before a run that one can be drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.files import replacing

DPI = 110  # Pixels of a saved figure per inch of its size.


def check_plot(path: Path) -> None:
    """Raise InputError if `path` names no kind of picture."""
    from matplotlib.backend_bases import FigureCanvasBase

    if _format(path) not in (kinds := FigureCanvasBase.get_supported_filetypes()):
        raise InputError(
            f"can't draw a picture of kind {path.suffix!r} ({path}); choose from {', '.join(sorted(kinds))}"
        )


def save_figure(figure: Any, path: Path, colours: int | None = None) -> None:
    """Write a matplotlib figure as the kind of picture that `path` names; a PNG in a palette of `colours` if given."""
    from PIL import Image

    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=DPI, format=_format(path))
        if colours is not None:
            with Image.open(temporary) as picture:
                small = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
            small.save(temporary, "PNG", optimize=True)


def _format(path: Path) -> str:
    """Return matplotlib's name of a file's kind."""
    return path.suffix.lstrip(".").lower() or "png"
