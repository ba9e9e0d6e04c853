"""Mail (.eml): subject, who wrote to whom and when, the text, and the files that are attached; and pages of the web as
browsers save them with all that belongs to them (.mhtml), which are mails without all that.

Standard: RFC 5322 and MIME. Of a text that is there twice (`multipart/alternative`) the web page is taken, which has
tables; texts that follow each other are all taken. What is attached `documents.convert.open_source` opens as any file.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Container, Iterator
from contextlib import suppress
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header
from email.message import EmailMessage, Message
from urllib.parse import urljoin

from sokdok.errors import InputError
from sokdok.files.text import codec_of, decode
from sokdok.office.flow import MEANT, Flow, OpenFile
from sokdok.office.html import read_html
from sokdok.office.plain import read_plain

_HEADERS = ("From", "To", "Cc", "Bcc", "Date")
_TEXTS = ("text/plain", "text/html", "text/x-amp-html", "text/watch-html")
"""the first two are read; what is left of them is the same text in another form"""
_UNFOLDED = re.compile(r"[\r\n]+(?=[ \t])")
_NO_WORDS = re.compile(rb"(?is)<(style|script|title)\b.*?(?:</\1\s*>|\Z)|<(?!img)[^>]*(?:>|\Z)|&nbsp;")
_SEVERAL = re.compile(rb"\AFrom (?s:.*?)\n\r?\nFrom [^\n]*\n[\w-]+:")
_SEALED = ("pkcs7-mime", "pgp-encrypted")  # types of parts that hold the text
_MOST_DEEP = 100  # parts in parts
_MOST_NAME = 80  # characters: the last ones, with the suffix


class MailFile(OpenFile):
    """A mail; `data` is the file's bytes. InputError for what is none that can be taken apart."""

    def __init__(self, data: bytes, source: str, is_page: bool = False) -> None:
        super().__init__(source)
        self.is_page = is_page  # saved by a browser
        try:
            self.mail = message_from_bytes(data, policy=policy.default)
            self.leaves = list(_leaves(self.mail))
            texts = (leaf for leaf in self.leaves if _kind(leaf) in _TEXTS[:2])
            full = {leaf for leaf in texts if _NO_WORDS.sub(b"", _bytes(leaf)).strip()}
            self._bodies = _bodies(self.mail, full)[: 1 if is_page else None]
            several = _SEVERAL.search(data) and "it holds several mails (mbox), and is told as the first of them"
            self._broken = next(filter(None, [several, *map(_broken, self.mail.walk())]), "")
        except RecursionError:
            raise InputError(f"{source} is damaged: it is a mail whose parts are nested too deep") from None
        except Exception as error:  # Python's parser raises many kinds for what is broken
            raise InputError(f"{source} is damaged: {error}") from None
        leaves = [*enumerate(self.leaves)][::-1]
        self._named = {_header(leaf, "Content-Location"): str(at) for at, leaf in leaves if is_page}
        self._named |= {_header(leaf, "Content-ID"): str(at) for at, leaf in leaves}
        self._base = _header(self._bodies[0], "Content-Location") if self._bodies else ""
        self._said = b"\n".join(map(_bytes, self._bodies))
        others = (leaf for leaf in self.leaves if leaf not in self._bodies and not is_page)
        # No texts of the mail, and no pictures that its text shows.
        others = (leaf for leaf in others if not _kind(leaf).startswith((*_TEXTS, "multipart/")))
        self._attached = [leaf for leaf in others if not _is_named(leaf, self._said)]
        self.attached = list(map(_name, self._attached))

    def attachment(self, number: int) -> bytes:
        """A file that is attached, from 0. Raises InputError where it can't be taken out."""
        return _bytes(self._attached[number])

    def add_to(self, flow: Flow) -> None:
        """Add all of it."""
        heads = [] if self.is_page else [(name, _header(self.mail, name)) for name in ("Subject", *_HEADERS)]
        flow.heading(1, dict(heads).get("Subject", ""))
        flow.text("\n".join(f"{name}: {said}" for name, said in heads[1:] if said))
        if any(kind in _header(leaf, "Content-Type").lower() for leaf in self.leaves for kind in _SEALED):
            flow.lacks("its text is encrypted, or signed in a way that hides it, and is not read")
        unread = [kind for it in self._attached if not it.is_attachment() and (kind := _kind(it)).startswith("text/")]
        if unread and not self._bodies:
            flow.lacks(f"its text is of a kind that is not read ({unread[0]})")
        flow.lacks(self._broken)
        if any("ms-tnef" in _header(leaf, "Content-Type").lower() for leaf in self.leaves):
            flow.lacks("what Outlook has put into winmail.dat (TNEF), attached files and all, is not read")
        for leaf in self._bodies:
            if _kind(leaf) == "text/html":
                read_html(self._text(leaf), self.source, flow, self._reference, self._text_at)
            else:
                read_plain(self._text(leaf), flow)

    def picture(self, reference: str) -> bytes:
        """A picture that stands in the text."""
        return _bytes(self.leaves[int(reference)]) if reference.isdecimal() else super().picture(reference)

    def _text(self, leaf: EmailMessage) -> str:
        text = decode(_bytes(leaf), self.source, errors="replace", named=leaf.get_content_charset()).text
        said = "".join(_header(leaf, "Content-Type").lower().split()).replace('"', "")
        return (_unflowed(text, "delsp=yes" in said) if "format=flowed" in said else text).replace(MEANT, "\ufffd")

    def _text_at(self, address: str) -> str | None:
        """A style sheet, or a page within the page."""
        at = self._reference(address)
        return self._text(self.leaves[int(at)]) if at is not None else None

    def _reference(self, address: str) -> str | None:
        place = ""
        with suppress(ValueError):  # it is no address
            place = urljoin(self._base, address)
        return self._named.get(f"<{address.removeprefix('cid:')}>") or self._named.get(place)


