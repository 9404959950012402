"""Language tags (BCP 47, RFC 5646 2.1): ``de``, ``de-AT``, ``zh-Hant-TW``.

A language is its own two or three letters; what the RFC calls an extended language is written as that (``yue``, not
``zh-yue``; 2.2.2).
"""

from __future__ import annotations

import re

_TAG = re.compile(
    r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(-[0-9a-wyz](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)


def language_tag(text: str) -> str:
    """The tag, ``de_AT`` as ``de-AT``; "" where it is none."""
    tag = text.replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""
