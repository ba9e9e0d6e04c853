"""Baselines, as they are installed here: tesseract and RapidOCR on pages, OSRA on molecules.

- Settings under which they do well: tesseract's defaults in English, for Korean `-l kor --psm 4`, since its own search
  for the layout takes Hangul apart; RapidOCR without its line-angle classifier, which turns horizontal lines over.
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

from sokdok.pages import Page
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Kind, Output, System

_PAGES: tuple[Kind, ...] = ("page", "handwriting")  # Kinds that programs for pages read.
TIMEOUT_S = 300  # Time for one picture, in seconds.


def baselines() -> list[System]:
    """Return all baselines; those that are not installed say so when they are asked."""
    return [Tesseract(), RapidOcr(), Osra()]


class Tesseract:
    """The program `tesseract`, LSTM engine."""

    name, kinds = "tesseract", _PAGES

    def absent(self, evalset: EvalSet) -> str:
        """Tell whether the program or the data of the set's language is missing."""
        if shutil.which("tesseract") is None:
            return "not installed"
        language = _options(evalset)[1]
        return "" if language in self._languages else f"language data {language} not installed"

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """Return one: the picture as it is."""
        return (None,)

    def read(self, page: Page, evalset: EvalSet, mode: str | None) -> Output:
        """Read plain text in the order that tesseract finds."""
        return Output(_run(["tesseract", "{}", "-", *_options(evalset)], page))

    @cached_property
    def _languages(self) -> set[str]:
        run = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
        return set(run.stdout.split())


class RapidOcr:
    """The package `rapidocr` with its bundled PP-OCR models, on onnxruntime."""

    name, kinds = "RapidOCR", _PAGES

    def absent(self, evalset: EvalSet) -> str:
        """Tell whether the package is missing, or the set is Korean: the bundled models know no Hangul."""
        if find_spec("rapidocr") is None:
            return "not installed"
        return "its bundled models know no Hangul" if evalset.korean else ""

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """Return one: the picture as it is."""
        return (None,)

    def read(self, page: Page, evalset: EvalSet, mode: str | None) -> Output:
        """Read a line of text for each line found, in the package's order."""
        import numpy as np

        result = self._engine(np.asarray(page.image)[:, :, ::-1])  # BGR, as OpenCV has it
        return Output("\n".join(result.txts or ()))

    @cached_property
    def _engine(self) -> Any:
        from rapidocr import RapidOCR

        return RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error"})


class Osra:
    """The program `osra`, canonical SMILES."""

    name = "OSRA"
    kinds: tuple[Kind, ...] = ("molecule",)

    def absent(self, evalset: EvalSet) -> str:
        """Tell whether the program is missing."""
        return "not installed" if shutil.which("osra") is None else ""

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """Return one: the picture as it is."""
        return (None,)

    def read(self, page: Page, evalset: EvalSet, mode: str | None) -> Output:
        """Return the largest structure found: what else it finds in a drawing of one molecule are scraps of it."""
        found = _run(["osra", "-f", "can", "{}"], page).split()
        return Output(max(found, key=len, default=""))


def _options(evalset: EvalSet) -> list[str]:
    """Return tesseract's options for a set's language."""
    return ["-l", "kor", "--psm", "4"] if evalset.korean else ["-l", "eng"]


def _run(command: list[str], page: Page) -> str:
    """Return the standard output of a program that reads the picture file {}. Raises what subprocess raises."""
    with tempfile.TemporaryDirectory(prefix="sokdok-bench-") as folder:
        picture = Path(folder) / "picture.png"
        page.image.save(picture)
        filled = [part.replace("{}", str(picture)) for part in command]
        run = subprocess.run(filled, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=True)
        return run.stdout
