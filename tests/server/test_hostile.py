"""Hostile files before a server whose workers are the real ones."""

import io
import zipfile
from pathlib import Path

import pytest

from fakes.hostile.pdfs import HOSTILE, flate_bomb
from fakes.hostile.pictures import PICTURES
from fakes.server.serving import served
from fakes.server.tasks import create, ended
from sokdok.jobs import Limits
from sokdok.server.settings import Settings


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", bytes(600 << 20))
    return file.getvalue()


@pytest.mark.slow
def test_each_is_refused_or_fails_by_itself_and_the_next_one_is_read(tmp_path: Path) -> None:
    files = {
        "bomb.docx": zip_bomb(),
        "claims.png": PICTURES["claims-all.png"](),
        "million.pdf": HOSTILE["million-pages"](),
        "tree.pdf": HOSTILE["tree-in-itself"](),
        "flate.pdf": flate_bomb(3_000, 2),
        "empty.pdf": b"",
        "program.exe": b"MZ" + bytes(500),
        "a.pdf": b"%PDF-1.7\n",
    }
    limits = Limits(pages=10_000, seconds=5.0, file_seconds=20.0, megabytes=1_024)
    with served(Settings(tmp_path / "data", limits=limits), real=True) as server:
        for name, content in files.items():
            answer = create(server, content, name)
            assert answer.status_code in (202, 422), (name, answer.text)
            if answer.status_code == 422:
                assert name in answer.json()["detail"] or name.rpartition(".")[0] in answer.json()["detail"]
                continue
            task = ended(server, answer.json()["id"])
            assert task["pages_failed"] == task["pages"] or task["status"] == "failed", (name, task)
        good = ended(server, create(server, b"all is well", "a.txt").json()["id"])
        assert (good["status"], good["pages_failed"]) == ("done", 0)
        assert server.app.state.parts.engine.ready
