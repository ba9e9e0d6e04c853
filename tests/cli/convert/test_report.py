"""What is said of documents while they are made."""

from __future__ import annotations

import pytest

from sokdok.cli.convert.progress import PageProgress
from sokdok.cli.convert.report import PageReport, Tally
from sokdok.documents.document import DocumentPage


def test_ctrl_c_says_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    report = PageReport(PageProgress(), Tally(), verbose=False)
    with pytest.raises(KeyboardInterrupt), report.kept():
        report.begin("a.pdf", 4, 1)
        report.page(DocumentPage(2, 10, 10))
        raise KeyboardInterrupt
    assert "a.pdf: 2 of 4 pages are kept; the same command goes on" in capsys.readouterr().err


def test_a_page_is_told_with_its_confidence_and_grade(capsys: pytest.CaptureFixture[str]) -> None:
    report = PageReport(PageProgress(), Tally(), verbose=True)
    report.page(DocumentPage(2, 10, 10, reader="nano", confidence=0.943))
    report.page(DocumentPage(3, 10, 10, reader="nano"))
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("confidence 0.94, good") and "confidence" not in second
    assert [row["grade"] for row in report.rows] == ["good", None]


def test_ctrl_c_before_the_first_page_has_nothing_to_keep(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), PageReport(PageProgress(), Tally(), verbose=False).kept():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("done", "files", "said"), [(3, 5, "3 of 5 files are done; the same command goes on\n"), (1, 1, "")]
)
def test_ctrl_c_says_how_many_files_of_a_batch_are_done(
    capsys: pytest.CaptureFixture[str], done: int, files: int, said: str
) -> None:
    tally = Tally()
    with pytest.raises(KeyboardInterrupt), tally.kept(files):
        tally.statuses["SUCCESS"] += done
        raise KeyboardInterrupt
    assert capsys.readouterr().err == said
