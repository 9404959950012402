"""Tables of people as LinkedIn, Google, Outlook, Thunderbird, trackers and career-ops write them."""

from __future__ import annotations

import contextlib
import csv
import gc
import io
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.people.exporting import csv_rows
from mailer.people.incoming import person_of, written_date
from mailer.people.tables import people
from mailer.people.values import Address, Card
from tests.kit.rows import each_row
from tests.people.test_vcard import CARDS

TODAY = date(2026, 11, 30)


def read(data, file="x.csv", encoding="utf-8", mapped=()):
    data = data.encode() if isinstance(data, str) else data
    rows = people(io.BytesIO(data), file, encoding, mapped)
    return [person_of(line, file, found, TODAY, lambda name: True) for line, found in rows]


def test_a_file_that_is_closed_before_its_end_is_read_leaves_quietly(monkeypatch):
    told = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    stream = io.BytesIO(b"nothing\n" * 100)
    rows = people(stream, "x.csv", "utf-8", ())
    with pytest.raises(BadData) as caught:
        next(rows)
    stream.close()
    del rows, caught
    gc.collect()
    assert told == []


def table(*lines, delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(line.split(",") for line in lines)
    return out.getvalue()


def dana(**more):
    return Card("Dana Ruiz", (Address("dana@acme.example"),), "Acme", **more)


LINKEDIN = """Notes:
"When exporting your connection data, you may notice that some addresses are missing, ""as they say""."

First Name,Last Name,URL,Email Address,Company,Position,Connected On
Dana,Ruiz,https://www.linkedin.com/in/dana,dana@acme.example,Acme,Head of Test,12 Nov 2026
"Lee, the first",Okafor,https://www.linkedin.com/in/lee,,"Birch, Labs",,01 Feb 2024
"""


def test_linkedin():
    first, second = read(LINKEDIN)
    assert first.card == dana(position="Head of Test", url="https://www.linkedin.com/in/dana")
    assert (second.line, second.card.name, second.card.company) == (6, "Lee, the first Okafor", "Birch, Labs")


GOOGLE_OLD = table(
    "Name,Given Name,Additional Name,Family Name,Notes,Language,Group Membership,E-mail 1 - Type,E-mail 1 - Value,"
    "E-mail 2 - Type,E-mail 2 - Value,Address 1 - Country,Organization 1 - Name,Organization 1 - Title,"
    "Website 1 - Value",
    "Dana Ruiz,Dana,,Ruiz,met,de,* myContacts,* Work,dana@acme.example ::: dr@acme.example,Home,dana@home.example,"
    "Germany,Acme,Lead,https://x.example",
)
GOOGLE_NEW = table(
    "First Name,Middle Name,Last Name,File As,Organization Name,Organization Title,Notes,Labels,E-mail 1 - Label,"
    "E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Address 1 - Label,Address 1 - Country,Website 1 - Value",
    "Dana,,Ruiz,,Acme,Lead,met,* myContacts,* Work,dana@acme.example ::: dr@acme.example,Home,dana@home.example,"
    "Work,DE,https://x.example",
)


@pytest.mark.parametrize("text", [GOOGLE_OLD, GOOGLE_NEW])
def test_google(text):
    (found,) = read(text)
    assert found.card.name == "Dana Ruiz"
    boxes = [box.address for box in found.card.addresses]
    assert boxes == ["dana@acme.example", "dr@acme.example", "dana@home.example"]
    assert (found.card.company, found.card.position, found.card.country) == ("Acme", "Lead", "DE")
    assert (found.card.note, found.card.url, found.left_out) == ("met", "https://x.example", ())


OUTLOOK = {
    "en": "Title,First Name,Middle Name,Last Name,Company,Job Title,Business Country/Region,E-mail Address,"
    "E-mail Type,E-mail Display Name,E-mail 2 Address,Notes",
    "de": "Anrede,Vorname,Weitere Vornamen,Nachname,Firma,Position,Land/Region geschäftlich,E-Mail-Adresse,"
    "E-Mail-Typ,E-Mail: Angezeigter Name,E-Mail 2: Adresse,Notizen",
    "fr": "Titre,Prénom,Deuxième prénom,Nom,Société,Titre (fonction),Pays/Région (bureau),Adresse de messagerie,"
    "Type de messagerie,Nom complet de l'adresse de messagerie,Adresse de messagerie 2,Notes",
    "es": "Título,Nombre,Segundo nombre,Apellidos,Organización,Puesto,País o región del trabajo,"
    "Dirección de correo electrónico,Tipo de correo electrónico,Nombre mostrado,"
    "Dirección del correo electrónico 2,Notas",
    "it": "Titolo,Nome,Secondo nome,Cognome,Società,Qualifica,Paese (uff.),Indirizzo posta elettronica,"
    "Tipo posta elettronica,Nome visualizzato posta elettronica,Indirizzo posta elettronica 2,Note",
    "nl": "Aanspreektitel,Voornaam,Middelste naam,Achternaam,Bedrijf,Functie,Land/regio (werk),E-mailadres,"
    "E-mailtype,E-mailweergavenaam,E-mailadres 2,Notities",
}
GERMANY = dict(zip(OUTLOOK, ("Germany", "Deutschland", "Allemagne", "Alemania", "Germania", "Duitsland"), strict=True))


@each_row("language", OUTLOOK)
@each_row("delimiter", [",", ";"])
def test_outlook_in_six_languages(language, delimiter):
    row = f"Dr.,Zoé,,Müller,Acme,Lead,{GERMANY[language]},z@acme.example,SMTP,Z,/o=Org/cn=z,n"
    text = table(OUTLOOK[language], row, delimiter=delimiter)
    with pytest.raises(BadData, match="not UTF-8") as error:
        read(text.encode("cp1252"))
    assert "--encoding cp1252" in error.value.hint
    (found,) = read(text.encode("cp1252"), encoding="cp1252")
    assert found.card == Card("Zoé Müller", (Address("z@acme.example"),), "Acme", "Lead", country="DE", note="n")
    assert "Exchange" in found.left_out[0]


def test_thunderbird():
    text = table(
        "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,Work Country,Job Title,Department,"
        "Organization,Web Page 1,Notes",
        "D.,R.,Dana Ruiz,Dee,dana@acme.example,d@home.example,France,Lead,,Acme,,",
    )
    (found,) = read(text)
    assert (found.card.name, found.card.country, len(found.card.addresses)) == ("Dana Ruiz", "FR", 2)


def test_a_tracker_by_map():
    text = table("Who,Firm,Mail 1,Mail 2,Date of no,Company", "Dana Ruiz,Acme,dana@acme.example,,05.11.2026,other")
    boxes = (("address", "Mail 1"), ("address", "Mail 2"))
    mapped = (("name", "who"), ("company", "FIRM"), *boxes, ("refused-on", "Date of no"))
    (found,) = read(text, mapped=mapped)
    assert found.card == dana(refused_on=date(2026, 11, 5))
    with pytest.raises(BadData, match="no column 'Frim'") as error:
        read(text, mapped=(("name", "Who"), ("company", "Frim")))
    assert "'Firm'" in error.value.hint
    (without,) = read(text, mapped=(*mapped[:1], ("company", ""), *mapped[2:]))
    assert without.card.company == ""


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("name,email", "Dana Ruiz,d@x.example", "Dana Ruiz"),
        ("Vorname;Name;E-Mail", "Dana;Ruiz;d@x.example", "Dana Ruiz"),
        ("Nom;Courriel", "Dana Ruiz;d@x.example", "Dana Ruiz"),
        ("Email", "Dana Ruiz <d@x.example>", "Dana Ruiz"),
        ("Contact Name\tEmail", "Dana Ruiz\td@x.example", "Dana Ruiz"),
        ("sep=;\nName;Email", "Dana Ruiz;d@x.example", "Dana Ruiz"),
        ("Email,Address,Name", "d@x.example,Main Street 1,Dana", "Dana"),
    ],
)
def test_headers_of_ones_own(header, row, name):
    (found,) = read(f"{header}\n{row}\n")
    assert (found.card.name, found.card.addresses, found.left_out) == (name, (Address("d@x.example"),), ())


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("UK", "GB"),
        ("usa", "US"),
        ("de-by", "DE-BY"),
        ("Österreich", "AT"),
        ("España", "ES"),
        ("Atlantis", ""),
        ("XX", ""),
    ],
)
def test_countries_by_name_and_code(typed, country):
    (found,) = read(f"name,country\nDana,{typed}\n")
    assert found.card.country == country
    assert bool(found.left_out) == (not country)


