"""`sokdok serve --demo`: a conversation in the memory, for whoever looks at the page for the first time.

Documents and figures to try are files of the page (`page.EXAMPLES`).
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from sokdok.demo import demo_text
from sokdok.memory.memory import Memory

CONVERSATION = "demo"
_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def add_conversation(file: Path) -> None:
    """Have a memory hold the conversation; one that holds it already stays as it is. Raises what `Memory` does."""
    with Memory(file, conversation=CONVERSATION) as memory:
        if memory.store.end(CONVERSATION).number:
            return
        memory.add("user", _SAID["fact"], important=True)
        memory.add("assistant", "Friday, 07:40, platform 9.")
        for name, question in _SAID["asked"].items():
            memory.add("user", question)
            for number, paragraph in enumerate(filter(None, demo_text(name).split("\n\n"))):
                if number:
                    memory.add("user", "Go on." if name.startswith("en") else "계속해 줘.")
                memory.add("assistant", paragraph.strip())
