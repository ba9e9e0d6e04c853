from __future__ import annotations

import hashlib

from sokdok.bulk.ids import Ids


def test_ids_are_found_and_others_are_not() -> None:
    every = [hashlib.sha256(str(at).encode()).hexdigest()[:32] for at in range(1000)]
    twins = ["0" * 16 + "1" * 16, "0" * 16 + "2" * 16, "f" * 32]
    ids = Ids(sorted([*every[:500], *twins[:2]]))
    assert len(ids) == 502 and all(one in ids for one in [*every[:500], *twins[:2]])
    assert not any(one in ids for one in [*every[500:], twins[2], "0" * 16 + "3" * 16])
