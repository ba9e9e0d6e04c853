"""What commands share: files and folders of output, options, the terminal."""

import io
import os
import pty
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from fakes.commands import SOKDOK, environment
from sokdok.cli.ui import options
from sokdok.cli.ui.console import MOST_CHARACTERS, _Guard, message
from sokdok.cli.ui.options import all_paths, asks, question_of, read_in_order, split_model
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.jobs import Limits
from sokdok.pages import Page, PageError
from sokdok.reading import Reading


class Reader:
    """Reads in batches of `batch_size`; says each page's number, and breaks at those of `breaks`."""

    def __init__(self, breaks: dict[int, Exception] | None = None) -> None:
        self.breaks = breaks or {}
        self.held: list[int] = []
        """pixels of each batch"""

    def read(self, pages: Iterable[Page], batch_size: int = 3) -> Iterator[Reading]:
        stream = iter(pages)
        count = 0
        while batch := list(islice(stream, batch_size)):
            self.held.append(sum(page.size[0] * page.size[1] for page in batch))
            for page in batch:
                if page.index in self.breaks:
                    raise self.breaks[page.index]
                yield Reading(count, page.source, "ok", str(page.index))
                count += 1


def page(index: int) -> Page:
    return Page(Image.new("RGB", (10, 10)), "a.pdf", index)


def said(readings: Iterable[tuple[Page | PageError, Reading]]) -> list[str]:
    return [reading.text or reading.error for _, reading in readings]


def test_what_cannot_be_opened_keeps_its_place() -> None:
    pages = [PageError("a", None, "none"), page(1), PageError("b", 2, "bad"), page(3), PageError("c", 4, "worse")]
    assert said(read_in_order(Reader(), pages)) == ["none", "1", "bad", "3", "worse"]


def test_a_reader_that_breaks_fails_the_rest_of_its_batch_and_reads_on() -> None:
    reader = Reader({1: ValueError("no"), 7: OverflowError("too much")})
    readings = said(read_in_order(reader, [page(number) for number in range(9)], batch=3))
    broken = "the reader broke (ValueError: no)"
    assert readings == ["0", broken, broken, "3", "4", "5", "6", *["the reader broke (OverflowError: too much)"] * 2]


def test_a_page_without_an_answer_is_a_failed_page() -> None:
    class Silent(Reader):
        def read(self, pages: Iterable[Page], batch_size: int = 3) -> Iterator[Reading]:
            list(pages)
            return iter(())

    assert said(read_in_order(Silent(), [page(0)])) == ["the reader gave no answer for this page"]


def test_pixels_bound_what_a_reader_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "WINDOW_PIXELS", 150)
    reader = Reader()
    assert said(read_in_order(reader, [page(number) for number in range(5)])) == ["0", "1", "2", "3", "4"]
    assert max(reader.held) == 200


def found(*names: Path | str) -> list[Path]:
    with ExitStack() as stack:
        return list(all_paths([str(name) for name in names], None, stack))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(place / "deep" / "a.png")
    return place


def test_what_is_no_document_is_named_once_and_links_that_lead_astray_are_opened(folder: Path, capsys) -> None:
    (folder / "gone.pdf").symlink_to("nothing.pdf")
    (folder / "deep" / "round").symlink_to(folder)
    for name in ("b.zip", "deep/c.py", ".hidden"):
        (folder / name).write_bytes(b"PK\x03\x04")
    assert found(folder) == [folder / "deep" / "a.png", folder / "deep" / "round", folder / "gone.pdf"]
    assert capsys.readouterr().err == f"{folder}: 2 files are no document and left out: b.zip, c.py\n"
    for number in range(19):
        (folder / f"{number}.py").write_bytes(b"pass")
    (folder / "b.zip").rename(folder / "Makefile")
    found(folder)
    assert capsys.readouterr().err == f"{folder}: 21 files are no document and left out: 20 .py, 1 no suffix\n"


@pytest.mark.parametrize("command", [["read"], ["convert"], ["convert", "-o", "out"], ["compress"], ["parse"]])
@pytest.mark.parametrize("address", ["https://example.org/a.pdf", "ftp://example.org/b/c.png", "S3://bucket/a.docx"])
def test_an_address_is_not_fetched(run, address: str, command: list[str]) -> None:
    result = run(*command, address)
    scheme, rest = address.split("://")
    assert result.exit_code == 2
    assert f"{scheme}://{rest} is an address and sokdok fetches nothing: download it first" in result.stderr


def test_what_is_read_when_it_is_named_is_read_in_a_folder(run, folder: Path) -> None:
    Image.new("RGB", (9, 9), "white").save(folder / "b.bmp")
    Image.new("RGB", (9, 9), "white").save(folder / "c", "TIFF", big_tiff=True)
    (folder / "d.txt").write_bytes(b"a text\0 with a NUL")
    (folder / "e.docx").write_bytes(b"")
    (folder / "~$e.docx").write_bytes(b"\5somebody")
    assert [path.name for path in found(folder)] == ["b.bmp", "c", "d.txt", "a.png", "e.docx"]
    result = run("convert", folder, "-o", "out")
    assert result.exit_code == 1 and "e.docx is empty" in result.stderr and "~$e.docx" in result.stderr
    assert "with a NUL" in Path("out/d/d.md").read_text()


