"""Files that real code opens and the fake worker understands."""

import io

import pikepdf
from PIL import Image, ImageDraw


def locked_pdf(says: str, password: str) -> bytes:
    """A PDF that says something in its title once it is opened with its password."""
    file = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = f" {says} "
        pdf.save(file, encryption=pikepdf.Encryption(owner="owner", user=password))
    return file.getvalue()


def pdf_saying(says: str, pages: int = 1) -> bytes:
    """A PDF of pages of 400 by 200 points, white with a black right lower quarter, which says something at its end."""
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).rectangle((200, 100, 399, 199), "black")
    file = io.BytesIO()
    image.save(file, "PDF", save_all=True, append_images=[image] * (pages - 1))
    return file.getvalue() + f"\n% {says} \n".encode()
