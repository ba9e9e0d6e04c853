"""Files as they go to a model together with a question: as pictures of their pages, or as text.

- A text is drawn as the cheapest pages (`asking.optical`). Pages of PDFs and images are fitted to the size that the
  provider reads, so that what is sent is what is seen.
- `auto` takes whichever costs fewer tokens; what is in a picture only is never dropped for that.
- A file that can't be used raises InputError before anything is sent: an answer about the others would mislead. One bad
  page of several is a remark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from sokdok.asking.optical import plan_pages
from sokdok.errors import InputError
from sokdok.pages.files import PageFile, check_file, is_page_file, open_file, printable
from sokdok.pages.page import Page, PageError
from sokdok.pages.pdf import PdfFile
from sokdok.pages.textfile import read_text
from sokdok.reading.remote.reader import data_url
from sokdok.tokens.gate import image_pays

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.pages.glyphs import GlyphSize
    from sokdok.tokens.images import Size
    from sokdok.tokens.models import VisionModel

Form = Literal["auto", "pages", "text"]

MOST_UNMAPPED = 0.1
"""share of glyphs without a known character from which on a text layer is taken for nonsense"""
LEAST_ENLARGED = 1.1
"""times: a page that is nearly as large as what the model reads is given a margin; enlarging would only blur it"""


@dataclass(frozen=True)
class Picture:
    """A page as it is sent."""

    url: str
    """data URL"""
    size: Size
    tokens: int


@dataclass(frozen=True)
class Attachment:
    """A file as it is sent: `pictures`, or else `text`."""

    source: str
    reason: str
    """for its form"""
    text_tokens: int | None
    """of its text; None if it is not known as text, or not all of it"""
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    glyph: GlyphSize | None = None
    """of a text that sokdok drew"""
    remarks: tuple[str, ...] = ()

    @property
    def form(self) -> Form:
        """`pages` or `text`."""
        return "pages" if self.pictures else "text"

    @property
    def image_tokens(self) -> int:
        """Of all pictures, as the provider's formula has it."""
        return sum(picture.tokens for picture in self.pictures)


@dataclass(frozen=True)
class Terms:
    """How files are sent."""

    model: VisionModel
    glyphs: Sequence[GlyphSize]
    """that the model can read"""
    form: Form = "auto"
    errors: str = "strict"
    """bytes that are no text: strict or replace"""
    password: str | None = None
    """of encrypted PDFs"""
    drawn: Callable[[int], None] = lambda pages: None
    """told of pages that are ready"""

    def pays(self, image_tokens: int, text_tokens: int) -> bool:
        """Whether a picture is cheaper than the text, asked once, neither of them in a cache."""
        return image_pays(image_tokens, text_tokens, calls=1, cached=False)


def form_called(name: str) -> Form:
    """Look a form up by name."""
    for form in get_args(Form):
        if form == name:
            return cast(Form, form)
    raise InputError(f"unknown form {name!r}; choose one of {', '.join(get_args(Form))}")


def attach(file: Path | bytes, terms: Terms) -> Attachment:
    """A file, or the text of standard input. Raises InputError if it can't be used, or not in the form asked for."""
    if isinstance(file, bytes):
        return _attach_text(read_text(file, terms.errors), "standard input", terms)
    source = printable(file)
    check_file(file, source)
    if is_page_file(file):
        with closing(open_file(file, source=source, password=terms.password)) as pages:
            return _attach_pages(pages, terms)
    return _attach_text(read_text(file, terms.errors), source, terms)


def check_count(attachments: Sequence[Attachment], model: VisionModel) -> None:
    """Raise InputError if these are more pictures than one request takes."""
    count = sum(len(attachment.pictures) for attachment in attachments)
    if model.max_images is not None and count > model.max_images:
        raise _too_many("these files have" if len(attachments) > 1 else attachments[0].source + " has", count, model)


def _attach_text(text: str, source: str, terms: Terms) -> Attachment:
    model, tokens = terms.model, terms.model.count_text(text)

    def as_text(reason: str) -> Attachment:
        return Attachment(source, reason, tokens, text)

    if terms.form == "text":
        return as_text("as asked")
    if not terms.glyphs:
        if terms.form == "pages":
            raise InputError(f"by its profile {model.name} can read no size of glyph; use --as text, or --glyph SIZE")
        return as_text("by its profile the model can read no size of glyph")
    plan = plan_pages(text, model, terms.glyphs)
    if terms.form == "auto" and not terms.pays(plan.tokens, tokens):
        return as_text(f"pages would take {plan.tokens:,}")
    if model.max_images is not None and len(plan.pages) > model.max_images:
        if terms.form == "pages":
            raise _too_many(f"{source} needs", len(plan.pages), model)
        return as_text(f"a request takes {model.max_images:,} images, not {len(plan.pages):,}")
    pictures = []
    for page in plan.draw(source):
        pictures.append(_picture(page.image, model))
        terms.drawn(1)
    reason = "as asked" if terms.form == "pages" else "pages are cheaper"
    return Attachment(source, reason, tokens, pictures=tuple(pictures), glyph=plan.glyph)


