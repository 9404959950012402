"""Example values that were left in: ``‹what it is›``, as ``mailer new`` writes for what it was not told.

They block wherever they stand, in values too: nobody means to send them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks import Problem

if TYPE_CHECKING:
    from mailer.letter import Letter
    from mailer.rendered import Rendered

_EXAMPLE = re.compile(r"‹[^›\n]{0,200}›")
_EXAMPLE_ADDRESS = "someone@example.invalid"


def check(letter: Letter, rendered: Rendered) -> Iterator[Problem]:
    """A block for each example value."""
    seen = set()
    for where, text in _places(rendered):
        for found in _EXAMPLE.findall(text):
            if found not in seen:
                seen.add(found)
                yield _problem(where, _line(letter, found), f"the example value {found} is still there", found)
    for where in ("to", "cc", "bcc"):
        for box in getattr(rendered, where):
            if box.addr_spec == _EXAMPLE_ADDRESS:
                line = _line(letter, _EXAMPLE_ADDRESS)
                yield _problem(where, line, f"the example address {_EXAMPLE_ADDRESS} is still there", "it")


def _places(rendered: Rendered) -> Iterator[tuple[str, str]]:
    yield "subject", rendered.subject
    yield "body", rendered.text if rendered.text is not None else rendered.html or ""
    for where in ("to", "cc", "bcc", "reply_to"):
        yield where, " ".join(box.display_name for box in getattr(rendered, where))
    yield "from", rendered.sender.display_name
    for attachment in rendered.attachments:
        yield "attach", attachment.filename
    for name, value in rendered.fields.items():
        yield name, value


def _line(letter: Letter, words: str) -> int | None:
    for header in letter.headers:
        if any(words in line for line in header.lines):
            return header.line
    at = letter.prose.find(words)
    return letter.prose_line + letter.prose.count("\n", 0, at) if at >= 0 else None


def _problem(where: str, line: int | None, text: str, what: str) -> Problem:
    return Problem("leftover", "block", where, line, text, f"Write your own words in place of {what}.")
