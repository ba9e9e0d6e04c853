"""Fields of a document by a JSON schema, each with the place that it was read from.

    document ─ lines ─▶ numbered lines ─ ask ─▶ claims: value and lines ─ evidence ─▶ values with words, or refused

- A model behind an endpoint is shown the document as numbered lines and answers with a value and line numbers for each
  field (`schema` says how that is asked). What it says is a claim, nothing more.
- A claim holds if its value stands in the document (`evidence`): the same characters, number or date. Anything else is
  refused with its reason, so that nothing invented comes out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.documents.blocks import Box
from sokdok.documents.document import Status
from sokdok.documents.extract.claims import Claim, answer_schema, claims_of, load_schema, pointer, validator
from sokdok.documents.extract.evidence import How, lines_of, numbered
from sokdok.documents.question import Question
from sokdok.documents.result import Document, converted
from sokdok.documents.write.json_file import no_constant
from sokdok.errors import EndpointError, InputError
from sokdok.files import json_text
from sokdok.reading.remote.chat import MAX_ANSWER_CHARS, Answer, parse_answer
from sokdok.reading.remote.key import RequestFailed

if TYPE_CHECKING:
    from sokdok.pages.files import Input
    from sokdok.reading.remote.endpoint import Endpoint

MOST_CHARACTERS = 400_000  # of a document that is sent at once, some 100,000 tokens
TIMEOUT_S = 600.0  # for one answer
_PROMPT = Path(__file__).with_name("prompt.txt").read_text(encoding="utf-8")
_WHY = {"looped": "it ran into a repetition", "truncated": "it was cut off at the server's length limit"}
_THOUGHT = "</think>"  # behind what models think aloud, which may have braces, too


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

    data: dict[str, Any]  # fits the schema; null where it asks for what is not in the document
    sources: dict[str, FieldSource]  # JSON pointer of a value in `data` → where it stands
    refused: dict[str, str]  # JSON pointer of a field in the answer → why it has no value
    status: Status  # PARTIAL: something that the schema asks for is missing, or a page could not be read

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
    question: Question | None = None,
) -> Extraction:
    """Fill in the fields of a JSON schema from a document, each value with the place where it stands.

    `file` is what `sokdok.convert` takes, or a document that it gave, whatever it was asked; `question` is what a file
    is asked, such as its pages, and nothing to a document. `schema` is one of an object, or the path of its file.
    `model` is the address of an OpenAI-compatible endpoint, `model_name` what it calls the model, if it has several;
    the document is sent there as text. A value that does not stand in the document is refused. Raises InputError for a
    schema or file that can't be used, EndpointError, MissingExtraError without the extra `remote`.
    """
    wanted = load_schema(schema)
    if not model:
        raise InputError("fields are extracted by a language model: name its endpoint, e.g. http://host:8000/v1")
    from sokdok.reading.remote.endpoint import Endpoint

    with closing(Endpoint(model, connections=1, timeout=TIMEOUT_S)) as endpoint:
        document = file if isinstance(file, Document) else converted(file, question or Question())
        return _extracted(document, wanted, endpoint, model_name)


def _extracted(document: Document, schema: dict[str, Any], endpoint: Any, model_name: str | None) -> Extraction:
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


def ask_fields(endpoint: Endpoint, model: str, lines: str, schema: dict[str, Any]) -> dict[str, Any]:
    """What a model answers about the fields of `schema`, which is that of an answer. Raises EndpointError."""
    prompt = _PROMPT.format(schema=json_text(schema), lines=lines)
    form: dict[str, Any] | None = {
        "type": "json_schema",
        "json_schema": {"name": "fields", "schema": schema, "strict": True},
    }
    try:
        answer = _ask(endpoint, model, prompt, form)
    except RequestFailed:  # many servers know no such thing, and say so in many ways
        form = None
        answer = _ask_or_fail(endpoint, model, prompt, form)
    found, why = _object(answer)
    if found is None:
        again = f"{prompt}\n\nYour last answer could not be used, since {why}. Answer with the JSON object alone."
        found, why = _object(_ask_or_fail(endpoint, model, again, form))
    if found is None:
        raise EndpointError(f"{model} gave no usable answer, twice: {why}; try a larger model, or fewer --pages")
    return found


def _ask_or_fail(endpoint: Endpoint, model: str, prompt: str, form: dict[str, Any] | None) -> Answer:
    try:
        return _ask(endpoint, model, prompt, form)
    except RequestFailed as error:
        raise EndpointError(str(error)) from None


def _ask(endpoint: Endpoint, model: str, prompt: str, form: dict[str, Any] | None) -> Answer:
    from sokdok.reading.remote.reader import CHAT

    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    if form:
        body["response_format"] = form

    def whole(data: Any) -> Answer:
        """All its text: rows of a table that are alike are no loop where the JSON ends well."""
        return replace(parse_answer(data), text=data["choices"][0]["message"]["content"][:MAX_ANSWER_CHARS])

    return endpoint.start(endpoint.ask(CHAT, body, whole)).result()


def _object(answer: Answer) -> tuple[dict[str, Any] | None, str]:
    """The JSON object in an answer, or None and why there is none."""
    text = answer.text.rpartition(_THOUGHT)[2]
    try:
        found, _ = json.JSONDecoder(parse_constant=no_constant).raw_decode(text, text.index("{"))
    except (ValueError, RecursionError) as error:
        why = f"it is no JSON object ({str(error) or type(error).__name__:.100})"
        return None, _WHY.get(answer.status, why)
    return found, ""
