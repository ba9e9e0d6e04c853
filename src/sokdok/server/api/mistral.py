"""Mistral's OCR API, as its clients speak it: `/v1/ocr`, and the files that it is asked about.

A file is its key's alone, and kept for the time of tasks. Fields of `/v1/ocr` that are not named here are passed over,
as Mistral's clients expect.
"""

from __future__ import annotations

import mimetypes
import re
from contextlib import closing
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Depends, File, Form, HTTPException, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from msgspec.structs import replace
from pydantic import BaseModel, Field

from sokdok.server.api import requests
from sokdok.server.api.common import Owner, Parts, Password, Server, once_each
from sokdok.server.errors import Busy
from sokdok.server.tasks.files import shown_name
from sokdok.server.tasks.store import KeptEntry
from sokdok.server.work.mistral import OcrAnswer, OcrForm

router = APIRouter(prefix="/v1", tags=["mistral"])
files = APIRouter(prefix="/files")
MOST_FILES = 1_000  # of a key at a time
_CONTENT = re.compile(r"/v1/files/([0-9a-f]{32})/content$")
_RANGE = re.compile(r"\s*([0-9]{1,7})\s*(?:-\s*([0-9]{1,7})\s*)?")
_MOST_PAGES = 10_000  # numbers that a request may name
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


class DocumentUrl(BaseModel):
    """A document within the request, at an address, or a kept file's."""

    type: Literal["document_url"] = "document_url"
    document_url: str
    document_name: Annotated[str | None, Field(max_length=10_000)] = None


class ImageAddress(BaseModel):
    """Where a picture is."""

    url: str


class ImageUrl(BaseModel):
    """A picture within the request, or at an address."""

    type: Literal["image_url"] = "image_url"
    image_url: str | ImageAddress


class FileId(BaseModel):
    """A file that was kept before."""

    type: Literal["file"] = "file"
    file_id: str


class OcrRequest(BaseModel):
    """A request. `model` may be any: the server's reader answers."""

    model: str | None = None
    document: DocumentUrl | ImageUrl | FileId
    pages: Annotated[
        str | list[Annotated[int, Field(ge=0, lt=10_000_000)]] | None,
        Field(description="From 0: [0, 2], or 0-5,7; all by default.", max_length=_MOST_PAGES),
    ] = None
    include_image_base64: bool | None = None
    image_limit: Annotated[int | None, Field(ge=0)] = None
    image_min_size: Annotated[int | None, Field(ge=0)] = None
    table_format: Annotated[
        Literal["markdown", "html"] | None, Field(description="Tables apart; by default they stand in the Markdown.")
    ] = None
    password: Password = None
    extract_header: bool = False
    extract_footer: bool = False
    include_blocks: bool = False
    confidence_scores_granularity: Literal["word", "page", "block"] | None = None
    bbox_annotation_format: Annotated[Any, Field(description="Refused: pictures get no annotation.")] = None
    document_annotation_format: Annotated[
        dict[str, Any] | None, Field(description="A JSON schema, as OpenAI's: fields as /v1/extract finds them.")
    ] = None
    document_annotation_prompt: Annotated[str | None, Field(description="Refused: no prompt is followed.")] = None

    def refuse(self) -> None:
        """Raise HTTPException 422 for what is asked and can't be done."""
        for name in ("bbox_annotation_format", "document_annotation_prompt"):
            if getattr(self, name) is not None:
                raise HTTPException(422, f"{name}: this server does not do that; document_annotation_format has fields")

    @property
    def fields(self) -> dict[str, Any] | None:
        """The JSON schema of the fields that are wanted. Raises HTTPException 422."""
        if self.document_annotation_format is None:
            return None
        named = self.document_annotation_format.get("json_schema")
        if not isinstance(named, dict) or not isinstance(named.get("schema"), dict):
            raise HTTPException(422, "document_annotation_format: send a json_schema with its schema")
        return named["schema"]

    @property
    def range(self) -> str | None:
        """The pages from 1, as `page_range` takes them. Raises HTTPException 422."""
        if self.pages is None:
            return None
        parts = self.pages.split(",") if isinstance(self.pages, str) else list(map(str, self.pages))
        matches = list(map(_RANGE.fullmatch, parts))
        if not matches or not all(matches):
            raise HTTPException(422, "pages: write them from 0, as [0, 2] or 0-5,7")
        return ",".join(f"{int(match[1]) + 1}-{int(match[2] or match[1]) + 1}" for match in matches if match)


