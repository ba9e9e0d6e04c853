"""What people put on web pages and print, on grounds, turned, over pictures, drawn, and hidden."""

from __future__ import annotations

import base64
import io

from PIL import Image

from random_documents.elements import DARK, MID, TINT, ground, listing, plain_heading, some, terms
from random_documents.words import Words


def badges(words: Words) -> str:
    radius, size = words.rng.choice([2, 4, 6, 10, 99]), words.rng.choice([10, 11, 12, 13])

    def badge() -> str:
        style = f"{ground(words)}border-radius:{radius}px;font-size:{size}px"
        return f"<span class=badge style='{style}'>{words.phrase(1, 2)}</span> "

    return f"<p>{some(words, 3, 9, badge)}</p>"


def dark_box(words: Words) -> str:
    radius = words.rng.choice(["0", "8px", "24px", "50px", "40px 4px", "12px 0 12px 0"])
    turn = words.rng.choice(["none", "none", "none", f"rotate({words.rng.randint(-3, 3)}deg)", "skewX(-6deg)"])
    said = f"<b>{words.phrase(2, 4)}</b><br>{words.paragraph(3)}"
    return f"<div class=box style='{ground(words)}border-radius:{radius};transform:{turn}'>{said}</div>"


def dark_page(words: Words) -> str:
    parts = some(words, 2, 4, lambda: words.rng.choice((listing, terms, plain_heading))(words))
    return f"<section class=box style='background:{words.rng.choice(DARK)};color:#eee'>{parts}</section>"


def cards(words: Words) -> str:
    def card() -> str:
        head = words.rng.choice([ground(words), f"background:{words.rng.choice(TINT)}", ""])
        tag = f"<span class=tag style='background:{words.rng.choice(MID)}'>{words.phrase(1, 1)}</span>"
        body = f"{words.sentence()}<br><span class=large>{words.number()}</span> {tag}"
        return f"<div class=card><div style='{head}'><b>{words.phrase(1, 3)}</b></div><div>{body}</div></div>"

    return f"<div class=row>{some(words, 2, 4, card)}</div>"


def sidebar(words: Words) -> str:
    items = some(words, 3, 6, lambda: f"<div style='margin:6px 0'>{words.phrase(1, 3)}</div>")
    side = f"<div class=side style='{ground(words)}'><b>{words.phrase(1, 2)}</b>{items}</div>"
    main = f"<div class=wide>{some(words, 1, 3, lambda: f'<p>{words.paragraph(3)}</p>')}</div>"
    return f"<div class=row>{side + main if words.rng.random() < 0.7 else main + side}</div>"


def note(words: Words) -> str:
    """A turned note beside text."""
    turns = (
        "writing-mode:vertical-rl",
        "writing-mode:vertical-rl;transform:rotate(180deg)",
        f"transform:rotate({words.rng.choice([-12, -8, -5, 4, 7, 12])}deg);width:150px",
    )
    looks = ("background:#fef08a", "border:2px dashed #888", ground(words), "")
    style = f"{words.rng.choice(turns)};{words.rng.choice(looks)};padding:8px;margin:10px"
    beside = f"<div class=wide>{words.paragraph(3)}</div>"
    return f"<div class=row><div style='{style}'>{words.phrase(2, 4)}</div>{beside}</div>"


def steps(words: Words) -> str:
    def step() -> str:
        number = words.say(str(words.rng.randint(100, 999)))
        ball = f"<span class=ball style='background:{words.rng.choice(MID)};width:26px;height:26px'>{number}</span>"
        return f"<div style='margin:6px 0'>{ball} <b>{words.phrase(1, 3)}</b> {words.phrase(2, 6)}</div>"

    return some(words, 3, 5, step)


def avatars(words: Words) -> str:
    def one() -> str:
        number = words.say(str(words.rng.randint(100, 999)))
        ball = f"<div class=ball style='{ground(words)}width:44px;height:44px'>{number}</div>"
        said = f"<b>{words.phrase(1, 2)}</b><br><small style='color:#777'>{words.phrase(2, 5)}</small>"
        return f"<div class=row>{ball}<div>{said}</div></div>"

    return some(words, 2, 4, one)


