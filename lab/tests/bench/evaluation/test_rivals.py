"""Programs and packages beside sokdok: what is not installed says so, and a package answers from its own process."""

from __future__ import annotations

import shutil
import stat
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from rdkit import Chem

from sokdok.errors import SokdokError
from sokdok.pages import Page
from sokdok_lab.bench.evaluation import documents, figures
from sokdok_lab.bench.evaluation.evaluate import EvalSet
from sokdok_lab.bench.evaluation.rivals import DOCUMENTS, Package, Program, rivals

PAGES, KOREAN = documents.SETS[1], documents.SETS[2]
MOLECULES = next(evalset for evalset in figures.SETS if evalset.kind == "molecule")
ECHO = "def convert(path):\n    print('noise')\n    return open(path, 'rb').read(5).decode(), [('a', [0, 0, 1, 1])]"


def test_a_package_answers_from_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "good.pdf").write_bytes(b"%PDF-1.7")
    package = Package("echo", DOCUMENTS, ECHO, sys.executable)
    assert package.missing() == package.missing() == ""
    answer = package.ask(tmp_path / "good.pdf")
    assert answer.text == "%PDF-" and answer.seconds > 0 and answer.cpu_seconds >= 0
    assert [(word, tuple(box)) for word, box in answer.words] == [("a", (0, 0, 1, 1))]
    with pytest.raises(SokdokError, match="echo failed"):
        package.ask(tmp_path / "absent.pdf")
    assert package.ask(tmp_path / "good.pdf").text == "%PDF-"
    package.close()


@pytest.mark.parametrize(("setup", "python"), [("import nothing_of_this_name", sys.executable), ("", "/no/python")])
def test_a_package_that_is_absent_says_so(setup: str, python: str) -> None:
    assert python in Package("gone", DOCUMENTS, setup, python).missing()


def test_a_program_starts_for_each_file_or_has_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "reads"
    program.write_text('#!/bin/sh\ntest -f "$1" && printf "read $1"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    reads = Program("reads", DOCUMENTS, "reads", "{}")
    assert reads.missing() == "" and reads.ask(program).text == f"read {program}"
    with pytest.raises(SokdokError, match="reads failed"):
        reads.ask(tmp_path / "nothing")


def test_each_takes_part_in_what_it_is_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    tesseract, rapidocr, tiny, osra, *converters = rivals("/no/python")
    assert tesseract.kinds == tiny.kinds == ("page", "handwriting", "scan") and osra.kinds == ("molecule",)
    assert [each.kinds for each in converters] == [("document",)] * 3
    assert tesseract.absent(PAGES) == tesseract.absent(KOREAN) == osra.absent(MOLECULES) == "not installed"
    assert rapidocr.absent(KOREAN) == "its bundled models know no Hangul"
    assert tesseract.modes(PAGES) == (None,)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_tesseract_reads_a_line() -> None:
    image = Image.new("RGB", (420, 80), "white")
    ImageDraw.Draw(image).text((20, 20), "Invoice 2024", "black", ImageFont.load_default(40))
    assert read(0, image, PAGES).split() == ["Invoice", "2024"]


@pytest.mark.skipif(shutil.which("osra") is None, reason="OSRA is not installed")
def test_osra_reads_a_ring() -> None:
    from rdkit.Chem.Draw import MolToImage

    drawn = MolToImage(Chem.MolFromSmiles("c1ccccc1O"), size=(300, 300))
    assert Chem.CanonSmiles(read(3, drawn, MOLECULES)) == "Oc1ccccc1"


def read(number: int, image: Image.Image, evalset: EvalSet) -> str:
    system = rivals("/no/python")[number]
    output = system.read(Page(image.convert("RGB"), "p"), evalset, None)
    assert [word for word, _ in output.words] == (output.text.split() if number == 0 else [])
    return output.text
