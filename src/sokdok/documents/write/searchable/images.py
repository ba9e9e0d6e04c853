"""An image file as a PDF: its pixels as they are stored, without loss, a page for each of its frames."""

from __future__ import annotations

import io

LOSSLESS = {"JPEG", "PNG", "TIFF", "GIF"}  # kinds that img2pdf takes as they are
DPI = 150  # of a picture that does not say


def pdf_of_image(path: str) -> io.BytesIO:
    """Wrap an image: JPEG as it is, others without loss; transparency is laid on white, as readers see it."""
    import img2pdf
    from PIL import Image

    try:
        with Image.open(path) as image:
            wrapped = image.format in LOSSLESS
        if wrapped:
            return io.BytesIO(img2pdf.convert(path, rotation=img2pdf.Rotation.ifvalid, default_dpi=DPI))
    except (img2pdf.ImageOpenError, img2pdf.AlphaChannelError, img2pdf.UnsupportedColorspaceError, ValueError):
        pass
    return io.BytesIO(img2pdf.convert(_frames(path), default_dpi=DPI))


def _frames(path: str) -> list[bytes]:
    """Each frame as a PNG, upright and on white."""
    from PIL import Image, ImageOps, ImageSequence

    frames = []
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            upright = ImageOps.exif_transpose(frame).convert("RGBA")
            paper = Image.new("RGBA", upright.size, "white")
            png = io.BytesIO()
            Image.alpha_composite(paper, upright).convert("RGB").save(png, "PNG", dpi=frame.info.get("dpi", (DPI, DPI)))
            frames.append(png.getvalue())
    return frames
