"""vCards as programs write them: read with tolerance, one in memory at a time."""

from __future__ import annotations

import io
import resource
import time
from datetime import date

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from mailer.people.exporting import vcards
from mailer.people.incoming import person_of, tidy, tidy_note
from mailer.people.values import Address, Card
from mailer.people.vcard import cards
from mailer.people.vcard_fields import fields, no_person
from mailer.people.vcard_lines import unfolded

TODAY = date(2026, 11, 30)


def read(data, encoding=""):
    data = data.encode() if isinstance(data, str) else data
    return [
        person_of(card.line, "x.vcf", fields(card), TODAY, lambda name: True)
        for card in cards(io.BytesIO(data), encoding)
    ]


def one(data, encoding=""):
    (found,) = read(data, encoding)
    return found.card


def card(*lines, end="\r\n"):
    return end.join(("BEGIN:VCARD", *lines, "END:VCARD", ""))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_boms(end, bom):
    text = card("VERSION:3.0", "FN:Jörg Müller", "EMAIL:jm@werk.example", "NOTE:one", " two", end=end)
    found = one(bom + text.encode())
    assert (found.name, found.addresses, found.note) == ("Jörg Müller", (Address("jm@werk.example"),), "onetwo")


def test_two_octets_a_letter():
    assert one(card("FN:Łucja Ferrer").encode("utf-16")).name == "Łucja Ferrer"
    assert one(card("FN:Łucja Ferrer").encode("utf-16-le"), "utf-16-le").name == "Łucja Ferrer"


OLD = card(
    "VERSION:2.1",
    "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg;;Dr.",
    "ORG;CHARSET=UTF-8;QUOTED-PRINTABLE:Werk =C3=9Cber=",
    "see;Bau",
    "EMAIL;PREF;INTERNET:jm@werk.example",
    "EMAIL;INTERNET:joerg@home.example",
    "NOTE;ENCODING=QUOTED-PRINTABLE:first=0D=0A=",
    "second =3D two",
    "PHOTO;JPEG;ENCODING=BASE64:",
    "    /9j/4AAQSkZJRgABAQAAAQABAAD",
    "/9j/4AAQSkZJRgABAQAAAQABAAD",
    "",
    "TEL;WORK:1",
)


def test_version_2_1():
    found = one(OLD)
    assert (found.name, found.company) == ("Jörg Müller", "Werk Übersee")
    assert [box.address for box in found.addresses] == ["jm@werk.example", "joerg@home.example"]
    assert found.note == "first\nsecond = two"


def test_groups_units_escapes_and_preference():
    found = one(
        card(
            "VERSION:4.0",
            r"FN:Dana Ruiz\, Ph.D.",
            "item1.ORG:Acme \\; Sons;Testing;Bench",
            "item1.EMAIL;TYPE=work:dana@acme.example",
            'item2.EMAIL;PREF=1;TYPE="home,x:y":mailto:dana@home.example',
            "LANG;PREF=1:de",
            "LANG:en",
            "TZ:Europe/Berlin",
            "ADR;TYPE=home:;;;;;;Spain",
            'ADR;TYPE=work;LABEL="Main: 1":;;Main 1;Munich;BY;80331;Deutschland',
            r"NOTE:a\nb\\n",
        )
    )
    assert (found.name, found.company) == ("Dana Ruiz, Ph.D.", "Acme ; Sons")
    assert [box.address for box in found.addresses] == ["dana@home.example", "dana@acme.example"]
    assert (found.language, found.time_zone, found.country, found.note) == ("de", "Europe/Berlin", "DE-BY", "a\nb\\n")


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["FN:", "N:Ruiz;Dana;;;"], "Dana Ruiz"),
        (["N:Ruiz;Dana;Maria"], "Dana Maria Ruiz"),
        (["N:;;;;", "NICKNAME:Dee", "EMAIL:d@x.example"], "Dee"),
        (["FN:d@x.example", "EMAIL:d@x.example"], ""),
        (["FN:Dana\tRuiz\x00\u202e"], "Dana Ruiz"),
        (["FN;ENCODING=8BIT;CHARSET=klingon:Dana"], "Dana"),
    ],
)
def test_names(lines, name):
    assert one(card(*lines)).name == name


def test_an_odd_line_never_loses_a_card():
    found = read(
        card(
            "no colon here",
            ":no name",
            ";;;:",
            'X;A="open:x',
            "FN:Dana",
            "EMAIL:dana at acme",
            "EMAIL:/o=Org/ou=Exchange/cn=dana",
            "EMAIL;TYPE=X400:c=de;a=x",
            "LANG:klingon!",
            "TZ:Mars/Base",
            "X-MAILER-REFUSED-ON:yesterday",
        )
    )[0]
    assert found.card == Card("Dana")
    told = "; ".join(found.left_out)
    assert "'dana at acme' is not an address" in told
    assert "Exchange" in told
    assert all(word in told for word in ("klingon", "Mars/Base", "yesterday"))


def test_cards_without_end_and_cards_within():
    names = [found.card.name for found in read("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD\nBEGIN:VCARD\nFN:C")]
    assert names == ["A", "B", "C"]
    agent = ("AGENT:", "BEGIN:VCARD", "FN:Agent", "AGENT:", "BEGIN:VCARD", "FN:Under", "END:VCARD", "END:VCARD")
    assert [found.card.name for found in read(card("FN:A", *agent, "EMAIL:a@x.example") + card("FN:B"))] == ["A", "B"]
    inline = card("FN:A", r"AGENT:BEGIN:VCARD\nFN:Agent\nEND:VCARD", "NOTE:n")
    assert one(inline).note == "n"
    assert one(card("FN:A", "AGENT:BEGIN:VCARD", "FN:B", "END:VCARD", "NOTE:n")).note == "n"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("KIND:group", "a group"),
        ("X-ADDRESSBOOKSERVER-KIND:group", "a group"),
        ("kind:ORG", "an organisation"),
        ("X-ABShowAs:COMPANY", "an organisation"),
        ("KIND:individual", ""),
    ],
)
def test_organisations_and_groups_are_no_people(line, what):
    (found,) = cards(io.BytesIO(card(line, "FN:Team").encode()))
    assert no_person(found) == what


