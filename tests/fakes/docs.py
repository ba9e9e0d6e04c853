"""The documentation as its readers see it: pages, code blocks, lines of commands; and small files to run them on."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
ENGLISH = [
    ROOT / "README.md",
    DOCS / "index.md",
    *sorted(DOCS.glob("tutorials/*.md")),
    *sorted(DOCS.glob("how-to/*.md")),
]  # pages whose blocks are run
KOREAN = {
    ROOT / "README.md": ROOT / "README.ko.md",
    DOCS / "index.md": DOCS / "ko" / "index.md",
    **{page: DOCS / "ko" / "tutorials" / page.name for page in sorted(DOCS.glob("tutorials/*.md"))},
}  # English page → its Korean one


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    code: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Line:
    """A command of a block, with the comment behind it."""

    words: tuple[str, ...]
    comment: str
    place: str

    @property
    def needs(self) -> bool:
        """Whether the comment says what it needs that no test has."""
        return self.comment.startswith("needs")


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2]) for match in found]


def lines(block: Block) -> list[Line]:
    found = []
    for number, line in enumerate(block.code.splitlines(), block.line + 1):
        command, _, comment = line.partition(" #")
        if command.strip():
            place = f"{block.page.relative_to(ROOT)}:{number}"
            found.append(Line(tuple(shlex.split(command)), comment.strip(" #"), place))
    return found


def without_comments(block: Block) -> str:
    """The code that both languages share."""
    return "\n".join(line.partition(" #")[0].rstrip() for line in block.code.splitlines())


def write_files(folder: Path) -> None:
    """The files that the documentation speaks of, as small as they can be."""
    from PIL import Image, ImageDraw, ImageFont

    from fakes.figures import drawings
    from fakes.pdf import Text, write_pdf

    write_pdf(folder / "report.pdf", [[Text(60, 80, "Report of 1999"), Text(60, 120, "All is well.")]])
    image = Image.new("RGB", (260, 64), "white")
    ImageDraw.Draw(image).text((12, 16), "Report of 1999", fill="black", font=ImageFont.load_default(24))
    image.save(folder / "report.jpg", quality=95)
    (folder / "scans").mkdir()
    image.save(folder / "scans" / "first.png")
    drawings.chart().save(folder / "chart.png")
    drawings.geometry().save(folder / "figure.png")
    drawings.molecule().save(folder / "molecule.png")
    (folder / "notes.txt").write_text("A ferry leaves at nine.\nThe next one at noon, 12:05.\n", encoding="utf-8")
