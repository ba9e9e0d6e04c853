"""How a request is refused: the same JSON everywhere, in the keys that OpenAI's and docling's clients look for."""

from __future__ import annotations

import math
import re
from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse

from sokdok.reasons import Reason, reason_of

KINDS = {
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    413: "RequestTooLargeError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
"""what a status is called, as vLLM does"""


class Why(BaseModel):
    """Why a request was refused, as OpenAI's clients read it."""

    message: str
    type: str
    param: str | None
    code: int


class Named(BaseModel):
    """A reason that programs know by its name, and what is special to this one (`sokdok.reasons`)."""

    code: str
    values: dict[str, str | Named]
    """`why`: the reason behind it, named too if it has a name"""


class Refusal(BaseModel):
    """A request that was refused: the reason twice, where its client looks for it."""

    error: Why
    detail: str
    why: Named | None = None
    """the same reason, if it is one that has a name"""


_ADVICE = re.compile(r"[;:] [^;:]*?\B--[a-z].*", re.DOTALL)
_WHEN = {
    400: "The body can't be understood.",
    401: "A key is missing or wrong.",
    403: "Another site's page asks a server without keys.",
    404: "It is not there, or somebody else's.",
    405: "There is nothing to be asked so.",
    410: "It was cancelled.",
    413: "The body is too large.",
    422: "The document can't be read, or a field makes no sense: trying again is of no use.",
    429: "There is no room now.",
    500: "The server made a mistake.",
    502: "The endpoint that reads does not answer.",
    503: "The server is being stopped.",
    504: "The time for it is over.",
    507: "The server's disk is full.",
}
_LATER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": when} | ({"headers": _LATER} if status in (429, 503, 507) else {})
    for status, when in _WHEN.items()
}
"""what every endpoint may answer instead, for the OpenAPI document"""


def without_options(reason: str) -> str:
    """A reason without what it advises at a terminal: who asks a server has none of its options."""
    return _ADVICE.sub("", reason)


def refusal_body(status: int, reason: str, param: str | None = None) -> dict[str, Any]:
    """`error` as OpenAI's clients read it, `detail` as those of document servers do."""
    kind = KINDS.get(status, "InternalServerError" if status >= 500 else "BadRequestError")
    error = {"message": without_options(reason), "type": kind, "param": param, "code": status}
    return {"error": error, "detail": error["message"], "why": named(reason)}


def named(reason: str) -> dict[str, Any] | None:
    """A reason's name and values, JSON-ready; None if it has none."""
    found = reason_of(reason)
    return None if found is None else _told(found)


def _told(reason: Reason) -> dict[str, Any]:
    values = {name: _told(value) if isinstance(value, Reason) else value for name, value in reason.values.items()}
    return {"code": reason.code, "values": values}


def refusal(
    status: int, reason: str, *, retry_after: float | None = None, param: str | None = None, final: bool = False
) -> JSONResponse:
    """An answer that says why not; `retry_after` in seconds, `final` where trying again is of no use."""
    headers = {} if retry_after is None else {"Retry-After": str(max(math.ceil(retry_after), 1))}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if final:
        headers["x-should-retry"] = "false"
    return JSONResponse(refusal_body(status, reason, param), status, headers)