def test_an_address_by_post_is_no_mail_address():
    (found,) = read("Name,Address\nDana,Main Street 1\n")
    assert (found.card.name, found.card.addresses) == ("Dana", ())
    assert "'Main Street 1' is not an address" in found.left_out[0]


CAREER = 'Dana Ruiz\tAcme\thiring-manager\tHead of "Test"\t-\tdana@acme.example\thttps://l.example\t12\tmet, twice\n'


@pytest.mark.parametrize(
    "head", ["", "# name\tcompany\ttype\ttitle\tphone\temail\tlinkedin\ttracker#\tnotes\n", "# my people\n\n"]
)
@pytest.mark.parametrize("plain", ["", "name\tcompany\ttype\ttitle\tphone\temail\tlinkedin\ttracker#\tnotes\n"])
def test_career_ops(head, plain):
    found = read(head + plain + CAREER + "Lee\tBirch\tpeer\t\n", "contacts.tsv")
    assert found[0].card == dana(position='Head of "Test"', url="https://l.example", note="met, twice")
    assert [one.card.name for one in found] == ["Dana Ruiz", "Lee"]


@pytest.mark.parametrize(
    "row", ["Ann\tann@x.example\tFoo\n", "Ann\tFoo\tpeer\tann@x.example\n", "ann@x.example\tFoo\n"]
)
def test_in_a_tsv_without_a_header_an_address_is_one_in_any_column(row):
    (found,) = read(row, "contacts.tsv")
    assert [box.address for box in found.card.addresses] == ["ann@x.example"]
    assert found.card.company in ("", "Foo")