def test_options_make_a_question() -> None:
    asked = question_of(
        model="http://host:8000/v1#qwen",
        source="reader",
        pages="1-3",
        set=["temperature=0.5", "max-tokens=9", "prompt=a = b"],
        limit=["pages=3", "seconds=0.5"],
    )
    limits = Limits(pages=3, seconds=0.5)
    known = Question(reader="http://host:8000/v1", model="qwen", source="reader", pages="1-3", limits=limits)
    assert (asked.temperature, asked.max_tokens, asked.prompt) == (0.5, 9, "a = b")
    assert (asked.reader, asked.model, asked.source, asked.limits) == (known.reader, "qwen", "reader", limits)
    assert question_of() == Question()


def test_a_command_gets_the_question_that_its_options_make() -> None:
    app = typer.Typer()
    found: list[Question] = []

    @app.command()
    @asks("mode headers set")
    def make(name: str = "pot", *, question: Question) -> None:
        found.append(question)

    assert CliRunner().invoke(app, ["--mode", "tiny", "--headers", "--set", "dpi=72"]).exit_code == 0
    assert found == [Question(mode="tiny", headers=True, dpi=72.0)]
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "--name" in shown and "--mode" in shown and "--source" not in shown


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"set": ["speed=1"]}, "--set takes NAME=VALUE, not 'speed=1'; NAME is one of prompt"),
        ({"set": ["dpi"]}, "--set takes NAME=VALUE"),
        ({"set": ["dpi=high"]}, "--set dpi takes a number, not 'high'"),
        ({"limit": ["pages=-1"]}, "--limit pages must be more than 0"),
        ({"mode": "huge"}, "unknown mode 'huge'"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        question_of(**given)  # type: ignore[arg-type]


def test_models_have_addresses() -> None:
    assert split_model("runs/#1") == ("runs/#1", None)
    assert split_model("http://host/v1#a/b") == ("http://host/v1", "a/b")


HARM = "\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x1b\\\x1b[2J\x9b2J\x1bc\rover\x08\x7f"


def guarded(*pieces: bytes) -> str:
    out = io.BytesIO()
    guard = _Guard(out, "utf-8")
    for piece in pieces:
        guard.write(piece)
    return out.getvalue().decode()


def harmless(text: str) -> bool:
    return not set(text) & {*map(chr, range(32)), *map(chr, range(127, 160))} - {"\n", "\t", "\f"}


@pytest.mark.parametrize("cut", range(len(HARM.encode())))
def test_what_a_terminal_obeys_is_marked_wherever_it_is_cut(cut: int) -> None:
    data = HARM.encode()
    text = guarded(data[:cut], data[cut:])
    assert harmless(text.replace("\r", "")) and "�" in text and "title" in text and "over" in text


def test_texts_line_ends_colours_and_characters_that_are_cut_pass() -> None:
    text = "한글\té\r\n\x1b[1;31mred\x1b[0m\f"
    assert guarded(text.encode()) == text
    data = "속독".encode()
    assert guarded(data[:2], data[2:4], data[4:]) == "속독"


def test_a_message_is_one_line_of_bounded_length() -> None:
    assert message("a\nb \x1b]0;x\x07 c") == "a b �]0;x� c"
    assert len(message("x" * 100_000)) < MOST_CHARACTERS + 3


@pytest.mark.process
@pytest.mark.parametrize("command", [["--help"], ["cost", __file__, "--model", "nano"], ["models", "list"]])
def test_a_pipe_that_nobody_reads_ends_a_command_quietly(command: list[str]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run([*SOKDOK, *command], env=environment(), stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.process
def test_the_real_command_on_a_terminal(tmp_path: Path) -> None:
    """A turn comes back byte by byte through a pipe, and harmless on a terminal."""
    given = environment(SOKDOK_MEMORY=str(tmp_path / "m.db"))
    start = [*SOKDOK, "memory"]
    subprocess.run([*start, "add", "tool", f"before {HARM} after"], env=given, check=True, capture_output=True)
    recall = [*start, "recall", "1"]
    piped = subprocess.run(recall, env=given, check=True, capture_output=True)
    assert HARM in piped.stdout.decode()
    ours, theirs = pty.openpty()
    os.write(ours, b"\x04")  # the end of the input
    asked = subprocess.run([*start, "delete", "default"], env=given, stdin=theirs, capture_output=True)
    assert asked.returncode == 2 and b"nothing was deleted; --yes deletes without asking" in asked.stderr
    subprocess.run(recall, env=given, check=True, stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    assert "before" in shown and "after" in shown and harmless(shown.replace("\r\n", "\n"))
