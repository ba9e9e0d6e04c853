"""What the server adds to one small request, alone on the machine: each is read directly and served, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.direct import Direct
from sokdok_lab.bench.serve.material import Upload
from sokdok_lab.bench.serve.serving import Serving

_WARM = 3


@dataclass(frozen=True)
class Overhead:
    """Medians."""

    requests: int
    served_ms: float
    direct_ms: float
    added_ms: float  # of the differences, request by request


def measure(
    serving: Serving, direct: Direct, folder: Path, picture: Callable[[int], Upload], requests: int
) -> Overhead:
    """Read so many pictures of ten words either way; a few before them are not counted."""
    pairs = []
    with Client(serving) as client:
        model = client.model()
        for number in range(_WARM + requests):
            data = picture(number).data
            path = folder / f"{number}.png"
            path.write_bytes(data)
            began = time.perf_counter()
            direct.read([path], picture=True)
            between = time.perf_counter()
            client.picture(data, model)
            pairs.append((time.perf_counter() - between, between - began))
    served, alone = zip(*pairs[_WARM:], strict=True)
    added = median(one - other for one, other in pairs[_WARM:])
    return Overhead(requests, *(1e3 * seconds for seconds in (median(served), median(alone), added)))