def test_a_tsv_with_a_header_of_its_own():
    (found,) = read('Name\tEmail\tNotes\nDana\td@x.example\t"a\tb\nc"\n', "people.tsv")
    assert found.card.note == "a\tb\nc"


def test_a_line_that_is_not_utf_8_is_told():
    with pytest.raises(BadData) as error:
        read(b"name,email\n" + b"Dana,d@x.example\n" * 3_000 + "Jörg,j@x.example\n".encode("cp1252"))
    assert error.value.line == 3_002


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_boms(encoding):
    (found,) = read("name,email\nJörg,j@x.example\n".encode(encoding))
    assert found.card.name == "Jörg"


@each_row(
    ("text", "words"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column says who"),
        ("name,email\nDana\0,d@x.example\n", "NUL"),
        ("name,email\n" + "x" * 10_000_000, "too long"),
        (",".join(f"c{number}" for number in range(50_000)) + "\n", "no column says who"),
        ("name,email\n" + "," * 50_000 + "x\n", "cells"),
        ('name,email\n"Dana,d@x.example\n', "not closed|quot"),
        ("name\tno\n", "no row|no data row"),
    ],
)
def test_faults_of_a_file(text, words):
    began = time.process_time()
    with pytest.raises(BadData, match=words) as error:
        read(text)
    assert time.process_time() - began < 5
    assert error.value.file == "x.csv"


def test_a_fault_names_the_line_of_the_file():
    with pytest.raises(BadData) as error:
        read(LINKEDIN + "one,two\n")
    assert error.value.line == 7
    assert "line 7" in error.value.text


@each_row(
    ("text", "day"),
    [
        ("2026-11-05", date(2026, 11, 5)),
        ("20261105", date(2026, 11, 5)),
        ("2026-11-05T10:00:00Z", date(2026, 11, 5)),
        ("5.11.2026", date(2026, 11, 5)),
        ("11/13/2026", date(2026, 11, 13)),
        ("13/11/2026", date(2026, 11, 13)),
        ("5 Nov 2026", date(2026, 11, 5)),
        ("Nov 5, 2026", date(2026, 11, 5)),
        ("11/5/2026", None),
        ("5 Nov", None),
        ("monday", None),
        ("2026-13-05", None),
    ],
)
def test_days_that_mean_one_day(text, day):
    assert written_date(text, TODAY) == day


@given(
    st.text(st.sampled_from('aé,;\t"\n\r @.0') | st.characters(codec="utf-8"), max_size=120),
    st.sampled_from(("csv", "tsv")),
)
def test_any_text_is_read_or_told(text, ending):
    for head in ("", "name,email\n", "Name\tEmail\n"):
        with contextlib.suppress(BadData):
            read(head + text, f"x.{ending}")


@given(CARDS)
def test_what_goes_out_comes_back(found):
    assert [one.card for one in read("".join(csv_rows([found])))] == [found]
