"""`sokdok convert` and `parse` among faults, kills and hostile files: nothing half-written, nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from fakes.commands import LINE, environment, write_image, write_lines
from fakes.faults import Kind, Run, runs_with_fault
from fakes.figures import TABLE
from fakes.figures.table_reader import TableReader
from fakes.hostile import HANGING, write_batch
from fakes.hostile.pdfs import form_in_itself, one_page, pages_claimed
from fakes.pdf import Text, write_pdf
from fakes.remote import wait_until
from sokdok.cli import app
from sokdok.pages import Page
from sokdok.reading import Abilities, Reading

pytestmark = pytest.mark.process

COMMAND = ("convert", "report.pdf", "scan.tif", "-o", "out", "--set", "batch=1", "--mode", "tiny", "--source", "reader")
WARM = (
    "fakes.picture_reader",
    "sokdok.cli.convert",
    "sokdok.documents.convert.convert",
    "sokdok.pages.pdf",
    "sokdok.pages.images",
    "PIL.Image:init",
)
FOLDERS = ("report", "scan")


@pytest.fixture
def start(tmp_path: Path) -> Path:
    folder = tmp_path / "start"
    folder.mkdir()
    write_pdf(folder / "report.pdf", [[Text(10, 30, f"Page {number}")] for number in (1, 2, 3)], (100, 140))
    sheets = [Image.new("RGB", (100, 140), colour) for colour in ("white", "red")]
    sheets[0].save(folder / "scan.tif", save_all=True, append_images=sheets[1:])
    return folder


def contents(out: Path) -> dict[str, Any]:
    """What lies under final names, by path; a manifest without the job, which names the folder."""
    found: dict[str, Any] = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_dir() or path.suffix == ".tmp" or path.name == "journal.jsonl":
            continue
        if path.name == "manifest.json":
            found[name] = {key: value for key, value in json.loads(path.read_text()).items() if key != "job"}
        elif path.suffix == ".pdf":
            found[name] = path.read_bytes().rstrip().endswith(b"%%EOF")  # it carries the time it was made
        else:
            found[name] = path.read_bytes()
    return found


def everything(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*")}


def assert_nothing_half_written(run: Run, whole: dict[str, Any]) -> None:
    found = contents(run.folder / "out")
    assert found.items() <= whole.items(), run
    for folder in FOLDERS:
        if f"{folder}/manifest.json" in found:  # then all else is complete
            assert {name for name in whole if name.startswith(folder)} <= found.keys(), run


FAULTS: list[tuple[Kind, int]] = [("kill", 23), ("torn", 37), ("no room", 41), ("i/o error", 41)]


@pytest.mark.parametrize(
    ("kind", "every"), [*FAULTS, *(pytest.param(kind, 1, marks=pytest.mark.slow) for kind, _ in FAULTS)]
)
def test_a_struck_conversion_is_completed_by_the_next(
    kind: Kind, every: int, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`every`: how many calls apart they are struck; slow tests strike each."""
    from fakes.converting import picture_reader

    monkeypatch.setattr("sokdok.reading.load", picture_reader)
    *struck, last = runs_with_fault(kind, COMMAND, start, tmp_path / "runs", every=every, warm=WARM)
    whole, names = contents(last.folder / "out"), everything(last.folder / "out")
    assert last.code == 0 and len(whole) == 13 and len(struck) > 50 / every
    for run in struck:
        assert run.code == -9 if kind in ("kill", "torn") else run.code in (0, 1, 2), run
        assert_nothing_half_written(run, whole)
        monkeypatch.chdir(run.folder)
        again = CliRunner().invoke(app, list(COMMAND))
        assert again.exit_code == 0, (run, again.output)
        assert contents(run.folder / "out") == whole, run
        assert everything(run.folder / "out") == names, run


LAYER = ("--source", "text-layer")


class NameReader:
    """Says which file it sees."""

    name = "names"
    abilities = Abilities(modes=("base",))

    def read(self, pages: Iterable[Page], prompt: str = "", **options: object) -> Iterator[Reading]:
        for index, page in enumerate(pages):
            yield Reading(index, page.source, "ok", f"This is {Path(page.source).name}.")


