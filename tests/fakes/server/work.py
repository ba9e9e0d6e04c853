"""A worker without nets: an upload says itself how many pages it has, and what becomes of them.

    pages=12 slow=0.1 die=3 hang=4 broken=5 damaged=6 late=7 gate=8 drawn=1 rich=1

Behind the page of a gate nothing is read until the server's folder has a file `open`.

Drawn and rich pages are 200 by 100 with boxes: for what is said at the end of a real PDF. A picture reads as its own
bytes, a PNG as its size. Pages that are read are noted in the file that SOKDOK_TEST_NOTES names.
"""

from __future__ import annotations

import os
import signal
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from fakes.server.pages import drawn_page, plain_page, rich_page
from sokdok.documents.write.json_file import page_to_json
from sokdok.errors import EndpointError, InputError
from sokdok.pages.files import page_range
from sokdok.reasons import say
from sokdok.server.engine.main import main
from sokdok.server.engine.messages import (
    CountPages,
    FigureRead,
    PageRead,
    PagesCounted,
    PictureRead,
    Read,
    Ready,
    Values,
)
from sokdok.server.engine.refused import PASSWORD_FIELD
from sokdok.server.engine.rows import failed_row
from sokdok.server.engine.work import Work

TABLE = "<table></table>"


class FakeWork(Work):
    def ready(self) -> Ready:
        return Ready("fake" if self.setup.reads else "", ("free",), True, batch_size=self.setup.threads)

    def page_numbers(self, asked: CountPages) -> PagesCounted:
        said = self._said(asked.upload)
        if "locked" in said:
            return PagesCounted(asked.id, reason=f"{asked.shown_as} is encrypted; give its password {PASSWORD_FIELD}")
        if not said.get("pages", "").isdecimal():
            return PagesCounted(asked.id, reason=f"{asked.shown_as} is no document")
        if "die_at_look" in said:
            os.kill(os.getpid(), signal.SIGSEGV)
        try:
            indices = page_range(asked.pages, int(said["pages"]), asked.shown_as, self.setup.limits.pages)
        except InputError as error:
            return PagesCounted(asked.id, reason=str(error))
        return PagesCounted(asked.id, tuple(index + 1 for index in indices))

    def read_pictures(self, asked: Sequence[Read]) -> Iterator[PageRead]:
        note(f"{len(asked)} together")
        yield from map(self._of_picture, asked)

    def read(self, asked: Read) -> Iterator[PageRead]:
        if asked.job.kind == "figure":
            yield self._of_figure(asked)
            return
        said = self._said(asked.job.upload)
        for number in asked.pages:
            if said.get("die") == str(number):
                os.kill(os.getpid(), signal.SIGSEGV)
            while said.get("gate") == str(number) and not (Path(self.setup.spool).parent / "open").exists():
                time.sleep(0.01)
            if said.get("broken") == str(number):
                raise EndpointError("the endpoint does not answer")
            time.sleep(600 if said.get("hang") == str(number) else float(said.get("slow", 0)))
            if "unanswered" in said:
                yield PageRead(asked.id, number, failed_row("document", number, "no answer"), True, "it answered 500")
                continue
            if said.get("damaged") in (str(number), "all"):
                yield PageRead(asked.id, number, failed_row("document", number, "it is damaged"), True)
                continue
            if said.get("late") == str(number):
                reason = say("not_drawn", why=say("slow", seconds=30))
                yield PageRead(asked.id, number, failed_row("document", number, reason), True)
                continue
            note(f"{asked.job.shown_as} {number}")
            page = rich_page if "rich" in said else drawn_page if "drawn" in said else plain_page
            row = page_to_json(page(number, f"page {number} of {asked.job.shown_as}"))
            yield PageRead(asked.id, number, row.encode())

    def _of_picture(self, asked: Read) -> PageRead:
        data = Path(self.setup.spool, asked.job.upload).read_bytes()
        png = data.startswith(b"\x89PNG")
        text = "{} by {}".format(*struct.unpack(">II", data[16:24])) if png else data.decode("utf-8", "replace")
        if text == "damaged":
            return PageRead(asked.id, 1, msgspec.json.encode(PictureRead("", "failed", "it is damaged")), True)
        if text == "unanswered":
            return PageRead(asked.id, 1, msgspec.json.encode(PictureRead("", "failed")), True, "it answered 500")
        if text == "broken":
            raise EndpointError("the endpoint does not answer")
        if text == "slow":
            time.sleep(1)
        status = "truncated" if asked.job.asked.max_tokens == 1 else "ok"
        told = PictureRead(f"{asked.job.asked.prompt}: {text}", status, "", 100, 7, 3)
        return PageRead(asked.id, 1, msgspec.json.encode(told))

    def _of_figure(self, asked: Read) -> PageRead:
        said, wanted = self._said(asked.job.upload), asked.job.figure
        assert wanted is not None
        if "damaged" in said:
            return PageRead(asked.id, 1, failed_row("figure", 1, f"{asked.job.shown_as} is damaged"), True)
        if "molecule" in said or wanted.kind == "molecule":
            smiles = said.get("molecule", "Oc1ccccc1")
            result = {"valid": True, "reason": "", "warnings": [], "confidence": 0.9, "smiles": smiles}
            told = {"kind": "molecule", "status": "SUCCESS", "looks": 0.8, "text": smiles, "result": result}
            return PageRead(asked.id, 1, msgspec.json.encode(FigureRead("", smiles.encode(), result=told)))
        chart = {
            "valid": True,
            "reason": "",
            "warnings": [wanted.language, say("empty_cell")],
            "confidence": 0.9,
            "html": "<table></table>",
        }
        result = {
            "kind": "chart",
            "status": "SUCCESS",
            "looks": 0.8,
            "text": f"{asked.job.shown_as} as {wanted.kind}",
            "result": chart,
        }
        told = FigureRead("", b"PNG", (40, 20), "", Values("", ["a"], [["1"]]), (), result)
        return PageRead(asked.id, 1, msgspec.json.encode(told))

    def _said(self, upload: str) -> dict[str, str]:
        words = Path(self.setup.spool, upload).read_text("utf-8", "replace").split()
        return {name: value for name, _, value in (word.partition("=") for word in words)}


def note(text: str) -> None:
    if (path := os.environ.get("SOKDOK_TEST_NOTES")) is not None:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{text}\n")


if __name__ == "__main__":
    main(FakeWork)
