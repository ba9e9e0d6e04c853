"""What a worker of the executor does with each operation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_never

from sokdok.errors import EndpointError, SokdokError
from sokdok.files import printable
from sokdok.memory.store.database import NotStored, StoreError
from sokdok.server.engine.messages import Setup
from sokdok.server.engine.refused import Absent, TooLarge, Unreadable
from sokdok.server.executor.documents import find_text, list_figures, page_read, write_pages
from sokdok.server.executor.extract import check_schema, extract_fields
from sokdok.server.executor.memories import (
    add_turn,
    conversations,
    forget_conversation,
    search_turns,
    show_image,
    show_memory,
    show_turns,
)
from sokdok.server.executor.messages import (
    AddTurn,
    CheckSchema,
    CompareTexts,
    CutFigure,
    DrawPage,
    DrawText,
    ExtractFields,
    FindText,
    ForgetConversation,
    ListConversations,
    ListFigures,
    ListModels,
    OfMemory,
    OfTask,
    OfText,
    Operation,
    SearchTurns,
    ShowImage,
    ShowMemory,
    ShowTurns,
    Unlock,
    WriteConverted,
    WriteOcr,
    WritePages,
)
from sokdok.server.executor.open_files import OpenedFiles
from sokdok.server.executor.pages import cut_figure, draw_page
from sokdok.server.executor.texts import compare_texts, draw_text, list_models
from sokdok.server.executor.unlock import unlock


class Work:
    """Does operations for one server."""

    def __init__(self, setup: Setup) -> None:
        self.files = OpenedFiles(Path(setup.spool), setup.limits)

    def do(self, operation: Operation) -> Any:
        """What comes of an operation, JSON-ready. Raises Absent, or Unreadable by the name that people know."""
        try:
            if isinstance(operation, OfTask):
                with self.files.lock:
                    return self._of_task(operation)
            return _of_text(operation) if isinstance(operation, OfText) else _of_memory(operation)
        except (Absent, Unreadable, TooLarge, EndpointError):
            raise
        except NotStored as error:
            raise Absent(self._reason(operation, error)) from None
        except StoreError as error:
            raise StoreError(self._reason(operation, error)) from None
        except SokdokError as error:
            raise Unreadable(self._reason(operation, error)) from None

    def _of_task(self, operation: OfTask) -> Any:
        match operation:
            case DrawPage():
                draw_page(self.files, operation)
            case CutFigure():
                number = operation.figure.partition("-")[0]
                page = page_read(operation.read, int(number))
                cut_figure(self.files, operation.read, page, operation.figure, Path(operation.to))
            case WritePages():
                write_pages(self.files, operation)
            case ListFigures():
                return list_figures(operation.read)
            case FindText():
                return find_text(operation.read, operation.text)
            case Unlock():
                unlock(self.files, operation)
            case ExtractFields():
                return extract_fields(operation)
            case WriteOcr() | WriteConverted():
                # Their modules bring pydantic along, which others of the executor's workers need not have.
                from sokdok.server.executor.foreign import write_foreign

                write_foreign(self.files, operation)
            case _:
                assert_never(operation)
        return None

    def _reason(self, operation: Operation, error: SokdokError) -> str:
        """An error's words, without where a file lies here."""
        if isinstance(operation, OfText):
            return str(error)
        if isinstance(operation, OfMemory):
            return str(error).replace(operation.file, "the memory")
        upload = operation.upload if isinstance(operation, DrawPage | Unlock) else operation.read.upload
        return str(error).replace(printable(self.files.path(upload)), upload.shown_as)


def _of_memory(operation: OfMemory) -> Any:
    match operation:
        case ListConversations():
            return conversations(operation.file)
        case ShowTurns():
            return show_turns(operation)
        case SearchTurns():
            return search_turns(operation)
        case AddTurn():
            return add_turn(operation)
        case ForgetConversation():
            return forget_conversation(operation)
        case ShowMemory():
            return show_memory(operation)
        case ShowImage():
            return show_image(operation.file, operation.sha256)
        case _:
            assert_never(operation)


def _of_text(operation: OfText) -> Any:
    match operation:
        case DrawText():
            return draw_text(operation)
        case CompareTexts():
            return compare_texts(operation)
        case ListModels():
            return list_models()
        case CheckSchema():
            check_schema(operation.schema)
            return None
        case _:
            assert_never(operation)
