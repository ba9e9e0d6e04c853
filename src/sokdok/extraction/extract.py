"""Fields of a document by a JSON schema: asked of a model, found in the document, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.documents.document import Box, Document, Status
from sokdok.documents.result import convert
from sokdok.errors import InputError
from sokdok.extraction.claims import Claim, claims_of, pointer
from sokdok.extraction.evidence import How
from sokdok.extraction.lines import lines_of, numbered
from sokdok.extraction.schema import answer_schema, load_schema, validator

if TYPE_CHECKING:
    from sokdok.pages.inputs import Input

MOST_CHARACTERS = 400_000  # of a document that is sent at once, some 100,000 tokens
TIMEOUT_S = 600.0  # for one answer


@dataclass(frozen=True)
class FieldSource:
    """Where a value stands."""

    page: int  # number, from 1
    box: Box | None  # around its words on that page, in pixels of the page; None where the reader did not say
    words: tuple[str, ...]  # as they stand there
    how: How  # text: the same characters; number, date: the same by meaning; inferred: a model's reading of these lines


@dataclass(frozen=True)
class Extraction:
    """A document's fields."""

    data: dict[str, Any]
    """fits the schema; null where it asks for what is not in the document"""
    sources: dict[str, FieldSource]
    """JSON pointer of a value in `data` → where it stands"""
    refused: dict[str, str]
    """JSON pointer of a field in the answer → why it has no value"""
    status: Status
    """PARTIAL: something that the schema asks for is missing, or a page could not be read"""

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds."""
        sources = {name: vars(source) for name, source in self.sources.items()}
        return {"status": self.status, "data": self.data, "sources": sources, "refused": self.refused}


def extract(
    file: Input | Document,
    schema: Mapping[str, Any] | str | Path,
    model: str,
    *,
    model_name: str | None = None,
    **options: Any,
) -> Extraction:
    """Fill in the fields of a JSON schema from a document, each value with the place where it stands.

    `file` is what `sokdok.convert` takes, or a document that it gave; `options` go to it. `schema` is one of an object,
    or the path of its file. `model` is the address of an OpenAI-compatible endpoint, `model_name` what it calls the
    model, if it has several; the document is sent there as text. A value that does not stand in the document is
    refused. Raises InputError for a schema or file that can't be used, EndpointError, MissingExtraError without the
    extra `remote`.
    """
    wanted = load_schema(schema)
    if not model:
        raise InputError("fields are extracted by a language model: name its endpoint, e.g. http://host:8000/v1")
    from sokdok.reading.remote.endpoint import Endpoint

    with closing(Endpoint(model, connections=1, timeout=TIMEOUT_S)) as endpoint:
        document = file if isinstance(file, Document) else convert(file, **options)
        return _extracted(document, wanted, endpoint, model_name)


def _extracted(document: Document, schema: dict[str, Any], endpoint: Any, model_name: str | None) -> Extraction:
    from sokdok.extraction.question import ask_fields
    from sokdok.reading.remote.reader import only_model

    lines = lines_of(document)
    text = numbered(lines)
    if not lines:
        raise InputError(f"{document.source} holds no text to extract from")
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"{document.source} has {len(text):,} characters of text, and at most {MOST_CHARACTERS:,} are sent: "
            "name the pages that matter with --pages"
        )
    answer = ask_fields(endpoint, model_name or only_model(endpoint), text, answer_schema(schema))
    claims = claims_of(answer, schema)
    claims.check(lines)
    data, found = claims.data()
    refused = {pointer(path): reason for path, reason in claims.refused().items()}
    whole = document.status == "SUCCESS" and validator(schema).is_valid(data)
    status: Status = "FAILURE" if not found else "SUCCESS" if whole else "PARTIAL"
    return Extraction(data, {pointer(path): _source(claim) for path, claim in found.items()}, refused, status)


def _source(claim: Claim) -> FieldSource:
    assert claim.evidence is not None
    tokens = claim.evidence.tokens
    page = tokens[0].page
    boxes = [token.box for token in tokens if token.page == page and token.box is not None]
    left, top, right, bottom = zip(*boxes, strict=True) if boxes else ((),) * 4
    box = (min(left), min(top), max(right), max(bottom)) if boxes else None
    return FieldSource(page, box, tuple(token.text for token in tokens), claim.evidence.how)
