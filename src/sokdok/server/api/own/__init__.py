"""sokdok's own API, a file for each idea; what is asked in words that no endpoint knows is refused by name."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from sokdok.server.api.common import known_query
from sokdok.server.api.own import compress, figures, memory, pages, tasks

router = APIRouter(prefix="/v1", dependencies=[Depends(known_query)])
for module in (tasks, pages, figures, compress, memory):
    router.include_router(module.router)
router.include_router(compress.retrieving)
