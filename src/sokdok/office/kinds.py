"""What a file is, by its first bytes, what is in its archive, and for texts by its name: the one list of kinds.

What `office_kind` and `pages.files.open_file` open by itself, folders, archives, collections and mails have taken out
and opened as well (`is_document`); the one list of suffixes stands here, too.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Collection
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from sokdok.errors import InputError, MissingExtraError
from sokdok.files import kind_of, open_regular, printable
from sokdok.files.text import looks_binary
from sokdok.office.package import Package
from sokdok.pages.files import is_page_file

ARCHIVE, COMPOUND = "archive", "compound"
LIBRARIES = ("cssselect2", "lxml", "markdown_it", "olefile", "openpyxl")  # that the extra installs
KNOWN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_HEAD_BYTES = 8192  # that say what a file is
_MOST_NUL_SHARE = 0.1  # of the bytes of a text
_PAGE = re.compile(rb"(?i)\A[\s\xef\xbb\xbf]*<(?:!doctype html|(?:html|head|body|meta|style|table|div|p)\b)")
_ARCHIVED = re.compile(rb"(?is)\A(?:from: <saved by|mime-version:).*\bmultipart/related\b")  # as browsers and Word do
TEXTS: dict[str, str] = KNOWN["suffixes"]  # suffix of a text → format
PAGES = set(KNOWN["pages"].split())  # suffixes of what has pixels
SUFFIXES = PAGES | set(KNOWN["office"].split()) | set(KNOWN["refused"].split()) | TEXTS.keys()


def office_kind(path: Path) -> str | None:
    """How to open a file that is no image or PDF: `archive`, `compound`, or the format of a text; None for neither.

    Raises InputError for formats that are known and not read.
    """
    head = b""
    with suppress(InputError), open_regular(path) as file:  # whoever opens it says why not
        head = file.read(_HEAD_BYTES)
    binary = kind_of(head)
    if not head or b"%PDF-" in head[:1024]:
        return None
    for begin, (name, instead) in KNOWN["elsewhere"].items():
        if re.search(begin.encode(), head[:1024]):
            raise InputError(f"{printable(path)} is {name}: save it as {instead} first")
    if binary is not None:
        return {b"PK\x03\x04": ARCHIVE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": COMPOUND}.get(binary.magic)
    suffix = path.suffix.lower()
    if looks_binary(head) and suffix not in TEXTS:
        return None
    if looks_binary(head) and head.count(0) > max(1, _MOST_NUL_SHARE * len(head)):
        raise InputError(f"{printable(path)} is no text, whatever its name says")
    if suffix in TEXTS:
        return TEXTS[suffix]
    if _ARCHIVED.match(head):
        return "mhtml"
    return "html" if _PAGE.match(head) else "csv" if suffix == ".xls" else "plain"


def is_document(path: Path) -> bool:
    """Whether a file of a folder is one to open: what it is by its bytes, or by its name.

    Whoever opens it says why it can't be read. Texts are known by their suffix alone: a program is text, too.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        if has_known_suffix(path.name) or is_page_file(path):
            return True
        with closing(Package(path, path.name, 1 << 40)) as package:  # whose names and types alone are asked for
            return bool(format_of(package))
    except (InputError, OSError):  # a link to nothing, too
        return has_known_suffix(path.name)


def require_libraries(kind: str, source: str) -> None:
    """Raise MissingExtraError unless what opens a kind of file is installed; plain text and tables of it need none."""
    if kind not in ("csv", "tsv", "plain") and not all(map(find_spec, LIBRARIES)):
        raise MissingExtraError("office", f"opening {source}")


def format_of(package: Package) -> str:
    """The format of a document in an archive. Raises InputError for an archive of anything else."""
    source = package.source
    if "mimetype" in package:
        kind = package.read("mimetype")[:200].decode("ascii", "replace").strip()
        if known := KNOWN["mimetypes"].get(kind):
            return str(known)
        if "opendocument" in kind:
            what = kind.rpartition(".")[2]
            instead = "DOCX" if what.startswith("text") else "XLSX, PPTX or PDF"
            raise InputError(f"{source} is {what} of OpenDocument: save it as {instead} first")
    if "Contents/content.hpf" in package or "Contents/section0.xml" in package:
        return "hwpx"
    if "[Content_Types].xml" in package:
        types = [one.get("ContentType", "") for one in package.xml("[Content_Types].xml")]
        if any("sheet.binary" in one for one in types):
            raise InputError(f"{source} is a binary workbook (XLSB): save it as XLSX first")
        mains = [one for one in types if one.endswith("main+xml")]
        if found := [name for one in mains for part, name in KNOWN["parts"].items() if part in one]:
            return str(found[0])
    for name, (what, instead) in KNOWN["held"].items():
        if name in package:
            raise InputError(f"{source} is {what}: save it as {instead} first")
    raise InputError(f"{source} is an archive that holds no document; unpack it and name the files in it")


def refuse_compound(streams: Collection[str], source: str) -> None:
    """Raise InputError for what is an old office document that is not read, by the streams in it."""
    if "EncryptedPackage" in streams:
        raise InputError(f"{source} is encrypted with a password: save it without one first")
    for stream, (name, instead) in KNOWN["streams"].items():
        if stream in streams:
            raise InputError(f"{source} is {name}: save it as {instead} first")
    if "FileHeader" not in streams:
        raise InputError(f"{source} is an old office document that sokdok does not know: save it as DOCX or PDF first")


def has_known_suffix(name: str) -> bool:
    """Whether a name is that of a document; not those that systems and open programs make beside one."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))