def _leaves(part: EmailMessage, depth: int = 0) -> Iterator[EmailMessage]:
    """The parts that hold no others; a mail in the mail is one, whatever it holds."""
    if depth > _MOST_DEEP:
        raise RecursionError  # as Python does at a depth that differs from version to version
    if part.is_multipart() and part.get_content_maintype() != "message":
        for inner in part.get_payload():
            yield from _leaves(inner, depth + 1)  # type: ignore[arg-type]
    else:
        yield part


def _bodies(part: EmailMessage, full: Container[EmailMessage]) -> list[EmailMessage]:
    """The parts that are the mail's text; of alternatives one that says something, if one does (`full`)."""
    if not part.is_multipart() or part.get_content_maintype() == "message":
        return [part] if _kind(part) in _TEXTS[:2] else []
    found = [_bodies(inner, full) for inner in part.get_payload()]  # type: ignore[arg-type]
    if part.get_content_subtype() == "related":  # what the first text names, as a page within it, is part of that
        first = next(filter(None, found), [])
        text = b"".join(map(_bytes, first))
        others = (leaf for leaves in found for leaf in leaves if leaf not in first)
        return [*first, *(leaf for leaf in others if not _is_named(leaf, text))]
    if part.get_content_subtype() != "alternative":
        return [leaf for leaves in found for leaf in leaves]
    said = [leaves for leaves in found if any(leaf in full for leaf in leaves)]
    pages = [leaves for leaves in said if any(_kind(leaf) == "text/html" for leaf in leaves)]
    return next(filter(None, reversed(pages or said or found)), [])


def _is_named(leaf: EmailMessage, text: bytes) -> bool:
    """Whether a text shows a part in itself."""
    name = _header(leaf, "Content-ID").strip("<>")
    return bool(name) and f"cid:{name}".encode("utf-8", "replace") in text


