"""The fragments of the timeline's HTML; `markup.fill` fills them in."""

from __future__ import annotations

HEAD = """<header>
<h1 dir="auto">{conversation}</h1>
<p class="claim">{turns} in <b>{tokens}</b></p>
<p class="about">{times}A view for {model} with a budget of {budget} tokens. \
As text the whole conversation takes {text_tokens} tokens ({counted}){ratio}.</p>
</header>"""

BUDGET = """<section>
<h2>Tokens per level</h2>
<div class="bar" aria-hidden="true">
{bar}
<span class="unspent" style="flex-grow: {left}" title="not spent: {left_written} tokens"></span>
</div>
<p class="ends" aria-hidden="true"><span>faded</span><span>sharp</span></p>
<table>
<thead><tr><th scope=col>Shown as</th><th scope=col>Parts</th><th scope=col>Turns</th><th scope=col>Tokens</th>\
<th scope=col>Share</th></tr></thead>
<tbody>
{rows}
</tbody>
<tfoot><tr><th scope=row>Not spent</th>{unspent}</tr></tfoot>
</table>
{preamble}</section>"""
BAR = '<span{pale} {tone} title="{label}: {tokens} tokens">{number}</span>'
PALE = ' class="pale"'
ROW = "<tr {tone}><th scope=row>{name}</th>{cells}</tr>"
CELLS = "<td>{parts}</td><td>{turns}</td><td>{tokens}</td><td>{share}</td>"
LINK = '<a href="#{anchor}">{label}</a>'
PREAMBLE = '<details class="preamble"><summary>What the model is told first</summary><p>{text}</p></details>\n'
TONE = 'data-kind="{kind}" style="--sharp: {sharpness};{style}"'

LEVELS = "<h2>From faded to sharp</h2>"
LEVEL = """<section class="level" id="{anchor}" {tone}>
<header>
<h3>{turns}</h3>
{facts}
</header>
{pages}
</section>"""
APART = """<section class="apart" id="{anchor}" {tone}>
<h3>{heading}</h3>
{facts}
{content}
</section>"""
FACTS = '<p class="facts">{facts}</p>'
FACT = "<span>{fact}</span>"

PAGES = '<div class="pages">\n{figures}\n</div>'
FIGURE = """<figure class="page" data-about="{about}">
{sheet}
<figcaption><b>{turns}</b> {tokens}</figcaption>
</figure>"""
SHEET = """<button aria-label="{label}"><img src="{source}" width="{width}" height="{height}" alt="{alt}"></button>\
<div hidden dir="auto"{lang} data-text>{text}</div>"""
SHEET_OF_TEXT = '<button aria-label="{label}"><span><span dir="auto"{lang} data-text>{text}</span></span></button>'

DETAILS = "<ol>\n{items}\n</ol>"
DETAIL = '<li{lang}><b>{number}</b> <span dir="auto">{text}</span></li>'

CHAT = '<div class="chat">\n{turns}\n</div>'
NEWEST = """<section id="text">
<h2>The newest turns, word for word</h2>
<div class="chat">
{days}
</div>
<p class="now">{now}</p>
</section>"""
DAY = '<p class="day">{day}</p>\n{turns}'
TURN = """<article class="turn {role}">
<header><b><bdi>{speaker}</bdi></b> {number} · {time}{star}</header>
{images}{said}
</article>"""
STAR = " <em>★ important</em>"
SAID = '<div class="said" dir="auto"{lang}>{text}</div>'
FOLDED = """<span class="head">{head}…</span>\
<details><summary>All {length} characters</summary>{text}</details>"""
IMAGE = '<img src="{source}" width="{width}" height="{height}" alt="{alt}">'
IMAGE_IN_WORDS = '<p class="said">[image {width}x{height}]</p>'
LANG = ' lang="{language}"'
