"""What a worker of the desk does with each chore."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_never

from sokdok.errors import EndpointError, SokdokError
from sokdok.files import printable
from sokdok.memory.store.database import NotStored, StoreError
from sokdok.server.desk.documents import find_text, list_figures, pages_read, write_pages
from sokdok.server.desk.extracted import check_schema, extract_fields
from sokdok.server.desk.memories import (
    add_turn,
    conversations,
    forget_conversation,
    search_turns,
    show_image,
    show_memory,
    show_turns,
)
from sokdok.server.desk.messages import (
    AddTurn,
    CheckSchema,
    Chore,
    CompareTexts,
    CutFigure,
    DrawPage,
    DrawText,
    ExtractFields,
    FindMolecules,
    FindText,
    ForgetConversation,
    ListConversations,
    ListFigures,
    ListModels,
    OfMemory,
    OfTask,
    OfText,
    SearchTurns,
    ShowImage,
    ShowMemory,
    ShowTurns,
    Unlock,
    WriteConverted,
    WriteLoaded,
    WriteOcr,
    WritePages,
)
from sokdok.server.desk.molecules import find_molecules
from sokdok.server.desk.opened import OpenedFiles
from sokdok.server.desk.pages import cut_figure, draw_page
from sokdok.server.desk.texts import compare_texts, draw_text, list_models
from sokdok.server.desk.unlocked import unlock
from sokdok.server.engine.messages import Setup
from sokdok.server.engine.refused import Absent, TooLarge, Unreadable


class Work:
    """Does chores for one server."""

    def __init__(self, setup: Setup) -> None:
        self.files = OpenedFiles(Path(setup.spool), setup.limits)

    def do(self, chore: Chore) -> Any:
        """What comes of a chore, JSON-ready. Raises Absent, or Unreadable by the name that people know."""
        try:
            if isinstance(chore, OfTask):
                with self.files.lock:
                    return self._of_task(chore)
            if isinstance(chore, FindMolecules):
                return find_molecules(chore)
            return _of_text(chore) if isinstance(chore, OfText) else _of_memory(chore)
        except (Absent, Unreadable, TooLarge, EndpointError):
            raise
        except NotStored as error:
            raise Absent(self._reason(chore, error)) from None
        except StoreError as error:
            raise StoreError(self._reason(chore, error)) from None
        except SokdokError as error:
            raise Unreadable(self._reason(chore, error)) from None

    def _of_task(self, chore: OfTask) -> Any:
        match chore:
            case DrawPage():
                draw_page(self.files, chore)
            case CutFigure():
                number = chore.figure.partition("-")[0]
                page = next(pages_read(chore.read, int(number)))
                cut_figure(self.files, chore.read, page, chore.figure, Path(chore.to))
            case WritePages():
                write_pages(self.files, chore)
            case ListFigures():
                return list_figures(chore.read)
            case FindText():
                return find_text(chore.read, chore.text)
            case Unlock():
                unlock(self.files, chore)
            case ExtractFields():
                return extract_fields(chore)
            case WriteOcr() | WriteConverted() | WriteLoaded():
                # Their rooms bring pydantic along, which others of the desk's workers need not have.
                from sokdok.server.desk.foreign import write_foreign

                write_foreign(self.files, chore)
            case _:
                assert_never(chore)
        return None

    def _reason(self, chore: Chore, error: SokdokError) -> str:
        """An error's words, without where a file lies here."""
        if isinstance(chore, OfText | FindMolecules):
            return str(error)
        if isinstance(chore, OfMemory):
            return str(error).replace(chore.file, "the memory")
        upload = chore.upload if isinstance(chore, DrawPage | Unlock) else chore.read.upload
        return str(error).replace(printable(self.files.path(upload)), upload.shown_as)


def _of_memory(chore: OfMemory) -> Any:
    match chore:
        case ListConversations():
            return conversations(chore.file)
        case ShowTurns():
            return show_turns(chore)
        case SearchTurns():
            return search_turns(chore)
        case AddTurn():
            return add_turn(chore)
        case ForgetConversation():
            return forget_conversation(chore)
        case ShowMemory():
            return show_memory(chore)
        case ShowImage():
            return show_image(chore.file, chore.sha256)
        case _:
            assert_never(chore)


def _of_text(chore: OfText) -> Any:
    match chore:
        case DrawText():
            return draw_text(chore)
        case CompareTexts():
            return compare_texts(chore)
        case ListModels():
            return list_models()
        case CheckSchema():
            check_schema(chore.schema)
            return None
        case _:
            assert_never(chore)
