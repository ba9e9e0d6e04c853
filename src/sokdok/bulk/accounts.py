"""What became of every document and page, and whether it adds up: pages in = done + failed + skipped."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sokdok.bulk.plan import Plan, Skipped
from sokdok.bulk.quality.personal import KINDS, PREFIX
from sokdok.bulk.quality.recipe import Recipe, Verdict, value_of
from sokdok.bulk.quality.text import Attributes, DocumentText
from sokdok.bulk.results import add_up, count_reason, reason_of
from sokdok.errors import SokdokError


class RuleCount(msgspec.Struct):
    """Documents by what one rule said of them, whatever the others did."""

    measured: int = 0  # it was for them, and there was something to measure
    beyond: int = 0
    dropped: int = 0  # it was the first to drop them
    tagged: int = 0  # of those beyond: it only tagged them, since they are PDFs or pictures


class Found(msgspec.Struct):
    """Documents of a language, and those that are kept; documents with personal data of a kind, and its places."""

    documents: int = 0
    kept: int = 0
    places: int = 0


class Counts(msgspec.Struct):
    """What the rules made of the documents of a slice or a corpus; the names of rules are those of their tags."""

    rules: dict[str, RuleCount] = {}
    languages: dict[str, Found] = {}  # empty: not known
    personal: dict[str, Found] = {}

    def count(self, attributes: Attributes, recipe: Recipe, verdict: Verdict, *, kept: bool) -> None:
        """Count a document; one that the rules keep may still be dropped for another's sake."""
        for name in recipe.limits(verdict.language):
            if value_of(attributes, name) is not None:
                self.rules.setdefault(name, RuleCount()).measured += 1
        for broken in verdict.broken:
            rule = self.rules[broken.rule]
            rule.beyond += 1
            rule.tagged += not broken.cuts
            rule.dropped += broken is verdict.cut
        language = self.languages.setdefault(verdict.language, Found())
        language.documents += 1
        language.kept += kept
        for kind in KINDS:
            if kept and (places := len(attributes.get(f"{PREFIX}{kind}", ()))):
                add_up(self.personal.setdefault(kind, Found()), Found(1, 1, places))


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

    def count(self, document: DocumentText) -> None:
        """Count a document and its pages."""
        self.documents += 1
        self.pages += len(document.pages)
        self.failed += len(document.failed)
        self.done += len(document.pages) - len(document.failed)
        self.partial += sum(page.status == "PARTIAL" for page in document.pages)

    def keep(self, document: DocumentText) -> None:
        """Count a document that is kept."""
        self.kept += 1
        self.kept_pages += len(document.pages) - len(document.failed)
        self.characters += len(document.text)
        self.tokens += document.tokens


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
