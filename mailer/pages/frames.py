"""A letter in a cage: what a frame shows of it, on a light screen and on a dark one.

The frame is sandboxed: what is in it can run nothing, send nothing and lead nowhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.pages.engine import POLICY, Verbatim

if TYPE_CHECKING:
    from mailer.message.rendered import Rendered

SCHEMES = ("light", "dark")
# Browsers connect for hints and frames before they ask the policy: as another element they say nothing.
_CALLS = re.compile(r"<(?:link|i?frame|fencedframe|object|embed|applet|portal)(?=[\s/>])", re.IGNORECASE)
_HEAD = (
    '<!DOCTYPE html><html><head><meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    '<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">'
    '<meta name="viewport" content="width=device-width">'
    # Words as mail programs show them where the letter does not say how.
    "<style>:root{color-scheme:only %s}"
    'body{font:16px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;margin:16px;overflow-wrap:anywhere}'
    "pre.letter{font:inherit;white-space:pre-wrap;margin:0}</style>"
)


def framed(rendered: Rendered, scheme: str) -> Verbatim:
    """The document of a frame (``srcdoc``), before it is escaped."""
    return Verbatim(_HEAD % scheme + (_text(rendered) if rendered.html is None else _CALLS.sub("<wbr", rendered.html)))


def _text(rendered: Rendered) -> str:
    from html import escape

    return f'<title>x</title><body><pre class="letter">{escape(rendered.text or "")}</pre>'
