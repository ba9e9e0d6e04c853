"""What became of a document's pages: how many failed, how many were read from pixels, and how surely."""

from __future__ import annotations

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.gopher import share
from sokdok.bulk.quality.tags import Attributes, of_all
from sokdok.documents.document import grade

PIXELS = ("reader", "mixed")  # routes of pages with words that were read from pixels


class Pages:
    """Shares of pages, and the mean confidence of those that were read from pixels."""

    name = "pages"

    def tag(self, document: DocumentText) -> Attributes:
        """`paper_share`: of PDFs and pictures. No confidence, no `poor_share` where no page has one."""
        pages = document.pages
        pixels = [page for page in pages if page.route in PIXELS]
        sure = [page.confidence for page in pixels if page.confidence is not None]
        return of_all(
            self.name,
            document.text,
            {
                "failed_share": share(sum(page.status == "FAILURE" for page in pages), len(pages)),
                "paper_share": share(sum(page.route != "file" for page in pages), len(pages)),
                "pixels_share": share(len(pixels), len(pages)),
                "confidence": share(sum(sure), len(sure)),
                "poor_share": share(sum(grade(one) == "poor" for one in sure), len(sure)),
            },
        )
