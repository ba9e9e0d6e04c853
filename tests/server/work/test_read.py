from __future__ import annotations

from pathlib import Path

from fakes.server.uploads import locked_pdf
from sokdok.documents.question import Question
from sokdok.jobs import Limits
from sokdok.server.engine.job import ReaderSetup, ReadJob, error_in
from sokdok.server.work.read import PageReader


def test_a_picture_that_is_encrypted_has_no_field_for_its_password(tmp_path: Path) -> None:
    (tmp_path / "0.pdf").write_bytes(locked_pdf("", "열려라"))
    reader = PageReader(ReaderSetup(str(tmp_path), Limits(), Question()))
    picture = ReadJob(kind="picture", upload="0.pdf", shown_as="picture 1", asked=Question(), pages=(1,))
    (page,) = reader.read_pictures([picture])
    assert page.failed and error_in(page.row) == "picture 1 is encrypted; save a copy without its password"
