"""What became of every document and page, and whether it adds up: pages in = done + failed + skipped."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sokdok.bulk.plan import Plan, Skipped
from sokdok.bulk.quality.counts import Counts
from sokdok.bulk.results import count_reason, reason_of
from sokdok.errors import SokdokError


class Account(msgspec.Struct):
    """Documents and pages of a slice, or of all."""

    documents: int = 0
    kept: int = 0
    dropped: dict[str, int] = {}  # documents by the rule that drops them
    pages: int = 0
    done: int = 0  # pages that were read, PARTIAL ones too
    partial: int = 0
    failed: int = 0
    kept_pages: int = 0  # pages of kept documents that were read
    characters: int = 0  # of the texts that are written
    tokens: int = 0  # text tokens of kept documents' pages
    quality: Counts = msgspec.field(default_factory=Counts)  # what the rules made of the documents

    def add(self, other: Account) -> None:
        """Count another one."""
        for name in self.__struct_fields__:
            if name not in ("dropped", "quality"):
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for rule, count in other.dropped.items():
            self.drop(rule, count)
        self.quality.add(other.quality)

    def drop(self, rule: str, count: int = 1) -> None:
        """Count dropped documents."""
        self.dropped[rule] = self.dropped.get(rule, 0) + count


def skipped_by_reason(rows: Iterable[Skipped]) -> dict[str, int]:
    """Files without pages in the plan, by why, names and numbers taken out; rare ones together where there are many."""
    found: dict[str, int] = {}
    for row in rows:
        count_reason(found, reason_of(row.reason, row.path))
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def check(account: Account, plan: Plan, skipped: int) -> None:
    """Raise SokdokError unless everything that was planned is accounted for."""
    pairs = {
        "documents planned and merged": (plan.documents, account.documents),
        "documents merged, and kept or dropped": (account.documents, account.kept + sum(account.dropped.values())),
        "pages planned and merged": (plan.pages, account.pages),
        "pages merged, and done or failed": (account.pages, account.done + account.failed),
        "files left out and their rows": (plan.skipped, skipped),
    }
    wrong = [f"{name}: {one:,} and {other:,}" for name, (one, other) in pairs.items() if one != other]
    if wrong:
        raise SokdokError(f"the accounts of the merge do not add up ({'; '.join(wrong)}): remove data/ and merge again")
