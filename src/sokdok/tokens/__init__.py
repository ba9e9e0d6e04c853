"""What a text or a page costs: tokens counted exactly or by the providers' formulas, and their prices."""

from __future__ import annotations

from sokdok.tokens.deepseek import count_text, encode

__all__ = ["count_text", "encode"]
