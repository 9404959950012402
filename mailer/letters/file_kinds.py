"""Tell, by its first octets, what a file is that was given as a CSV but is not one."""

from __future__ import annotations

from mailer.errors import BadData

_SAVE = "Open it in its own program, and save it as CSV UTF-8 there."
_KINDS = (
    (b"PK\x03\x04", "a workbook (.xlsx, .ods) or another archive", _SAVE),
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls)", _SAVE),
    (b"%PDF", "a PDF", "Export the table itself as CSV."),
    (b"{\\rtf", "a text with formatting (RTF)", _SAVE),
    (b"\x1f\x8b", "a compressed file", "Unpack it first."),
    (b"<!doctype", "a web page", "Download the table itself: a page is often what asks to sign in."),
    (b"<html", "a web page", "Download the table itself: a page is often what asks to sign in."),
    (b"<?xml", "XML", "Export the table as CSV."),
    (b"[{", "JSON", "Export the table as CSV."),
    (b'{"', "JSON", "Export the table as CSV."),
)


def mind(head: bytes, file: str) -> None:
    """Raise BadData where a file begins as something does that is no table."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:32].lower()
    for sign, what, hint in _KINDS:
        if start.startswith(sign.lower()):
            raise BadData(f"the file is {what}, not a CSV", hint=hint, file=file)
