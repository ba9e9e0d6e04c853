"""The options that say what is asked of every page of a corpus, and with what means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast

import typer

from sokdok.cli.ui.engine_options import Gpus, RayAddress, check_engine
from sokdok.cli.ui.files import Encoding
from sokdok.cli.ui.reader_options import MODES, Device, Dtype, Model, ModelName
from sokdok.errors import require_choice

if TYPE_CHECKING:
    from sokdok.documents.question import Question

SOURCES = ("auto", "reader", "text-layer")


@dataclass(frozen=True)
class QuestionOptions:
    """What is asked of every page."""

    PANEL: ClassVar[str] = "What is asked of every page"
    model: Model = "nano"
    model_name: ModelName = None
    source: Annotated[str, typer.Option(help="Whose text: reader, text-layer (of PDFs), or auto.")] = "auto"
    mode: Annotated[str, typer.Option(help=f"Resolution: {', '.join(MODES)}.")] = "auto"
    prompt: Annotated[str | None, typer.Option(help="Ask this, word for word. Default: what gives layout.")] = None
    dtype: Dtype = "bfloat16"
    temperature: Annotated[float | None, typer.Option(min=0, help="Draw tokens at random.")] = None
    top_p: Annotated[float | None, typer.Option(help="Draw from the likeliest tokens with this much probability.")] = (
        None
    )
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Most tokens read from a page.")] = None
    dpi: Annotated[
        float | None, typer.Option(min=1, max=2400, help="Resolution of PDF pages; by default one that shows the text.")
    ] = None
    encoding: Encoding = None

    def __post_init__(self) -> None:
        require_choice("source", self.source, SOURCES)
        require_choice("mode", self.mode, MODES)

    def question(self) -> Question:
        """The question."""
        from sokdok.documents.question import Question

        return Question(
            reader=self.model,
            model=self.model_name,
            dtype=self.dtype,
            source=cast(Literal["auto", "reader", "text-layer"], self.source),
            mode=self.mode,
            prompt=self.prompt,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            dpi=self.dpi,
            encoding=self.encoding,
        )


@dataclass(frozen=True)
class MeansOptions:
    """With what means pages are read; they change nothing of what is found."""

    PANEL: ClassVar[str] = "Who reads"
    engine: Annotated[
        str, typer.Option(help="local: worker processes on this machine; ray: on a Ray cluster (the extra ray).")
    ] = "local"
    address: RayAddress = None
    vllm_args: Annotated[
        str, typer.Option(help="With --model vllm:MODEL, which starts a vLLM for the run: arguments for vllm serve.")
    ] = ""
    gpus: Gpus = 0.0
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", "-j", min=1, help="Default: one a core, of the whole cluster; one a GPU for a checkpoint."
        ),
    ] = None
    batch: Annotated[int, typer.Option(min=1, help="Pages read at a time by a worker.")] = 8
    device: Device = "auto"
    silence: Annotated[
        float, typer.Option(min=1, help="Seconds in which a worker must read a page, or a batch of them.")
    ] = 600.0

    def __post_init__(self) -> None:
        check_engine(self.engine, address=self.address, gpus=self.gpus)
