"""What a journal remembers of a run that was killed, and what it refuses to write to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sokdok.documents.convert.folder import NAME, Journal
from sokdok.documents.document import DocumentPage
from sokdok.errors import InputError

JOB = {"path": "/a.pdf"}


def test_a_page_that_was_begun_when_a_run_was_killed_is_remembered(tmp_path: Path) -> None:
    for killed in (1, 2):
        journal = Journal(tmp_path, JOB)
        journal.begin(7)
        journal.close()  # as a kill does
        again = Journal(tmp_path, JOB)
        assert again.deaths == {7: killed}
        again.close()
    other = Journal(tmp_path, {"path": "/b.pdf"})
    assert not other.deaths
    other.close()


def test_a_page_that_is_drawn_after_a_kill_is_forgotten_by_later_runs_too(tmp_path: Path) -> None:
    """Else what a killed run leaves in the end would differ from what one leaves that was not killed."""
    killed = Journal(tmp_path, JOB)
    killed.begin(7)
    killed.close()
    again = Journal(tmp_path, JOB)
    again.begin(7)
    again.end(7, deaths=0)
    assert not again.deaths[7]
    again.close()
    last = Journal(tmp_path, JOB)
    assert not last.deaths
    last.close()


def test_a_page_that_came_through_is_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path, JOB)
    journal.begin(1)
    journal.end(1, deaths=0)
    journal.add(DocumentPage(1, 10, 10))
    journal.begin(2)
    journal.end(2, deaths=1)
    journal.add(DocumentPage(2, 0, 0, status="FAILURE", error="it died"))
    journal.close()
    again = Journal(tmp_path, JOB)
    assert again.deaths == {2: 1} and again.statuses == {1: "SUCCESS", 2: "FAILURE"}
    assert [page.number for page in again.pages()] == [1, 2]
    again.add(DocumentPage(3, 10, 10))
    assert [page.number for page in again.pages()] == [1, 2, 3]
    again.close()


@pytest.mark.parametrize(
    "line", ['{"begun": -1}', '{"begun": "x"}', '{"begun": 99999999999}', '{"begun": 1', "[" * 9999]
)
def test_a_line_that_says_nothing_ends_what_counts(tmp_path: Path, line: str) -> None:
    journal = Journal(tmp_path, JOB)
    journal.add(DocumentPage(1, 10, 10))
    journal.close()
    with journal.path.open("a") as file:
        file.write(f"{line}\n")
    again = Journal(tmp_path, JOB)
    assert not again.deaths and list(again.statuses) == [1]
    again.close()


def test_no_link_is_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / NAME).symlink_to(victim)
    with pytest.raises(InputError, match="no regular file: remove it"):
        Journal(tmp_path, JOB)
    assert victim.read_text() == "precious"


def test_no_pipe_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(InputError, match="no regular file"):
        Journal(tmp_path, JOB)
