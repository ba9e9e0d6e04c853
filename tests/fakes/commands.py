"""What tests of commands have in common: the real command in a process of its own, small files."""

import os
import sys
from pathlib import Path

from PIL import Image

from fakes.pdf import Text, write_pdf

SOKDOK = [sys.executable, "-c", "from sokdok.cli import main; main()"]
LINE = "The quick brown fox jumps over the lazy dog."


def environment(**more: str) -> dict[str, str]:
    """For the real command, which works uninstalled too."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | more


def write_image(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40), "white").save(path)
    return path


def write_lines(path: Path, pages: int = 1, **options: str) -> Path:
    """A PDF of pages with `LINE` four times in their text layers."""
    return write_pdf(path, [[Text(20, 30 + 14 * row, LINE) for row in range(4)]] * pages, (300, 200), **options)
