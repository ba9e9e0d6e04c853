"""What a corpus is like, from some of its files: pages of each, whose words their pages have, tokens of those.

Files are drawn at random from all that the source lists, so that a folder's first ones do not stand for all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from statistics import mean, pstdev

import msgspec
import numpy as np

from sokdok.bulk.question import Question
from sokdok.bulk.simulate.inputs import Corpus, changed
from sokdok.bulk.sources import Item, Source
from sokdok.bulk.unit import Unit, page_ranges, unit_id
from sokdok.bulk.work.messages import Looked
from sokdok.bulk.work.worker import Worker
from sokdok.documents.convert.open_source import open_source
from sokdok.documents.convert.words.evidence import look_at
from sokdok.errors import InputError, SokdokError
from sokdok.isolation import DEFAULTS
from sokdok.layout.text_layer import layer_text
from sokdok.office.file import OfficeFile
from sokdok.tokens.deepseek import count_text

LOOKED_AT = 3
"""pages of each file whose text layers are looked at"""
FEWEST_LAYERS = 5
"""pages with a text layer that say how many tokens a page has; fewer say nothing"""


@dataclass(frozen=True)
class Document:
    """A file of the sample."""

    item: Item
    looked: Looked


@dataclass
class Sample:
    """Some documents of a source, and what their text layers say."""

    documents: list[Document]
    listed: int
    """files of the whole source"""
    drawn: int
    """files that were drawn; those that are no documents are not among `documents`"""
    pages: int
    """whose layers were looked at"""
    exact: int
    """of these, whose layer says everything"""
    tokens: list[int]
    """of the layers that have text"""
    look_s: float = 0.0
    """of a worker, to hash a file and count its pages"""

    @property
    def all_pages(self) -> int:
        """Pages of the whole source, as the sample says: more or less."""
        return round(sum(document.looked.pages for document in self.documents) / self.drawn * self.listed)

    def corpus(self, otherwise: Corpus) -> Corpus:
        """The corpus as the sample has it; what it does not say stays as it is `otherwise`."""
        pages = tuple(document.looked.pages for document in self.documents)
        found = changed(otherwise, document_pages=pages, pages_per_document=round(mean(pages), 3))
        if self.pages:
            found = changed(found, exact_share=self.exact / self.pages)
        if len(self.tokens) >= FEWEST_LAYERS:
            spread = pstdev(np.log(np.maximum(self.tokens, 1)))
            tokens = min(max(mean(self.tokens), 1.0), otherwise.token_cap)
            found = changed(found, tokens_per_page=tokens, tokens_spread=spread)
            found = changed(found, loop_share=min(found.loop_share, tokens / found.token_cap / 2))
        return found


def draw_sample(source: Source, files: int, seed: int, seen: Callable[[int], None] = lambda steps: None) -> Sample:
    """Look at so many files of a source, `seen` being told of each. Raises InputError if none is a document."""
    items = [item for item in source.items() if isinstance(item, Item)]
    order = np.random.default_rng(seed).permutation(len(items))[:files].tolist()
    worker = Worker(Question(source="text-layer"), (source.name,))
    sample = Sample([], len(items), len(order), 0, 0, [])
    seconds = []
    for at in order:
        began = time.perf_counter()
        looked = worker.look(0, items[at])
        seconds.append(time.perf_counter() - began)
        if looked.pages:
            sample.documents.append(Document(items[at], looked))
            _look_at_layers(source, items[at], looked.pages, sample)
        seen(1)
    if not sample.documents:
        raise InputError(f"{source.name}: none of {len(order):,} files is a document that can be opened")
    sample.look_s = mean(seconds[1:] or seconds)  # the first starts the process that opens files
    return sample


def sample_units(sample: Sample, question: Question, pages: int, seed: int) -> list[Unit]:
    """Units of the sample's documents, drawn at random, that have so many pages together or a few more."""
    units = [
        Unit(
            id=unit_id(looked.sha256, first, last, question.id),
            document=looked.sha256[:32],
            path=item.path,
            place=item.place,
            source=0,
            sha256=looked.sha256,
            size=looked.size,
            first=first,
            last=last,
            pages=looked.pages,
        )
        for item, looked in ((document.item, document.looked) for document in sample.documents)
        for first, last in page_ranges(looked.pages)
    ]
    drawn: dict[str, Unit] = {}
    for at in np.random.default_rng(seed).permutation(len(units)).tolist():
        if pages <= 0:
            break
        if units[at].id not in drawn:
            drawn[units[at].id] = units[at]
            pages -= len(units[at].numbers)
    return list(drawn.values())


def _look_at_layers(source: Source, item: Item, pages: int, sample: Sample) -> None:
    """Some pages of a file; office files say their words themselves."""
    try:
        with source.fetch(item.place) as path, closing(open_source(path, limits=DEFAULTS)) as file:
            if isinstance(file, OfficeFile):
                sample.pages, sample.exact = sample.pages + 1, sample.exact + 1
                return
            for index in sorted({round(at * (pages - 1) / max(LOOKED_AT - 1, 1)) for at in range(LOOKED_AT)}):
                layer = file.layer(index) if file.scalable else None
                sample.pages += 1
                sample.exact += look_at(layer).is_exact
                if layer is not None and layer.characters:
                    sample.tokens.append(count_text(layer_text(layer)))
    except (SokdokError, OSError, RuntimeError, msgspec.DecodeError):  # it will be a failed page of the run
        return
