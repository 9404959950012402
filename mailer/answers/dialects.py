"""Bounces in dialects that only flufl.bounce knows: whom they name, where our own reader finds nobody."""

from __future__ import annotations

_LOOKED_AT = 500_000


def failures(octets: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that a report names: those still being tried, and those given up."""
    from email import message_from_bytes

    from flufl.bounce import all_failures

    try:
        waiting, failed = all_failures(message_from_bytes(octets[:_LOOKED_AT]))
    except Exception:
        # Its readers raise on what they did not expect (odd charsets, broken parts).
        return (), ()
    return _texts(waiting), _texts(failed)


def _texts(found: frozenset[bytes]) -> tuple[str, ...]:
    return tuple(sorted(address.decode("utf-8", "replace") for address in found if b"@" in address))