def _attach_pages(file: PageFile, terms: Terms) -> Attachment:
    model, count = terms.model, len(file)
    layer = _read_layer(file)
    tokens = model.count_text(layer.text) if not layer.missing else None
    if terms.form == "text":
        return _layer_alone(file, layer, model)
    if model.max_images is not None and count > model.max_images:
        if terms.form == "pages" or tokens is None:
            raise _too_many(f"{file.source} has", count, model)
        reason = f"a request takes {model.max_images:,} images, not {count:,}"
        return Attachment(file.source, reason, tokens, layer.text)
    pictures, remarks = _pictures(file, terms)
    image_tokens = sum(picture.tokens for picture in pictures)
    cheaper = tokens is None or terms.pays(image_tokens, tokens)
    if terms.form == "auto" and not cheaper and not layer.illustrated:
        return Attachment(file.source, f"pages would take {image_tokens:,}", tokens, layer.text)
    if terms.form == "pages":
        reason = "as asked"
    elif tokens is None:
        reason = "not all of it is there as text"
    else:
        reason = "pages are cheaper" if cheaper else "it holds pictures"
    return Attachment(file.source, reason, tokens, pictures=tuple(pictures), remarks=tuple(remarks))


@dataclass(frozen=True)
class _Layer:
    """The text layers of a whole file."""

    text: str
    missing: list[int]
    """numbers of pages without a layer that can be used"""
    illustrated: bool
    """whether there are pictures beside the text"""


def _read_layer(file: PageFile) -> _Layer:
    texts: list[str] = []
    missing: list[int] = []
    illustrated = False
    for index in range(len(file)):
        layer = file.layer(index)
        if layer is None or layer.unmapped > MOST_UNMAPPED:
            missing.append(index + 1)
        else:
            texts.append(layer.text)
            illustrated = illustrated or bool(layer.pictures)
    return _Layer("\n\n".join(texts), missing, illustrated)


def _layer_alone(file: PageFile, layer: _Layer, model: VisionModel) -> Attachment:
    """What a file says as text, asked for as such."""
    if not layer.text:
        raise InputError(f"{file.source} has no text layer that can be used; send it with --as pages")
    missing = f"pages without text are left out: {', '.join(map(str, layer.missing))}"
    remarks = (missing,) if layer.missing else ()
    return Attachment(file.source, "as asked", model.count_text(layer.text), layer.text, remarks=remarks)


def _pictures(file: PageFile, terms: Terms) -> tuple[list[Picture], list[str]]:
    """The pages that can be drawn, and a remark on each of the others."""
    pictures: list[Picture] = []
    remarks = [file.remark] if file.remark else []
    for index in range(len(file)):
        page = _fitted(file, index, terms.model)
        if isinstance(page, PageError):
            remarks.append(f"page {index + 1} is not sent: {page.message}")
        else:
            pictures.append(page)
        terms.drawn(1)
    if not pictures:
        raise InputError(f"{file.source}: none of its pages can be used; {remarks[-1]}")
    return pictures, remarks


def _fitted(file: PageFile, index: int, model: VisionModel) -> Picture | PageError:
    """A page as large as the model reads it: drawn so, if it is of a PDF; an image is shrunk, but never enlarged."""
    page = file.page(index)
    if isinstance(page, PageError):
        return page
    wanted = model.image_cost(*page.size).effective
    scale = _scale(page.size, wanted)
    if model.image_cost(*wanted).effective != wanted:  # it would be enlarged once more, and paid for as that
        return _picture(page.image, model)
    if scale > 1 and not isinstance(file, PdfFile):
        return _picture(page.image, model)
    if scale != 1 and isinstance(file, PdfFile):
        drawn = file.page(index, enlarged=scale)
        page = drawn if isinstance(drawn, Page) else page
    return _picture(_on_canvas(page.image, wanted), model)


def _scale(size: Size, wanted: Size) -> float:
    """By how much a picture is to grow or shrink; 1 where a margin does."""
    scale = min(wanted[0] / size[0], wanted[1] / size[1])
    return 1 if 1 <= scale < LEAST_ENLARGED else scale


def _on_canvas(image: Image.Image, size: Size) -> Image.Image:
    """The whole picture in its proportions, shrunk into `size` (width, height) if need be, white where it ends."""
    from PIL import Image, ImageOps

    if image.width > size[0] or image.height > size[1]:
        image = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
    if image.size == size:
        return image
    canvas = Image.new("RGB", size, "white")
    canvas.paste(image)
    return canvas


def _picture(image: Image.Image, model: VisionModel) -> Picture:
    return Picture(data_url(image), image.size, model.image_cost(*image.size).tokens)


def _too_many(what: str, count: int, model: VisionModel) -> InputError:
    return InputError(
        f"{what} {count:,} pages, and {model.name} takes {model.max_images:,} images a request; "
        "send fewer, use --as text, or ask about one part after the other"
    )
