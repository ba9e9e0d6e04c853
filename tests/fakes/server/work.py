"""A worker without nets: an upload says itself how many pages it has, and what becomes of them.

    pages=12 slow=0.1 die=3 hang=4 broken=5 damaged=6 late=7 gate=8 drawn=1 rich=1

Behind the page of a gate nothing is read until the server's folder has a file `open`.

Drawn and rich pages are 200 by 100 with boxes: for what is said at the end of a real PDF. A picture reads as its own
bytes, a PNG as its size. Pages that are read are noted in the file that SOKDOK_TEST_NOTES names.
"""

import os
import signal
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from fakes.server.pages import drawn_page, plain_page, rich_page
from sokdok.documents.write.json_file import page_to_json
from sokdok.errors import EndpointError
from sokdok.pages.files import page_range
from sokdok.reasons import say
from sokdok.server.engine.job import About, PageRead, PictureRead, ReaderSetup, ReadJob, failed_row
from sokdok.server.errors import Unreadable
from sokdok.server.work.figures import FigureValues, parsed_figure
from sokdok.server.work.files import Files
from sokdok.server.work.read import PageReader


class FakeFiles(Files):
    """Files that say themselves how many pages they have."""

    def page_numbers(self, upload: str, shown_as: str, pages: str | None) -> list[int]:
        words = said(self.path(upload))
        if "locked" in words:
            raise Unreadable(f"{shown_as} is encrypted; give its password in the field password")
        if not words.get("pages", "").isdecimal():
            raise Unreadable(f"{shown_as} is no document")
        if "die_at_look" in words:
            os.kill(os.getpid(), signal.SIGSEGV)
        return [index + 1 for index in page_range(pages, int(words["pages"]), shown_as, self.limits.pages)]


class FakeReader(PageReader):
    def __init__(self, setup: ReaderSetup) -> None:
        self.setup, self.spool, self._remote = setup, Path(setup.spool), False

    def about(self) -> About:
        return About("fake", self.setup.threads)

    def read_pictures(self, jobs: Sequence[ReadJob]) -> Iterator[PageRead]:
        note(f"{len(jobs)} together")
        for place, job in enumerate(jobs):
            yield self._of_picture(job, place)

    def read_pages(self, job: ReadJob, pages: Sequence[int], singly: bool) -> Iterator[PageRead]:
        if job.kind == "figure":
            yield self._of_figure(job)
            return
        words = said(self.spool / job.upload)
        for number in pages:
            if words.get("die") == str(number):
                os.kill(os.getpid(), signal.SIGSEGV)
            while words.get("gate") == str(number) and not (self.spool.parent / "open").exists():
                time.sleep(0.01)
            if words.get("broken") == str(number):
                raise EndpointError("the endpoint does not answer")
            time.sleep(600 if words.get("hang") == str(number) else float(words.get("slow", 0)))
            if "unanswered" in words:
                yield PageRead(number, failed_row("document", number, "no answer"), True, "it answered 500")
                continue
            if words.get("damaged") in (str(number), "all"):
                yield PageRead(number, failed_row("document", number, "it is damaged"), True)
                continue
            if words.get("late") == str(number):
                reason = say("not_drawn", why=say("slow", seconds=30))
                yield PageRead(number, failed_row("document", number, reason), True)
                continue
            note(f"{job.shown_as} {number}")
            page = rich_page if "rich" in words else drawn_page if "drawn" in words else plain_page
            yield PageRead(number, page_to_json(page(number, f"page {number} of {job.shown_as}")).encode())

    def _of_picture(self, job: ReadJob, place: int) -> PageRead:
        data = (self.spool / job.upload).read_bytes()
        png = data.startswith(b"\x89PNG")
        text = "{} by {}".format(*struct.unpack(">II", data[16:24])) if png else data.decode("utf-8", "replace")
        if text == "damaged":
            return PageRead(1, failed_row("picture", 1, "it is damaged"), True, place=place)
        if text == "unanswered":
            return PageRead(1, failed_row("picture", 1, ""), True, "it answered 500", place)
        if text == "broken":
            raise EndpointError("the endpoint does not answer")
        if text == "slow":
            time.sleep(1)
        status = "truncated" if job.asked.max_tokens == 1 else "ok"
        read = PictureRead(f"{job.asked.prompt}: {text}", status, "", 100, 7, 3)
        return PageRead(1, msgspec.json.encode(read), place=place)

    def _of_figure(self, job: ReadJob) -> PageRead:
        words, wanted = said(self.spool / job.upload), job.figure
        assert wanted is not None
        if "damaged" in words:
            return PageRead(1, failed_row("figure", 1, f"{job.shown_as} is damaged"), True)
        result: dict[str, object] = {"valid": True, "reason": "", "confidence": 0.9, "html": "<table></table>"}
        result |= {"warnings": [wanted.language, say("empty_cell")]}
        text = f"{job.shown_as} as {wanted.kind}"
        answer = {"kind": "chart", "status": "SUCCESS", "looks": 0.8, "text": text, "result": result}
        table = FigureValues("", ["a"], [["1"]])
        return PageRead(1, msgspec.json.encode(parsed_figure(job.shown_as, answer, b"PNG", (40, 20), table=table)))


def said(path: Path) -> dict[str, str]:
    words = path.read_text("utf-8", "replace").split()
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def note(text: str) -> None:
    if (path := os.environ.get("SOKDOK_TEST_NOTES")) is not None:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{text}\n")
