"""Fields of what was read, by a language model that is believed only where it can be shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sokdok.documents.document import Document
from sokdok.documents.extract import extract
from sokdok.documents.extract.claims import load_schema
from sokdok.documents.joining import joined_pages
from sokdok.errors import EndpointError, InputError
from sokdok.files import name_of
from sokdok.reading.remote.key import base_address
from sokdok.server.executor.documents import pages_read
from sokdok.server.executor.messages import ExtractFields


def check_schema(text: str) -> dict[str, Any]:
    """A JSON schema of an object. Raises InputError for anything else."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the schema is no JSON: {error}") from None
    if not isinstance(schema, dict):
        raise InputError('the schema is none of an object: it needs "type": "object" and "properties"')
    return load_schema(schema)


def extract_fields(asked: ExtractFields) -> dict[str, Any]:
    """Fields with their places. Raises InputError, EndpointError, MissingExtraError."""
    schema, shown_as = check_schema(asked.schema), asked.read.upload.shown_as
    pages = tuple(joined_pages(pages_read(asked.read)))
    document = Document(name_of(Path(shown_as)), shown_as, pages, reader=asked.read.reader)
    try:
        return extract(document, schema, asked.endpoint, model_name=asked.model).to_dict()
    except EndpointError as error:  # its address is nobody's business but the operator's
        raise EndpointError(str(error).replace(base_address(asked.endpoint), "the language model")) from None
