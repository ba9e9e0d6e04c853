"""Tools with which a model looks things up in a memory by itself: search_memory and recall_memory; over MCP, remember.

while calls := reply.tool_calls:                  # tools=tool_definitions("openai") was given with the messages
    for call in calls:
        answer = run_tool(memory, call.function.name, call.function.arguments)

- What a model asks for is data: it is checked and clipped, and what is wrong with it is the answer, in one line from
  which the model can correct itself.
- An answer has a bounded length; what does not fit is left out, and the answer says what and how to get at it.
- What was recalled stands as text in the next views for a few turns (`Memory.recall`).
- A model that is given no tools names the numbers of turns instead (`ASK`) and gets their words (`named_turns`).
- Over MCP (`server.mcp`) a model also remembers what users, assistants and tools say; what a system says, which later
  prompts would obey, it can't write.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from sokdok.errors import InputError, require_choice
from sokdok.memory.store.search import place_of, words_of
from sokdok.memory.stream import fits, indented
from sokdok.memory.turn import Hit, Turn
from sokdok.memory.view import Style, about, exact_entry

if TYPE_CHECKING:
    from sokdok.memory.memory import Memory

MAX_ANSWER_CHARS = 8000  # Length of an answer, at most.
HITS = 5  # Hits of a search, where nothing else is asked for, as its description says.
_SAID = tomllib.loads(Path(__file__).with_name("tools.toml").read_text(encoding="utf-8"))
MAX_HITS: int = _SAID["search_memory"]["properties"]["limit"]["maximum"]  # Hits of a search, at most.
MAX_ARGUMENT_CHARS = 200  # Length of an argument, at most.
_REMEMBERED = _SAID["remember"]["properties"]
REMEMBERED_ROLES = tuple(_REMEMBERED["role"]["enum"])  # Whose words a model may remember.
MAX_TEXT_CHARS: int = _REMEMBERED["text"]["maxLength"]  # Of a text that a model may have remembered at once, at most.
INSTRUCTIONS, ASK = _SAID["instructions"], _SAID["ask"]  # The latter behind a question, for a model without tools.
_NAMED = re.compile(r"\W*RECALL\W+(\d[\d\s,;–-]*)\W*")
NOTICE_CHARS = 160  # Length of what says what was left out, at most.

_GAP = "\n\n"

Arguments = str | Mapping[str, Any] | None  # As providers give them: JSON, or what was read from it.


class Tool(NamedTuple):
    """A tool as a model sees it, and what runs when it is called."""

    name: str
    description: str
    parameters: dict[str, Any]  # Parameters as a JSON schema.
    run: Callable[[Memory, Mapping[str, Any]], str]
    """Answers a call. Raises SokdokError, whose message may be shown to a model."""


def tool_definitions(style: Style = "openai") -> list[dict[str, Any]]:
    """Return the tools for `tools=` of OpenAI's chat completions or of Anthropic's messages. Raises InputError."""
    require_choice("tool style", style, get_args(Style))
    schema = "parameters" if style == "openai" else "input_schema"
    found = [{"name": t.name, "description": t.description, schema: deepcopy(t.parameters)} for t in TOOLS]
    return [{"type": "function", "function": each} for each in found] if style == "openai" else found


def run_tool(memory: Memory, name: str, arguments: Arguments) -> str:
    """Answer a model's call in at most `MAX_ANSWER_CHARS`; `arguments` as the provider gives them, JSON or a dict.

    A call that can't be answered is answered with `error: …`. Raises StoreError for a memory that can't be read.
    """
    try:
        if (tool := next((tool for tool in TOOLS if tool.name == name), None)) is None:
            raise InputError(f"there is no tool {name!r:.80}; there are {', '.join(tool.name for tool in TOOLS)}")
        return tool.run(memory, read_arguments(arguments))
    except InputError as error:
        return " ".join(f"error: {error}".split())[:MAX_ANSWER_CHARS]


def named_turns(memory: Memory, answer: str) -> str | None:
    """Return the exact words of the turns that an answer to `ASK` names; None if it names none."""
    if not (named := _NAMED.fullmatch(answer)):
        return None
    ranges = re.findall(r"\d+(?:\s*[-–]\s*\d+)?", named[1])[:MAX_HITS]
    return _GAP.join(run_tool(memory, RECALL.name, {"turns": each}) for each in ranges)


def mcp_definition(tool: Tool) -> Any:
    """Return a tool in the protocol's terms."""
    from mcp import types

    # Recalling leaves behind only how sharp a turn is in the next views: to a client that asks its user before it
    # lets a model change something, that is reading.
    hints = types.ToolAnnotations(
        read_only_hint=tool is not REMEMBER, destructive_hint=False, idempotent_hint=False, open_world_hint=False
    )
    return types.Tool(name=tool.name, description=tool.description, input_schema=tool.parameters, annotations=hints)


