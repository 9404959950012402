"""What tells that a file was meant for nobody else: a hidden folder it lies in, or that it is a key."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.message.attachments import Attachment

# RFC 7468 10 and 11, RFC 9580 6.2 (OpenPGP), OpenSSH's PROTOCOL.key, PuTTY's ppk.
_SECRET = rb"-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d|aws_secret_access_key"
_SIGNS = (b"PRIVATE KEY", b"PuTTY-User-Key-File-", b"aws_secret_access_key")
_KEY_NAMES = frozenset(
    {f"id_{kind}{on_a_stick}" for kind in ("rsa", "dsa", "ecdsa", "ed25519") for on_a_stick in ("", "_sk")}
    | {"netrc", "_netrc", "wallet.dat", "credentials", "htpasswd"}
)
_KEY_ENDINGS = (
    *(".htpasswd", ".p12", ".pfx", ".ppk", ".jks", ".keystore", ".kdb", ".kdbx"),
    *(".agilekeychain", ".keychain", ".keychain-db"),
)
# As much as may stand before a key: attributes, a certificate.
_HEAD = 12_000


def kept_private(item: Attachment, folder: Path) -> str:
    """Say in words what is private about a file that a letter in ``folder`` attaches; "" for nothing."""
    hidden = _hidden(item.path, str(folder))
    if hidden:
        return f"lies in the hidden folder {hidden}" if hidden != item.filename else "is a hidden file"
    name = os.path.basename(item.path).casefold()  # noqa: PTH119 - not a path of Path's
    if name in _KEY_NAMES or name.endswith(_KEY_ENDINGS) or _holds_key(item):
        return "looks like a key or a password file"
    return ""


@lru_cache(maxsize=64)
def _hidden(path: str, folder: str) -> str:
    """The first hidden part of a path, as it is named and where its links lead, that the letter's folder has not."""
    for place, top in ((path, os.path.abspath(folder)), (os.path.realpath(path), os.path.realpath(folder))):  # noqa: PTH100
        found = next((part for part in _beyond(place, top) if part.startswith(".") and part.strip(".")), "")
        if found:
            return found
    return ""


def _beyond(place: str, top: str) -> tuple[str, ...]:
    """The parts of a path below the last folder that it shares with ``top``."""
    from pathlib import Path

    try:
        return Path(os.path.relpath(place, os.path.commonpath((place, top)))).parts
    except ValueError:
        # On another drive.
        return Path(place).parts


def _holds_key(item: Attachment) -> bool:
    from binascii import a2b_base64

    # Whole lines of 76 characters, or all there is.
    head = item.encoded if len(item.encoded) <= _HEAD else item.encoded[: _HEAD // 78 * 78]
    plain = a2b_base64(head)
    return any(map(plain.__contains__, _SIGNS)) and re.search(_SECRET, plain) is not None
