"""Kinds of figures counted by set: what was taken for what, means over kinds that don't count sets twice."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from sokdok.errors import InputError
from sokdok_lab.bench.evaluation import kinds
from sokdok_lab.bench.evaluation.kinds import Row, mean_over_kinds, print_rows, rows_of


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Charts and molecules, and what tells kinds by colour: red is a chart."""
    for name, colors in {"charts_vega": ("red", "red", "blue"), "chem": ("blue",)}.items():
        (tmp_path / name).mkdir()
        for index, color in enumerate(colors):
            Image.new("RGB", (4, 4), color).save(tmp_path / name / f"{index}.png")
        lines = [json.dumps({"id": f"{name}-{i}", "image": f"{i}.png"}) for i in range(len(colors))]
        (tmp_path / name / "manifest.jsonl").write_text("\n".join(lines))

    def by_color(image: Image.Image) -> tuple[str, float]:
        red = image.getpixel((0, 0)) == (255, 0, 0)
        return ("chart", 0.9) if red else ("molecule", 0.6)

    monkeypatch.setattr(kinds, "kind_of", by_color)
    return tmp_path


def test_what_pictures_are_taken_for_is_counted_by_set(data: Path) -> None:
    done: list[str] = []
    charts, molecules = rows_of(data, None, done.append)
    assert done == ["charts_vega", "chem"]
    assert (charts.n, charts.found, charts.wrong) == (3, {"chart": 2, "molecule": 1}, ("charts_vega-2",))
    assert charts.right == pytest.approx(2 / 3) and charts.sure == pytest.approx(0.8)
    assert molecules.right == 1
    (limited, _) = rows_of(data, 2, done.append)
    assert limited.n == 2 and limited.right == 1
    printed = io.StringIO()
    print_rows([charts, molecules], Console(file=printed, width=160))
    assert "0.667" in printed.getvalue() and "mean over kinds: 0.833" in printed.getvalue()


def test_the_mean_over_kinds_takes_sets_of_a_kind_together() -> None:
    rows = [
        Row("a", "chart", 30, 1.0, 1, 1, {}, ()),
        Row("b", "chart", 10, 0.0, 1, 1, {}, ()),
        Row("c", "table", 1, 0.5, 1, 1, {}, ()),
    ]
    assert mean_over_kinds(rows) == pytest.approx((0.75 + 0.5) / 2)


def test_an_empty_set_is_named(tmp_path: Path) -> None:
    (tmp_path / "chem").mkdir()
    (tmp_path / "chem" / "manifest.jsonl").write_text("")
    with pytest.raises(InputError, match="chem/manifest.jsonl lists nothing"):
        list(rows_of(tmp_path, None, lambda name: None))
