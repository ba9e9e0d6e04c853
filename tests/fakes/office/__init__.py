"""Office documents drawn by hand: archives of the parts that a test wants, and what they say once opened."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from sokdok.documents.build import block_of
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok.office.file import OpenFile
from sokdok.office.flow import Part

MOST = 64 << 20  # bytes that an archive may unpack to
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = (
    f'xmlns:w="{_W}" xmlns:r="{_R}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
)
_DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def png(colour: str = "red", size: tuple[int, int] = (8, 6), kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def archive(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return path


def docx(path: Path, body: str, parts: Mapping[str, str | bytes] | None = None, relations: str = "") -> Path:
    """A Word document; `parts` go beside `word/document.xml`, without `word/`; `{spaces}` in them are name spaces."""
    types = f'<Types xmlns="t"><Default Extension="xml" ContentType="{_DOCX_TYPE}"/></Types>'  # as .NET writes them
    others = {
        f"word/{name}": data.replace("{spaces}", _SPACES) if isinstance(data, str) else data
        for name, data in (parts or {}).items()
    }
    return archive(
        path,
        {
            "[Content_Types].xml": types,
            "_rels/.rels": '<Relations><Relation Type="r/officeDocument" Target="/word/document.xml"/></Relations>',
            "word/document.xml": f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": f'<Relationships xmlns="r">{relations}</Relationships>',
            **others,
        },
    )


def related(key: str, target: str, *, external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="{key}" Target="{target}"{mode}/>'


def told(file: OpenFile) -> str:
    """All pages of an open file as Markdown, without the comments between them."""
    pages = tuple(page_of(file.part(index), index) for index in range(len(file)))
    text = Document("x", "x", pages).markdown
    return "\n".join(line for line in text.splitlines() if not line.startswith("<!-- page")).strip()


def page_of(part: Part, index: int = 0) -> DocumentPage:
    return DocumentPage(index + 1, 0, 0, tuple(map(block_of, part.pieces)))
