from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.server.uploads import pdf_saying
from sokdok.errors import InputError
from sokdok.jobs import Limits
from sokdok.server.errors import Unreadable
from sokdok.server.work.files import Files

pikepdf = pytest.importorskip("pikepdf")
PASSWORD = "열려라 참깨"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    (tmp_path / "plain.pdf").write_bytes(pdf_saying("", 2))
    with pikepdf.open(tmp_path / "plain.pdf") as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="owner", user=PASSWORD, R=6))
    files = Files(str(tmp_path), Limits())
    yield files
    files.close()


def test_a_pdf_lies_there_without_its_password(files: Files) -> None:
    locked = "비밀.pdf is encrypted; give its password in the field password, or save a copy without one"
    with pytest.raises(Unreadable) as caught:
        files.page_numbers("locked.pdf", "비밀.pdf", None)
    assert str(caught.value) == locked
    files.unlock("locked.pdf", "비밀.pdf", PASSWORD)
    assert files.page_numbers("locked.pdf", "비밀.pdf", "2-") == [2]
    assert sorted(path.name for path in files.spool.iterdir()) == ["locked.pdf", "plain.pdf"]


def test_another_password_changes_nothing(files: Files) -> None:
    before = (files.spool / "locked.pdf").read_bytes()
    with pytest.raises(Unreadable, match="비밀.pdf is encrypted with another password than the one given") as caught:
        files.unlock("locked.pdf", "비밀.pdf", "wrong")
    assert "wrong" not in str(caught.value) and (files.spool / "locked.pdf").read_bytes() == before
    (files.spool / "a.txt").write_text("text")
    files.unlock("a.txt", "a.txt", PASSWORD)
    assert (files.spool / "a.txt").read_text() == "text"


def test_a_file_is_kept_open_for_the_next_page(files: Files) -> None:
    with files.opened("plain.pdf") as first, files.opened("plain.pdf") as second:
        assert first is second
    with pytest.raises(InputError), files.opened("locked.pdf"):
        pass