@router.post("/ocr", response_model=None, responses={200: {"model": OcrAnswer, "description": "The pages."}})
async def ocr(request: Request, server: Server, owner: Owner, asked: OcrRequest) -> Response:
    """Read a document."""
    asked.refuse()
    pages, schema = asked.range, None
    if asked.fields is not None:
        schema = await requests.checked_schema(server, owner, asked.fields, "document_annotation_format")
    server.engine.require_room(1, owner)
    with closing(requests.WaitedDocuments(server, owner)) as waiting:
        question = replace(server.engine.question, pages=pages, password=asked.password)
        await waiting.add(*await _spooled(request, server, owner, asked.document), question)
        (task,) = await requests.while_waited(request, server, waiting.ended())
        found = None if schema is None else await requests.fields_of(server, task, schema)
        form = OcrForm(**asked.model_dump(include=set(OcrForm.__struct_fields__)))
        how = form, server.engine.about.reader, server.settings.bounds.body_bytes, found
        return requests.sent(await server.results.answered(task, "write_ocr", *how))


async def _spooled(
    request: Request, server: Parts, owner: str, document: DocumentUrl | ImageUrl | FileId
) -> tuple[str, str]:
    """The document in the spool: its name there, and the one for people."""
    if isinstance(document, DocumentUrl):
        address, name = document.document_url, document.document_name or "document"
    elif isinstance(document, ImageUrl):
        address, name = document.image_url if isinstance(document.image_url, str) else document.image_url.url, "picture"
    id = document.file_id if isinstance(document, FileId) else _id_in(request, server, owner, address)
    if id is None:
        return await requests.from_url(server, address, name)
    return kept_file(server, owner, id)


def kept_file(server: Parts, owner: str, id: str) -> tuple[str, str]:
    """A kept file in the spool once more: its name there, and the one for people. Raises HTTPException 404."""
    kept, file = _required(server, owner, id)
    return server.tasks.spool.again(kept.upload), file.name


Purpose = Literal["ocr", "user_data", "assistants", "vision"]  # Mistral's, and OpenAI's


class MistralFile(msgspec.Struct, frozen=True):
    """A file as it is kept."""

    name: str
    purpose: Purpose = "ocr"


class FileObject(BaseModel):
    """A file for its owner."""

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    filename: str
    purpose: Purpose
    status: Literal["processed"] = "processed"
    sample_type: Literal["ocr_input"] = "ocr_input"
    source: Literal["upload"] = "upload"
    mimetype: str | None = None
    expires_at: int
    deleted: Literal[False] = False


class FileList(BaseModel):
    """A page of the list of files."""

    object: Literal["list"] = "list"
    data: list[FileObject]
    total: int
    has_more: bool


@files.post("", dependencies=[Depends(once_each)])
async def upload(
    server: Server,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A PDF, a picture, an office document or a text.")],
    purpose: Annotated[Purpose, Form(description="Files are kept to be read, whatever it is called.")] = "ocr",
) -> FileObject:
    """Keep a file, so that `/v1/ocr` and chats can be asked about it by its id."""
    if server.tasks.store.count_kept(owner, MistralFile) >= MOST_FILES:
        raise Busy(f"{MOST_FILES:,} files are kept already: delete some", 60.0)
    name = shown_name(file.filename)
    spool = server.tasks.spool
    kept_as = await requests.spooled(server, file.file, name)
    try:
        size = (spool.folder / kept_as).stat().st_size
        file_kept = MistralFile(name, purpose)
        kept = server.tasks.store.keep(owner, file_kept, kept_as, size)
    except BaseException:
        spool.remove(kept_as)
        raise
    return _file_object(server, kept, file_kept)


