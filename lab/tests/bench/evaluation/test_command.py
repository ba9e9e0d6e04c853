"""`sokdok bench figures` and `documents`, from a data folder to the table, with a reader that knows the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import matplotlib
import pytest
from PIL import Image

from fakes.bench import write_manifest
from fakes.converting import FakeReader
from sokdok.pages import Page
from sokdok.reading import Abilities, Reading
from sokdok_lab.bench.evaluation import documents, figures
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Output
from sokdok_lab.bench.evaluation.synthetic import synthetic_cases
from sokdok_lab.bench.evaluation.systems import SokdokReader
from sokdok_lab.bench.metrics.geometry import Scene

TABLE = "<table><tr><td>year</td><td>cars</td></tr><tr><td>2019</td><td>10</td></tr></table>"
MARKUP = (
    "<|ref|>header<|/ref|><|det|>[[100, 10, 300, 20]]<|/det|>\nRunning head\n"
    "<|ref|>text<|/ref|><|det|>[[100, 100, 900, 120]]<|/det|>\nThe text.\n"
)
GEOMETRY = (
    "{'Line': {'line': ['(-10.0, -5.0) -- (10.0, -5.0)', '(-10.0, -5.0) -- (-10.0, 5.0)'], 'line_type': ['--', '--'], "
    "'line_endpoint': ['A: (-10.0, -5.0)', 'B: (10.0, -5.0)', 'C: (-10.0, 5.0)']}, "
    "'Relation': ['Perpendicular(Line(A, B), Line(A, C))']}"
)


Bench = Callable[..., tuple[str, str]]


class Known:
    """A published checkpoint as far as it is asked: answers by what a picture's file is called."""

    name = "known"
    abilities = Abilities(family="deepseek-ocr", layout_task="markdown", modes=("tiny", "small"), chooses_mode=False)

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers, self.prompts = answers, set[str]()

    def read(self, pages: Iterable[Page], prompt: str = "", **options: object) -> Iterator[Reading]:
        self.prompts.add(prompt)
        for index, page in enumerate(pages):
            yield Reading(index, page.source, "ok", self.answers[Path(page.source).stem])


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Known:
    known = Known({})
    monkeypatch.setattr("sokdok.reading.load", lambda model: known)
    monkeypatch.setenv("PATH", "")  # no baselines
    return known


def make_set(data: Path, name: str, rows: list[dict[str, object]]) -> None:
    """A set whose pictures look like drawings: a few black lines on white."""
    folder = data / name
    folder.mkdir(parents=True)
    for row in rows:
        picture = Image.new("RGB", (200, 100), "white")
        picture.paste("black", (20, 20, 180, 22))
        picture.paste("black", (20, 20, 22, 80))
        picture.save(folder / f"{row['id']}.png")
    write_manifest(folder, [{"image": f"{row['id']}.png"} | row for row in rows])


def test_figures_from_a_folder(tmp_path: Path, reader: Known, bench: Bench) -> None:
    reader.answers |= {"chart": TABLE, "molecule": "OCC", "geometry": GEOMETRY, "table": TABLE}
    make_set(tmp_path, "charts_chartqa", [{"id": "c", "truth": "year,cars\n2019,10\n"}])
    make_set(tmp_path, "chem", [{"id": "m", "truth": "CCO", "inchikey": "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"}])
    relations = {"relations": ["Perpendicular(Line(C, A), Line(B, A))"], "lines": ["AB", "AC"]}
    make_set(tmp_path, "geometry3k", [{"id": "g", "truth": relations}])
    make_set(tmp_path, "tables_icdar2013", [{"id": "t", "truth": TABLE}])
    out = tmp_path / "rows.json"
    stdout, stderr = bench("figures", "--data", tmp_path, "--json", out)
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert rows[0].keys() == {"set", "metric", "n", "value", "seconds", "reader"}
    values = {row["metric"]: row["value"] for row in rows}
    assert [values[name] for name in ("RMS-F1", "InChIKey exact", "Tanimoto", "relation F1", "TEDS")] == [1] * 5
    assert "1.000" in stdout and "not measured: chem: OSRA: not installed" in stderr
    assert f"not measured: charts_vega: not in {tmp_path}" in stderr


