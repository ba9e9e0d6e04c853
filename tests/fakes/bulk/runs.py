"""Runs whose units are done without anything having been read, documents as the rules see them, and archives."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from sokdok.bulk.engine import Looked
from sokdok.bulk.plan import Skipped, read_units
from sokdok.bulk.planning import PlanWriter
from sokdok.bulk.quality.text import DocumentText
from sokdok.bulk.results import Header, Tally, encode_result, page_line, result_name
from sokdok.bulk.sources import Item
from sokdok.bulk.store import Store, open_store
from sokdok.demo import FOLDER
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


def document(*pages: str, name: str = "a.pdf", facts: Sequence[DocumentPage] = ()) -> DocumentText:
    """A document of pages of text, one behind the other."""
    text = "".join(pages)
    digest = hashlib.sha256(name.encode()).hexdigest()
    known = [
        replace(fact, number=number)
        for number, fact in enumerate(facts or [DocumentPage(1, 9, 9, source="text-layer")] * len(pages), 1)
    ]
    ends = tuple(accumulate(map(len, pages)))
    return DocumentText(digest[:32], name, digest, {}, text, ends, tuple(known))


def shipped(prefix: str) -> list[str]:
    """Texts that the package ships: `en_`, `ko_`."""
    files = sorted((file for file in FOLDER.iterdir() if file.name.startswith(prefix)), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files]


Members = Sequence[tuple[str | tarfile.TarInfo, bytes]]


def write_tar(path: Path, members: Members) -> Path:
    """A tar archive, compressed if its name says so."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name) if isinstance(name, str) else name
            if member.isreg():
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    packed = path.name.endswith(("gz", "tgz"))
    path.write_bytes(gzip.compress(data.getvalue(), mtime=0) if packed else data.getvalue())
    return path


def write_zip(path: Path, members: Sequence[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member
