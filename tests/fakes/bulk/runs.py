"""Destinations of runs whose units are done, without anything having been read."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sokdok.bulk.engine import Looked
from sokdok.bulk.plan import Skipped, read_units
from sokdok.bulk.planning import PlanWriter
from sokdok.bulk.results import Header, Tally, encode_result, page_line, result_name
from sokdok.bulk.sources import Item
from sokdok.bulk.store import Store, open_store
from sokdok.documents.blocks import Block
from sokdok.documents.build import failed_page
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question

QUESTION = Question(source="text-layer")


@dataclass(frozen=True)
class Made:
    """A document: a text a page, None for one that failed."""

    path: str
    pages: Sequence[str | None | DocumentPage]
    meta: dict[str, str] = field(default_factory=dict)
    data: bytes = b""  # of the file; empty makes it up from the path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data or self.path.encode()).hexdigest()


def page(number: int, text: str | None | DocumentPage) -> DocumentPage:
    """A page of one paragraph, or one that failed."""
    if isinstance(text, DocumentPage):
        return replace(text, number=number)
    if text is None:
        return failed_page(number, "it can't be drawn")
    blocks = (Block("text", (50, 200, 500, 300), text),) if text else ()
    return DocumentPage(number, 595, 842, blocks, source="text-layer", evidence="exact", reader="text layer")


def write_run(
    destination: str | Path,
    documents: Sequence[Made],
    skipped: Sequence[Skipped] = (),
    source: str = "/nowhere",
    question: Question = QUESTION,
) -> Store:
    """A run of these documents, all of whose units have results."""
    store = open_store(str(destination))
    with PlanWriter(store, question, (source,)) as writer:
        for one in documents:
            item = Item(one.path, Path(one.path).name, len(one.data), one.meta)
            writer.add(item, 0, Looked(one.sha256, len(one.data), len(one.pages)))
        for row in skipped:
            writer.skip(row)
        writer.finish()
    write_results(store, documents)
    return store


def rows_in(store: Store, prefix: str = "data/dolma/documents/") -> list[dict[str, Any]]:
    """Rows of all packed JSON lines whose names begin so, in order."""
    packed = (store.read(name) for name in store.names(prefix))
    return [json.loads(line) for data in packed for line in gzip.decompress(data).splitlines()]


def write_results(store: Store, documents: Sequence[Made], attempt: int = 1) -> None:
    """Results of all units, from what the documents say."""
    by_id = {one.sha256[:32]: one for one in documents}
    for unit in read_units(store):
        if (one := by_id.get(unit.document)) is None:
            continue
        pages = [page_line(page(number, one.pages[number - 1])) for number in unit.numbers]
        tally = Tally()
        for one_page, _ in pages:
            tally.count(one_page, unit.path)
        header = Header(unit.id, attempt, "", "", 0.0, 0.0, "here:1", tally)
        store.create(result_name(unit.id, attempt), encode_result(header, (line for _, line in pages)))
