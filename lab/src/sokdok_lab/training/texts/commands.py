r"""Lines of source, markup, commands and paths: what prose has none of and manuals have much.

Backslashes, at signs, braces, underscores, tildes and quotes beside letters, as many languages have them: a recogniser
that has seen none of `\section{...}` reads its backslash as an l.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from string import ascii_letters, digits

Draw = Callable[[Sequence[str], random.Random], str]  # names, random numbers -> what fills a gap of a form

_TEX = r"""
‹macro›
‹macro›
‹macro›{‹name›}
‹macro›[‹name›]{‹name›}
‹macro›{‹name›}{‹name›}
{‹macro› ‹name›}
‹macro›\
~‹macro›
‹macro›#1
\‹name›@‹name›
\@‹name›
‹name›@‹name›
$‹name›_{‹number›}$
‹name›^{‹number›}
%‹name›
&‹name›&‹name›\\
``‹name›''
--‹name›
"""
_SOURCE = r"""
‹name› ‹operator› ‹name›;
if (‹name› ‹operator› ‹number›) {
‹name›.‹name›(‹name›)
‹name›[‹number›]
{‹name›: ‹number›}
"‹name›\n"
'‹name›\t‹name›'
f"{‹name›}"
r'\d+\.‹name›'
\‹name›
@‹name›
#‹name›
!‹name›
*‹name›++
&‹name›
$_‹name›
__‹name›__
‹name›->‹name›
‹name›|‹name›
‹name›::‹name›<‹name›>
lambda ‹name›: ‹name›
/* ‹name› */
// ‹name› ‹name›
<‹name›.h>
0x‹number›F
}
{
();
"""
_MARKUP = r"""
<‹tag›>
</‹tag›>
<‹tag› class="‹name›">
<‹tag› ‹name›='‹name›'/>
<!-- ‹name› -->
&‹name›;
&#‹number›;
#‹number›f0
.‹name› {
‹name›: ‹name›;
@media ‹name›
{{ ‹name› }}
[‹name›](‹name›.md)
**‹name›**
`‹name›`
"‹name›": "‹name›",
- ‹name›: ‹number›
"""
_SHELL = r"""
$ ‹program› ‹name›
‹program› --‹name›=‹name›
-‹letter› ‹name›
--‹name›-‹name›
~/.‹name›/‹name›
/usr/‹name›/‹name›.so
C:\‹name›\‹name›
\\‹name›\‹name›$
$‹name›
${‹name›}
‹name› | ‹name›
‹name› && ‹name›
> ‹name›.log 2>&1
‹name›@‹name›:~$
*.‹name›
‹name›_‹number›.tar.gz
`‹name›`
"""
_LANGUAGES = [forms.strip().splitlines() for forms in (_TEX, _TEX, _SOURCE, _SOURCE, _MARKUP, _SHELL)]
_GAP = re.compile("‹(.*?)›")
_MACROS = (
    *("section", "begin", "end", "usepackage", "item", "textbf", "label", "ref", "cite", "def", "let", "newcommand"),
    *("fi", "ifx", "else", "frac", "alpha", "sum", "left", "right", "vspace", "hfill", "footnote", "the", "par"),
)
_TAGS = ("div", "span", "a", "td", "li", "img", "p", "h1", "input", "title", "svg", "body")
_OPERATORS = [
    "=",
    "==",
    "!=",
    ":=",
    "+=",
    "->",
    "=>",
    "<=",
    ">=",
    "&&",
    "||",
    "|",
    "<<",
    ">>",
    "::",
    "%",
    "^",
    "~",
    "?",
]
_PROGRAMS = ("ls", "cd", "git", "sudo apt-get", "pip install", "docker run", "make", "grep", "ssh", "cat", "curl")


def command(text: str, rng: random.Random) -> str:
    """A line of two to six pieces of one language, with the words of a running text as its names."""
    words = ["".join(c for c in word if c.isascii() and c.isalnum()) for word in text.split()[1:-1]]
    names = [word for word in words if word] or ["x"]
    forms = rng.choices(rng.choice(_LANGUAGES), k=rng.randint(2, 6))
    between = rng.choice([" ", " ", "", "; "])
    return between.join(_GAP.sub(lambda gap: _GAPS[gap[1]](names, rng), form) for form in forms)


def _name(names: Sequence[str], rng: random.Random) -> str:
    """A variable, in one of the usual spellings."""
    low = [rng.choice(names).lower() for _ in range(rng.randint(1, 3))]
    camel = low[0] + "".join(map(str.capitalize, low[1:]))
    return rng.choice(["_".join(low), "_".join(low).upper(), camel, "-".join(low), low[0], rng.choice(ascii_letters)])


_GAPS: dict[str, Draw] = {
    "name": _name,
    "macro": lambda names, rng: "\\" + rng.choice([rng.choice(_MACROS), rng.choice(names)]),
    "number": lambda names, rng: "".join(rng.choices(digits, k=rng.randint(1, 4))),
    "tag": lambda names, rng: rng.choice(_TAGS),
    "operator": lambda names, rng: rng.choice(_OPERATORS),
    "program": lambda names, rng: rng.choice(_PROGRAMS),
    "letter": lambda names, rng: rng.choice(ascii_letters),
}
