"""Mail (.eml): subject, who wrote to whom and when, and the text; what is attached is named and not opened.

Standard: RFC 5322 and MIME. Of a text that is there twice the web page is taken, which has tables. Nothing is fetched.
"""

from __future__ import annotations

import codecs
from email import message_from_bytes, policy
from email.message import EmailMessage

from sokdok.errors import InputError
from sokdok.files.encoding import KOREAN, decode
from sokdok.office.flow import Flow, Part
from sokdok.office.formats.html import data_of, read_html
from sokdok.office.formats.plain import read_plain

_TOLD = ("From", "To", "Cc", "Date")
_KOREAN = {"euc_kr", "johab", "ks_c_5601_1987"}
_MOST_NAMED = 20


class MailFile:
    """A mail; `data` is the file's bytes. InputError for what is none that can be taken apart."""

    remark = ""

    def __init__(self, data: bytes, source: str) -> None:
        self.source = source
        try:
            self.mail = message_from_bytes(data, policy=policy.default)
            self.leaves = [part for part in self.mail.walk() if not part.is_multipart()]
        except RecursionError:
            raise InputError(f"{source} is damaged: it is a mail whose parts are nested too deep") from None
        except Exception as error:  # Python's parser raises many kinds for what is broken
            raise InputError(f"{source} is damaged: {error}") from None

    def __len__(self) -> int:
        return 1

    def part(self, index: int) -> Part:
        """All of it."""
        flow = Flow()
        if subject := _header(self.mail, "Subject"):
            flow.heading(1, subject)
        flow.text("\n".join(f"{name}: {said}" for name in _TOLD if (said := _header(self.mail, name))))
        kinds = [_kind(leaf) for leaf in self.leaves]
        body = "text/html" if "text/html" in kinds else "text/plain"
        for leaf in (leaf for leaf, kind in zip(self.leaves, kinds, strict=True) if kind == body):
            text = self._decoded(leaf)
            if body == "text/html":
                read_html(text, self.source, flow, self._reference)
            else:
                read_plain(text, flow)
        if names := [_name(leaf) for leaf, kind in zip(self.leaves, kinds, strict=True) if not kind]:
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            flow.warn(f"what is attached is not opened: {', '.join(names[:_MOST_NAMED])}{more}")
        return flow.part()

    def picture(self, reference: str) -> bytes:
        """A picture that stands in the text."""
        if reference.startswith("data:"):
            return data_of(reference, self.source)
        return _bytes(self.leaves[int(reference)])

    def close(self) -> None:
        """Nothing is open."""

    def _reference(self, address: str) -> str | None:
        if address.startswith("data:image/"):
            return address
        name = f"<{address[4:]}>" if address.startswith("cid:") else ""
        return next((str(place) for place, leaf in enumerate(self.leaves) if name and _id(leaf) == name), None)

    def _decoded(self, leaf: EmailMessage) -> str:
        try:
            return decode(_bytes(leaf), self.source, _encoding(leaf), errors="replace").text
        except InputError:  # it says what is no encoding of texts
            return decode(_bytes(leaf), self.source, errors="replace").text


def _kind(leaf: EmailMessage) -> str:
    """The type of what stands in the mail itself; empty for what is attached, or says nothing that can be read."""
    try:
        return "" if leaf.is_attachment() else leaf.get_content_type()
    except Exception:  # as the whole
        return ""


def _encoding(leaf: EmailMessage) -> str | None:
    """What a part says of its letters; None where it says nothing that is known."""
    try:
        name = codecs.lookup(str(leaf.get_content_charset() or "")).name
    except (LookupError, ValueError):
        return None
    return KOREAN if name in _KOREAN else None if name == "ascii" else name


def _bytes(leaf: EmailMessage) -> bytes:
    data = leaf.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _header(part: EmailMessage, name: str) -> str:
    """What a header says; nothing where it can't be read."""
    try:
        return str(part.get(name, "")).strip()
    except Exception:  # as the whole
        return ""


def _id(leaf: EmailMessage) -> str:
    return _header(leaf, "Content-ID")


def _name(leaf: EmailMessage) -> str:
    try:
        name = leaf.get_filename()
    except Exception:  # as the whole
        name = None
    return " ".join((name or leaf.get_content_type()).split())[:80]
