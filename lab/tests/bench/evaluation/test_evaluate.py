from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from fakes.bench import write_manifest
from sokdok.errors import InputError, ModelError
from sokdok.pages import Page
from sokdok_lab.bench.evaluation import documents, figures
from sokdok_lab.bench.evaluation.evaluate import (
    SECONDS,
    Case,
    EvalSet,
    Output,
    Run,
    System,
    evaluate,
    load_cases,
    rows_of,
)
from sokdok_lab.bench.metrics.geometry import Scene

TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>1</td></tr></table>"


class FakeSystem(System):
    """Answers what it is told; a mode's name comes before the text."""

    def __init__(self, say: Callable[[Page], Output], name: str = "fake", reason: str = "") -> None:
        self.say, self.name, self.reason = say, name, reason

    def absent(self, evalset: EvalSet) -> str:
        return self.reason

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        return evalset.modes

    def read(self, page: Page, evalset: EvalSet, mode: str | None) -> Output:
        return self.say(page)


def page(name: str = "p") -> Page:
    return Page(Image.new("RGB", (60, 40), "white"), name)


def by_name(sets: tuple[EvalSet, ...], name: str) -> EvalSet:
    return next(evalset for evalset in sets if evalset.name == name)


def values(rows: list, name: str) -> dict[str, float]:
    return {row["metric"]: row["value"] for row in rows if row["set"] == name}


def test_rows_hold_means() -> None:
    evalset = by_name(figures.SETS, "charts_vega")
    system = FakeSystem(lambda page: Output(TABLE if page.source == "right" else ""))
    cases = [Case("1", page("right"), "a,b\nc,1\n"), Case("2", page("wrong"), "a,b\nc,1\n")]
    rows = rows_of(evalset, system, None, evaluate(system, evalset, cases, None))
    assert [(row["metric"], row["n"]) for row in rows] == [("RMS-F1", 2), (SECONDS, 2)] and rows[0]["value"] == 0.5
    assert all(row["seconds"] >= 0 for row in rows) and rows_of(evalset, system, None, []) == []


def test_a_mode_is_part_of_the_metric() -> None:
    evalset = by_name(documents.SETS, "fox")
    system = FakeSystem(lambda page: Output("the text"))
    run = Run([system])
    run.take(evalset, [Case("1", page(), "the text")])
    found = values(run.rows, "fox")
    assert found["fidelity at 64 tokens"] == found["fidelity at 100 tokens"] == found["fidelity auto"] == 1.0


def test_f1_of_geometry_is_that_of_the_means() -> None:
    evalset = by_name(figures.SETS, "geometry3k")
    truth = Scene(["Parallel(Line(A, B), Line(C, D))"])
    system = FakeSystem(lambda page: Output(scene=Scene([*truth.relations, *["Parallel(Line(A, C), Line(B, D))"] * 3])))
    rows = rows_of(evalset, system, None, evaluate(system, evalset, [Case("1", page(), truth)], None))
    assert rows[0]["metric"] == "relation F1" and rows[0]["value"] == pytest.approx(2 * 0.25 / 1.25)


def test_unit_tests_are_counted_one_by_one_and_math_is_not_run() -> None:
    evalset = by_name(documents.SETS, "olmocr_sample")
    present = [{"type": "present", "text": text} for text in ("one", "two", "absent")]
    cases = [Case("1", page(), [*present, {"type": "math", "math": "x"}]), Case("2", page(), [present[0]])]
    system = FakeSystem(lambda page: Output("one two"))
    rows = rows_of(evalset, system, None, evaluate(system, evalset, cases, None))
    assert [(row["metric"], row["n"], row["value"]) for row in rows if row["metric"] != SECONDS] == [
        ("tests passed", 4, 0.75),
        ("present", 4, 0.75),
    ]


def test_a_system_that_fails_on_every_case_is_absent() -> None:
    def crash(page: Page) -> Output:
        if page.source == "bad":
            raise RuntimeError("no paper")
        return Output("text")

    run, evalset = Run([FakeSystem(crash)]), by_name(documents.SETS, "scans_loc")
    cases = [Case("1", page("bad"), "text"), Case("2", page("good"), "text")]
    run.take(evalset, cases)
    assert run.rows[0]["value"] == 0.5 and not run.absent  # a crash is an empty output
    run.take(evalset, cases[:1])
    assert run.absent == ["scans_loc: fake: every case failed, the first with: RuntimeError: no paper"]


def test_what_is_missing_is_absent_and_not_zero() -> None:
    def missing(page: Page) -> Output:
        raise ModelError("this nano has no molecules.onnx")

    run = Run([FakeSystem(missing), FakeSystem(lambda page: Output("C"), "other", "not installed")])
    run.take(by_name(documents.SETS, "scans_loc"), [Case("1", page(), "text")])
    assert run.rows == []
    assert run.absent == ["scans_loc: fake: this nano has no molecules.onnx", "scans_loc: other: not installed"]


def test_cases_come_from_the_manifest(tmp_path: Path) -> None:
    rows = [{"id": f"{name}_1", "image": "images/x.png", "truth": "CCO", "inchikey": "K"} for name in ("CLEF", "JPO")]
    write_manifest(tmp_path, [*rows, {"id": "odd"}])
    (tmp_path / "images").mkdir()
    Image.new("L", (9, 9)).save(tmp_path / "images" / "x.png")
    evalset = by_name(figures.SETS, "chem")
    cases = load_cases(evalset, tmp_path, limit=2)
    assert [case.truth for case in cases] == [{"smiles": "CCO", "inchikey": "K"}] * 2
    assert cases[0].page().size == (9, 9)
    with pytest.raises(InputError, match="row odd: 'image' is missing or odd"):
        load_cases(evalset, tmp_path)
    (tmp_path / "images" / "x.png").unlink()
    with pytest.raises(InputError, match=r"row CLEF_1: there is no picture .*x\.png"):
        load_cases(evalset, tmp_path)


def test_positions_of_geometry3k_are_pixels_of_the_image() -> None:
    truth = {"relations": ["R"], "lines": ["AB"], "point_positions": {"A": [1.0, 2.0]}}
    scene = by_name(figures.SETS, "geometry3k").truth({"truth": truth, "pos_offset": [10.0, 20.0]})
    assert scene == Scene(["R"], ["AB"], {"A": (11.0, 22.0)})
    assert by_name(figures.SETS, "geometry3k").truth({"truth": truth, "pos_offset": None}).positions is None
