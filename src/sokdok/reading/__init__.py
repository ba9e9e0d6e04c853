"""Readers: nano on onnxruntime, its checkpoint on torch; one protocol, one result type."""

from __future__ import annotations

from sokdok.reading.load import load, read
from sokdok.reading.reading import Reader, Reading, Status

__all__ = ["Reader", "Reading", "Status", "load", "read"]
