"""A LangChain chat history that a budget holds: what LangChain is given is the view, what it adds is stored exactly.

@cache
def history(session_id: str) -> SokdokChatMessageHistory:
    return SokdokChatMessageHistory(Memory("chat.db", conversation=session_id), budget=8000, model="gpt-4o")

chain = RunnableWithMessageHistory(prompt | model, history, history_messages_key="history")

- Older turns come as pages, in messages with image blocks: the model has to read images.
- Images that come with messages are stored; links to images, other files and calls of tools are stored in words.
- Models' reasoning is not stored, as providers do not want it back from other sessions.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sokdok.errors import InputError, MissingExtraError
from sokdok.memory.images import NewImage, inspect_image
from sokdok.memory.turn import ROLES, NewTurn

try:
    from langchain_core.chat_history import BaseChatMessageHistory
    from langchain_core.messages import BaseMessage, convert_to_messages, message_chunk_to_message
except ImportError:
    raise MissingExtraError("langchain", "a chat history for LangChain") from None

if TYPE_CHECKING:
    from sokdok.memory.memory import Memory

_ROLES = {"human": "user", "ai": "assistant", "function": "tool"} | {role: role for role in ROLES}  # By LangChain's.
_NOT_STORED = {"reasoning", "thinking", "redacted_thinking", "tool_use"}  # Calls come in LangChain's own words too.


class SokdokChatMessageHistory(BaseChatMessageHistory):
    """The history of one conversation, shown to `model` in at most `budget` tokens.

    Raises InputError for an unknown model when messages are asked for.
    """

    def __init__(self, memory: Memory, budget: int, model: str) -> None:
        self.memory, self.budget, self.model = memory, budget, model
        self._shown: tuple[int, list[BaseMessage]] = (-1, [])

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]
        """The view's messages; the same until a turn is added.

        RunnableWithMessageHistory asks before and after a run, and takes what is beyond the first messages of an input
        to be new. So what a tool recalls in between shows only from the next turn on.
        """
        end = self.memory.store.end(self.memory.conversation).number
        if self._shown[0] != end:
            view = self.memory.view(self.budget, self.model)
            self._shown = end, convert_to_messages(view.messages("openai"))
        return list(self._shown[1])

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Store messages, all or none."""
        self.memory.extend([_new_turn(message_chunk_to_message(message)) for message in messages])

    def clear(self) -> None:
        """Raise InputError: a memory keeps everything, and what was only hidden would still be in the file."""
        raise InputError(
            f"the memory {self.memory.store.path} keeps everything: "
            f"take a new conversation (session id) for a fresh start, or delete the file to be rid of all in it"
        )


def _new_turn(message: BaseMessage) -> NewTurn:
    """Return a message as a turn. A speaker whose role is of a user's own making is a user of that name."""
    role = getattr(message, "role", message.type)
    name = message.name or (None if role in _ROLES else role)
    written: list[str] = []
    images: list[NewImage] = []
    for block in message.content_blocks:
        shown = _read_block(block)
        if isinstance(shown, NewImage):
            images.append(shown)
        elif shown:
            written.append(shown)
    known = _ROLES.get(role, "user")
    return NewTurn(known, "\n".join(written), None, {"name": name} if name else {}, known == "system", tuple(images))


def _read_block(block: Mapping[str, Any]) -> str | NewImage:
    """Return a block of content as an image, or in words."""
    kind = block["type"]
    if kind == "non_standard":
        kind = str(block["value"].get("type"))
    if kind in ("text", "text-plain"):
        return str(block.get("text", ""))
    if kind in ("tool_call", "invalid_tool_call"):
        return f"[calls {block['name']}: {json.dumps(block['args'], ensure_ascii=False)}]"
    if kind in _NOT_STORED:
        return ""
    if kind == "image" and "base64" in block:
        try:
            return inspect_image(base64.b64decode(block["base64"], validate=True), "the image")
        except (InputError, binascii.Error):  # of a kind that the store doesn't know: the text must not be lost for it
            return "[image]"
    return f"[{kind} {block['url']}]" if "url" in block else f"[{kind}]"
