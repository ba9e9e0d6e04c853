"""Turn files into what is sent with a question: pictures of their pages, or text.

- A text is drawn as the cheapest pages (`compress.pages`). Pages of PDFs and images are fitted to the size that the
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

from sokdok.compress.pages import plan_pages
from sokdok.errors import InputError, require_choice
from sokdok.files import check_file, printable
from sokdok.files.text import read_text
from sokdok.jobs import DEFAULTS, Limits
from sokdok.layout.text_layer import analyse_layer
from sokdok.pages.files import is_page_file, open_file, page_range, unless_given_up
from sokdok.pages.isolated import ChildFile
from sokdok.pages.page import Page, PageError
from sokdok.reading.remote.reader import data_url

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.pages.draw import GlyphSize
    from sokdok.tokens.images import Size
    from sokdok.tokens.models import VisionModel

Form = Literal["auto", "pages", "text"]

MAX_UNMAPPED_SHARE = 0.1  # of glyphs without a known character, beyond which a text layer is not believed
MIN_ENLARGEMENT = 1.1  # factor below which a page gets a margin instead of being enlarged, which would only blur it


@dataclass(frozen=True)
class Picture:
    """A page as it is sent."""

    url: str  # data URL
    size: Size  # (width, height) in pixels
    tokens: int  # by the provider's formula


@dataclass(frozen=True)
class Attachment:
    """A file as it is sent: `pictures`, or else `text`."""

    source: str
    reason: str  # why it goes as pictures, or as text
    text_tokens: int | None  # of its text; None if it is not known as text, or not all of it
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    glyph: GlyphSize | None = None  # of a text that sokdok drew
    remarks: tuple[str, ...] = ()

    @property
    def form(self) -> Form:
        """`pages` or `text`."""
        return "pages" if self.pictures else "text"

    @property
    def image_tokens(self) -> int:
        """Tokens of all pictures, by the provider's formula."""
        return sum(picture.tokens for picture in self.pictures)


@dataclass(frozen=True)
class SendOptions:
    """What decides how files are sent."""

    model: VisionModel
    glyphs: Sequence[GlyphSize]  # sizes that the model can read
    form: Form = "auto"
    encoding: str | None = None  # of texts; None finds it out
    password: str | None = None  # opens encrypted PDFs
    limits: Limits = DEFAULTS  # what a file may take
    drawn: Callable[[int], None] = lambda pages: None  # called with the number of pages that were prepared


def form_called(name: str) -> Form:
    """Look a form up by name."""
    require_choice("form", name, get_args(Form))
    return cast(Form, name)


def attach(file: Path | bytes, options: SendOptions) -> Attachment:
    """Prepare a file, or the text of standard input. Raises InputError if it can't be sent in the form asked for."""
    if isinstance(file, bytes):
        return _attach_text(read_text(file, options.encoding), "standard input", options)
    source = printable(file)
    check_file(file, source)
    if is_page_file(file):
        with closing(open_file(file, source=source, password=options.password, limits=options.limits)) as pages:
            return _attach_pages(pages, options)
    return _attach_text(read_text(file, options.encoding), source, options)


def check_count(attachments: Sequence[Attachment], model: VisionModel) -> None:
    """Raise InputError if these are more pictures than one request takes."""
    count = sum(len(attachment.pictures) for attachment in attachments)
    if model.max_images is not None and count > model.max_images:
        raise _too_many("these files have" if len(attachments) > 1 else attachments[0].source + " has", count, model)


def _attach_text(text: str, source: str, options: SendOptions) -> Attachment:
    model, tokens = options.model, options.model.count_text(text)

    def as_text(reason: str) -> Attachment:
        return Attachment(source, reason, tokens, text)

    if options.form == "text":
        return as_text("as asked")
    if not options.glyphs:
        if options.form == "pages":
            raise InputError(f"by its profile {model.name} can read no size of glyph; use --as text, or --glyph SIZE")
        return as_text("by its profile the model can read no size of glyph")
    plan = plan_pages(text, model, options.glyphs)
    if options.form == "auto" and plan.tokens >= tokens:
        return as_text(f"pages would take {plan.tokens:,}")
    if model.max_images is not None and len(plan.pages) > model.max_images:
        if options.form == "pages":
            raise _too_many(f"{source} needs", len(plan.pages), model)
        return as_text(f"a request takes {model.max_images:,} images, not {len(plan.pages):,}")
    pictures = []
    for page in plan.draw(source):
        pictures.append(_picture(page.image, model))
        options.drawn(1)
    reason = "as asked" if options.form == "pages" else "pages are cheaper"
    return Attachment(source, reason, tokens, pictures=tuple(pictures), glyph=plan.glyph)