def test_documents_from_a_folder(tmp_path: Path, reader: Known, bench: Bench) -> None:
    markup = "<|ref|>title<|/ref|><|det|>[[0, 0, 999, 300]]<|/det|>\n# A Title\n\n"
    reader.answers |= {"page": f"{markup}<|ref|>text<|/ref|><|det|>[[0, 300, 999, 999]]<|/det|>\nTwo words."}
    make_set(tmp_path, "fox", [{"id": "page", "truth": "A Title\nTwo  words."}])
    make_set(tmp_path, "olmocr_sample", [{"id": "page", "truth": [{"type": "present", "text": "A Title"}]}])
    stdout, stderr = bench("documents", "--data", tmp_path, "--json", "-")
    rows = {(row["set"], row["metric"]): row["value"] for row in json.loads(stdout)}
    assert rows["fox", "fidelity at 64 tokens"] == rows["fox", "fidelity auto"] == 1.0  # plain text, without marks
    assert rows["olmocr_sample", "tests passed"] == 1.0
    assert "fidelity at 100 tokens" in stderr  # the table, where the rows have stdout
    assert reader.prompts == {"<image>\n<|grounding|>Convert the document to markdown."}


def test_one_set_of_few_rows(tmp_path: Path, reader: Known, bench: Bench) -> None:
    reader.answers |= {"a": "text", "b": "text"}
    make_set(tmp_path, "scans_loc", [{"id": name, "truth": "text"} for name in "ab"])
    chosen = ("documents", "--data", tmp_path, "--set", "scans_loc", "--limit", "1", "--json", "-")
    stdout, _ = bench(*chosen, "--no-baselines")
    assert {(row["set"], row["n"], row["reader"]) for row in json.loads(stdout)} == {("scans_loc", 1, "known")}


def test_markdown_is_what_a_conversion_writes_and_text_is_all_that_is_read() -> None:
    said = {"text": MARKUP}
    page = Page(Image.new("RGB", (200, 200), "white"), "p")
    evalset = EvalSet("pages", "page", lambda truth, output: {})
    output = SokdokReader(FakeReader(says={1: said})).read(page, evalset, None)
    assert (output.markdown, output.text) == ("The text.", "Running head\n\nThe text.")


@pytest.mark.parametrize("registry", [figures, documents], ids=["figures", "documents"])
def test_synthetic_samples_answered_rightly_are_perfect(registry: object) -> None:
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for evalset in registry.SYNTHETIC:  # type: ignore[attr-defined]
        cases = synthetic_cases(evalset, 2, fonts)
        (again,) = synthetic_cases(evalset, 1, fonts)
        assert cases[0].page().image.tobytes() == again.page().image.tobytes()
        assert cases[0].page().image.tobytes() != cases[1].page().image.tobytes()
        for case in cases:
            truth = case.truth
            if isinstance(truth, Scene):
                output = Output(scene=truth)
            else:
                output = Output(truth["smiles"] if isinstance(truth, dict) else truth)
            scores = evalset.score(truth, output)
            assert next(iter(scores.values())) == pytest.approx(1.0), evalset.name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["figures"], "nothing to read: name a folder with --data, or ask for samples with --synthetic 100"),
        (["documents", "--data", "/nowhere"], "/nowhere is not a folder"),
        (["figures", "--data", ".", "--set", "fox"], "unknown set 'fox'; choose one of charts_vega"),
        (["figures", "--data", ".", "--set", "synthetic charts"], "the set 'synthetic charts' needs --synthetic"),
        (["figures", "--synthetic", "1", "--set", "chem"], "the set 'chem' needs --data"),
        (
            ["documents", "--data", ".", "--json", "/nowhere/rows.json"],
            "the folder of /nowhere/rows.json does not exist",
        ),
    ],
)
def test_bad_options_are_one_line(arguments: list[str], message: str, bench: Bench) -> None:
    _, stderr = bench(*arguments, code=2)
    assert message in stderr and len(stderr.strip().splitlines()) == 1