@pytest.mark.parametrize(
    ("size", "hanging", "seconds"), [(60, 1, 2.0), pytest.param(1000, len(HANGING), 6.0, marks=pytest.mark.slow)]
)
def test_every_good_file_of_a_batch_is_read(
    run, tmp_path, monkeypatch, size: int, hanging: int, seconds: float
) -> None:
    monkeypatch.setattr("sokdok.reading.load", lambda *names, **options: NameReader())
    batch = write_batch(tmp_path / "in", size, hanging=hanging)
    asked = ("--source", "reader", "--limit", f"seconds={seconds}")
    result = run("convert", *batch.paths, "-o", "out", *asked)
    assert result.exit_code == 1 and "Traceback" not in result.stderr
    for path in batch.good:
        made = tmp_path / "out" / path.stem / f"{path.stem}.md"
        assert made.is_file() and f"This is {path.name}." in made.read_text(), path.name
    assert len(batch.good) == size // 2
    lines = result.stderr.splitlines()
    assert all(line.startswith("sokdok: ") for line in lines[:-1]), [line for line in lines if "sokdok" not in line]
    printed = run("read", *batch.paths, "--raw", "--limit", f"seconds={seconds}")
    assert printed.exit_code == 1 and "Traceback" not in printed.stderr
    for path in batch.good:
        assert f"This is {path.name}." in printed.stdout, path.name


@pytest.mark.parametrize("error", [IndexError("list index out of range"), RecursionError("too deep"), MemoryError()])
@pytest.mark.parametrize("output", [("-o", "out"), ()])
def test_an_error_that_nobody_thought_of_is_a_line(run, tmp_path, monkeypatch, error, output) -> None:
    from sokdok.documents.convert import convert

    paths = [write_lines(tmp_path / name) for name in ("a.pdf", "b.pdf", "c.pdf")]
    read_pages = convert.read_pages

    def breaking(file, *arguments):
        if file.source.endswith("b.pdf"):
            raise error
        return read_pages(file, *arguments)

    monkeypatch.setattr(convert, "read_pages", breaking)
    result = run("convert", *paths, *output, *LAYER)
    assert result.exit_code == 1 and result.stderr.count("b.pdf: ") == 1
    assert (result.stdout.count(LINE) == 8) or result.stdout.split() == ["out/a/a.md", "out/c/c.md"]
    assert "1 could not be used" in result.stderr


