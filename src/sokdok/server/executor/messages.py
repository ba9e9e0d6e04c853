"""What the executor's workers are asked, as plain data that crosses pipes."""

from __future__ import annotations

from typing import Literal

import msgspec

from sokdok.documents.question import Question


class Upload(msgspec.Struct, frozen=True):
    """A file in the spool."""

    name: str  # in the spool
    shown_as: str  # what people call it


class Read(msgspec.Struct, frozen=True):
    """A task whose pages are read, or some of them."""

    journal: str  # the file of tasks
    id: str
    upload: Upload
    asked: Question
    reader: str  # who read it; empty if nobody did


class DrawPage(msgspec.Struct, frozen=True, tag="page"):
    """Draw a page, at least `width` pixels wide where it can be, as PNG to a file."""

    upload: Upload
    page: int  # number, from 1
    width: int
    to: str


class CutFigure(msgspec.Struct, frozen=True, tag="figure"):
    """Cut a figure out of its page, as PNG to a file."""

    read: Read
    figure: str  # as `ListFigures` names it
    to: str


class WritePages(msgspec.Struct, frozen=True, tag="write"):
    """Write pages in one of the forms of a document to a file."""

    read: Read
    form: str
    words: bool
    to: str
    page: int | None = None  # this one alone, as it was read; None: all, with what goes on from page to page joined


class ListFigures(msgspec.Struct, frozen=True, tag="figures"):
    """Say which figures stand on the pages read so far."""

    read: Read


class FindText(msgspec.Struct, frozen=True, tag="find"):
    """Say where a text stands on the pages read so far."""

    read: Read
    text: str


class Unlock(msgspec.Struct, frozen=True, tag="unlock"):
    """Put a PDF without its password in the place of one with it."""

    upload: Upload
    password: str

    def __repr__(self) -> str:
        return f"Unlock({self.upload})"  # a password is nobody's to read


class OcrForm(msgspec.Struct, frozen=True):
    """What of pages Mistral's clients want, in the words of their API."""

    include_image_base64: bool = False
    image_limit: int | None = None
    image_min_size: int | None = None
    table_format: Literal["markdown", "html"] | None = None
    extract_header: bool = False
    extract_footer: bool = False
    include_blocks: bool = False
    confidence_scores_granularity: Literal["word", "page", "block"] | None = None


class WriteOcr(msgspec.Struct, frozen=True, tag="ocr"):
    """Write the answer of `/v1/ocr` to a file."""

    read: Read
    form: OcrForm
    model: str  # what the answer names
    most_bytes: int  # of its pictures
    to: str


class Ended(msgspec.Struct, frozen=True):
    """A task that has ended, as docling's clients are told of it."""

    read: Read
    status: Literal["success", "partial_success", "failure"]
    seconds: float


class WriteConverted(msgspec.Struct, frozen=True, tag="converted"):
    """Write the answer of docling's endpoints to a file: JSON of one document, or an archive."""

    ended: tuple[Ended, ...]
    forms: tuple[str, ...]  # docling's names
    between: str  # what stands between pages of Markdown
    zipped: bool
    to: str

    @property
    def read(self) -> Read:
        """The first one's."""
        return self.ended[0].read


class CheckSchema(msgspec.Struct, frozen=True, tag="schema"):
    """Say whether fields can be extracted by a JSON schema."""

    schema: str


class ExtractFields(msgspec.Struct, frozen=True, tag="extract"):
    """Have a language model fill in the fields of a JSON schema, and hold what it says against the pages."""

    read: Read
    schema: str
    endpoint: str  # its address
    model: str | None  # what the endpoint calls it


class ListConversations(msgspec.Struct, frozen=True, tag="conversations"):
    """Say what is in a memory."""

    file: str  # the memory's


class ShowTurns(msgspec.Struct, frozen=True, tag="turns"):
    """Give turns of a conversation."""

    file: str
    conversation: str
    first: int | None  # number; None: the newest ones
    most: int


class SearchTurns(msgspec.Struct, frozen=True, tag="search"):
    """Find turns by their words."""

    file: str
    words: str
    conversation: str | None  # None: all
    most: int


class AddTurn(msgspec.Struct, frozen=True, tag="add"):
    """Store a turn."""

    file: str
    conversation: str
    role: str
    text: str
    name: str | None = None
    time: str | None = None  # ISO 8601; None: now
    important: bool = False
    images: tuple[bytes, ...] = ()


class ForgetConversation(msgspec.Struct, frozen=True, tag="forget"):
    """Delete a conversation."""

    file: str
    conversation: str


class ShowMemory(msgspec.Struct, frozen=True, tag="view"):
    """Show what a model is shown of a conversation."""

    file: str
    conversation: str
    budget: int  # tokens
    model: str


class ShowImage(msgspec.Struct, frozen=True, tag="image"):
    """Give an image of a turn."""

    file: str
    sha256: str


class DrawText(msgspec.Struct, frozen=True, tag="draw"):
    """Draw a text as pages, and say what it costs."""

    text: str
    mode: str
    cell: str | None  # None: the largest that fits one page
    for_nano: bool  # whether characters that nano does not know are drawn as their code points
    model: str | None  # whose price is told
    most_pages: int


class CompareTexts(msgspec.Struct, frozen=True, tag="compare"):
    """Say how a text that was read differs from the one that was drawn."""

    drawn: str
    read: str


class ListModels(msgspec.Struct, frozen=True, tag="models"):
    """Say which models' tokens are known, and prices."""


Foreign = WriteOcr | WriteConverted
OfText = DrawText | CompareTexts | ListModels | CheckSchema
OfMemory = ListConversations | ShowTurns | SearchTurns | AddTurn | ForgetConversation | ShowMemory | ShowImage
OfTask = DrawPage | CutFigure | WritePages | ListFigures | FindText | Unlock | ExtractFields | Foreign
Operation = OfTask | OfMemory | OfText


class Ask(msgspec.Struct, frozen=True):
    """An operation to do."""

    id: int
    operation: Operation
