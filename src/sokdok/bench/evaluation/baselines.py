"""What you would use instead, as it is installed here: tesseract and RapidOCR on pages, OSRA on molecules.

- Settings under which they do well: tesseract's defaults in English, for Korean `-l kor --psm 4`, since its own search
  for the layout takes Hangul apart; RapidOCR without its line-angle classifier, which turns upright lines over.
- The programs start anew for each picture, as a user starts them; RapidOCR's models are loaded once.
- They see the picture at its own size, not at a mode's.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sokdok.bench.evaluation.evaluate import Answer, EvalSet, Kind, System
from sokdok.pages import Page

_PAGES: tuple[Kind, ...] = ("page", "handwriting")
_PATIENCE = 300
"""seconds for one picture"""


def rivals() -> list[System]:
    """All of them; those that are not installed say so."""
    return [Tesseract(), RapidOcr(), Osra()]


class Tesseract:
    """The program `tesseract`, LSTM engine."""

    name, kinds = "tesseract", _PAGES

    def absent(self, evalset: EvalSet) -> str:
        """Needs the program and the data of the set's language."""
        if shutil.which("tesseract") is None:
            return "not installed"
        language = _options(evalset)[1]
        return "" if language in self._languages else f"language data {language} not installed"

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """One: the picture as it is."""
        return (None,)

    def answer(self, page: Page, evalset: EvalSet, mode: str | None) -> Answer:
        """Plain text in the order that tesseract finds."""
        return Answer(_run(["tesseract", "{}", "-", *_options(evalset)], page))

    @cached_property
    def _languages(self) -> set[str]:
        run = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
        return set(run.stdout.split())


class RapidOcr:
    """The package `rapidocr` with its bundled PP-OCR models, on onnxruntime."""

    name, kinds = "RapidOCR", _PAGES

    def absent(self, evalset: EvalSet) -> str:
        """Needs the package; the bundled models know no Hangul."""
        if find_spec("rapidocr") is None:
            return "not installed"
        return "its bundled models know no Hangul" if evalset.korean else ""

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """One: the picture as it is."""
        return (None,)

    def answer(self, page: Page, evalset: EvalSet, mode: str | None) -> Answer:
        """One line of text for each line found, in its own order."""
        import numpy as np

        result = self._engine(np.asarray(page.image)[:, :, ::-1])  # BGR, as OpenCV has it
        return Answer("\n".join(result.txts or ()))

    @cached_property
    def _engine(self) -> Any:
        from rapidocr import RapidOCR

        return RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error"})


class Osra:
    """The program `osra`, canonical SMILES."""

    name = "OSRA"
    kinds: tuple[Kind, ...] = ("molecule",)

    def absent(self, evalset: EvalSet) -> str:
        """Needs the program."""
        return "not installed" if shutil.which("osra") is None else ""

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """One: the picture as it is."""
        return (None,)

    def answer(self, page: Page, evalset: EvalSet, mode: str | None) -> Answer:
        """The largest structure found: what else it finds in a drawing of one molecule are scraps of it."""
        found = _run(["osra", "-f", "can", "{}"], page).split()
        return Answer(max(found, key=len, default=""))


def _options(evalset: EvalSet) -> list[str]:
    return ["-l", "kor", "--psm", "4"] if evalset.korean else ["-l", "eng"]


def _run(command: list[str], page: Page) -> str:
    """Standard output of a program that reads the picture file {}; raises what subprocess raises."""
    with tempfile.TemporaryDirectory(prefix="sokdok-bench-") as folder:
        picture = Path(folder) / "picture.png"
        page.image.save(picture)
        filled = [part.replace("{}", str(picture)) for part in command]
        run = subprocess.run(filled, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=True)
        return run.stdout
