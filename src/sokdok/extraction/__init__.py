"""Fields of a document by a JSON schema, each with the place that it was read from.

    document ─ lines ─▶ numbered lines ─ ask ─▶ claims: value and lines ─ evidence ─▶ values with words, or refused

- A model behind an endpoint is shown the document as numbered lines and answers with a value and line numbers for each
  field (`schema` says how that is asked). What it says is a claim, nothing more.
- A claim holds if its value stands in the document (`evidence`): the same characters, number or date. Anything else is
  refused with its reason, so that nothing invented comes out.
"""

from __future__ import annotations

from sokdok.extraction.extract import Extraction, FieldSource, extract

__all__ = ["Extraction", "FieldSource", "extract"]
