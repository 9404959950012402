"""What is still to be written in a draft: marked for who opens it in a mail program, and found where it stayed.

In a letter file they are the examples that ``mailer new`` leaves, ``‹what it is›``.
"""

from __future__ import annotations

import re
from functools import lru_cache

_HERE, _TO = "Write here", "Write to"
_LONGEST = 4000


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(r"‹([^‹›]+)›"), re.compile(rf"‹\s?((?:{_HERE}|{_TO}):[^‹›]{{0,{_LONGEST}}})›")


def marked(text: str) -> str:
    """The same with each example as a line to be written."""
    return _patterns()[0].sub(rf"‹{_HERE}: \1›", text)


def to_line(names: str) -> str:
    """What stands at the top of a draft that has no recipient, so that it cannot go by mistake."""
    return (
        f"‹{_TO}: {names}. This draft has no recipient, so that it cannot go by mistake: write what is marked "
        f"“{_HERE}”, put the address into To, and delete these lines.›"
    )


def left_in(text: str) -> str:
    """The first mark that stayed in a letter, on one line; "" where there is none.

    What is quoted of an earlier letter does not count.
    """
    own = " ".join(word for line in text.split("\n") if not line.startswith(">") for word in line.split())
    found = _patterns()[1].search(own)
    return found[1].strip() if found else ""
