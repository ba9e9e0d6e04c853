"""A memory's tools for MCP: search_memory, recall_memory and remember. `server.mcp` serves them.

A model remembers what users, assistants and tools say; what a system says, which later prompts would obey, it can't
write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sokdok.errors import InputError
from sokdok.memory.connect.tools import MAX_ANSWER_CHARS, TOOLS, Tool, find_tool, read_arguments, text_argument

if TYPE_CHECKING:
    from sokdok.memory.memory import Memory

ROLES = ("user", "assistant", "tool")  # Whose words a model may remember.
MAX_TEXT_CHARS = 100_000  # Length of a text that a model may have remembered at once, at most.
INSTRUCTIONS = (
    "The memory of a long conversation: numbered turns, kept exactly and for good. Search it before you say that you "
    "don't know something that may have come up earlier. Remember what should be known in later sessions."
)


def definition(tool: Tool) -> Any:
    """Return a tool in the protocol's terms."""
    from mcp import types

    # Recalling leaves behind only how sharp a turn is in the next views: to a client that asks its user before it
    # lets a model change something, that is reading.
    hints = types.ToolAnnotations(
        read_only_hint=tool is not REMEMBER, destructive_hint=False, idempotent_hint=False, open_world_hint=False
    )
    return types.Tool(name=tool.name, description=tool.description, input_schema=tool.parameters, annotations=hints)


def answer(memory: Memory, name: str, arguments: Mapping[str, Any] | None) -> str:
    """Return the answer to a call. Raises SokdokError, of which a model can be told."""
    return find_tool(name, SERVED).run(memory, read_arguments(arguments), MAX_ANSWER_CHARS)


def _remember(memory: Memory, arguments: Mapping[str, Any], most: int) -> str:
    """Store a turn for a model. Raises InputError for arguments that can't be used."""
    role = text_argument(arguments, "role", '"user"')
    if role not in ROLES:
        raise InputError(f"the argument 'role' must be one of {', '.join(ROLES)}")
    text = text_argument(arguments, "text", '"The gate code is 4417."', MAX_TEXT_CHARS)
    important = arguments.get("important", False)
    if not isinstance(important, bool):
        raise InputError("the argument 'important' must be true or false")
    return f"Remembered as turn {memory.add(role, text, important=important).number}."


REMEMBER = Tool(
    "remember",
    "Add a turn to the memory, for good: what somebody said, or a fact, a decision or a result in a sentence that can "
    "be understood by itself.",
    {
        "type": "object",
        "properties": {
            "role": {"type": "string", "enum": list(ROLES), "description": "Who said it."},
            "text": {"type": "string", "maxLength": MAX_TEXT_CHARS, "description": "The exact words."},
            "important": {
                "type": "boolean",
                "description": "Whether it should stay legible for longer than other turns; false if left out.",
            },
        },
        "required": ["role", "text"],
        "additionalProperties": False,
    },
    _remember,
)
SERVED = (*TOOLS, REMEMBER)
