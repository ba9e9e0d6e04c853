from __future__ import annotations

import shutil

import pytest
from PIL import Image, ImageDraw, ImageFont

from sokdok.pages import Page
from sokdok_lab.bench.evaluation import documents, figures
from sokdok_lab.bench.evaluation.baselines import Osra, RapidOcr, Tesseract, baselines
from sokdok_lab.bench.evaluation.evaluate import EvalSet

PAGES, KOREAN = documents.SETS[1], documents.SETS[2]
MOLECULES = next(evalset for evalset in figures.SETS if evalset.kind == "molecule")


def test_each_reads_what_it_is_made_for() -> None:
    assert [system.kinds for system in baselines()] == [("page", "handwriting"), ("page", "handwriting"), ("molecule",)]
    assert all(system.modes(PAGES) == (None,) for system in baselines())


def test_what_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sokdok_lab.bench.evaluation.baselines.find_spec", lambda name: None)
    assert Tesseract().absent(PAGES) == RapidOcr().absent(PAGES) == Osra().absent(MOLECULES) == "not installed"


def test_rapidocr_takes_no_part_in_korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sokdok_lab.bench.evaluation.baselines.find_spec", lambda name: object())
    assert RapidOcr().absent(KOREAN) == "its bundled models know no Hangul"
    assert RapidOcr().absent(PAGES) == ""


def test_missing_language_data_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sokdok_lab.bench.evaluation.baselines.shutil.which", lambda name: "/bin/tesseract")
    monkeypatch.setattr(Tesseract, "_languages", {"eng"})
    assert Tesseract().absent(KOREAN) == "language data kor not installed"
    assert Tesseract().absent(PAGES) == ""


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_tesseract_reads_a_line() -> None:
    image = Image.new("RGB", (420, 80), "white")
    ImageDraw.Draw(image).text((20, 20), "Invoice 2024", "black", ImageFont.load_default(40))
    assert read(Tesseract(), image, PAGES).split() == ["Invoice", "2024"]


@pytest.mark.skipif(shutil.which("osra") is None, reason="OSRA is not installed")
def test_osra_reads_a_ring() -> None:
    chem = pytest.importorskip("rdkit.Chem")
    from rdkit.Chem.Draw import MolToImage

    drawn = MolToImage(chem.MolFromSmiles("c1ccccc1O"), size=(300, 300))
    assert chem.CanonSmiles(read(Osra(), drawn, MOLECULES)) == "Oc1ccccc1"


def read(system: Tesseract | Osra, image: Image.Image, evalset: EvalSet) -> str:
    return system.read(Page(image.convert("RGB"), "p"), evalset, None).text
