"""docling-serve's API, as its clients speak it: documents converted while they wait, or in the background.

Its clients send all options with their defaults. What makes a difference is a field of `ConvertOptions`; what asks for
something that this server has not is refused by name; all others, such as which OCR engine, which table mode, how
pictures are exported, are taken and have no effect: sokdok's reader decides, and pictures stand as placeholders.
Results of tasks in the background are kept as those of others, and may be had again.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import closing, suppress
from typing import Annotated, Any, BinaryIO, Literal

import msgspec
from fastapi import APIRouter, Form, HTTPException, Query, Request, Response, UploadFile
from msgspec.structs import replace
from pydantic import BaseModel, BeforeValidator, Field

from sokdok.documents.question import Question
from sokdok.server.api import requests
from sokdok.server.api.common import Owner, Parts, Password, Server
from sokdok.server.errors import Unreadable
from sokdok.server.tasks.files import shown_name
from sokdok.server.tasks.store import Task
from sokdok.server.work.docling import FORMS, ConvertAnswer, ConvertedTask, Status

router = APIRouter(prefix="/v1", tags=["docling"])
MOST_SOURCES = 20  # of a request
_PARTS = re.compile(r"[\s,;\[\]\"']+")
_MOST_PAGE = 10_000_000
_MOST_WAIT_S = 60.0
_MISSING = "Task not found."  # as docling's client knows it


def _words(given: Any) -> Any:
    """The items of a list: they stand apart, or in one text, as forms have them."""
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        return given
    return [word for text in given for word in _PARTS.split(text) if word]


class ConvertOptions(BaseModel):
    """How to convert."""

    to_formats: Annotated[
        list[str], BeforeValidator(_words), Field(description=f"Of {', '.join(FORMS)}.", max_length=100)
    ] = ["md"]
    page_range: Annotated[
        tuple[int, int] | None,
        BeforeValidator(lambda given: _words(given) or None),
        Field(description="First and last page, from 1.", examples=[[1, 10]]),
    ] = None
    do_ocr: Annotated[bool, Field(description="False: the words of text layers alone.")] = True
    force_ocr: Annotated[bool, Field(description="Pixels are read even where there is a text layer.")] = False
    md_page_break_placeholder: Annotated[str, Field(max_length=1_000, description="Between pages.")] = ""
    return_as_file: Annotated[bool, Field(description="A zip archive.")] = False
    password: Password = None
    do_picture_description: Annotated[bool, Field(description="Refused: pictures are not described.")] = False
    do_picture_classification: Annotated[bool, Field(description="Refused: pictures are not classified.")] = False
    do_chart_extraction: Annotated[bool, Field(description="Refused: charts are read by /v1/parse.")] = False

    def check(self) -> None:
        """Raise HTTPException 422 for what is asked and can't be done."""
        for name in ("do_picture_description", "do_picture_classification", "do_chart_extraction"):
            if getattr(self, name):
                raise HTTPException(422, f"{name}: this server does not do that; leave it out")
        unknown = [form for form in self.forms if form not in FORMS]
        if unknown:
            raise HTTPException(422, f"to_formats: {unknown[0][:50]!r} is not made here; there are {', '.join(FORMS)}")
        if self.page_range is not None and not 1 <= self.page_range[0] <= self.page_range[1]:
            raise HTTPException(422, "page_range: first and last page, from 1")

    @property
    def forms(self) -> list[str]:
        """Docling's names."""
        return list(dict.fromkeys(self.to_formats)) or ["md"]

    def asked(self, usual: Question) -> Question:
        """What a document is asked; clients that want all of its pages send the largest number there is."""
        first, last = self.page_range or (1, _MOST_PAGE)
        pages = f"{min(first, _MOST_PAGE)}-{'' if last >= _MOST_PAGE else last}"
        source = "reader" if self.force_ocr else "auto" if self.do_ocr else "text-layer"
        return replace(usual, pages=pages, source=source, password=self.password)


class ConvertForm(ConvertOptions):
    """Files that are sent, and how to convert them."""

    files: Annotated[list[UploadFile], Field(description="PDFs, pictures, office documents or texts.", min_length=1)]
    target_type: Annotated[str, Field(description="inbody or zip; several documents are a zip always.")] = "inbody"


class HttpSource(BaseModel):
    """A document at an address: refused."""

    kind: Literal["http"] = "http"
    url: str


class FileSource(BaseModel):
    """A document within the request."""

    kind: Literal["file"] = "file"
    base64_string: str
    filename: Annotated[str, Field(max_length=10_000)] = ""


class ConvertTarget(BaseModel):
    """Where results go."""

    kind: str = "inbody"


