"""Text that was read wrongly on its way here: U+FFFD, and encoded-words that nobody decoded (RFC 2047)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case

_SIGNS = r"=\?[\w.:+-]{2,40}(?:\*[\w-]{1,20})?\?[BbQq]\?[^?\s]{0,500}(?:\?=)?|\S{0,20}\ufffd\S{0,20}"
_HINT = "Look it up where it came from, and type it as it should be."


def undecoded(case: Case) -> Iterator[Problem]:
    """The first such text of the subject, the body and each name; a value may have brought it."""
    rendered = case.rendered
    names = [("from", rendered.sender.display_name)]
    for where in ("to", "cc", "bcc", "reply_to"):
        names += [(where, box.display_name) for box in getattr(rendered, where)]
    for where, text in (("subject", rendered.subject), *names):
        if found := _found(text):
            yield case.in_header("leftover", "block", where, found[0], _says(found[0]), _HINT)
    if found := _found(case.body.prose):
        yield case.in_body("leftover", "block", *found.span(), _says(found[0]), _HINT)


def _found(text: str) -> re.Match[str] | None:
    return re.search(_SIGNS, text) if "\ufffd" in text or "=?" in text else None


def _says(words: str) -> str:
    if "\ufffd" in words:
        return f"{words} holds U+FFFD, the sign for a character that was lost"
    return f"{words[:60]} is an encoded-word, which the reader will see as it stands here"
