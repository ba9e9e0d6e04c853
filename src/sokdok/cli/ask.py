"""`sokdok ask`: files and a question to a model behind an endpoint, long texts as pages, the answer as it is written.

stdout has the answer alone; how each file went, what that saved and how long it took is on stderr. Of an answer that
breaks off what had come is kept, and the exit code is 5; 1 if it is empty, cut at a limit, or repeats itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from sokdok.cli.memory import BUDGET, Budget, MemoryPlace, opened
from sokdok.cli.ui.console import count_of, note, print_json, progress, write
from sokdok.cli.ui.options import STDIN, Encoding, Limit, Password, file_or_stdin, limits_of, split_model
from sokdok.compress.ask import Prompt, Reply
from sokdok.compress.attach import Attachment, SendOptions, attach, check_count, form_called
from sokdok.compress.pages import legible_glyphs
from sokdok.documents.sanitize import terminal_text
from sokdok.errors import EndpointError, InputError, SokdokError
from sokdok.jobs import Limits
from sokdok.memory.tools import ASK, named_turns
from sokdok.reading import ENDPOINTS
from sokdok.tokens.models import find_model

FALLBACK = "qwen2.5-vl"  # for a model of which nothing is known: most open weights cut images into patches as it does
TIMEOUT_S = 600.0  # of silence that a server is granted
ROUNDS = 4  # answers of a model about a memory, all but the last of which may name turns to be recalled
LEAST_SHARE = 0.1  # of the estimate that a server's count of pictures is believed to be, at least


def ask(
    words: Annotated[list[str], typer.Argument(metavar="FILE|-… QUESTION", help="Files, texts or PDFs; what to ask.")],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="URL#NAME",
            help="The endpoint, e.g. http://host:8000/v1, and its name for the model, if it has several; for a "
            "--dry-run a model's name alone, as gpt-4o.",
        ),
    ] = None,
    memory: Annotated[str | None, typer.Option(metavar="FILE#NAME", help="A memory, and its conversation.")] = None,
    budget: Budget = BUDGET,
    form: Annotated[
        str, typer.Option("--as", help="Send files as pages, as text, or auto: whichever is fewer tokens.")
    ] = "auto",
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Most tokens of the answer.")] = None,
    encoding: Encoding = None,
    password: Password = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask nothing; say what it would cost.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, when all is there.")] = False,
    limit: Limit = None,
) -> None:
    """Ask a model about a memory, or long documents, sent as pages where that takes fewer tokens."""
    *files, question = words
    if not files and memory is None:
        raise InputError("name a file before the question, or a memory with --memory")
    if not question.strip():
        raise InputError("the question is empty")
    if files.count(STDIN) > 1:
        raise InputError("standard input can be read only once: give - once")
    if os.path.isfile(question):
        raise InputError(f"{question} is a file; the question comes last, after all files")
    file, _, conversation = (memory or "").partition("#")
    place = MemoryPlace(Path(file), conversation or None) if memory else None
    prepare = partial(_prepare, files, question, form, encoding, password, limits_of(limit))
    address, name = split_model(model or "")
    if dry_run and (name or not address.startswith(ENDPOINTS)) and model:
        return _print_costs(prepare(name or address), place, budget, as_json)
    if not address.startswith(ENDPOINTS):
        raise InputError("name the endpoint with --model http://host:8000/v1; only a --dry-run does with a name alone")
    from sokdok.reading.remote.endpoint import Endpoint  # which needs the extra `remote`
    from sokdok.reading.remote.reader import only_model

    with closing(Endpoint(address, connections=1, timeout=TIMEOUT_S)) as endpoint:
        try:
            called = name or only_model(endpoint)
        except EndpointError as error:
            if dry_run:
                raise EndpointError(f"{error}; a --dry-run with --model gpt-4o asks nobody") from None
            raise
        bill = prepare(called)
        if dry_run:
            return _print_costs(bill, place, budget, as_json)
        send = partial(Reply, endpoint, called, max_tokens=max_tokens)
        if place is None:
            reply = send([{"role": "user", "content": bill.prompt.content}])
            failure = _receive(reply, silent=as_json)
            bill = replace(bill, prompt_tokens=reply.prompt_tokens)
        else:
            reply, failure, bill = _ask_memory(place, budget, bill, send)
            print(terminal_text(reply.text) + "\n" if not as_json else "", end="")
    if as_json:
        print_json(answer_row(reply, failure) | bill.row())
    if failure:
        raise failure
    for line in (*bill.lines(), *answer_lines(reply)):
        note(line)
    if reply.status != "ok" or not reply.text:
        raise typer.Exit(SokdokError.exit_code)


def _ask_memory(
    place: MemoryPlace, budget: int, bill: Bill, send: Callable[..., Reply]
) -> tuple[Reply, EndpointError | None, Bill]:
    """Ask about a memory: the model looks at a view, names the turns whose words it needs, gets them, and answers."""
    model = bill.prompt.model
    with opened(place) as memory:
        view = memory.view(budget, model.name, bill.prompt.question)
        note(f"{place.file}: {view.tokens:,} of {budget:,} tokens show {view.turns:,} turns")
        asked = [*bill.prompt.content, {"type": "text", "text": ASK}]
        tokens = view.tokens
        messages = [*view.messages(), {"role": "user", "content": asked}]
        for _ in range(ROUNDS):
            failure = _receive(reply := send(messages), silent=True)
            if failure or (words := named_turns(memory, reply.text)) is None:
                return reply, failure, replace(bill, memory_tokens=tokens)
            tokens += model.count_text(reply.text) + model.count_text(words) + 2 * model.message_tokens
            messages += [{"role": "assistant", "content": reply.text}, {"role": "user", "content": words}]
    raise EndpointError(f"the model named turns {ROUNDS} times and gave no answer: try a larger --budget")


def _prepare(
    files: Sequence[str],
    question: str,
    form: str,
    encoding: str | None,
    password: str | None,
    limits: Limits,
    name: str,
) -> Bill:
    """What is to be sent to the model called `name`; how each file goes, and why, is said on stderr."""
    wanted, known = form_called(form), None
    try:
        known = find_model(name)
    except InputError:
        note(f"{name} is not among the known models: its tokens are estimated as those of {FALLBACK}")
    model = known or find_model(FALLBACK)
    with progress("drawing") as advance:
        options = SendOptions(model, legible_glyphs(name, model), wanted, encoding, password, limits, advance)
        attachments = [attach(file_or_stdin(file), options) for file in files]
    check_count(attachments, model)
    for attachment in attachments:
        for remark in attachment.remarks:
            note(f"{attachment.source}: {remark}")
        note(file_line(attachment))
    return Bill(name, Prompt(attachments, question, model), known is not None and known.exact_text)


def _print_costs(bill: Bill, place: MemoryPlace | None, budget: int, as_json: bool) -> None:
    if place is not None:
        with opened(place) as memory:
            bill = replace(bill, memory_tokens=memory.view(budget, bill.prompt.model.name, bill.prompt.question).tokens)
    if as_json:
        print_json(bill.row())
    else:
        print("\n".join(bill.lines()))


def _receive(reply: Reply, silent: bool) -> EndpointError | None:
    """Write the answer to stdout as it arrives, unless it is to be silent; the error, if one broke it off."""
    last = "\n"
    try:
        for piece in reply:
            if not silent:
                last = piece
                write(terminal_text(piece))
    except EndpointError as error:
        return error
    finally:
        if not last.endswith("\n"):
            write("\n")
    return None


@dataclass(frozen=True)
class Bill:
    """What one prompt costs and saves."""

    name: str  # the endpoint's, for the model
    prompt: Prompt
    exact: bool  # whether text is counted with the model's own tokenizer; else by an estimate that errs high
    prompt_tokens: int = 0  # by the server's count; 0 without one, or where a memory is asked
    memory_tokens: int = 0  # of what is shown of a memory, and recalled of it

    @property
    def counted(self) -> int | None:
        """Tokens of the pictures by the server's count, which is one of the whole prompt.

        None without a count that has pictures in it, and if so much of the prompt is text that an estimate can't be
        taken off it.
        """
        texts = any(not attachment.pictures for attachment in self.prompt.attachments)
        if not self.prompt_tokens or (texts and not self.exact) or self.leaves_out:
            return None
        return self.prompt_tokens - self.prompt.other_tokens

    @property
    def leaves_out(self) -> bool:
        """Whether the server's count has hardly more than the text in it: some leave pictures out."""
        left = self.prompt_tokens - self.prompt.other_tokens
        return self.prompt_tokens > 0 and left < LEAST_SHARE * self.prompt.picture_tokens

    @property
    def saved(self) -> int | None:
        """Tokens of the texts less those of their pictures; None if the texts are not known."""
        spent = self.prompt.picture_tokens if self.counted is None else self.counted
        return None if self.prompt.text_tokens is None else self.prompt.text_tokens - spent

    def row(self) -> dict[str, Any]:
        """All numbers, JSON-ready."""
        prompt, pictures = self.prompt, self.prompt.picture_tokens > 0
        asked = prompt.model.count_text(ASK) if self.memory_tokens else 0
        return {
            "model": self.name,
            "counted_as": prompt.model.name,
            "files": [file_row(attachment) for attachment in prompt.attachments],
            "image_tokens": prompt.picture_tokens,
            "image_tokens_by_server": self.counted if pictures else None,
            "text_tokens": prompt.text_tokens,
            "text_tokens_exact": self.exact,
            "other_tokens": prompt.other_tokens + self.memory_tokens + asked,
            "memory_tokens": self.memory_tokens,
            "saved_tokens": self.saved if pictures else 0,
            "saving": self.saved / prompt.text_tokens if pictures and self.saved and prompt.text_tokens else None,
        }

    def lines(self) -> list[str]:
        """The sums for people."""
        prompt = self.prompt
        lines = [f"memory        {self.memory_tokens:,} tokens estimated"] if self.memory_tokens else []
        if not prompt.picture_tokens:
            server = f", {self.prompt_tokens:,} by the server's count" if self.prompt_tokens else ""
            return [*lines, f"text tokens   {prompt.other_tokens:,} estimated{server}; no pictures"]
        counted = "" if self.counted is None else f", {self.counted:,} by the server's count"
        if self.leaves_out:
            counted = f"; the server counted {self.prompt_tokens:,} for all, which leaves pictures out"
        lines.append(f"image tokens  {prompt.picture_tokens:,} estimated{counted}")
        if prompt.text_tokens is None:
            unknown = [file.source for file in prompt.attachments if file.pictures and file.text_tokens is None]
            return [*lines, f"text tokens   not known of {', '.join(unknown)}"]
        about = "" if self.exact else "about "
        lines.append(f"text tokens   {about}{prompt.text_tokens:,} for the same as text")
        saved = self.saved or 0
        share = f"{abs(saved) / max(1, prompt.text_tokens):.1%}"
        saving = f"{saved:,} tokens, {share}" if saved > 0 else f"{saved:,} tokens: pages take {share} more"
        return [*lines, f"saving        {about}{saving}"]


