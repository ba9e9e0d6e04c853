"""Sets that are laid out as their authors did, made up here: what their rows say, and what their measures see."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.converting import FakeReader
from fakes.pdf import Text, write_pdf
from sokdok.errors import InputError
from sokdok_lab.bench.evaluation.documents import SETS
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Output, load_cases
from sokdok_lab.bench.metrics.forms import Signs, box_f1, raster
from sokdok_lab.bench.metrics.readoc import readoc

FORM, RECEIPT, DOCUMENT = (next(each for each in SETS if each.name == name) for name in ("funsd", "sroie", "readoc"))
LATEX = r"""
\begin{table}
\begin{tabular}{l|p{2cm}r}
\hline
\multirow{2}{*}{Name} & \multicolumn{2}{c}{\(R^{2}\)} \\ \cline{2-3}
 & a \& b & \textless{}1 \\
\end{tabular}
\end{table}
"""
HTML = "<table><tr><td rowspan=2>Name<td colspan=2>$R^{2}$<tr><td>a &amp; b<td>&lt;1</table>"


def entity(number: int, label: str, words: str, left: int, top: int, *links: tuple[int, int]) -> dict[str, Any]:
    starts = {left + 50 * place: word for place, word in enumerate(words.split())}
    placed = [{"text": word, "box": [start, top, start + 40, top + 10]} for start, word in starts.items()]
    box = [left, top, placed[-1]["box"][2], top + 10]
    return {"id": number, "label": label, "text": words, "words": placed, "box": box, "linking": list(links)}


def truth_of(evalset: EvalSet, folder: Path, **files: str) -> Any:
    """What the set says of a folder's only case; `files` are a text each, by their folders' names."""
    for name, text in files.items():
        (folder / name).mkdir()
        suffix = {"box": ".csv", "img": ".jpg", "images": ".png"}.get(name, ".json")
        (folder / name / f"a{suffix}").write_text(text, encoding="utf-8")
    return load_cases(evalset, folder)[0].truth


def test_a_form_is_read_where_answers_follow_their_questions(tmp_path: Path) -> None:
    link, other = (0, 1), (0, 2)
    entities = [
        entity(0, "question", "Ship to:", 0, 20, link, other),
        entity(2, "answer", "Mill Road", 100, 40, other),
        entity(1, "answer", "Ann Lee", 100, 21, link),
        entity(3, "header", "ORDER", 0, 0, (3, 0)),
    ]
    truth = truth_of(FORM, tmp_path, images="", annotations=json.dumps({"form": entities}))
    assert truth[1] == [("Ship to:", ["Ann Lee", "Mill Road"])]
    assert raster(truth[0]) == "ORDER\nShip to: Ann Lee\nMill Road"
    good = FORM.score(truth, Output("ORDER\nShip to: Ann Lee\nMill Road", "", truth[0]))
    assert good["word F1"] == good["box F1 at IoU .5"] == 1 and good["answer beside its question"] == 1
    assert good["CER, raster order"] == good["files with letters of a foreign script"] == 0
    apart = FORM.score(truth, Output("ORDER Ship to: Mill Road Аnn Lee"))  # a Cyrillic А
    assert apart["answer beside its question"] == 0 and apart["files with letters of a foreign script"] == 1
    assert apart["word F1"] == pytest.approx(6 / 7) and "box F1 at IoU .5" not in apart
    table = "<table><tr><td>x</td><td>Ship to</td></tr><tr><td>y</td><td>Ann Lee</td></tr></table>"
    assert FORM.score(truth, Output("x Ship to y Ann Lee", table))["answer beside its question"] == 0.5


def test_boxes_are_paired_one_for_one() -> None:
    assert box_f1([(0, 0, 10, 10), (20, 0, 30, 10)], [(0, 0, 10, 6), (0, 0, 10, 10)]) == 0.5
    assert box_f1([(0, 0, 10, 10)], [(0, 0, 10, 4)]) == 0 and box_f1([], []) == 1


def test_fields_of_a_receipt_are_found_by_letters_and_digits(tmp_path: Path) -> None:
    lines = "0,0,90,0,90,9,0,9,TAN & SONS, LTD\n0,20,90,20,90,29,0,29,TOTAL RM9.50\n"
    key = json.dumps({"company": "TAN & SONS LTD", "date": "1/2/2018", "total": "9.50"})
    truth = truth_of(RECEIPT, tmp_path, img="", box=lines, key=key)
    assert truth[0][0] == ("TAN & SONS, LTD", (0, 0, 90, 9))
    scores = RECEIPT.score(truth, Output("Tan & Sons , Ltd\nTOTAL RM9.50"))
    assert [scores.get(name) for name in ("total", "date", "address", "total, chosen")] == [1, 0, None, 1]
    assert RECEIPT.score(truth, Output("TAN & SONS, LTD\nTOTAL RM9.50"))["word F1"] == 1
    assert not Signs("RM 19.50").has("9.50") and not Signs("9.505").has("9.50") and Signs("9.50A").has("9.50")


def test_a_document_against_its_source_by_the_command(
    tmp_path: Path, bench: Callable[..., tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sokdok.reading.load", lambda model: FakeReader())
    for subset in ("arxiv", "github"):
        for name in ("pdf", "markdown"):
            (tmp_path / "readoc" / subset / name).mkdir(parents=True)
        folder = tmp_path / "readoc" / subset
        write_pdf(folder / "pdf" / "1.2.pdf", [[Text(60, 100, "The words of a page that is long enough.", 12)]])
        (folder / "markdown" / "1.2.md").write_text("The *words* of a page that is long enough.\n", encoding="utf-8")
    stdout, _ = bench("documents", "--data", tmp_path, "--set", "readoc", "--no-baselines", "--json", "-")
    rows = {row["metric"]: (row["value"], row["n"]) for row in json.loads(stdout)}
    assert rows["arxiv: text"] == rows["github: words F1"] == (1.0, 1) and "arxiv: tables TEDS" not in rows
    (tmp_path / "readoc" / "github" / "markdown" / "1.2.md").unlink()
    with pytest.raises(InputError, match=r"row 1\.2: 'markdown' is missing"):
        load_cases(DOCUMENT, tmp_path / "readoc")
    with pytest.raises(InputError, match=r"has no folder images"):
        load_cases(FORM, tmp_path / "readoc")


def test_each_part_of_a_document_has_its_measure() -> None:
    formula = r"\[a_{b} = c*d*e\]"
    truth = f"# One\n\nFirst of all \\(x_1\\) is.\n\n## Two\n{LATEX}\nSecond one.\n\n{formula}\n\nThird thing.\n"
    assert set(readoc(truth, truth.replace(LATEX, f"\n{HTML}\n")).values()) == {1.0}
    dollars = truth.replace("\\(x_1\\)", "$x_1$").replace(formula, f"$${formula[2:-2]}$$")
    assert dollars.count("$") == 6 and set(readoc(truth, dollars).values()) == {1.0}
    flat = readoc(truth, truth.replace("## Two", "Two"))
    assert flat["headings F1"] == pytest.approx(2 / 3) and flat["headings TEDS"] == 0.5 and flat["formulas"] == 1
    plain = readoc(truth, "Third thing.\n\nSecond one.\n\nFirst of all x is.")
    assert plain["formulas"] == plain["tables TEDS"] == plain["headings F1"] == plain["order of blocks"] == 0
    assert 0 < plain["order of words"] < 0.5 < plain["words F1"] < 1
    assert readoc("Words alone.", "") == {"text": 0, "words F1": 0, "order of blocks": 0, "order of words": 0}
