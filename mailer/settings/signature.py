"""The signature: a text, or what a file holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer import files
from mailer.characters import bad_in_value
from mailer.errors import BadData
from mailer.settings import env_file

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.settings.values import Value

# RFC 3676 4.3; editors take the blank away, or make one long dash of two.
_MARK = r"\A(?:[ \t]*(?:--|[–—])?[ \t]*\n)+"


def read(value: Value, path: Path | None) -> str:
    """Read the signature from its setting, or from the file at ``path``; "" if there is none.

    White space at its end goes, and the ``-- `` that many a signature file begins with.
    Raises Unreadable (66) for a file that cannot be read, BadSettings (78) for what it may not hold.
    """
    text = _text_of(value, path) if path else value.text
    text = re.sub(_MARK, "", text.replace("\r\n", "\n").rstrip() + "\n").rstrip()
    bad = bad_in_value(text)
    if bad:
        raise value.bad(f"the signature holds {bad}", "take it out")
    return text


def _text_of(value: Value, path: Path) -> str:
    data = files.read_bytes(path, "the signature file", env_file.LARGEST)
    try:
        return files.decode(data, str(path))
    except BadData as error:
        raise value.bad(f"{path} is {error.text}", error.hint) from error
