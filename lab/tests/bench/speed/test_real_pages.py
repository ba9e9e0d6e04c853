from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from sokdok.errors import InputError
from sokdok.pages import Page
from sokdok.reading.reading import Abilities, Reading
from sokdok_lab.bench.evaluation.evaluate import Output
from sokdok_lab.bench.evaluation.rivals import Rival
from sokdok_lab.bench.speed.command import measure_real, rivals

TRUTH = "alpha beta gamma"


class WordReader:
    """Reads the same words from every page."""

    name, abilities = "nano", Abilities()

    def read(self, pages: Iterable[Page], prompt: str = "", **options: object) -> Iterator[Reading]:
        for number, page in enumerate(pages):
            yield Reading(number, page.source, "ok", "alpha beta delta")


OURS = WordReader(), WordReader()


class StillRival(Rival):
    """Knows the truth, for half a second of a processor."""

    name = "rival"
    closed = False

    def missing(self) -> str:
        return ""

    def ask(self, path: Path, korean: bool = False) -> Output:
        assert Image.open(path).size == (200, 80)
        return Output(TRUTH, seconds=0.25, cpu_seconds=0.5)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "fox"
    folder.mkdir()
    rows = []
    for number in range(3):
        image = Image.new("RGB", (200, 80), "white")
        ImageDraw.Draw(image).text((10, 30), TRUTH, fill="black")
        image.save(folder / f"{number}.png")
        rows.append({"id": str(number), "image": f"{number}.png", "truth": TRUTH})
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_all_read_the_same_pages_and_are_scored_alike(data: Path) -> None:
    rival = StillRival()
    nano, other = measure_real(*OURS, data, 2, [rival])
    assert (nano["reader"], other["reader"], nano["pages"], other["pages"]) == ("nano", "rival", 2, 2)
    assert (other["cpu_seconds_a_page"], other["pages_per_second"]) == (0.5, 4)
    assert other["fidelity"] == other["word_recall"] == 1.0
    assert nano["word_recall"] == pytest.approx(2 / 3) and nano["pages_per_second"] > 0
    assert rival.closed


def test_what_is_absent_is_noted_and_the_others_go_on(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sokdok_lab.bench.speed.command.note", print)
    assert [cost["reader"] for cost in measure_real(*OURS, data, 1, rivals("/no/python"))] == ["nano"]
    notes = capsys.readouterr().out.splitlines()
    assert notes[2] == "not measured: tesseract, not installed" and len(notes) == 4


def test_a_folder_without_the_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the sets fox, docs_en_dense"):
        measure_real(*OURS, tmp_path, 1, [])
