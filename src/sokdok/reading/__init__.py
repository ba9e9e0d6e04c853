"""Readers: nano on onnxruntime, its checkpoint on torch; one protocol, one result type."""

from __future__ import annotations

from sokdok.reading.load import load, read
from sokdok.reading.reading import Abilities, Reader, Reading, Sampling, Status

__all__ = ["Abilities", "Reader", "Reading", "Sampling", "Status", "load", "read"]
