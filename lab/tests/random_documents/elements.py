"""What people put on web pages and print, as text: each element is HTML whose words are noted."""

from __future__ import annotations

from collections.abc import Callable

from random_documents.words import Words

Element = Callable[[Words], str]
DARK = ("#111", "#1f2937", "#1e3a8a", "#7f1d1d", "#064e3b", "#4c1d95", "#374151", "rgb(20,40,60)")
MID = ("#2563eb", "#dc2626", "#059669", "#7c3aed", "#d97706", "#0891b2", "#be185d", "#4b5563")
TINT = ("#f3f4f6", "#eff6ff", "#fef3c7", "#ecfdf5", "#fdf2f8", "#f5f3ff", "rgba(0,0,0,.05)")
GREY = ("#444", "#666", "#777", "#888", "#999")


def some(words: Words, least: int, most: int, make: Callable[[], str]) -> str:
    """Make some parts."""
    return "".join(make() for _ in range(words.rng.randint(least, most)))


def ground(words: Words) -> str:
    """A dark background for light type: plain, a gradient, stripes."""
    pick = words.rng.choice
    one, other = words.rng.sample(DARK, 2)
    grounds = (
        pick([*DARK, "rgba(0,0,0,.75)"]),
        pick(MID),
        f"linear-gradient({words.rng.randint(0, 359)}deg, {one}, {other})",
        f"radial-gradient(circle at {words.rng.randint(10, 90)}% 50%, {one}, {other})",
        f"repeating-linear-gradient({pick([0, 45, 90])}deg, {one} 0 6px, {other} 6px 12px)",
    )
    return f"background:{pick(grounds)};color:{pick(['#fff', '#fff', '#f9fafb', '#fde68a', '#e0f2fe'])};"


def heading(words: Words) -> str:
    pick = words.rng.choice
    colors = f"{pick(MID)},{pick(DARK)}"
    styles = (
        "",
        "",
        "letter-spacing:.2em;text-transform:uppercase",
        "text-align:center",
        "border-bottom:2px solid",
        f"color:{pick(MID)}",
        f"background:linear-gradient(90deg,{colors});background-clip:text;color:transparent",
        "text-shadow:2px 2px 3px #bbb",
        "-webkit-text-stroke:1px #222;color:#fff;font-size:30px",
        "-webkit-text-stroke:1px #333;color:transparent;font-size:30px",
    )
    return f"<h{pick('1234')} style='{pick(styles)}'>{words.phrase(2, 5)}</h{pick('1234')}>"


def plain_heading(words: Words) -> str:
    return f"<h3>{words.phrase(2, 4)}</h3>"


def paragraph(words: Words) -> str:
    pick = words.rng.choice
    tags = ("", "", "", "b", "i", "u", "mark", "code", "a href=#x", "small", "sub", "sup", "kbd", "del")

    def part() -> str:
        tag, said = pick(tags), words.sentence() if words.rng.random() < 0.7 else words.phrase(2, 6)
        return f"<{tag}>{said}</{tag.split()[0]}> " if tag else f"{said} "

    style = pick(["", "", "text-align:justify", f"color:{pick(GREY)}", "font-size:11px", "hyphens:auto"])
    return f"<p style='{style}'>{some(words, 1, 4, part)}</p>"


def small_print(words: Words) -> str:
    size, color = words.rng.choice([6, 7, 8, 9]), words.rng.choice(GREY)
    return f"<p style='font-size:{size}px;color:{color}'>{words.paragraph(4)}</p>"


def table(words: Words) -> str:
    count, kind = words.rng.randint(2, 5), words.rng.choice(["grid", "rows", "none", "book", "zebra", "dark"])

    def row() -> str:
        cells = [words.phrase(1, words.rng.choice([2, 6]))]
        cells += [words.number() if words.rng.random() < 0.6 else words.phrase(1, 3) for _ in range(count - 1)]
        return f"<tr><td>{'<td>'.join(cells)}"

    head = "<td>".join(f"<b>{words.phrase(1, 2)}</b>" for _ in range(count))
    style = f"font-size:{words.rng.choice([10, 12, 14])}px;{words.rng.choice(['', 'width:100%'])}"
    return f"<table class={kind} style='{style}'><tr><td>{head}{some(words, 2, 9, row)}</table>"


def columns(words: Words) -> str:
    pick = words.rng.choice
    body = some(words, 3, 6, lambda: f"<p style='margin:0 0 6px'>{words.paragraph(4)}</p>")
    rule = pick(["", "column-rule:1px solid #999"])
    style = f"columns:{pick([2, 3])};column-gap:{pick([14, 24, 40])}px;font-size:12px;{rule}"
    return f"<div style='{style}'>{body}</div>"


def listing(words: Words) -> str:
    tags = ("ul", "ol", "ol type=a", "ul style=list-style:square", "ol start=7", "ul style=list-style:none")
    tag, mark = words.rng.choice(tags), words.rng.choice(["", "", "✓ ", "→ ", "★ "])

    def item() -> str:
        inner = f"<ul><li>{words.phrase(2, 5)}<li>{words.phrase(2, 5)}</ul>" if words.rng.random() < 0.15 else ""
        return f"<li>{mark}{words.sentence() if words.rng.random() < 0.5 else words.phrase(2, 6)}{inner}"

    return f"<{tag}>{some(words, 3, 7, item)}</{tag.split()[0]}>"


