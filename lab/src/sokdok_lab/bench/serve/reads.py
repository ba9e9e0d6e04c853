"""A process that reads files and does nothing else, by the code of `sokdok convert` and `sokdok read`.

Standard input: a line of JSON with the question, then one for each file (`Ask`); standard output: a line when it has
loaded everything, and one for each file with how many pages it read.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import msgspec

from sokdok.documents.convert.convert import read_pages
from sokdok.documents.question import Conversion, Question
from sokdok.documents.source import open_source
from sokdok.errors import InputError
from sokdok.pages.files import open_file
from sokdok.pages.page import PageError
from sokdok.reading import load
from sokdok.reading.prompts import PLAIN
from sokdok.reading.reading import Reader


class Ask(msgspec.Struct):
    """A file to read."""

    path: str
    picture: bool = False  # for its text alone


def main() -> None:
    """Read."""
    question = msgspec.json.decode(sys.stdin.readline(), type=Question)
    reader = load(question.reader, model=question.model, dtype=question.dtype, threads=1)
    asked = Conversion(question, reader)
    print("ready", flush=True)
    for line in sys.stdin:
        ask = msgspec.json.decode(line, type=Ask)
        path = Path(ask.path)
        print(_picture(path, reader) if ask.picture else _document(path, asked), flush=True)


def _picture(path: Path, reader: Reader) -> int:
    with closing(open_file(path)) as file:
        page = file.page(0)
        if isinstance(page, PageError):
            raise InputError(page.message)
        return len(list(reader.read([page], PLAIN)))


def _document(path: Path, asked: Conversion) -> int:
    with closing(open_source(path, asked.question)) as file:
        return sum(1 for _ in read_pages(file, range(len(file)), asked))


if __name__ == "__main__":
    main()
