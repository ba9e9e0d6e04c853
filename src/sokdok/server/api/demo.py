"""`sokdok serve --demo`: a conversation in the memory, for whoever looks at the page for the first time.

Documents and figures to try are files of the page (`page.EXAMPLES`).
"""

from __future__ import annotations

from pathlib import Path

from sokdok.demo import demo_text
from sokdok.memory.memory import Memory

CONVERSATION = "demo"
_ASKED = {
    "en_1_ferry": "Tell me about the ferry.",
    "en_2_starter": "And how is the starter fed?",
    "en_3_bridge": "What is it about the bridge?",
    "ko_1_market": "시장 이야기를 들려줘.",
    "ko_2_type": "활자 이야기도 듣고 싶어.",
}  # text → what brings it up
_FACT = "Remember: my train leaves on Friday at 07:40 from platform 9."


def add_conversation(file: Path) -> None:
    """Have a memory hold the conversation; one that holds it already stays as it is. Raises what `Memory` does."""
    with Memory(file, conversation=CONVERSATION) as memory:
        if memory.store.end(CONVERSATION).number:
            return
        memory.add("user", _FACT, important=True)
        memory.add("assistant", "Friday, 07:40, platform 9.")
        for name, question in _ASKED.items():
            memory.add("user", question)
            for number, paragraph in enumerate(filter(None, demo_text(name).split("\n\n"))):
                if number:
                    memory.add("user", "Go on." if name.startswith("en") else "계속해 줘.")
                memory.add("assistant", paragraph.strip())
