"""Personal data as tags: where each kind stands. Nothing is masked unless a run asks for it."""

from __future__ import annotations

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.personal.find import find
from sokdok.bulk.quality.tags import Attributes

PREFIX = "personal__"


class Personal:
    """E-mail addresses, telephone, resident, card and business numbers, and IP addresses."""

    name = "personal"

    def tag(self, document: DocumentText) -> Attributes:
        """`personal__email` and so on: where each stands, and how sure that is."""
        return {f"{PREFIX}{kind}": tuple(spans) for kind, spans in find(document.text).items()}
