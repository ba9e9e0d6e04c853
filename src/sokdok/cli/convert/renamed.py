"""What was written `sokdok read … -o FOLDER` until 0.1 and is `sokdok convert` now: taken for one more version."""

from __future__ import annotations

from sokdok.cli.convert.outputs import is_folder
from sokdok.cli.ui.console import note

OF_DOCUMENTS = {"--source", "--headers", "--figures", "--redo", "--verbose", "-v"}
"""options that `sokdok read` had for folders of documents"""
_OUTPUT = ("--output", "-o")


def spelled_now(arguments: list[str]) -> list[str]:
    """The arguments of `sokdok`, the command first, as they are spelled now; a word on stderr if they were others."""
    if not arguments or arguments[0] != "read":
        return arguments
    output = _value(arguments, _OUTPUT)
    names = {argument.partition("=")[0] for argument in arguments}
    if not names & OF_DOCUMENTS and not (output is not None and is_folder(output)):
        return arguments
    note("documents are made by `sokdok convert` now: `sokdok read` will soon print text only")
    return ["convert", *arguments[1:]]


def _value(arguments: list[str], names: tuple[str, ...]) -> str | None:
    """What an option is set to: `-o X`, `-oX`, `--output X` or `--output=X`."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument in names:
            return following
        for name in names:
            if argument.startswith(name) and not name.startswith("--"):
                return argument.removeprefix(name)
            if argument.startswith(f"{name}="):
                return argument.removeprefix(f"{name}=")
    return None