def file_line(attachment: Attachment) -> str:
    """How a file is sent, at which price and why."""
    if not attachment.pictures:
        return f"{attachment.source}: as text, {attachment.text_tokens:,} tokens: {attachment.reason}"
    sizes = list(dict.fromkeys("x".join(map(str, picture.size)) for picture in attachment.pictures))
    shown = " and ".join(sizes) if len(sizes) <= 2 else f"{len(sizes):,} sizes around {sizes[0]}"
    drawn = f" in {attachment.glyph} glyphs" if attachment.glyph else ""
    as_text = "" if attachment.text_tokens is None else f", as text {attachment.text_tokens:,}"
    pages = f"{count_of(len(attachment.pictures), 'page')} of {shown} pixels{drawn}"
    return f"{attachment.source}: {pages}, {attachment.image_tokens:,} tokens{as_text}: {attachment.reason}"


def file_row(attachment: Attachment) -> dict[str, Any]:
    """How a file is sent, at which price and why, JSON-ready."""
    return {
        "source": attachment.source,
        "as": attachment.form,
        "reason": attachment.reason,
        "pages": len(attachment.pictures),
        "page_sizes": [picture.size for picture in attachment.pictures],
        "glyph": str(attachment.glyph) if attachment.glyph else None,
        "image_tokens": attachment.image_tokens,
        "text_tokens": attachment.text_tokens,
        "remarks": attachment.remarks,
    }


def answer_row(reply: Reply, failure: SokdokError | None) -> dict[str, Any]:
    """The answer and what the server said about it, JSON-ready."""
    return {
        "answer": reply.text,
        "status": "failed" if failure else reply.status,
        "error": str(failure or ""),
        "prompt_tokens": reply.prompt_tokens or None,
        "answer_tokens": reply.answer_tokens or None,
        "seconds_to_first": reply.first_after,
        "seconds": reply.seconds,
    }


def answer_lines(reply: Reply) -> list[str]:
    """What there is to say about an answer, its time last."""
    remarks = {
        "looped": "the answer repeated itself without end and was cut off",
        "truncated": "the answer is not whole: it reached a length limit (--max-tokens, the server's, or ours)",
    }
    lines = [remarks[reply.status]] if reply.status in remarks else []
    if reply.first_after is None:
        return [*lines, f"time          {reply.seconds:.1f} s, and the answer is empty"]
    written = f", {reply.answer_tokens:,} tokens written" if reply.answer_tokens else ""
    return [
        *lines,
        f"time          {reply.first_after:.1f} s to the first words, {reply.seconds:.1f} s in all{written}",
    ]
