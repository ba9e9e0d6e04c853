"""How a document's HTML looks: light or dark as the reader's system is, Korean and Latin fonts of the system."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1d1f; --faint: #6b7076; --line: #d9dce0; --tint: #f4f5f7;
  --unsure: #c2410c }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17181a; --ink: #e4e5e7; --faint: #9aa0a6; --line: #3a3d41; --tint: #222427; --unsure: #fb923c }
}
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.7 "Noto Serif KR", "Noto Serif CJK KR", "Nanum Myeongjo", NanumMyeongjo, AppleMyungjo, Batang,
    Georgia, serif;
  overflow-wrap: break-word; word-break: keep-all }
h1, h2, h3, h4, h5, h6, th, .note, .caption, .furniture, .page > a { font-family: Pretendard, "Noto Sans KR",
  "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", NanumGothic, system-ui, sans-serif }
h1, h2, h3, h4, h5, h6 { line-height: 1.3; margin: 1.6em 0 .6em }
.page > a + *, .page > div > :first-child { margin-top: .5em }
p { margin: 0 0 1em; white-space: pre-wrap }
.page { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: 2.5rem }
.page > a { float: right; font-size: .8rem; color: var(--faint); text-decoration: none }
.table, .formula, pre { overflow-x: auto; margin: 0 0 1.2em }
table { border-collapse: collapse; font-size: .95em; line-height: 1.5; font-variant-numeric: tabular-nums }
th, td { border: 1px solid var(--line); padding: .3em .6em; vertical-align: top; text-align: left }
th, pre, .formula, .note { background: var(--tint) }
pre, code { font-family: "D2Coding", "Nanum Gothic Coding", ui-monospace, Consolas, monospace; font-size: .9em }
pre, .formula, .note { padding: .6em .8em; border-radius: 4px }
.formula { display: block; white-space: pre-wrap }
div.formula { padding-block: .9em; white-space: normal }
math { font-size: 1.1em }
figure { margin: 1.5em 0 }
img { max-width: 100%; height: auto; background: #fff }
figcaption { white-space: pre-wrap }
.caption, .furniture, .note { font-size: .9em; color: var(--faint) }
.unsure { text-decoration: underline dotted var(--unsure) 2px; text-underline-offset: .2em; cursor: help }
.sheet { margin: .5rem 0 1.5rem }
.sheet img { border: 1px solid var(--line) }
@media (min-width: 64rem) {
  body:has(.sheet) { max-width: 92rem }
  .page:has(.sheet) { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2.5rem }
  .page:has(.sheet) > a { grid-column: 1 / -1; text-align: right }
  .sheet { position: sticky; top: 1rem; align-self: start }
}
@media print { body { max-width: none; padding: 0 } .page { break-inside: auto } }
"""
