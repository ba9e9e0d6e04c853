"""The command `sokdok`: one typer app, assembled from one small file per noun.

- A command module exposes `register(app)` and imports nothing heavy at its top: it is loaded for `sokdok --help` too.
- Results go to stdout, progress and numbers to stderr (`sokdok.cli.ui.console`).
- An error meant for the user becomes one line on stderr and its exit code (`sokdok.errors` lists them);
  SOKDOK_DEBUG=1 shows the traceback instead.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sokdok.cli import (
    ask,
    bulk,
    compress,
    convert,
    cost,
    demo,
    extract,
    mcp,
    memory,
    models,
    parse,
    probe,
    read,
    serve,
)
from sokdok.cli.convert.renamed import spelled_now
from sokdok.cli.ui.console import note
from sokdok.cli.ui.terminal import guard_stdout, message
from sokdok.errors import InputError, SokdokError, SokdokWarning, is_disk_full

# In the order of `sokdok --help`; the first command of a panel places the panel.
COMMANDS = (
    demo,
    convert,
    bulk,
    serve,
    read,
    compress,
    ask,
    parse,
    extract,
    memory,
    mcp,
    models,
    cost,
    probe,
)

OTHERS = entry_points(group="sokdok.commands")  # commands of other packages, as the lab's


class RootGroup(TyperGroup):
    """The root of all commands; turns what they raise into one line and an exit code."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, also by a spelling of the version before."""
        return super().resolve_command(ctx, spelled_now(args))

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the command's line; `--version` and `--help` print here."""
        with _leaving():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; leave with the exit code of what it raised."""
        with _leaving(), warnings.catch_warnings():
            _note_warnings()
            result = super().invoke(ctx)
            sys.stdout.flush()  # here, where a closed pipe can still be handled
            return result


@contextmanager
def _leaving() -> Iterator[None]:
    """Tell what is raised in one line, and leave with its exit code."""
    try:
        yield
        return
    except BrokenPipeError:
        _abandon_stdout()
        code = 141
    except KeyboardInterrupt:
        note("sokdok: interrupted")
        code = 130
    except (SokdokError, OSError) as error:
        if os.environ.get("SOKDOK_DEBUG"):
            raise
        code = _report(error)
    raise SystemExit(code)


app = typer.Typer(
    name="sokdok",
    cls=RootGroup,
    help="Read documents in very few vision tokens: text is drawn as a page, the page is read back. Works offline.",
    epilog="A file named - is standard input. Results go to stdout, progress to stderr. Exit codes: 1 something "
    "failed or is not whole, 2 bad input, 3 checkpoint, 4 missing extra, 5 endpoint."
    + ("" if OTHERS else " synth, train and bench come with the package sokdok-lab."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from sokdok import __version__

        typer.echo(f"sokdok {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


for _command in COMMANDS:
    _command.register(app)
for _other in OTHERS:
    _other.load()(app)


def main() -> None:
    """Entry point of the script `sokdok`."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # not where it is ignored, as under nohup
            signal.signal(number, _end)
    guard_stdout()
    app(prog_name="sokdok")


def _end(number: int, frame: Any) -> None:
    """End as after an error, so that temporary files go."""
    raise SystemExit(128 + number)


def _report(error: SokdokError | OSError) -> int:
    """Print one line about the error on stderr; return the exit code."""
    text, code = str(error), SokdokError.exit_code
    if isinstance(error, SokdokError):
        code = error.exit_code
    elif error.filename is not None:  # a file the user named: not there, not readable, a folder
        text, code = f"{error.filename}: {error.strerror}", InputError.exit_code
    elif is_disk_full(error):  # while writing: the system does not say what
        text = "the disk is full: make room and run the same command again"
    print("sokdok: error:", message(" ".join(text.split())), file=sys.stderr)
    return code


def _note_warnings() -> None:
    """Print our warnings as notes are, without the place in the code; others as ever."""
    show = warnings.showwarning

    def shown(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, SokdokWarning):
            note(f"sokdok: warning: {message}")
        else:
            show(message, category, *place, **more)

    warnings.simplefilter("always", SokdokWarning)
    warnings.showwarning = shown


def _abandon_stdout() -> None:
    """Point stdout at /dev/null, so that the interpreter's last flush does not complain about the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