def read_arguments(arguments: Arguments) -> Mapping[str, Any]:
    """Return arguments by name. Raises InputError for what is no JSON object."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except (ValueError, RecursionError) as error:
            raise InputError(f"the arguments are not valid JSON ({error})") from None
    arguments = {} if arguments is None else arguments
    if not isinstance(arguments, Mapping):
        raise InputError("the arguments are no JSON object")
    return arguments


def text_argument(arguments: Mapping[str, Any], name: str, example: str, longest: int = MAX_ARGUMENT_CHARS) -> str:
    """Return a text among the arguments; a whole number does too. Raises InputError, which shows the `example`."""
    value = arguments.get(name)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"the argument {name!r} must be a text that is not empty, such as {example}")
    if len(text) > longest:
        raise InputError(f"the argument {name!r} is too long: {longest:,} characters at most")
    return text


def _search(memory: Memory, arguments: Mapping[str, Any]) -> str:
    """Answer search_memory: the hits share the answer's length evenly."""
    query = text_argument(arguments, "query", '"gate code"')
    hits = memory.search(query, _limit(arguments.get("limit")))
    if not hits:
        return f"No turn holds any of: {' '.join(query.split())}. Try other words as they were said, or parts of words."
    words = words_of(query)
    entries: list[str] = []
    left = MAX_ANSWER_CHARS
    for number, hit in enumerate(hits):
        share = left // (len(hits) - number) - len(_GAP)
        entries.append(_found(hit, words, share))
        left -= len(entries[-1]) + len(_GAP)
    return _GAP.join(entries)


def _limit(value: Any) -> int:
    if value is None:
        return HITS
    try:
        return max(1, min(int(value), MAX_HITS))
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"the argument 'limit' must be a whole number from 1 to {MAX_HITS}") from None


def _recall(memory: Memory, arguments: Mapping[str, Any]) -> str:
    """Answer recall_memory: the first turns that fit whole, or the beginning of the first."""
    turns = memory.recall(text_argument(arguments, "turns", '"12" or "12-20"'))
    entries = [exact_entry(turn) for turn in turns]
    if len(answer := _GAP.join(entries)) <= MAX_ANSWER_CHARS:
        return answer
    left = MAX_ANSWER_CHARS - NOTICE_CHARS
    fitting = 0
    while len(_GAP.join(entries[: fitting + 1])) <= left:
        fitting += 1
    shown = entries[:fitting] or [_excerpt(turns[0], 0, left), "[cut: search_memory finds words in the rest of it]"]
    if rest := turns[max(1, fitting) :]:
        numbers = f"{rest[0].number}-{rest[-1].number}" if rest[1:] else f"{rest[0].number}"
        shown.append(f"[no room for more: recall {numbers} by itself]")
    return _GAP.join(shown)


def _found(hit: Hit, words: list[str], most: int) -> str:
    """Write the whole turn, or if it is longer than `most` characters, what stands around the words."""
    entry = exact_entry(hit)
    if len(entry) <= most:
        return entry
    place, third = place_of(hit.text, words), most // 3
    return _excerpt(hit, place - fits(hit.text[max(0, place - third) : place][::-1], third), most)


def _remember(memory: Memory, arguments: Mapping[str, Any]) -> str:
    """Store a turn for a model. Raises InputError for arguments that can't be used."""
    role = text_argument(arguments, "role", '"user"')
    if role not in REMEMBERED_ROLES:
        raise InputError(f"the argument 'role' must be one of {', '.join(REMEMBERED_ROLES)}")
    text = text_argument(arguments, "text", '"The gate code is 4417."', MAX_TEXT_CHARS)
    important = arguments.get("important", False)
    if not isinstance(important, bool):
        raise InputError("the argument 'important' must be true or false")
    return f"Remembered as turn {memory.add(role, text, important=important).number}."


def _excerpt(turn: Turn, start: int, most: int) -> str:
    """Write exact text from about character `start` on, and which characters these are, in `most` characters."""
    length = len(turn.text)
    space = max(0, most - len(f"[{about(turn)}, characters {length:,}-{length:,} of {length:,}]\n"))
    start = max(0, min(start, length - fits(turn.text[max(0, length - space) :][::-1], space)))
    stop = start + fits(turn.text[start : start + space], space)
    return f"[{about(turn)}, characters {start + 1:,}-{stop:,} of {length:,}]\n{indented(turn.text[start:stop])}"


def _tool(name: str, run: Callable[[Memory, Mapping[str, Any]], str]) -> Tool:
    said = dict(_SAID[name])
    return Tool(name, said.pop("description"), {"type": "object", **said, "additionalProperties": False}, run)


SEARCH, RECALL = _tool("search_memory", _search), _tool("recall_memory", _recall)
REMEMBER = _tool("remember", _remember)
TOOLS = (SEARCH, RECALL)  # The tools of every definition; a server may offer more.
MCP_TOOLS = (*TOOLS, REMEMBER)
