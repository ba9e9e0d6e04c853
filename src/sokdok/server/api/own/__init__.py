"""sokdok's own API, a room for each idea; what is asked in words that no endpoint knows is refused by name."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from sokdok.server.api.own import compress, extract, figures, memory, pages, parse, tasks
from sokdok.server.api.own.common import known_query

router = APIRouter(prefix="/v1", dependencies=[Depends(known_query)])
for module in (tasks, pages, figures, parse, compress, extract, memory):
    router.include_router(module.router)