def callout(words: Words) -> str:
    first = f"<span style='opacity:.{words.rng.choice([6, 7, 8])}'>{words.phrase(1, 1)}</span>"
    return f"<blockquote style='background:{words.rng.choice(TINT)}'>{first} {words.paragraph(3)}</blockquote>"


def stamp(words: Words) -> str:
    style = f"color:{words.rng.choice(MID)};transform:rotate({words.rng.choice([-15, -10, 0, 10])}deg)"
    body = f"{words.sentence()}<div class=stamp style='{style}'>{words.phrase(1, 2)}</div>"
    return f"<div style='position:relative;min-height:70px'>{body}</div>"


def progress(words: Words) -> str:
    def bar() -> str:
        style = f"width:{words.rng.randint(55, 100)}%;{ground(words)}"
        return f"<div class=track><div style='{style}'>{words.phrase(1, 3)} {words.number()}</div></div>"

    return some(words, 2, 5, bar)


def heat(words: Words) -> str:
    def cell() -> str:
        value = words.rng.randint(0, 100)
        style = f"background:hsl(220 80% {95 - 0.7 * value}%);color:{'#fff' if value > 50 else '#111'}"
        return f"<td style='{style}'>{words.number()}"

    rows = some(words, 3, 6, lambda: f"<tr><td>{words.phrase(1, 1)}{some(words, 5, 5, cell)}")
    return f"<table class=heat>{rows}</table>"


