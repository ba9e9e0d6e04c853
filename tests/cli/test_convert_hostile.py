"""Good and hostile files mixed: every good one is read, every bad one is a line, and nothing else happens."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from fakes.commands import LINE, environment, write_lines
from fakes.hostile import HANGING, write_batch
from fakes.hostile.pdfs import form_in_itself, one_page, pages_claimed
from sokdok.pages import Page
from sokdok.reading import Abilities, Reading

pytestmark = pytest.mark.process

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
    _break_for(monkeypatch, convert, "b.pdf", error)
    result = run("convert", *paths, *output, *LAYER)
    assert result.exit_code == 1 and result.stderr.count("b.pdf: ") == 1
    assert (result.stdout.count(LINE) == 8) or result.stdout.split() == ["out/a/a.md", "out/c/c.md"]
    assert "1 could not be used" in result.stderr


def _break_for(monkeypatch: pytest.MonkeyPatch, module: object, name: str, error: Exception) -> None:
    read_pages = module.read_pages  # type: ignore[attr-defined]

    def breaking(file, *arguments):
        if file.source.endswith(name):
            raise error
        return read_pages(file, *arguments)

    monkeypatch.setattr(module, "read_pages", breaking)


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
    child = _child_of(run.pid)
    time.sleep(1.0)  # it draws
    os.kill(run.pid, signal.SIGINT)
    _, stderr = run.communicate(timeout=30)
    assert run.returncode == 130 and b"Traceback" not in stderr
    assert not Path(f"/proc/{child}").exists()


def _child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    for _ in range(300):
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.1)
    raise AssertionError("no child was started")
