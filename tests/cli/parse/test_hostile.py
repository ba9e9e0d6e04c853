"""Pictures and PDFs from strangers, parsed or sent with a question: they are opened in a process that may die."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from fakes.hostile import write_batch
from fakes.hostile.pdfs import form_in_itself, pages_claimed
from fakes.pdf import Text, write_pdf

QUESTION = ("what?", "--dry-run", "--model-name", "gpt-4o")


def test_every_good_picture_of_a_batch_is_parsed(run, tmp_path, reader) -> None:
    batch = write_batch(tmp_path / "in", 24, hanging=1)
    reader.answers = ["text"] * 500
    result = run("parse", *batch.paths, "--as", "handwriting", "-o", "out", "--timeout", "2")
    assert result.exit_code == 1 and "Traceback" not in result.stderr
    for path in batch.good:
        assert (tmp_path / "out" / f"{path.stem}.txt").is_file(), path.name
    assert all(line.startswith("sokdok: ") for line in result.stderr.splitlines()[:-2])


def test_a_bomb_is_a_line_and_the_next_figure_is_parsed(run, tmp_path, reader) -> None:
    (tmp_path / "m.pdf").write_bytes(form_in_itself())
    for name in ("a.png", "z.png"):
        Image.new("RGB", (60, 40), "white").save(tmp_path / name)
    reader.answers = ["one", "two"]
    result = run("parse", "a.png", "m.pdf", "z.png", "--as", "handwriting", "--timeout", "2")
    assert result.exit_code == 1 and "one\n" in result.stdout and "two\n" in result.stdout
    assert "m.pdf: the page can't be drawn: it was not done after 2 s" in result.stderr


def test_limits_pages_and_passwords_are_options(run, tmp_path, reader) -> None:
    (tmp_path / "many.pdf").write_bytes(pages_claimed(3))
    refused = run("parse", "many.pdf", "--max-pages", "2")
    assert refused.exit_code == 2 and "3 pages and at most 2 are read" in refused.stderr
    write_pdf(tmp_path / "a.pdf", [[Text(20, 30, "one")], [Text(20, 30, "two")]], (100, 100), password="sesame")
    reader.answers = ["two"]
    result = run("parse", "a.pdf", "--password", "sesame", "--pages", "2", "--as", "handwriting", "--json")
    assert result.exit_code == 0 and '"page": 2' in result.stdout


@pytest.mark.parametrize("form", ["auto", "pages", "text"])
def test_a_bomb_is_not_sent(run, tmp_path, form: str) -> None:
    (tmp_path / "m.pdf").write_bytes(form_in_itself())
    result = run("ask", "m.pdf", *QUESTION, "--as", form, "--timeout", "1")
    assert result.exit_code == 2 and "m.pdf" in result.stderr and "Traceback" not in result.stderr
    (tmp_path / "many.pdf").write_bytes(pages_claimed(3))
    refused = run("ask", "many.pdf", *QUESTION, "--as", form, "--max-pages", "2")
    assert refused.exit_code == 2 and "3 pages and at most 2 are read" in refused.stderr


def test_a_file_is_opened_within_limits_from_python(tmp_path: Path) -> None:
    import sokdok
    from sokdok.errors import InputError
    from sokdok.jobs import Limits

    (tmp_path / "m.pdf").write_bytes(form_in_itself())
    with pytest.raises(InputError, match="not done after 1 s"):
        sokdok.parse(tmp_path / "m.pdf", "table", limits=Limits(seconds=1.0))
