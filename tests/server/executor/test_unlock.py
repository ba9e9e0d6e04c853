from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fakes.server.uploads import pdf_saying
from sokdok.documents.convert.open_source import open_source
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.jobs import Limits
from sokdok.server.executor.messages import Unlock, Upload
from sokdok.server.executor.open_files import OpenedFiles
from sokdok.server.executor.unlock import unlock

pikepdf = pytest.importorskip("pikepdf")
PASSWORD = "열려라 참깨"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[OpenedFiles]:
    (tmp_path / "plain.pdf").write_bytes(pdf_saying("", 2))
    with pikepdf.open(tmp_path / "plain.pdf") as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="owner", user=PASSWORD, R=6))
    opened = OpenedFiles(tmp_path, Limits())
    yield opened
    opened.close()


def test_a_pdf_lies_there_without_its_password(files: OpenedFiles) -> None:
    upload = Upload("locked.pdf", "비밀.pdf")
    with pytest.raises(InputError, match="encrypted"):
        files.file(upload)
    unlock(files, Unlock(upload, PASSWORD))
    assert len(files.file(upload)) == 2
    assert sorted(path.name for path in files.spool.iterdir()) == ["locked.pdf", "plain.pdf"]


def test_another_password_changes_nothing(files: OpenedFiles) -> None:
    before = (files.spool / "locked.pdf").read_bytes()
    with pytest.raises(InputError, match="비밀.pdf is encrypted with another password than the one given"):
        unlock(files, Unlock(Upload("locked.pdf", "비밀.pdf"), "wrong"))
    assert (files.spool / "locked.pdf").read_bytes() == before


def test_other_files_stay_as_they_are(files: OpenedFiles) -> None:
    (files.spool / "a.txt").write_text("text")
    unlock(files, Unlock(Upload("a.txt", "a.txt"), PASSWORD))
    assert (files.spool / "a.txt").read_text() == "text"
    with closing(open_source(files.spool / "plain.pdf", Question())) as file:
        assert len(file) == 2


def test_a_password_is_in_no_words_about_an_operation() -> None:
    assert PASSWORD not in repr(Unlock(Upload("a.pdf", "a.pdf"), PASSWORD))
