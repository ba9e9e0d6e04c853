"""Describe the command line as Markdown, from the commands themselves: usage, help, all options.

Used by the site (reference/command-line.md) and by the snapshots that tests/docs compare. What typer and rich make of
the same help in a terminal changes with their versions; this depends on the commands alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

HIDDEN = {"help"}
"""options that every command has"""


def commands() -> Iterator[tuple[str, Any]]:
    """All commands by full name ("sokdok memory add"), groups before what is in them, in the order of the help."""
    from typer.main import get_command

    from sokdok.cli import COMMANDS, app

    root: Any = get_command(app)
    for name in COMMANDS:
        root.load(name)
    yield from _walk("sokdok", root)


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if command.hidden:
        return
    yield name, command
    for child, inner in getattr(command, "commands", {}).items():
        yield from _walk(f"{name} {child}", inner)


def page() -> str:
    """The reference page of all commands."""
    parts = [
        "# The command line\n",
        "Made from the commands themselves. Results go to standard output, progress and numbers to standard error; "
        "a file named `-` is standard input. `sokdok COMMAND --help` shows the same in a terminal.\n",
        _exit_codes(),
    ]
    for name, command in commands():
        if name != "sokdok":
            level = "##" if name.count(" ") == 1 else "###"
            parts.append(f"{level} {name}\n\n{describe(name, command)}")
    return "\n".join(parts)


def describe(name: str, command: Any) -> str:
    """One command: usage, help, arguments, options."""
    parts = []
    children = getattr(command, "commands", {})
    if children:
        usage = f"{name} COMMAND …"
    else:
        arguments = [_placeholder(parameter) for parameter in _parameters(command, "argument")]
        usage = " ".join([name, *(["[OPTIONS]"] if any(_parameters(command, "option")) else []), *arguments])
    parts.append(f"```text\n{usage}\n```\n")
    parts.append(_plain(inspect.cleandoc(command.help or "")) + "\n")
    if children:
        rows = [f"| `{child}` | {_cell(inner.get_short_help_str(200))} |" for child, inner in children.items()]
        parts.append("| command | |\n|---|---|\n" + "\n".join(rows) + "\n")
    for kind in ("argument", "option"):
        rows = [_row(parameter) for parameter in _parameters(command, kind)]
        if rows:
            parts.append(f"| {kind} | default | |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _parameters(command: Any, kind: str) -> list[Any]:
    return [
        parameter
        for parameter in command.params
        if parameter.param_type_name == kind
        and parameter.name not in HIDDEN
        and not getattr(parameter, "hidden", False)
    ]


def _placeholder(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper().strip("[]").removesuffix("...").removesuffix("…")
    name += "…" if argument.nargs == -1 else ""
    return name if argument.required else f"[{name}]"


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = f"`{_placeholder(parameter)}`"
    else:
        kind = "" if parameter.is_flag else f" {(parameter.metavar or _type_name(parameter)).upper()}"
        name = ", ".join(f"`{spelling}{kind}`" for spelling in [*parameter.opts, *parameter.secondary_opts])
    default = "" if parameter.required or parameter.default in (None, False, (), []) else parameter.default
    if isinstance(default, (list, tuple)):
        default = ", ".join(map(str, default))
    if callable(default) or type(default).__name__ == "Sentinel":
        default = ""
    shown = "required" if parameter.required and parameter.param_type_name == "option" else default
    shown = f"`{shown}`" if shown not in ("", "required") else shown
    return f"| {name} | {shown} | {_cell(parameter.help or '')} |"


def _type_name(parameter: Any) -> str:
    """What an option takes, by one word in every version of typer: some wrap click, others carry their own."""
    name = str(parameter.type.name)
    return "number" if name.startswith(("int", "float")) else "text" if name == "str" else name


def _cell(text: str) -> str:
    parts = re.sub(r"\s+", " ", _plain(text)).strip().split("`")
    return "`".join(part if n % 2 else part.replace("|", "\\|") for n, part in enumerate(parts))


def _plain(text: str) -> str:
    """Help without rich's markup, safe as Markdown."""
    text = re.sub(r"\[/?(?:bold|dim|italic|cyan|green|red|yellow|b|i)\]", "", text)
    text = text.replace("\b\n", "").replace("\\[", "[")
    return re.sub(r"<(?=[A-Za-z/])", "&lt;", text)


def _exit_codes() -> str:
    """The table of exit codes from the docstring that defines them."""
    import sokdok.errors

    found = re.findall(r"^ {4}(\d+) +(.+)$", inspect.cleandoc(sokdok.errors.__doc__ or ""), re.MULTILINE)
    rows = "\n".join(f"| {code} | {_cell(meaning)} |" for code, meaning in found)
    return f"| exit code | |\n|---|---|\n{rows}\n"
