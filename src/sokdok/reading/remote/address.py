"""Addresses of endpoints: what is one, who is behind it, and who could listen on the way."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from sokdok.errors import InputError

OPENAI_HOST = "api.openai.com"


def base_address(url: str) -> str:
    """The address without a slash at its end; `/v1` is added to one without a path. Raises InputError."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address in them, a port that is no number
        valid = False
    if not valid:
        raise InputError(f"{url!r} is no address of a server; it looks like http://localhost:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError("an address takes neither password nor parameters; put a key into SOKDOK_API_KEY")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def is_openai(url: str) -> bool:
    """Whether OpenAI itself is behind an address, and nobody else can read what is sent."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname == OPENAI_HOST


def is_open(url: str) -> bool:
    """Whether what is sent leaves this machine unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return False