class SourcesRequest(BaseModel):
    """A request for documents within it."""

    options: ConvertOptions = ConvertOptions()
    sources: Annotated[list[HttpSource | FileSource], Field(min_length=1, max_length=MOST_SOURCES)]
    target: ConvertTarget = ConvertTarget()
    callbacks: Annotated[list[Any], Field(description="Refused: the server calls nobody.")] = []

    @property
    def files(self) -> list[FileSource]:
        """The documents. Raises HTTPException 422 for what is asked and can't be done."""
        if self.callbacks:
            raise HTTPException(422, "callbacks: the server calls nobody; ask /v1/status/poll/{id} with wait=60")
        if any(isinstance(source, HttpSource) for source in self.sources):
            raise HTTPException(422, "sources: the server fetches nothing; send files, in base64")
        return [source for source in self.sources if isinstance(source, FileSource)]


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ConvertAnswer,
        "description": "One document; a zip archive if it was asked for, or of several documents.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


Source = UploadFile | FileSource
_Form = Annotated[ConvertForm, Form(media_type="multipart/form-data")]


@router.post("/convert/file", response_model=None, responses=_ANSWERS)
async def convert_file(request: Request, server: Server, owner: Owner, form: _Form) -> Response:
    """Convert files that are sent."""
    return await _converted(request, server, owner, form.files, form, form.target_type)


@router.post("/convert/source", response_model=None, responses=_ANSWERS)
async def convert_source(request: Request, server: Server, owner: Owner, asked: SourcesRequest) -> Response:
    """Convert documents within the request."""
    return await _converted(request, server, owner, asked.files, asked.options, asked.target.kind)


async def _converted(
    request: Request, server: Parts, owner: str, sources: Sequence[Source], options: ConvertOptions, target: str
) -> Response:
    zipped = _is_zip(target, options)
    with closing(requests.WaitedDocuments(server, owner)) as waiting:
        async for upload, name in _spooled(server, owner, sources):
            await waiting.add(upload, name, options.asked(server.engine.question))
        return await _answer(server, await requests.while_waited(request, server, waiting.ended()), options, zipped)


def _is_zip(target: str, options: ConvertOptions) -> bool:
    """Whether the answer is an archive. Raises HTTPException 422 for a target outside it, and what `check` does."""
    options.check()
    if target not in ("inbody", "zip"):
        # In words by which docling's own client knows that it is to ask for the document itself.
        raise HTTPException(422, f"target: {target[:50]!r} is not served: input should be 'inbody' or 'zip'")
    return target == "zip"


async def _answer(server: Parts, tasks: Sequence[Task], options: ConvertOptions, zipped: bool) -> Response:
    """Documents that have ended, as their client wants them."""
    zipped = zipped or options.return_as_file or len(tasks) > 1
    converted = [
        ConvertedTask(server.tasks.read(task), _status_of(task), (task.ended or task.created) - task.created)
        for task in tasks
    ]
    how = converted, options.forms, options.md_page_break_placeholder, zipped
    file = await server.results.answered(tasks[0], "write_converted", *how)
    return requests.sent(file, "application/zip", "converted_docs.zip") if zipped else requests.sent(file)


async def _spooled(server: Parts, owner: str, sources: Sequence[Source]) -> AsyncIterator[tuple[str, str]]:
    """Each document's name in the spool, and the one for people; whoever gets it removes it."""
    if len(sources) > MOST_SOURCES:
        raise HTTPException(422, f"a request may have {MOST_SOURCES} documents, and this one has {len(sources)}")
    server.engine.require_room(len(sources), owner)
    for number, source in enumerate(sources, 1):
        name = shown_name(source.filename, f"document-{number}")
        if isinstance(source, FileSource):
            file: BinaryIO = io.BytesIO(await asyncio.to_thread(requests.from_base64, source.base64_string, name))
        else:
            file = source.file
        yield await requests.spooled(server, file, name, alone=len(sources) == 1), name


def _status_of(task: Task) -> Status:
    """What became of a document."""
    if task.state != "done" or task.failed == len(task.job.pages):
        return "failure"
    return "partial_success" if task.failed else "success"


class DoclingTask(msgspec.Struct, frozen=True):
    """A request as it is kept."""

    tasks: tuple[str, ...]  # ids of ours, one a document
    options: dict[str, object]
    zipped: bool


class ConversionCounts(BaseModel):
    """How far a task is, counted in documents."""

    num_docs: int
    num_processed: int
    num_succeeded: int
    num_partially_succeeded: int
    num_failed: int


class ConversionFailure(BaseModel):
    """Why a task failed."""

    category: str = "unknown"
    message: str
    retryable: bool = False
    phase: str = "execution"
    details: dict[str, Any] = {}


class ConversionTask(BaseModel):
    """How a task goes on."""

    task_id: str
    task_type: Literal["convert"] = "convert"
    task_status: Literal["pending", "started", "success", "failure"]
    task_position: Annotated[int | None, Field(description="Pages that are read before it.")] = None
    task_meta: ConversionCounts
    error_message: str | None = None
    failure: ConversionFailure | None = None


