"""A letter as a ``mailto:`` link."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from mailer.drafts.mailto import mailto
from tests.drafts.contract import rendered

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=70)


def parts(link):
    """RFC 6068 2: the recipients, and the fields of the query; "+" is itself."""
    scheme, _, rest = link.partition(":")
    assert scheme == "mailto"
    recipients, _, query = rest.partition("?")
    fields = [field.partition("=") for field in query.split("&")]
    return unquote(recipients), {name: unquote(value) for name, _, value in fields}


@given(TEXT, TEXT)
def test_any_words_arrive(subject, text):
    link = mailto(rendered(subject=subject), text)
    assert link.isascii()
    assert not set(link) & set(' <>"\n#')
    recipients, fields = parts(link)
    assert recipients == "dana.ruiz@acme.example"
    assert fields.get("subject", "") == subject
    assert fields.get("body", "").replace("\r\n", "\n") == text.rstrip("\n")
    assert fields["bcc"] == "me@novak.example"
    assert fields["in-reply-to"] == "<first@acme.example>"
