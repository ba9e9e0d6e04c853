"""Pages of type that tests draw, with what they say."""

from PIL import Image, ImageDraw, ImageFont

TEXT = (
    "The committee met on 14 March 1987 to review the annual budget of 2,350 dollars. Members asked why the cost of "
    "paper had doubled, and whether fewer copies could be printed next year; nobody knew the answer. A printer was "
    "invited to explain the process, which he did (at some length), from the first proof to the last bound volume."
)
WORDS = TEXT.split()


def text_page(columns: int = 2, size: int = 22) -> tuple[Image.Image, str]:
    """A page set in Pillow's own font, and its text."""
    image = Image.new("RGB", (1000, 900), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    room = 900 // columns - 40
    lines: list[list[str]] = [[]]
    for word in WORDS * 2:
        if draw.textlength(" ".join([*lines[-1], word]), font) > room:
            lines.append([])
        lines[-1].append(word)
    rows = -(-len(lines) // columns)
    for i, line in enumerate(lines):
        draw.text((50 + (i // rows) * 900 // columns, 60 + i % rows * 1.5 * size), " ".join(line), "black", font)
    return image, " ".join(WORDS * 2)
