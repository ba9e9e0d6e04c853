from __future__ import annotations

from pathlib import Path

import msgspec

from fakes.server.uploads import locked_pdf
from sokdok.documents.question import Question
from sokdok.jobs import Limits
from sokdok.server.engine.messages import CountPages, Job, PictureRead, Read, Setup
from sokdok.server.engine.work import Work


def test_what_is_encrypted_says_where_its_password_goes(tmp_path: Path) -> None:
    (tmp_path / "0.pdf").write_bytes(locked_pdf("", "열려라"))
    work = Work(Setup(str(tmp_path), Limits(), Question()))
    reason = work.page_numbers(CountPages(1, "0.pdf", "비밀.pdf")).reason
    assert reason == "비밀.pdf is encrypted; give its password in the field password, or save a copy without one"
    picture = Job(kind="picture", upload="0.pdf", shown_as="picture 1", asked=Question(), pages=(1,))
    (page,) = work.read_pictures([Read(1, picture, (1,))])
    error = msgspec.json.decode(page.row, type=PictureRead).error
    assert error == "picture 1 is encrypted; save a copy without its password", "there is no field for it"
