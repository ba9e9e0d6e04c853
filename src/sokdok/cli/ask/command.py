"""`sokdok ask`: files and a question to a model behind an endpoint, long texts as pages, the answer as it is written.

stdout has the answer alone; how each file went, what that saved and how long it took is on stderr. Of an answer that
breaks off what had come is kept, and the exit code is 5.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.ask.report import Bill, answer_lines, answer_row, file_line
from sokdok.cli.ui.console import PANEL_READ, note, print_json, progress
from sokdok.cli.ui.files import STDIN, Encoding, read_stdin
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.limit_options import LimitOptions
from sokdok.cli.ui.reader_options import ModelName, Password
from sokdok.errors import EndpointError, InputError

if TYPE_CHECKING:
    from sokdok.asking.ask import Reply
    from sokdok.jobs import Limits
    from sokdok.reading.remote.endpoint import Endpoint
    from sokdok.tokens.models import VisionModel

FALLBACK = "qwen2.5-vl"
"""for a model of which nothing is known: most open weights cut images into patches much as it does"""
TIMEOUT_S = 600.0  # of silence that a server is granted


def register(app: typer.Typer) -> None:
    """Add `sokdok ask` to the product's commands."""
    app.command("ask", rich_help_panel=PANEL_READ)(with_groups(ask))


def ask(
    files: Annotated[list[str], typer.Argument(metavar="FILE|-", help="Texts, PDFs, images; - is a text on stdin.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to ask about them, in any language.")],
    model: Annotated[
        str | None, typer.Option(metavar="URL", help="The endpoint's address, e.g. http://host:8000/v1.")
    ] = None,
    model_name: ModelName = None,
    glyph: Annotated[
        str | None, typer.Option(metavar="WxH", help="Pixels of a character. Default: what the model can read.")
    ] = None,
    form: Annotated[
        str, typer.Option("--as", help="Send files as pages, as text, or auto: whichever is fewer tokens.")
    ] = "auto",
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Most tokens of the answer.")] = None,
    errors: Annotated[str, typer.Option(help="Bytes that are no text: strict or replace.")] = "strict",
    encoding: Encoding = None,
    password: Password = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask nothing; say what it would cost.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, when all is there.")] = False,
    *,
    limiting: LimitOptions,
) -> None:
    """Ask a model about long documents, which are sent as pages where that takes fewer tokens."""
    from sokdok.asking.ask import Reply
    from sokdok.reading.remote.reader import only_model

    _check(files, question)
    prepare = partial(_prepare, files, question, glyph, form, errors, encoding, password, limiting.limits())
    if dry_run and model_name:
        _print_costs(prepare(model_name), as_json)
        return
    with closing(_connect(model)) as endpoint:
        try:
            called = model_name or only_model(endpoint)
        except EndpointError as error:
            if dry_run:
                raise EndpointError(f"{error}; a --dry-run with --model-name gpt-4o asks nobody") from None
            raise
        bill = prepare(called)
        if dry_run:
            _print_costs(bill, as_json)
            return
        reply = Reply(endpoint, called, bill.prompt.content, max_tokens)
        failure = _receive(reply, silent=as_json)
    _conclude(reply, replace(bill, prompt_tokens=reply.prompt_tokens), failure, as_json)


def _check(files: Sequence[str], question: str) -> None:
    if not question.strip():
        raise InputError("the question is empty")
    if files.count(STDIN) > 1:
        raise InputError("standard input can be read only once: give - once")
    if os.path.isfile(question):
        raise InputError(f"{question} is a file; the question comes last, after all files")


def _connect(address: str | None) -> Endpoint:
    if address is None:
        raise InputError(
            "name the endpoint with --model http://host:8000/v1; only a --dry-run does with --model-name alone"
        )
    from sokdok.reading.remote.endpoint import Endpoint

    return Endpoint(address, connections=1, timeout=TIMEOUT_S)


def _prepare(
    files: Sequence[str],
    question: str,
    glyph: str | None,
    form: str,
    errors: str,
    encoding: str | None,
    password: str | None,
    limits: Limits,
    name: str,
) -> Bill:
    """What is to be sent to the model called `name`; how each file goes, and why, is said on stderr."""
    from sokdok.asking.ask import Prompt
    from sokdok.asking.attach import SendOptions, attach, check_count, form_called
    from sokdok.asking.optical import legible_glyphs
    from sokdok.pages.glyphs import get_glyph_size
    from sokdok.tokens.models import find_model

    wanted, known = form_called(form), _find(name)
    model = known or find_model(FALLBACK)
    glyphs = (get_glyph_size(glyph),) if glyph else legible_glyphs(name, model)
    with progress("drawing") as advance:
        options = SendOptions(model, glyphs, wanted, errors, encoding, password, limits, advance)
        attachments = [attach(read_stdin() if file == STDIN else Path(file), options) for file in files]
    check_count(attachments, model)
    for attachment in attachments:
        for remark in attachment.remarks:
            note(f"{attachment.source}: {remark}")
        note(file_line(attachment))
    return Bill(name, Prompt(attachments, question, model), known is not None and known.exact_text)


def _find(name: str) -> VisionModel | None:
    """The model whose arithmetic is used; None, and a note, if nothing is known of it."""
    from sokdok.tokens.models import find_model

    try:
        return find_model(name)
    except InputError:
        note(f"{name} is not among the known models: its tokens are estimated as those of {FALLBACK}")
        return None


def _print_costs(bill: Bill, as_json: bool) -> None:
    if as_json:
        print_json(bill.row())
    else:
        print("\n".join(bill.lines()))


def _receive(reply: Reply, silent: bool) -> EndpointError | None:
    """Write the answer to stdout as it arrives, unless it is to be silent; the error, if one broke it off."""
    from sokdok.documents.sanitize import terminal_text

    out = sys.stdout.buffer
    last = "\n"
    try:
        for piece in reply:
            if not silent:
                last = piece
                out.write(terminal_text(piece).encode("utf-8", "replace"))
                out.flush()
    except EndpointError as error:
        return error
    finally:
        if not last.endswith("\n"):
            out.write(b"\n")
            out.flush()
    return None


def _conclude(reply: Reply, bill: Bill, failure: EndpointError | None, as_json: bool) -> None:
    """The numbers; raises what broke the answer off."""
    if as_json:
        print_json(answer_row(reply, failure) | bill.row())
    if failure:
        raise failure
    for line in (*bill.lines(), *answer_lines(reply)):
        note(line)