@files.get("")
async def list_files(
    server: Server,
    owner: Owner,
    page: Annotated[int, Query(ge=0, le=10_000)] = 0,
    page_size: Annotated[int, Query(ge=1, le=1_000)] = 100,
    after: Annotated[str | None, Query(description="Id of a file: those behind it, as OpenAI's clients ask.")] = None,
) -> FileList:
    """Your files, the newest first."""
    files = server.tasks.store.kept_of(owner, MistralFile, MOST_FILES)
    first = next((at for at, (kept, _) in enumerate(files, 1) if kept.id == after), page * page_size)
    data = [_file_object(server, *each) for each in files[first : first + page_size]]
    return FileList(data=data, total=len(files), has_more=first + len(data) < len(files))


@files.get("/{file_id}")
async def retrieve(server: Server, owner: Owner, file_id: str) -> FileObject:
    """What is known of a file."""
    return _file_object(server, *_required(server, owner, file_id))


@files.delete("/{file_id}")
async def delete(server: Server, owner: Owner, file_id: str) -> dict[str, Any]:
    """Delete a file. What is being read of it goes on."""
    kept, _ = _required(server, owner, file_id)
    server.tasks.store.remove_kept(kept.id)
    server.tasks.spool.remove(kept.upload)
    return {"id": kept.id, "object": "file", "deleted": True}


@files.get("/{file_id}/content", response_class=FileResponse, responses=_FILE)
async def content(server: Server, owner: Owner, file_id: str) -> FileResponse:
    """The file itself."""
    kept, file = _required(server, owner, file_id)
    path = server.tasks.spool.folder / kept.upload
    return FileResponse(path, media_type="application/octet-stream", filename=file.name)


@files.get("/{file_id}/url")
async def url(
    request: Request,
    server: Server,
    owner: Owner,
    file_id: str,
    expiry: Annotated[int, Query(ge=1, le=168, description="Hours; without effect: see `expires_at`.")] = 24,
) -> dict[str, str]:
    """An address that `/v1/ocr` takes as `document_url`; it opens with its owner's key alone.

    It has the name by which the server was asked: a proxy that hands on `Host` as it came makes it one for its clients.
    """
    kept, _ = _required(server, owner, file_id)
    return {"url": str(request.base_url.replace(path=f"/v1/files/{kept.id}/content"))}


def _required(server: Parts, owner: str, id: str) -> tuple[KeptEntry, MistralFile]:
    """Somebody's file. Raises HTTPException 404."""
    found = server.tasks.store.kept(id, owner, MistralFile)
    if found is None:
        raise HTTPException(404, "there is no such file: it was another key's, was deleted, or is kept no longer")
    return found


def _id_in(request: Request, server: Parts, owner: str, address: str) -> str | None:
    """The file that an address of this server names; None for any other address.

    A proxy may give the server another name than its clients do, and a prefix: so the id of a file of the owner's,
    which nobody can guess, is enough. With the name that this request has, any id is meant to be one.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    match = _CONTENT.search(parts.path)
    if match is None or parts.scheme not in ("http", "https"):
        return None
    is_here = parts.netloc == request.base_url.netloc and not match.start()
    return match[1] if is_here or server.tasks.store.kept(match[1], owner, MistralFile) is not None else None


def _file_object(server: Parts, kept: KeptEntry, file: MistralFile) -> FileObject:
    return FileObject(
        id=kept.id,
        bytes=kept.bytes,
        created_at=int(kept.created),
        filename=file.name,
        purpose=file.purpose,
        mimetype=mimetypes.guess_type(file.name)[0],
        expires_at=int(kept.created + server.settings.bounds.kept_hours * 3_600),
    )


router.include_router(files)
