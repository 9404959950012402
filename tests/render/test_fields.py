"""``--set`` options, and which letter headers and options are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.address import format_mailbox, parse_list
from mailer.message.slots import Cut, Prints, Slot
from mailer.render.fields import address_text, check_sets, read_sets
from tests.conftest import make_letter
from tests.kit.rows import each_row

LETTER = make_letter("To: a@b.example\nAttach: x\nCompany: y\n\n")


def test_sets_by_canonical_name():
    assert read_sets(["Company=A=B", " first-name = x", "e="]) == {"company": "A=B", "first_name": " x", "e": ""}
    assert read_sets(["a=x\r\ny"]) == {"a": "x\ny"}


@pytest.mark.parametrize("options", [["company"], ["=x"], [" =x"], ["a-b=1", "A B=2"]])
def test_bad_sets(options):
    with pytest.raises(BadData):
        read_sets(options)


@each_row(
    ("name", "field"),
    [
        ("to", "To"),
        ("attach", "Attach"),
        ("attachment", "Attachment"),
        ("from", "From"),
        ("template", "Template"),
        ("content_type", "Content-Type"),
        ("compny", "compny"),
        ("x_mailer", "x_mailer"),
    ],
)
def test_sets_that_are_refused(name, field):
    with pytest.raises(BadData) as caught:
        check_sets(LETTER, {name: "x"}, ["company"])
    assert (caught.value.code, caught.value.field) == (65, field)


@pytest.mark.parametrize("name", ["cc", "subject", "language", "greeting", "company", "prose", "in_reply_to"])
def test_sets_that_are_known(name):
    check_sets(LETTER, {name: "x"}, ["company"])


NAME = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), min_size=1, max_size=20)


@given(NAME)
def test_any_name_beside_an_address_is_one_token(name):
    pieces = [Slot(0, "verbatim"), " <", Slot(1, "verbatim"), ">"]
    text = address_text(Cut(pieces), Prints([name, "d@a.example"], ["name", "email"]))
    (box,) = parse_list(text)
    assert box.addr_spec == "d@a.example"
    assert box.display_name == name or not name.strip()
    assert parse_list(format_mailbox(box)) == (box,)