def test_octets_that_are_no_utf_8_are_windows_1252():
    assert one(card("FN:Jörg").encode("cp1252")).name == "Jörg"
    assert one(card("FN:Łucja").encode("cp1250"), "cp1250").name == "Łucja"


ATTACKS = {
    "a line of 10 MB": b"BEGIN:VCARD\nFN:A\nNOTE:" + b"x" * 10_000_000 + b"\nEND:VCARD\n",
    "a fold of 10 MB": b"BEGIN:VCARD\nFN:A\nNOTE:" + b"x\n " * 3_000_000 + b"\nEND:VCARD\n",
    "soft breaks": b"BEGIN:VCARD\nFN:A\nNOTE;QUOTED-PRINTABLE:" + b"=\n" * 2_000_000 + b"\nEND:VCARD\n",
    "a deep agent": b"BEGIN:VCARD\nFN:A\n" + b"AGENT:\nBEGIN:VCARD\n" * 200_000,
    "no end": b"BEGIN:VCARD\nFN:A\n" + b"EMAIL:a@x.example\n" * 300_000,
    "parameters": b"BEGIN:VCARD\nFN:A\nNOTE" + b";a=b" * 15_000 + b":x\nEND:VCARD\n",
    "quotes": b"BEGIN:VCARD\nFN:A\nNOTE" + b';"' * 30_000 + b"\nEND:VCARD\n",
    "backslashes": b"BEGIN:VCARD\nFN:A\nORG:" + b"\\" * 60_000 + b"\nEND:VCARD\n",
    "NUL": b"BEGIN:VCARD\nFN:A\0\nNOTE:\0\0\nEND:VCARD\n",
    "base64": b"BEGIN:VCARD\nFN:A\nPHOTO;BASE64:\n" + b"QUJD" * 16 * 50_000 + b"\nEND:VCARD\n",
    "only CR": b"BEGIN:VCARD\rFN:A\r" + b"\r" * 1_000_000 + b"END:VCARD\r",
}


LONG = {"a fold of 10 MB", "soft breaks", "only CR", "a deep agent", "no end"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in ATTACKS]
)
def test_attacks_cost_no_more_than_their_length(name):
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert one(ATTACKS[name]).name == "A"
    assert time.process_time() - began < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


@given(st.binary(max_size=400))
def test_any_octets_can_be_read(data):
    read(b"BEGIN:VCARD\n" + data)
    read(data)


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.integers(1, 30))
def test_folds_are_undone_wherever_they_are(text, width):
    line = f"NOTE:{text}".replace("\r", "").replace("\n", "").encode()
    folded = b"\r\n ".join(line[at : at + width] for at in range(0, len(line), width))
    if b":" in folded[:5]:
        assert [found.text for found in unfolded(io.BytesIO(folded))] == [line]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60)
LOCAL = st.from_regex(r"\A[a-z][a-z0-9.]{0,8}[a-z]\Z").filter(lambda text: ".." not in text)
BOXES = st.lists(
    st.builds(Address, LOCAL.map(lambda local: f"{local}@acme.example"), st.sampled_from(("ok", "dead", "left"))),
    max_size=3,
    unique_by=lambda box: box.address,
)
CARDS = st.builds(
    lambda **said: Card(**said),
    name=TEXT.map(tidy).filter(bool),
    addresses=BOXES.map(tuple),
    company=TEXT.map(tidy),
    position=TEXT.map(tidy),
    refused_on=st.none() | st.dates(date(2000, 1, 1), TODAY),
    plan=st.sampled_from(("", "gracious-six")),
    language=st.sampled_from(("", "de", "pt-BR")),
    country=st.sampled_from(("", "DE", "DE-BY", "US-CA")),
    time_zone=st.sampled_from(("", "Europe/Berlin")),
    note=TEXT.map(tidy_note),
    url=st.sampled_from(("", "https://x.example/a,b;c")),
)


@given(CARDS)
def test_what_goes_out_comes_back(found):
    assert one("".join(vcards([found]))) == found


@given(CARDS.filter(lambda found: found.name.isprintable()))
def test_another_reader_reads_it_too(found):
    read_back = vobject.readOne("".join(vcards([found])))
    assert read_back.fn.value == found.name
    assert [box.value for box in read_back.contents.get("email", [])] == [box.address for box in found.addresses]
    assert all(len(line.encode()) <= 75 for line in "".join(vcards([found])).split("\r\n"))


@pytest.mark.parametrize("company", ["Acme", "Acme; Sons, Ltd."])
def test_what_another_writer_writes_is_read(company):
    other = vobject.vCard()
    other.add("n").value = vobject.vcard.Name(family="Ruiz", given="Dana")
    other.add("fn").value = (
        "Dana Ruiz, of a name that is so long that it must be folded where no word ends: " + "é" * 40
    )
    other.add("org").value = [company, "Unit"]
    other.add("email").value = "dana@acme.example"
    other.add("note").value = "a,b;c\\d\ne"
    found = one(other.serialize())
    assert found.name == other.fn.value
    assert (found.company, found.note) == (company, "a,b;c\\d\ne")