def _attach_pages(file: ChildFile, options: SendOptions) -> Attachment:
    model, indices = options.model, page_range(None, len(file), file.source, options.limits.pages)
    count = len(indices)
    layer = _read_layer(file, indices)
    tokens = model.count_text(layer.text) if not layer.missing else None
    if options.form == "text":
        return _layer_alone(file, layer, model)
    if model.max_images is not None and count > model.max_images:
        if options.form == "pages" or tokens is None:
            raise _too_many(f"{file.source} has", count, model)
        reason = f"a request takes {model.max_images:,} images, not {count:,}"
        return Attachment(file.source, reason, tokens, layer.text)
    pictures, remarks = _pictures(file, indices, options)
    image_tokens = sum(picture.tokens for picture in pictures)
    cheaper = tokens is None or image_tokens < tokens
    if options.form == "auto" and not cheaper and not layer.illustrated:
        return Attachment(file.source, f"pages would take {image_tokens:,}", tokens, layer.text)
    if options.form == "pages":
        reason = "as asked"
    elif tokens is None:
        reason = "not all of it is there as text"
    else:
        reason = "pages are cheaper" if cheaper else "it holds pictures"
    return Attachment(file.source, reason, tokens, pictures=tuple(pictures), remarks=tuple(remarks))


@dataclass(frozen=True)
class _Layer:
    text: str
    missing: list[int]  # numbers of pages without a layer that can be used
    illustrated: bool  # whether there are pictures beside the text


def _read_layer(file: ChildFile, indices: Sequence[int]) -> _Layer:
    texts: list[str] = []
    missing: list[int] = []
    illustrated = False
    for index in indices:
        layer = file.layer(index)
        if layer is None or layer.unmapped > MAX_UNMAPPED_SHARE:
            missing.append(index + 1)
        else:
            texts.append("\n".join(block.text for block in analyse_layer(layer)[0]))
            illustrated = illustrated or bool(layer.pictures)
    return _Layer("\n\n".join(texts), missing, illustrated)


def _layer_alone(file: ChildFile, layer: _Layer, model: VisionModel) -> Attachment:
    """Send a file's text layer, as asked; pages without one are named in a remark."""
    if not layer.text:
        raise InputError(f"{file.source} has no text layer that can be used; send it with --as pages")
    missing = f"pages without text are left out: {', '.join(map(str, layer.missing))}"
    lost = (f"page {index + 1}: {reason}" for index, reason in file.lost_layers.items())
    remarks = (missing, *lost) if layer.missing else ()
    return Attachment(file.source, "as asked", model.count_text(layer.text), layer.text, remarks=remarks)


def _pictures(file: ChildFile, indices: Sequence[int], options: SendOptions) -> tuple[list[Picture], list[str]]:
    """Draw the pages that can be drawn; a remark on each of the others."""
    pictures: list[Picture] = []
    remarks = [file.remark] if file.remark else []
    for index in unless_given_up(file, indices):
        page = index if isinstance(index, PageError) else _fitted(file, index, options.model)
        if isinstance(page, PageError):
            remarks.append(f"page {(page.index or 0) + 1} is not sent: {page.message}")
        else:
            pictures.append(page)
        options.drawn(1)
    if not pictures:
        raise InputError(f"{file.source}: none of its pages can be used; {remarks[-1]}")
    return pictures, remarks


def _fitted(file: ChildFile, index: int, model: VisionModel) -> Picture | PageError:
    """Fit a page to the size the model reads: a PDF's is drawn so; an image is shrunk, but never enlarged."""
    page = file.page(index)
    if isinstance(page, PageError):
        return page
    wanted = model.image_cost(*page.size).effective
    scale = min(wanted[0] / page.size[0], wanted[1] / page.size[1])
    scale = 1 if 1 <= scale < MIN_ENLARGEMENT else scale  # a margin does
    if model.image_cost(*wanted).effective != wanted:  # it would be enlarged once more, and paid for as that
        return _picture(page.image, model)
    if scale > 1 and not file.scalable:
        return _picture(page.image, model)
    if scale != 1 and file.scalable:
        drawn = file.page(index, enlarged=scale)
        page = drawn if isinstance(drawn, Page) else page
    return _picture(_on_canvas(page.image, wanted), model)


def _on_canvas(image: Image.Image, size: Size) -> Image.Image:
    """Put a picture, shrunk if need be, on a white canvas of `size` (width, height)."""
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