def _broken(part: Message) -> str:
    """What a part lacks as it came; empty for one that is whole."""
    part.get_payload(decode=True)  # looks for faults
    names = " ".join(type(one).__name__ for one in part.defects)
    coded = "".join(str(part.get_payload()).split()) if "InvalidBase64" in names else ""
    if not re.fullmatch(r"(?:[\w+/]{4})*(?:[\w+/]{2}[\w+/=]=)?", coded, re.ASCII):
        return "a part of it is cut off or damaged (base64)"
    return "it is cut off, or marks between its parts are missing" if "Boundary" in names else ""


def _unflowed(text: str, joined: bool) -> str:
    """A text whose lines end where a window did, by paragraphs (RFC 3676); `joined` where such ends are no blank."""
    lines, goes_on = list[str](), -1  # how deep the quotation is that the last line goes on in
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        is_soft = words.endswith(" ") and words != "-- "
        words = words[:-1] if is_soft and joined else words
        if goes_on == depth and words != "-- ":
            lines[-1] += words
        else:
            lines.append(f"{'>' * depth} {words}" if depth else words)
        goes_on = depth if is_soft else -1
    return "\n".join(lines)


def _kind(leaf: EmailMessage) -> str:
    """The type of what stands in the mail itself; empty for what is attached, or says nothing that can be read."""
    try:
        kind = "" if leaf.is_attachment() else leaf.get_content_type()
        return "text/plain" if kind.startswith("multipart/") else kind  # whose parts nothing parts
    except Exception:  # as the whole
        return ""


def _bytes(leaf: EmailMessage) -> bytes:
    """What a part holds; of a mail in it, and of what a server reports, all of it as it stands there."""
    if leaf.is_multipart():
        try:
            return b"\n".join(inner.as_bytes() for inner in leaf.iter_parts())
        except Exception as error:  # as the whole
            raise InputError(f"it can't be taken out of its mail: {error}") from None
    data = leaf.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _header(part: EmailMessage, name: str) -> str:
    """What a header says; as it stands there where that can't be read. Python's own take a minute for a megabyte."""
    raw = next((str(value) for key, value in part.raw_items() if key.lower() == name.lower()), "")
    data = _UNFOLDED.sub("", raw).encode("utf-8", "surrogateescape")
    named = None if data.isascii() else next(filter(None, map(_charset, part.walk())), "cp949")  # as the mail's texts
    plain = decode(data, name, errors="replace", named=named).text.strip()
    try:
        found = decode_header(plain)
        codecs = ((codec_of(charset) or "utf-8") if charset else "raw-unicode-escape" for _, charset in found)
        pieces = zip((text for text, _ in found), codecs, strict=True)
        texts = (text if isinstance(text, str) else text.decode(codec, "replace") for text, codec in pieces)
        return "".join(texts).replace(MEANT, "\ufffd").strip()
    except Exception:  # as the whole
        return plain


def _charset(part: Message) -> str:
    """The encoding that a part names, if that is one of few languages."""
    with suppress(Exception):  # as the whole
        return {None: "", "utf-8": "", "us-ascii": ""}.get(named := part.get_content_charset(), named or "")
    return ""


def _name(leaf: EmailMessage) -> str:
    """What an attached file is called: as its mail says, or else by its type or its own subject."""
    try:
        kind, name = leaf.get_content_type(), leaf.get_filename()
        if name and "\ufffd" in name:  # it is of 8 bits as it stands
            head = f"Content-Disposition: {_header(leaf, 'Content-Disposition')}\n\n"
            name = message_from_string(head, policy=policy.default).get_filename()
    except Exception:  # as the whole
        kind, name = "", None
    if not name and kind in ("message/rfc822", "message/global"):
        name = f"{_header(leaf.get_payload(0), 'Subject') or 'message'}.eml"  # type: ignore[arg-type]
    elif not name:
        name = f"attached{mimetypes.guess_extension(kind) or ('.txt' if kind.startswith('message/') else '')}"
    return " ".join(name.encode(errors="replace").decode().split())[-_MOST_NAME:]