@router.post("/convert/file/async")
async def begin_file(server: Server, owner: Owner, form: _Form) -> ConversionTask:
    """Accept files that are sent."""
    return await _accepted(server, owner, form.files, form, form.target_type)


@router.post("/convert/source/async")
async def begin_source(server: Server, owner: Owner, asked: SourcesRequest) -> ConversionTask:
    """Accept documents within the request."""
    return await _accepted(server, owner, asked.files, asked.options, asked.target.kind)


@router.get("/status/poll/{task_id}")
async def poll(
    server: Server,
    owner: Owner,
    task_id: str,
    wait: Annotated[float, Query(ge=0, description=f"Seconds, until it ends; {_MOST_WAIT_S:g} at most.")] = 0.0,
) -> ConversionTask:
    """How a task goes on."""
    kept = _required(server, owner, task_id)
    handles = [handle for id in kept.tasks if (handle := server.tasks.handle(id)) is not None]
    if handles and wait:
        ends = asyncio.gather(*(handle.ended() for handle in handles), return_exceptions=True)  # why is said below
        with suppress(TimeoutError):
            await asyncio.wait_for(ends, min(wait, _MOST_WAIT_S))
    return _conversion(server, task_id, _tasks(server, owner, kept))


@router.get("/result/{task_id}", response_model=None, responses=_ANSWERS)
async def result(server: Server, owner: Owner, task_id: str) -> Response:
    """What became of a task; 404 until it has ended."""
    kept = _required(server, owner, task_id)
    tasks = _tasks(server, owner, kept)
    if any(task.ended is None for task in tasks):
        raise HTTPException(404, "Task result not found: ask /v1/status/poll/{id} with wait=60", {"Retry-After": "1"})
    failed = next((task for task in tasks if task.state != "done"), None)
    if failed is not None:
        raise Unreadable(requests.why_unreadable(server, failed))
    if all(_status_of(task) == "failure" for task in tasks):
        raise Unreadable(requests.why_unreadable(server, tasks[0]))
    return await _answer(server, tasks, ConvertOptions.model_validate(kept.options), kept.zipped)


async def _accepted(
    server: Parts, owner: str, sources: Sequence[Source], options: ConvertOptions, target: str
) -> ConversionTask:
    zipped, tasks = _is_zip(target, options), list[Task]()
    try:
        async for upload, name in _spooled(server, owner, sources):
            question, alone = options.asked(server.engine.question), len(sources) == 1
            tasks.append(await requests.accepted(server, owner, upload, name, question, alone=alone))
        # The files lie there without their password.
        kept_options = options.model_dump(include=set(ConvertOptions.model_fields) - {"password"})
        value = DoclingTask(tuple(task.id for task in tasks), kept_options, zipped)
        kept = server.tasks.store.keep(owner, value)
    except BaseException:
        for task in tasks:
            server.tasks.forget(task)
        raise
    return _conversion(server, kept.id, tasks)


@router.post("/chunk/{how:path}", include_in_schema=False)
@router.post("/convert/source/batch", include_in_schema=False)
async def not_served(server: Server, owner: Owner) -> None:
    """Ways of docling-serve that are not served."""
    raise HTTPException(
        422,
        "this server cuts nothing into chunks and takes no batches: convert each document, and "
        "chunk it where you are, as by docling.chunking.HybridChunker",
    )


def _required(server: Parts, owner: str, id: str) -> DoclingTask:
    found = server.tasks.store.kept(id, owner, DoclingTask)
    if found is None:
        raise HTTPException(404, _MISSING)
    return found[1]


def _tasks(server: Parts, owner: str, kept: DoclingTask) -> list[Task]:
    found = [task for id in kept.tasks if (task := server.tasks.find(id, owner)) is not None]
    if len(found) < len(kept.tasks):
        raise HTTPException(404, _MISSING)
    return found


def _conversion(server: Parts, id: str, tasks: Sequence[Task]) -> ConversionTask:
    """A request for its owner: it has ended when all its documents have."""
    states = [_status_of(task) if task.ended is not None else "" for task in tasks]
    handles = [handle for task in tasks if (handle := server.tasks.handle(task.id)) is not None]
    failed = (task for task, state in zip(tasks, states, strict=True) if state == "failure")
    reason = next((requests.why_unreadable(server, task) for task in failed), "")
    status: Literal["pending", "started", "success", "failure"]
    if all(states):
        status = "failure" if set(states) == {"failure"} else "success"
    else:
        status = "pending" if all(handle.state == "waiting" for handle in handles) and not any(states) else "started"
    return ConversionTask(
        task_id=id,
        task_status=status,
        task_position=max(map(server.engine.before, handles)) if handles else None,
        task_meta=ConversionCounts(
            num_docs=len(tasks),
            num_processed=sum(map(bool, states)),
            num_succeeded=states.count("success"),
            num_partially_succeeded=states.count("partial_success"),
            num_failed=states.count("failure"),
        ),
        error_message=reason or None,
        failure=ConversionFailure(message=reason) if reason else None,
    )
