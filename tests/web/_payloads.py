"""Texts that would run a script where somebody put them into a page as markup, each told apart by its number."""

from __future__ import annotations

import random

# `{js}` is what would run. As they are found where text from outside becomes markup, an attribute, a URL or a template.
SHAPES = (
    "<script>{js}</script>",
    "</script><script>{js}</script>",
    "<img src=x onerror={q}{js}{q}>",
    "<svg onload={q}{js}{q}>",
    "<svg><script>{js}</script></svg>",
    "<svg><animate onbegin={q}{js}{q} attributeName=x dur=1s>",
    "<body onload={q}{js}{q}>",
    "<details open ontoggle={q}{js}{q}>x</details>",
    "<input autofocus onfocus={q}{js}{q}>",
    "<video><source onerror={q}{js}{q}></video>",
    "<audio src=x onerror={q}{js}{q}>",
    "<marquee onstart={q}{js}{q}>x</marquee>",
    "<iframe srcdoc={q}<script>parent.{js}</script>{q}></iframe>",
    "<iframe src={q}javascript:parent.{js}{q}></iframe>",
    "<object data={q}javascript:{js}{q}></object>",
    "<a href={q}javascript:{js}{q} autofocus onfocus={q}{js}{q}>x</a>",
    "<form action={q}javascript:{js}{q}><button autofocus onfocus={q}{js}{q}>x</button></form>",
    "<math><mtext><img src=x onerror={q}{js}{q}></mtext></math>",
    "<style>@import 'javascript:{js}';</style><img src=x onerror={q}{js}{q}>",
    "<template><script>{js}</script></template><img src=x onerror={q}{js}{q}>",
    "javascript:{js}",
    "data:text/html,<script>{js}</script>",
    "{{{{constructor.constructor({q}{js}{q})()}}}}",
    "${{{js}}}",
    "{q}-{js}-{q}",
    "{q};{js}//",
)
BEFORE = (
    "",
    '">',
    "'>",
    "-->",
    "]]>",
    "</title>",
    "</textarea>",
    "</option>",
    "\u2028",
    "\x0b",
    "&lt;",
    "\\u003c",
    "%3C",
)
AFTER = ("", "<!--", "//", " ", "&gt;", "\u202e", "<x ", "'", '"', "`")
QUOTES = ('"', "'")


def payloads(n: int, seed: int) -> list[str]:
    """So many of them, no two the same; `__ran(k)` would be called by the k-th."""
    draw = random.Random(seed)
    return [payload(k, draw) for k in range(n)]


def payload(number: int, draw: random.Random) -> str:
    """One of them, bent a little: letters of tags in any case, a slash for a blank."""
    js, quote = f"__ran({number})", draw.choice(QUOTES)
    text = draw.choice(SHAPES).format(js=js, q=quote)
    if draw.random() < 0.3:
        text = text.replace(" on", "/on").replace(" src", "/src")
    if draw.random() < 0.3:
        head, mark, tail = text.partition(js)
        text = "".join(draw.choice((c.upper(), c.lower())) for c in head) + mark + tail
    return draw.choice(BEFORE) + text + draw.choice(AFTER)
