"""Sinks by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from sokdok.bulk.sinks.sink import Sink
from sokdok.documents.question import Question
from sokdok.errors import MissingExtraError, require_choice

SINKS = ("dolma", "parquet", "webdataset")


def require_sinks(names: Sequence[str]) -> None:
    """Raise InputError for a sink that there is not, MissingExtraError for one whose library is missing."""
    for name in names:
        require_choice("form of training data", name, SINKS)
    if "parquet" in names and find_spec("pyarrow") is None:
        raise MissingExtraError("bulk", "writing Parquet")


def open_sink(
    name: str, taggers: Sequence[str], sources: Sequence[str], question: Question, mask: Sequence[str] = ()
) -> Sink:
    """Make a sink. `taggers` are those whose tags documents have; `sources` and `question` are the plan's.

    `mask` are kinds of personal data that texts don't have any more.
    """
    require_sinks([name])
    if name == "dolma":
        from sokdok.bulk.sinks.dolma import Dolma

        return Dolma(taggers)
    if name == "parquet":
        from sokdok.bulk.sinks.parquet import Parquet

        return Parquet()
    from sokdok.bulk.sinks.webdataset import WebDataset

    return WebDataset(sources, question, mask)
