"""Which files of sokdok a command walks through: those of which a function is called, in this process and its threads.

    python scripts/count_walk.py convert page.pdf -o page.md --source text-layer

What is called while modules are imported does not count, nor what children do. Prints the files with what is called.
"""

from __future__ import annotations

import inspect
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

from sokdok.cli import main

PACKAGE = Path(inspect.getfile(main)).parents[1]


class Walk:
    """Notes what is called first; as `sys.setprofile` wants it."""

    def __init__(self) -> None:
        self.seen: set[CodeType] = set()

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        is_function = code.co_flags & inspect.CO_OPTIMIZED and not code.co_name.startswith("<")
        if event == "call" and is_function and code not in self.seen and _is_ours(code) and not _imports(frame):
            self.seen.add(code)


def _is_ours(code: CodeType) -> bool:
    return PACKAGE in Path(code.co_filename).parents


def _imports(frame: FrameType | None) -> bool:
    """Whether a module of the package is being imported."""
    while frame is not None and not (frame.f_code.co_name == "<module>" and _is_ours(frame.f_code)):
        frame = frame.f_back
    return frame is not None


def walk() -> None:
    """Run the command, then print."""
    noted = Walk()
    threading.setprofile(noted)
    sys.setprofile(noted)
    try:
        main()
    finally:
        sys.setprofile(None)
        files: dict[str, set[str]] = {}
        for code in noted.seen:
            files.setdefault(Path(code.co_filename).relative_to(PACKAGE).as_posix(), set()).add(code.co_qualname)
        for file, names in sorted(files.items()):
            print(f"{file}: {', '.join(sorted(names))}")
        apart = sum(file.startswith(("layout/", "documents/joining/")) for file in files)
        print(f"{len(files)} files, {len(files) - apart} without layout and joining")


if __name__ == "__main__":
    walk()
