import resource
from pathlib import Path

import pytest
from PIL import Image

from fakes.server.uploads import locked_pdf
from sokdok.documents.question import Question
from sokdok.jobs import Limits
from sokdok.server.engine.job import ReaderSetup, ReadJob, error_in
from sokdok.server.work.read import PageReader, bounded


def test_a_picture_that_is_encrypted_has_no_field_for_its_password(tmp_path: Path) -> None:
    (tmp_path / "0.pdf").write_bytes(locked_pdf("", "열려라"))
    reader = PageReader(ReaderSetup(str(tmp_path), Limits(), Question()))
    picture = ReadJob(kind="picture", upload="0.pdf", shown_as="picture 1", asked=Question(), pages=(1,))
    (page,) = reader.read_pictures([picture])
    assert page.failed and error_in(page.row) == "picture 1 is encrypted; save a copy without its password"


def test_nano_opens_a_picture_itself_within_the_limits_of_strangers_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "0.png")
    (tmp_path / "1.png").write_bytes((tmp_path / "0.png").read_bytes()[:60])
    monkeypatch.setattr("sokdok.server.work.read.open_file", None)  # which would start a process
    reader = PageReader(ReaderSetup(str(tmp_path), Limits(megapixels=1), Question()))
    good, damaged = (
        ReadJob(kind="picture", upload=f"{number}.png", shown_as="그림", asked=Question(), pages=(1,))
        for number in (0, 1)
    )
    pages = list(reader.read([good, damaged], [1], False))
    assert [page.failed for page in sorted(pages, key=lambda page: page.place)] == [False, True]
    assert "그림" in error_in(next(page.row for page in pages if page.failed))


def test_what_is_opened_may_take_no_more_than_its_limits() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), bounded(Limits(megabytes=64)):
        bytearray(200 << 20)
    assert len(bytearray(200 << 20)) and resource.getrlimit(resource.RLIMIT_AS) == before