def terms(words: Words) -> str:
    return f"<dl>{some(words, 2, 5, lambda: f'<dt><b>{words.phrase(1, 3)}</b><dd>{words.sentence()}')}</dl>"


def code(words: Words) -> str:
    styles = ("background:#1e1e1e;color:#d4d4d4", "background:#f6f8fa;border:1px solid #ddd", "border-left:3px solid")
    one, two, three, four = (words.say("".join(words.rng.choices("abcdefghimnoprstuvw", k=7))) for _ in range(4))
    lines = (
        f"<span style='color:#c586c0'>def</span> {one}({two}=None):",
        f"    return {three}[<span style='color:#b5651d'>{words.number()}</span>]",
        f"<span style='color:#6a9955'># {words.phrase(3, 7)}</span>",
        f"{four} = {words.number()}",
    )
    return f"<pre style='{words.rng.choice(styles)}'>{chr(10).join(lines)}</pre>"


def amounts(words: Words) -> str:
    line = lambda: f"<div class=row>{words.phrase(1, 4)}<span class=dots></span>{words.number()}</div>"  # noqa: E731
    return f"<div style='font-family:{words.rng.choice(['monospace', 'inherit'])}'>{some(words, 3, 8, line)}</div>"


def effects(words: Words) -> str:
    """Type that a browser prints as a picture, through a mask, or blended."""
    styles = (
        "filter:drop-shadow(1px 1px 2px #999)",
        "opacity:.6",
        "mix-blend-mode:multiply",
        "mask-image:linear-gradient(90deg,#000,#0009)",
        "transform:scale(.8);transform-origin:left",
        "font-variant:small-caps",
        "text-decoration:underline wavy red",
        "filter:grayscale(1)",
    )
    return f"<div style='font-size:17px;{words.rng.choice(styles)}'>{words.paragraph(2)}</div>"


def ruby(words: Words) -> str:
    pairs = some(words, 3, 5, lambda: f"<ruby>{words.phrase(1, 1)}<rt>{words.phrase(1, 1)}</rt></ruby> ")
    return f"<p style='font-size:20px;line-height:2'>{pairs}</p>"


def upright(words: Words) -> str:
    """Letters below each other beside text."""
    return f"<div class=row><div class=upright>{words.phrase(1, 1)}</div><div>{words.paragraph(4)}</div></div>"


def receipt(words: Words) -> str:
    line = lambda: f"<div class=row><span>{words.phrase(1, 3)}</span><span>{words.number()}</span></div>"  # noqa: E731
    total = f"<hr><b>{words.number()}</b>"
    return f"<div class=receipt>{words.phrase(2, 3)}<hr>{some(words, 3, 7, line)}{total}</div>"


def form(words: Words) -> str:
    def line() -> str:
        label, value = words.phrase(1, 2), words.phrase(1, 2)
        fields: tuple[Callable[[], str], ...] = (
            lambda: f"<input value='{value}'>",
            lambda: f"<input placeholder='{value}'>",
            lambda: f"<select><option>{value}</option><option>{words.hide()}</option></select>",
            lambda: f"<textarea rows=2 cols=36>{value}</textarea>",
            lambda: f"<label><input type=checkbox style='width:auto' checked> {value}</label>",
            lambda: f"<button style='{ground(words)}'>{value}</button>",
        )
        return f"<tr><td>{label}<td>{words.rng.choice(fields)()}"

    return f"<fieldset><legend>{words.phrase(1, 3)}</legend><table>{some(words, 2, 6, line)}</table></fieldset>"


def letter(words: Words) -> str:
    """An address on the right, a date, a subject, text."""
    address = some(words, 3, 4, lambda: f"{words.phrase(2, 4)}<br>")
    body = some(words, 2, 4, lambda: f"<p>{words.paragraph(4)}</p>")
    return f"<p style='text-align:right'>{address}</p><p>{words.number()}</p><p><b>{words.phrase(3, 6)}</b></p>{body}"


def long_table(words: Words) -> str:
    """A table that goes on over pages, its head repeated."""
    head = f"<thead><tr><th>{words.phrase(1, 2)}<th>{words.phrase(1, 2)}<th>{words.phrase(1, 2)}</thead>"
    row = lambda: f"<tr><td>{words.phrase(2, 4)}<td>{words.number()}<td>{words.number()}"  # noqa: E731
    kind = words.rng.choice(["grid", "rows", "zebra"])
    return f"<table class={kind} width=100%>{head}{some(words, 25, 50, row)}</table>"


def tight(words: Words) -> str:
    """Letters and words close to each other, or far apart."""
    styles = ("letter-spacing:-.04em", "word-spacing:-.1em", "font-stretch:condensed", "letter-spacing:.08em")
    return f"<p style='{words.rng.choice(styles)}'>{words.paragraph(4)}</p>"
