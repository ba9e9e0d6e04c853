"""What goes wrong while a request is served, as an answer: the same JSON everywhere.

It has the reason in the keys that OpenAI's clients look for (`error`) and those of document servers do (`detail`), and
by its name, if it has one (`why`).
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match
from starlette.types import Scope

from sokdok.errors import SokdokError, is_disk_full
from sokdok.server.errors import Later, named, status_of, without_options
from sokdok.server.tasks.store import Task

_LOG = logging.getLogger("sokdok.server")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_MOST_NAMED = 3  # fields that a refusal names
KINDS = {
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    413: "RequestTooLargeError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}  # what a status is called, as vLLM does


class ErrorObject(BaseModel):
    """Why a request was refused, as OpenAI's clients read it."""

    message: str
    type: str
    param: str | None
    code: int


class NamedReason(BaseModel):
    """A reason that programs know by its name, and what is special to this one (`sokdok.reasons`)."""

    code: str
    values: dict[str, str | NamedReason]  # `why`: the reason behind it, named too if it has a name


class RefusedRequest(BaseModel):
    """A request that was refused: the reason twice, where its client looks for it."""

    error: ErrorObject
    detail: str | list[dict[str, Any]]  # a list of `loc`, `msg` and `type` where Mistral's clients ask, with 422
    why: NamedReason | None = None  # the same reason, if it is one that has a name


_LISTED = re.compile(r"/v1/(ocr|files|models|chat)\b")  # what Mistral's clients ask for
_LATER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}
# What every endpoint may answer instead, for the OpenAPI document.
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": RefusedRequest, "description": HTTPStatus(status).phrase}
    | ({"headers": _LATER} if status in (429, 503, 507) else {})
    for status in (400, 401, 403, 404, 405, 410, 413, 422, 429, 500, 502, 503, 504, 507)
}


def refusal_body(status: int, reason: str, param: str | None = None) -> dict[str, Any]:
    """`error` as OpenAI's clients read it, `detail` as those of document servers do."""
    kind = KINDS.get(status, "InternalServerError" if status >= 500 else "BadRequestError")
    error = {"message": without_options(reason), "type": kind, "param": param, "code": status}
    return {"error": error, "detail": error["message"], "why": named(reason)}


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


def add_errors(app: FastAPI) -> None:
    """Have an application answer what its endpoints raise."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(SokdokError, _own)


def _for_client(request: Request, answer: JSONResponse) -> JSONResponse:
    """A refusal as the client that asks can show it: Mistral's take a list of details with 422, and nothing else."""
    if answer.status_code != 422 or not _LISTED.match(request.url.path):
        return answer
    body = json.loads(bytes(answer.body))
    error = body["error"]
    where = ["body", *(error["param"] or "").split(".")] if error["param"] else ["body"]
    body["detail"] = [{"loc": where, "msg": error["message"], "type": error["type"]}]
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return JSONResponse(body, 422, headers)


def answer_to(error: SokdokError) -> JSONResponse:
    """The answer to an error of ours."""
    status = status_of(error)
    if status == 507:
        return _no_room()
    retry_after = error.retry_after if isinstance(error, Later) else None
    return refusal(status, str(error), retry_after=retry_after, final=status in (413, 422, 504))


def answer_of_failed(task: Task) -> JSONResponse:
    """The answer where a task has no result: it failed, or was cancelled."""
    if task.state == "cancelled":
        return refusal(410, "the task was cancelled", final=True)
    status = {"endpoint": 502, "time": 504, "server": 500}.get(task.fault, 422)
    return refusal(status, task.reason, final=True)  # the task stays as it ended, however often it is asked for


async def _own(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SokdokError)
    return _for_client(request, answer_to(error))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if is_disk_full(error.__cause__):  # of a form that was put down
        return _no_room()
    response = refusal(error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = _allowed(request)
    return _for_client(request, response)


def _allowed(request: Request) -> str:
    """All that may be asked of an address: the framework names what the first of its endpoints takes."""
    routes = request.app.router.routes
    scope = {"type": "http", "root_path": "", "headers": [], "path": request.url.path}
    fits = (any(one.matches({**scope, "method": how})[0] is Match.FULL for one in routes) for how in _METHODS)
    return ", ".join(how for how, fit in zip(_METHODS, fits, strict=True) if fit)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found: Sequence[Any] = error.errors()
    if found and found[0]["type"] == "json_invalid":
        where = f"{found[0]['ctx']['error']}, at character {found[0]['loc'][-1] + 1}"
        return _for_client(request, refusal(422, f"the body is no JSON ({where})", final=True))
    named = [".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]) for each in found]
    reasons = [f"{name}: {each['msg']}" for name, each in zip(named, found, strict=True)]
    more = f" (and {len(reasons) - _MOST_NAMED} more)" if len(reasons) > _MOST_NAMED else ""
    param = named[0] if named else None
    return _for_client(request, refusal(422, "; ".join(reasons[:_MOST_NAMED]) + more, param=param, final=True))


def _no_room() -> JSONResponse:
    return refusal(507, "the server's disk is full: nothing was kept; make room and ask again", retry_after=60)


def unexpected(scope: Scope, error: Exception) -> JSONResponse:
    """The answer to what no endpoint expects, without words of the error: they may hold what is in a document."""
    if is_disk_full(error) or getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
        return _no_room()
    number = scope.get("state", {}).get("request_id", "")
    _LOG.error("request %s failed: %s", number, type(error).__name__, exc_info=error)
    return refusal(500, f"the server made a mistake; its log has it under {number}")
