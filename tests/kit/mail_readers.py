"""Readers that are not ours, all giving one shape: what a person would see of a message."""

from __future__ import annotations

import email
import email.policy
from email.header import decode_header, make_header
from email.utils import getaddresses

import fast_mail_parser


class Seen:
    """One message as a reader shows it; ``lists`` maps a header to ``(name, addr-spec)`` pairs."""

    def __init__(self, subject, lists, texts, htmls, files):
        self.subject = subject
        self.lists = lists
        self.texts = texts
        self.htmls = htmls
        self.files = files


ADDRESS_HEADERS = ("From", "To", "Cc", "Bcc", "Reply-To")


def by_modern_stdlib(data):
    """``email.policy.default``; subject and names are left to the other two (it loses white space between words)."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    lists = {
        name: [("", f"{box.username}@{box.domain}") for box in message[name].addresses]
        for name in ADDRESS_HEADERS
        if message[name] is not None
    }
    assert not message.defects
    return Seen(None, lists, *_stdlib_parts(message))


def by_old_stdlib(data):
    """``compat32`` with ``decode_header``."""
    message = email.message_from_bytes(data)
    lists = {}
    for name in ADDRESS_HEADERS:
        if message[name] is not None:
            assert len(message.get_all(name)) == 1
            pairs = getaddresses([_unfolded(message[name])])
            lists[name] = [(_decoded(shown), address) for shown, address in pairs]
    subject = None if message["Subject"] is None else _decoded(_unfolded(message["Subject"]))
    return Seen(subject, lists, *_stdlib_parts(message))


def by_rust(data):
    """fast-mail-parser: the Rust crate mailparse."""
    message = fast_mail_parser.parse_email(data)
    assert message.warnings == []
    boxes = {"To": message.to, "Cc": message.cc, "Bcc": message.bcc, "Reply-To": message.reply_to}
    boxes["From"] = [message.from_]
    lists = {name: [(box.display_name or "", box.address) for box in found] for name, found in boxes.items() if found}
    files = [(file.filename, file.mimetype, bytes(file.content)) for file in message.attachments]
    subject = message.subject if "Subject" in message.headers else None
    return Seen(subject, lists, message.text_plain, message.text_html, files)


def _unfolded(value):
    return value.replace("\r\n ", " ").replace("\n ", " ")


def _decoded(value):
    return str(make_header(decode_header(value)))


def _stdlib_parts(message):
    texts, htmls, files = [], [], []
    for part in message.walk():
        if part.is_multipart():
            continue
        octets = part.get_payload(decode=True)
        if part.get_content_disposition() == "attachment":
            files.append((part.get_filename(), part.get_content_type(), octets))
        elif part.get_content_type() == "text/html":
            htmls.append(octets.decode(part.get_content_charset()))
        else:
            texts.append(octets.decode(part.get_content_charset()))
    return texts, htmls, files
