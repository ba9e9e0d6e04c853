"""What a command asks a reader for: which reader, which task or prompt, and the options that this reader takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.reading import Reader

Model = Annotated[
    str,
    typer.Option(help="nano, a hub id, a checkpoint's folder, or the address of an endpoint (http://host:8000/v1)."),
]
ModelName = Annotated[str | None, typer.Option(help="The endpoint's name for the model, if it has several.")]
Dtype = Annotated[str, typer.Option(help="Weights of a published checkpoint: bfloat16, float32 or int8.")]
Device = Annotated[str, typer.Option(help="Where a published checkpoint runs: auto, cpu, cuda or mps.")]
TaskName = Annotated[
    str | None, typer.Option("--task", help="markdown, ocr, free, figure, describe, locate, document or pages.")
]
Find = Annotated[str | None, typer.Option(help="What to look for, with --task locate.")]
Prompt = Annotated[str | None, typer.Option(help="Ask this instead of a task, word for word.")]
Temperature = Annotated[float | None, typer.Option(min=0, help="Draw tokens at random; 0 takes the likeliest.")]
TopP = Annotated[float | None, typer.Option(help="Draw from the tokens that hold this share of the probability.")]
MaxTokens = Annotated[int | None, typer.Option(min=1, help="Most tokens read from a page.")]


@dataclass(frozen=True)
class Question:
    """What each page is asked."""

    prompt: str | None
    """None leaves it to the reader"""
    layout: bool
    """whether the answer has layout markup"""

    @property
    def options(self) -> dict[str, Any]:
        """As an argument of `Reader.read`."""
        return {} if self.prompt is None else {"prompt": self.prompt}


def question(reader: Reader, task: str | None, find: str | None, prompt: str | None) -> Question:
    """The prompt of a task, or a raw one; by default what the reader's family does best. Raises InputError."""
    from sokdok.reading.prompts import TASKS, default_task, prompt_for

    if prompt is not None:
        if task or find:
            raise InputError("--prompt is asked word for word: leave out --task and --find")
        return Question(prompt, layout=True)  # unknown words may ask for markup
    family = reader.abilities.family
    if task is None and find is not None:
        task = "locate"
    if task is None and family is None:
        return Question(None, layout=False)
    name = task or default_task(str(family))
    chosen = Question(prompt_for(name, find), TASKS[name].layout)
    if name not in reader.abilities.tasks:
        instead = (
            "`sokdok parse` reads figures" if name == "figure" else "it needs a published checkpoint or an endpoint"
        )
        raise InputError(f"{reader.name} knows no --task {name}: {instead}")
    return chosen


def fitting(reader: Reader, **options: Any) -> dict[str, Any]:
    """The options that were given (not None). Raises InputError for one that the reader does not take."""
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if not reader.abilities.takes(name):
            raise InputError(f"{reader.name} takes no --{name.replace('_', '-')}; leave it out")
    return given


def sampling_options(reader: Reader, temperature: float | None, top_p: float | None) -> dict[str, Any]:
    """`sampling` for a reader, if either number was given. Raises InputError if it always takes the likeliest."""
    if temperature is None and top_p is None:
        return {}
    if not reader.abilities.sampling:
        raise InputError(f"{reader.name} always takes the likeliest: leave out --temperature and --top-p")
    from sokdok.reading.reading import Sampling

    return {"sampling": Sampling(temperature or 0.0, 1.0 if top_p is None else top_p)}
