"""An MCP server: the tools of documents and memory, and pages as resources; over stdio here, over HTTP in `http`."""

from __future__ import annotations

import base64
import logging
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sokdok.errors import MissingExtraError, SokdokError, in_one_line, require_choice
from sokdok.memory import tools as memory_tools
from sokdok.memory.memory import Memory
from sokdok.version import version

try:
    import anyio
    from anyio import to_thread
    from mcp import types
    from mcp.server import Server
    from mcp.server.stdio import stdio_server
    from mcp.shared.exceptions import MCPError
except ImportError:
    raise MissingExtraError("mcp", "an MCP server") from None

from sokdok.server.mcp import reading
from sokdok.server.mcp.folders import Folders
from sokdok.server.mcp.reading import Documents

_LOG = logging.getLogger("sokdok.server")
_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_HINTS = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_READ, _FIND = (  # tools for documents; of their arguments those that name a document are still to come
    types.Tool(name=name, description=said["description"], input_schema=said["properties"], annotations=_HINTS)
    for name, said in _SAID["tools"].items()
)
Call = Callable[[Mapping[str, Any]], Awaitable[tuple[str, dict[str, Any] | None]]]
"""answers a call: in text, and as data where there is more to say. Raises SokdokError"""


@dataclass(frozen=True)
class Offer:
    """What one client is offered."""

    documents: Documents | None = None
    memory: Callable[[], AbstractContextManager[Memory]] | None = None  # opens it, in a thread


def build(offer_of: Callable[[Any], Offer], *, documents: bool, memory: bool) -> Server[Any]:
    """A server. `offer_of` says from a request's context what its client is offered, within what there is for all."""

    async def list_tools(context: Any, parameters: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool for tool, _ in _tools_of(offer_of(context)).values()])

    async def call_tool(context: Any, call: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            tools = _tools_of(offer_of(context))
            require_choice("tool", call.name, list(tools))
            text, data = await tools[call.name][1](call.arguments or {})
        except SokdokError as error:
            return types.CallToolResult(content=[types.TextContent(text=in_one_line(error, 1_000))], is_error=True)
        except Exception as error:  # no words of it: they may hold what is in a document
            _LOG.error("an MCP call failed: %s", type(error).__name__, exc_info=error)
            return types.CallToolResult(content=[types.TextContent(text="the server made a mistake")], is_error=True)
        return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=data)

    async def list_resources(context: Any, parameters: Any) -> types.ListResourcesResult:
        offered = offer_of(context).documents
        found = [] if offered is None else reading.listed(offered)
        return types.ListResourcesResult(resources=[types.Resource(**each) for each in found])

    async def list_templates(context: Any, parameters: Any) -> types.ListResourceTemplatesResult:
        found = [
            types.ResourceTemplate(name=name, uri_template=uri, mime_type=kind, description=says)
            for name, uri, kind, says in reading.TEMPLATES
        ]
        return types.ListResourceTemplatesResult(resource_templates=found)

    async def read_resource(context: Any, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        offered, uri = offer_of(context).documents, str(asked.uri)
        try:
            assert offered is not None
            content = await reading.resource(offered, uri)
        except SokdokError as error:
            raise MCPError(types.INVALID_PARAMS, in_one_line(error, 1_000)) from None
        return types.ReadResourceResult(contents=[_contents(uri, content)])

    about = [_SAID["instructions"]] * documents + [memory_tools.INSTRUCTIONS] * memory
    pages: dict[str, Any] = {
        "on_list_resources": list_resources,
        "on_list_resource_templates": list_templates,
        "on_read_resource": read_resource,
    }
    return Server(
        "sokdok",
        version=version(),
        instructions="\n\n".join(about),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        **(pages if documents else {}),
    )


def _tools_of(offer: Offer) -> dict[str, tuple[types.Tool, Call]]:
    """What a client may call, and what answers it: by name."""
    found: dict[str, tuple[types.Tool, Call]] = {}
    if (documents := offer.documents) is not None:
        for tool, call, needed in ((_READ, reading.read, ()), (_FIND, reading.search, ("text",))):
            schema = {
                "type": "object",
                "properties": documents.properties | tool.input_schema,
                "required": [*documents.required, *needed],
                "additionalProperties": False,
            }
            found[tool.name] = tool.model_copy(update={"input_schema": schema}), partial(call, documents)
    if offer.memory is not None:
        for each in memory_tools.MCP_TOOLS:
            found[each.name] = memory_tools.mcp_definition(each), partial(_call_memory, offer.memory, each)
    return found


async def _call_memory(
    opened: Callable[[], AbstractContextManager[Memory]], tool: memory_tools.Tool, arguments: Mapping[str, Any]
) -> tuple[str, None]:
    def called() -> str:
        with opened() as memory:
            return tool.run(memory, arguments)

    # In a thread: a file that another process writes to makes a call wait, and the protocol should not.
    return await to_thread.run_sync(called), None


def _contents(uri: str, content: str | bytes) -> Any:
    if isinstance(content, str):
        return types.TextResourceContents(uri=uri, mime_type="text/markdown", text=content)
    return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=base64.b64encode(content).decode())


def serve_stdio(memory: Memory, folders: Sequence[Path] = ()) -> None:
    """Serve a memory, and documents below some folders, until the client closes standard input.

    The protocol alone is on standard output. Raises InputError for what is no folder.
    """
    offer = Offer(Folders(folders) if folders else None, lambda: nullcontext(memory))
    server = build(lambda context: offer, documents=bool(folders), memory=True)

    async def run() -> None:
        async with stdio_server() as (requests, answers):
            await server.run(requests, answers, server.create_initialization_options())

    anyio.run(run)
