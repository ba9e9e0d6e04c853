"""The command `sokdok`: a module a command, loaded when the command is named.

- `COMMANDS` (`commands.toml`) says where each one is, and what `sokdok --help` says of it without loading it.
- Other packages add theirs by the entry point group `sokdok.commands`: a function that calls `add` of the root group.
- Results go to stdout, progress and numbers to stderr (`sokdok.cli.ui.console`).
- An error meant for the user becomes one line on stderr and its exit code (`sokdok.errors` lists them);
  SOKDOK_DEBUG=1 shows the traceback instead.
"""

from __future__ import annotations

import os
import signal
import sys
import tomllib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from sokdok.cli.ui.console import guard_stdout, message, note
from sokdok.errors import InputError, SokdokError, SokdokWarning, is_disk_full

MODELS, MEASURE = "Models and training", "Measure"  # panels that other packages add to


class Command(NamedTuple):
    """A command that is not loaded."""

    panel: str  # of the help
    help: str  # the first sentence of its own
    place: str = ""  # `module:name` of its function, or of a group of commands; `sokdok.cli.NAME:NAME` by default


COMMANDS = {
    name: Command(**said)
    for name, said in tomllib.loads(Path(__file__).with_name("commands.toml").read_text(encoding="utf-8")).items()
}  # in the order of `sokdok --help`
EPILOG = (
    "A file named - is standard input. Results go to stdout, progress to stderr. Exit codes: 1 something failed or is "
    "not whole, 2 bad input, 3 checkpoint, 4 missing extra, 5 endpoint."
)
LAB = ("synth", "train", "export", "bench")
WITHOUT_LAB = f" {', '.join(LAB)} come with the package sokdok-lab."


class RootGroup(TyperGroup):
    """The root of all commands: loads one when it is named, and turns what it raises into one line and an exit code."""

    own = COMMANDS  # of the group itself

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._known = dict[str, Command]()
        self.add(self.own)

    def add(self, commands: dict[str, Command]) -> None:
        """Add commands; they are loaded when they are named."""
        self._known |= commands
        for name, command in commands.items():
            self.commands[name] = TyperCommand(name, help=command.help, rich_help_panel=command.panel)

    def add_others(self) -> None:
        """Add the commands of other packages, as the lab's; looking for them takes longer than most commands do."""
        for entry in (entries := entry_points(group="sokdok.commands")):
            entry.load()(self)
        self.epilog = EPILOG + ("" if entries else WITHOUT_LAB)

    def load(self, name: str) -> Any:
        """The whole command of a name, in place of its line of help."""
        module, _, attribute = (self._known[name].place or f"sokdok.cli.{name}:{name}").partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            command, found = found, typer.Typer(add_completion=False, rich_markup_mode="rich")
            found.command(name)(command)
        self.commands[name] = get_command(found)
        self.commands[name].name = name
        return self.commands[name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is named, and load it."""
        if args and args[0] not in self._known:
            self.add_others()
            if args[0] in LAB and args[0] not in self._known:
                raise InputError(f"{args[0]} is not installed:{WITHOUT_LAB} In a clone: pip install ./lab")
        if args and args[0] in self._known:
            self.load(args[0])
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show all commands, those of other packages too."""
        self.add_others()
        super().format_help(ctx, formatter)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the command's line; `--version` and `--help` print here."""
        with _exit_code_on_error():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; leave with the exit code of what it raised."""
        with _exit_code_on_error(), warnings.catch_warnings():
            _note_warnings()
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()  # here, where a closed pipe or a full disk can still be handled


@contextmanager
def _exit_code_on_error() -> Iterator[None]:
    """Report what is raised in one line, and leave with its exit code."""
    try:
        yield
        return
    except (BrokenPipeError, SystemExit) as error:
        if not isinstance(error, BrokenPipeError) and not isinstance(error.__context__, BrokenPipeError):
            raise
        code = 141  # also where rich, which draws tables and helps, would leave with 1
    except KeyboardInterrupt:
        note("sokdok: interrupted")
        code = 130
    except (SokdokError, OSError) as error:
        if os.environ.get("SOKDOK_DEBUG"):
            raise
        code = _report(error)
    try:
        sys.stdout.flush()
    except OSError:  # said already: the interpreter's last flush must not complain of it, too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code)


app = typer.Typer(
    name="sokdok",
    cls=RootGroup,
    help="Read documents in very few vision tokens: text is drawn as a page, the page is read back. Works offline.",
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
