"""A question with what this process needs to answer it: an open reader, and what parses figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sokdok.documents.convert.outputs import identity
from sokdok.documents.pictures import Parse
from sokdok.documents.question import Question
from sokdok.reading.prompts import prompt_for
from sokdok.reading.reading import Reader

PIXEL_FORMS = ("hocr", "pdf")  # those that put words on pictures of pages


@dataclass(frozen=True)
class Conversion:
    """What is asked of each file, and who reads."""

    question: Question = field(default_factory=Question)
    reader: Reader | None = None  # None where only text layers are asked for
    figures: Parse | None = None  # what to do with each figure

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the reader's `read` is given besides a mode; the prompt for layout where none is asked."""
        asked = self.question
        task = self.reader.abilities.layout_task if self.reader else None
        prompt = prompt_for(task) if asked.prompt is None and task is not None else asked.prompt
        given = {"prompt": prompt, "decoder": asked.decoder, "sampling": asked.sampling, "max_tokens": asked.max_tokens}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def reader_name(self) -> str:
        """What the reader is called; empty where there is none."""
        return self.reader.name if self.reader else ""

    @property
    def pixels(self) -> str:
        """The first option that needs pages with pixels; empty if none does."""
        if self.question.source != "auto":
            return f"--source {self.question.source}"
        if self.question.page_images:
            return "--page-images"
        return next((f"--to {form}" for form in self.question.to if form in PIXEL_FORMS), "")

    def job(self, path: Path) -> dict[str, Any]:
        """All of it that changes the outputs, as plain JSON."""
        asked = self.question
        return identity(path) | {
            "reader": self.reader.name if self.reader else None,
            "options": {name: str(value) for name, value in sorted(self.arguments.items())},
            "mode": asked.mode,
            "source": asked.source,
            "dpi": asked.dpi,
            "pages": asked.pages,
            "furniture": asked.headers,
            "words": asked.words,
            "to": sorted(asked.to),
            "page_images": asked.page_images,
            "overlay": False,  # as versions before 0.3 have it, whose folders stay done
            "figures": self.figures is not None,
            **({"encoding": asked.encoding} if asked.encoding else {}),
        }


def open_reader(question: Question, threads: int = 0) -> Reader | None:
    """The reader that is asked, if pixels are looked at. Raises SokdokError, also for what it does not take."""
    if not question.needs_reader:
        return None
    from sokdok.reading import load  # with the runtime of nets, which text layers don't need

    reader = load(question.reader, model=question.model, dtype=question.dtype, device=question.device, threads=threads)
    require_taken(question, reader)
    return reader


def require_taken(question: Question, reader: Reader) -> None:
    """Raise InputError for what a reader is asked and does not take."""
    mode = None if question.mode == "auto" else question.mode
    sampling, able = question.sampling, reader.abilities
    able.check(reader.name, mode=mode, decoder=question.decoder, sampling=sampling, max_tokens=question.max_tokens)
    if question.prompt is not None:
        able.check_prompt(reader.name, question.prompt)