def photo(words: Words, dark: bool) -> str:
    """A smooth picture as a data address."""
    low, high = (10, 90) if dark else (190, 250)
    small = Image.frombytes("RGB", (6, 4), bytes(words.rng.randint(low, high) for _ in range(72)))
    out = io.BytesIO()
    small.resize((420, 280), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def hero(words: Words) -> str:
    """A picture that is cut off below, with text over it."""
    dark = words.rng.random() < 0.6
    picture, align = photo(words, dark), words.rng.choice(["end", "center", "start"])
    body = f"<div><b class=large>{words.phrase(2, 4)}</b><br>{words.sentence()}</div>"
    style = f"color:{'#fff' if dark else '#111'};align-items:{align};"
    if words.rng.random() < 0.5:
        return f"<div class=hero style='{style}background:url({picture}) center/cover'>{body}</div>"
    return f"<div class=hero style='{style}'><img src='{picture}'>{body}</div>"


def figure(words: Words) -> str:
    picture, width = photo(words, words.rng.random() < 0.5), words.rng.randint(150, 400)
    return f"<figure><img src='{picture}' width={width}><figcaption>{words.sentence()}</figcaption></figure>"


def bars(words: Words) -> str:
    """A bar chart as SVG."""
    out = [f"<text x=10 y=14 font-size=13 font-weight=bold>{words.phrase(2, 4)}</text>"]
    for at in range(words.rng.randint(3, 6)):
        height, x = words.rng.randint(20, 120), 60 + 75 * at
        out.append(f"<rect x={x} y={140 - height} width=46 height={height} fill='{words.rng.choice(MID)}'/>")
        for y, said in ((156, words.phrase(1, 1)), (136 - height, words.number())):
            out.append(f"<text x={x + 23} y={y} font-size=10 text-anchor=middle>{said}</text>")
    out.append(f"<text transform='translate(30,130) rotate(-90)' font-size=11>{words.phrase(1, 2)}</text>")
    return f"<svg width=520 height=165><path d='M50 10V140H510' fill=none stroke='#333'/>{''.join(out)}</svg>"


def flow(words: Words) -> str:
    """Boxes and arrows as SVG."""
    out = []
    for at in range(3):
        x, pick = 10 + 175 * at, words.rng.choice
        fill, color = pick([("#fff", "#000"), (pick(MID), "#fff"), (pick(DARK), "#fff"), ("#eef", "#111")])
        shapes = (
            f"<rect x={x} y=20 width=130 height=60 rx={pick([0, 10])}",
            f"<ellipse cx={x + 65} cy=50 rx=70 ry=34",
            f"<path d='M{x} 50L{x + 65} 8L{x + 130} 50L{x + 65} 92Z'",
        )
        out.append(f"{pick(shapes)} fill='{fill}' stroke='#333'/>")
        out.append(f"<text x={x + 65} y=54 font-size=12 text-anchor=middle fill='{color}'>{words.phrase(1, 1)}</text>")
        if at:
            out.append(f"<path d='M{x - 42} 50H{x - 6}' stroke='#333'/>")
            out.append(f"<text x={x - 24} y=44 font-size=9 text-anchor=middle>{words.number()}</text>")
    return f"<svg width=530 height=100>{''.join(out)}</svg>"


def watermark(words: Words) -> str:
    """Text over which large pale letters run at a slant."""
    color = words.rng.choice(["#bbb", "#d0d0ff", "rgba(200,0,0,.25)"])
    mark = f"<div class=mark style='color:{color}'>{words.phrase(1, 1)}</div>"
    return f"<div style='position:relative;min-height:130px'>{mark}{words.paragraph(4)} {words.paragraph(3)}</div>"


def timetable(words: Words) -> str:
    """Hours and days, some of them filled by colours."""

    def row() -> str:
        cells = ""
        for _ in range(4):
            filled = words.rng.random() < 0.4
            cells += f"<td style='{ground(words)}'>{words.phrase(1, 2)}" if filled else "<td>"
        return f"<tr><td>{words.rng.randint(7, 19)}:00{cells}"

    return f"<table class=grid style='font-size:11px' width=100%>{some(words, 3, 6, row)}</table>"


def tickets(words: Words) -> str:
    """Strips that are alike but for their numbers."""
    name = words.phrase(2, 3)
    said = words.seen[-1]
    del words.seen[-1]

    def ticket() -> str:
        words.seen.append(said)
        return f"<div class=ticket>{name} <b>{words.number()}</b></div>"

    return some(words, 2, 5, ticket)


HIDDEN: dict[str, str] = {
    "like paper": "color:#fff",
    "transparent": "opacity:0",
    "hardly there": "opacity:.01",
    "no colour": "color:transparent",
    "no size": "font-size:0",
    "not visible": "visibility:hidden",
    "not displayed": "display:none",
    "aside": "position:absolute;left:-9999px",
    "indented away": "text-indent:-9999px;overflow:hidden;white-space:nowrap",
    "clipped": "overflow:hidden;height:0",
    "clipped to a point": "clip-path:inset(100%)",
    "clipped to a circle": "clip-path:circle(0)",
    "for screen readers": "position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0 0 0 0)",
    "scaled away": "transform:scale(0)",
    "masked": "mask-image:linear-gradient(transparent,transparent)",
    "on its own colour": "background:#7c3aed;color:#7c3aed;border-radius:12px;padding:4px 12px",
}  # name → style of a line that nobody sees
COVERS: dict[str, str] = {
    "under a box": "",
    "under rounded corners": "border-radius:14px",
    "under a turned box": "transform:rotate(1deg)",
    "under a gradient": "background:linear-gradient(90deg,#fff,#f4f4f4)",
    "under a black bar": "background:#000",
}  # name → style of what covers a line


def hidden(words: Words) -> str:
    """A line that is in the file and that nobody sees."""
    name = words.rng.choice([*HIDDEN, *COVERS])
    words.kind = f"hidden, {name}"
    if name in HIDDEN:
        return f"<div style='{HIDDEN[name]}'>{words.hide()}</div>"
    covered = f"<div style='padding:8px 20px'>{words.hide()}</div><div class=cover style='{COVERS[name]}'></div>"
    return f"<div style='position:relative;height:34px'>{covered}</div>"
