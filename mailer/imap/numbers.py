"""Numbers as a server writes them."""

from __future__ import annotations

_LARGEST, _DIGITS = 2**32 - 1, 10


def number(written: bytes | int) -> int:
    """The number of 32 bits (RFC 3501 9).  Raises ValueError for what is none, however long it is."""
    found = written if isinstance(written, int) else int(written[: _DIGITS + 1])
    if not 0 <= found <= _LARGEST:
        raise ValueError("a number of more than 32 bits")
    return found
