import base64
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory

from fakes.office import png
from sokdok.errors import InputError, MissingExtraError
from sokdok.memory.langchain import SokdokChatMessageHistory
from sokdok.memory.memory import Memory
from sokdok.memory.turn import Turn


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "chat.db") as memory:
        yield memory


@pytest.fixture
def history(memory: Memory) -> SokdokChatMessageHistory:
    return SokdokChatMessageHistory(memory, budget=2000, model="deepseek-ocr")


class Model(GenericFakeChatModel):
    """Says ok and keeps what it was asked."""

    messages: Iterator[str] = iter(lambda: "네, 알겠습니다.", "")
    asked: list[list[BaseMessage]] = []

    def _generate(self, messages: list[BaseMessage], *args, **kwargs):
        self.asked.append(messages)
        return super()._generate(messages, *args, **kwargs)


def turns(memory: Memory) -> list[Turn]:
    return memory.store.turns("default")


def test_messages_are_stored_exactly_with_roles_and_names(history: SokdokChatMessageHistory, memory: Memory) -> None:
    history.add_messages(
        [
            SystemMessage("Be brief."),
            HumanMessage("대문 비밀번호는 4417", name="Mina"),
            AIMessage("", tool_calls=[{"name": "save", "args": {"code": "4417", "where": "대문"}, "id": "1"}]),
            ToolMessage("saved", tool_call_id="1", name="save"),
            ChatMessage("hello", role="Bob"),
            ChatMessage("hi", role="assistant"),
            AIMessageChunk([{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "two\n  lines"}]),
        ]
    )
    assert [(turn.role, turn.text, turn.meta) for turn in turns(memory)] == [
        ("system", "Be brief.", {}),
        ("user", "대문 비밀번호는 4417", {"name": "Mina"}),
        ("assistant", '[calls save: {"code": "4417", "where": "대문"}]', {}),
        ("tool", "saved", {"name": "save"}),
        ("user", "hello", {"name": "Bob"}),
        ("assistant", "hi", {}),
        ("assistant", "two\n  lines", {}),
    ]
    assert [turn.important for turn in turns(memory)] == [True] + [False] * 6


def test_images_of_every_notation_are_stored_and_shown_again(history: SokdokChatMessageHistory, memory: Memory) -> None:
    data = base64.b64encode(png()).decode()
    blocks = [
        {"type": "image", "base64": data, "mime_type": "image/png"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}},
    ]
    said = ([{"type": "text", "text": f"image {number}"}, block] for number, block in enumerate(blocks))
    history.add_messages([HumanMessage(content) for content in said])
    assert [memory.store.image(turn.images[0].sha256) for turn in turns(memory)] == [png()] * 3
    for number, message in enumerate(history.messages):
        image, text = message.content_blocks
        assert (image["type"], image["base64"], text["text"]) == ("image", data, f"image {number}")


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}, "[image https://example.com/a.png]"),
        ({"type": "image", "base64": "PHN2Zy8+", "mime_type": "image/svg+xml"}, "[image]"),
        ({"type": "image", "base64": "no base64!", "mime_type": "image/png"}, "[image]"),
        ({"type": "file", "base64": "JVBERg==", "mime_type": "application/pdf"}, "[file]"),
        ({"type": "something", "new": 1}, "[something]"),
    ],
)
def test_what_cannot_be_stored_is_named_and_costs_no_text(
    history: SokdokChatMessageHistory, memory: Memory, block: dict[str, object], text: str
) -> None:
    history.add_messages([HumanMessage([{"type": "text", "text": "see"}, block])])
    assert [turn.text for turn in turns(memory)] == [f"see\n{text}"]


def test_messages_stay_while_nothing_is_added_and_are_the_callers_own(
    history: SokdokChatMessageHistory, memory: Memory
) -> None:
    history.add_messages([HumanMessage(f"parcel {n} left the harbour at noon for the island") for n in range(1000)])
    history.add_messages([HumanMessage("thanks!")])
    before = history.messages
    assert not any("parcel 0 left" in message.text for message in before[1:])
    memory.recall(1)  # as a tool does in the middle of a run
    assert history.messages == before
    history.messages.clear()
    assert history.messages == before
    memory.add("user", "now it shows")
    assert any("parcel 0 left" in message.text for message in history.messages[1:])


def test_a_chain_remembers_each_session_by_itself(tmp_path: Path) -> None:
    histories: dict[str, SokdokChatMessageHistory] = {}

    def history_of(session_id: str) -> SokdokChatMessageHistory:
        memory = Memory(tmp_path / "chat.db", conversation=session_id)
        return histories.setdefault(session_id, SokdokChatMessageHistory(memory, 4000, "gpt-4o"))

    prompt = ChatPromptTemplate([("system", "Be brief."), MessagesPlaceholder("history"), ("human", "{question}")])
    model = Model()
    chain = RunnableWithMessageHistory(
        prompt | model, history_of, input_messages_key="question", history_messages_key="history"
    )
    first, second = ({"configurable": {"session_id": name}} for name in ("하나", "둘"))
    chain.invoke({"question": "비밀번호는 4417"}, first)
    chain.invoke({"question": "other"}, second)
    chain.invoke({"question": "뭐였지?"}, first)
    assert [message.text for message in model.asked[-1]] == [
        "Be brief.",
        "비밀번호는 4417",
        "네, 알겠습니다.",
        "뭐였지?",
    ]
    assert [len(history.messages) for history in histories.values()] == [4, 2]
    for history in histories.values():
        history.memory.close()


def test_clearing_says_what_to_do_instead(history: SokdokChatMessageHistory) -> None:
    history.add_user_message("keep me")
    with pytest.raises(InputError, match="new conversation"):
        history.clear()
    assert [message.text for message in history.messages] == ["keep me"]


def test_without_langchain_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_core.chat_history", None)
    monkeypatch.delitem(sys.modules, "sokdok.memory.langchain")
    with pytest.raises(MissingExtraError, match=r"sokdok\[langchain\]"):
        importlib.import_module("sokdok.memory.langchain")