def test_a_file_that_cannot_be_used_leaves_no_form_feed(run, tmp_path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7\n")
    result = run("convert", write_lines(tmp_path / "a.pdf"), "x.pdf", *LAYER)
    assert result.exit_code == 1 and "\f" not in result.stdout
    result = run("convert", "x.pdf", write_lines(tmp_path / "a.pdf"), write_lines(tmp_path / "b.pdf"), *LAYER)
    assert result.stdout.startswith("<!-- page 1 -->") and result.stdout.count("\f") == 1


def test_an_output_that_leads_to_itself_is_refused(run, tmp_path) -> None:
    (tmp_path / "in").mkdir()
    write_lines(tmp_path / "in" / "a.pdf")
    (tmp_path / "loop").symlink_to("loop")
    result = run("convert", "in", "-o", "loop/", *LAYER)
    assert result.exit_code == 2 and "loop can't be a folder" in result.stderr and result.exception.code == 2


def test_limits_are_options(run, tmp_path) -> None:
    (tmp_path / "a.pdf").write_bytes(pages_claimed(3))
    refused = run("convert", "a.pdf", "--limit", "pages=2", *LAYER)
    assert refused.exit_code == 2 and "3 pages and at most 2 are read" in refused.stderr
    (tmp_path / "b.pdf").write_bytes(one_page() + bytes(2 << 20))
    refused = run("read", "b.pdf", "--limit", "file_megabytes=1")
    assert refused.exit_code == 2 and "more than 1 MB" in refused.stderr


def test_a_password_need_not_stand_in_the_command(run, tmp_path, monkeypatch) -> None:
    path = write_lines(tmp_path / "a.pdf", password="sesame")
    monkeypatch.setenv("SOKDOK_PDF_PASSWORD", "sesame")
    assert run("convert", path, *LAYER).stdout.count(LINE) == 4
    monkeypatch.delenv("SOKDOK_PDF_PASSWORD")
    monkeypatch.setattr("sokdok.cli.ui.options.getpass", lambda prompt: "sesame")
    assert run("convert", path, *LAYER, "--password", "-").stdout.count(LINE) == 4
    assert run("convert", path, *LAYER, "--password", "sesam").exit_code == 2


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")
def test_ctrl_c_ends_the_children_and_says_what_it_always_said(tmp_path) -> None:
    (tmp_path / "m.pdf").write_bytes(form_in_itself())
    # A shell has the signal ignored for its jobs in the background.
    code = "import signal; signal.signal(2, signal.default_int_handler); from sokdok.cli import main; main()"
    command = [sys.executable, "-c", code, "convert", "m.pdf", *LAYER]
    run = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    assert wait_until(lambda: children.read_text().split()), "no child was started"
    child = int(children.read_text().split()[0])
    time.sleep(1.0)  # it draws
    os.kill(run.pid, signal.SIGINT)
    _, stderr = run.communicate(timeout=30)
    assert run.returncode == 130 and b"Traceback" not in stderr
    assert not Path(f"/proc/{child}").exists()


PARSE = ("parse", "a.png", "b/a.png", "--as", "table", "-o", "out")
WARM_PARSE = ("fakes.figures.parsing", "sokdok.figures.files", "sokdok.figures.readers", "openpyxl", "PIL.Image:init")


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    for name in ("a.png", "b/a.png"):
        write_image(tmp_path / "start" / name)
    return tmp_path / "start"


def assert_whole(folder: Path) -> None:
    """Every file under a final name is complete."""
    for path in folder.glob("out/*"):
        if path.suffix == ".png":
            Image.open(path).load()
        elif path.suffix == ".xlsx":
            assert zipfile.ZipFile(path).testzip() is None
        elif path.suffix == ".json":
            record = json.loads(path.read_text())
            assert record["source"]["page"] == 0
            assert all((folder / "out" / name).is_file() for name in record.get("files", []))
        elif path.name == "index.html":
            assert path.read_text().count("<section>") == 2
        elif path.suffix == ".html":
            assert path.read_text().endswith(f"{TABLE}\n")
        elif path.suffix == ".csv":
            assert path.read_text() == "a,b\nc,2\n"
        else:
            assert path.suffix in (".md", ".tmp")


PARSE_FAULTS: list[tuple[Kind, int]] = [("kill", 13), ("torn", 19), ("no room", 17)]


@pytest.mark.parametrize(
    ("kind", "every"), [*PARSE_FAULTS, *(pytest.param(kind, 1, marks=pytest.mark.slow) for kind, _ in PARSE_FAULTS)]
)
def test_nothing_is_half_written_and_a_rerun_completes(
    kind: Kind, every: int, figures: Path, tmp_path: Path, monkeypatch
) -> None:
    """`every`: how many calls apart they are struck; slow tests strike each."""
    pytest.importorskip("openpyxl")
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: TableReader())
    *struck, whole = runs_with_fault(kind, PARSE, figures, tmp_path / "runs", every=every, warm=WARM_PARSE)
    names = {path.name for path in (whole.folder / "out").iterdir()}
    assert whole.code == 0 and len(names) == 13 and len(struck) > 50 / every
    for run in struck:
        assert run.code in ((1, 2) if kind == "no room" else (-9,)), run
        assert_whole(run.folder)
        monkeypatch.chdir(run.folder)
        assert CliRunner().invoke(app, list(PARSE)).exit_code == 0, run
        assert_whole(run.folder)
        assert {path.name for path in (run.folder / "out").iterdir()} == names, run
