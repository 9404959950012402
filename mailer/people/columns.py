"""Which column of a table is which field of a person, by the names that address books and trackers give them.

Known are LinkedIn's Connections, Google Contacts (both generations of its header), Outlook in English, German, French,
Spanish, Italian and Dutch, Thunderbird, and what people call the columns of their own tables.  Names are compared
without case, accents and punctuation; ``*`` stands for a number.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence

from mailer.people.matching import plain

FIELDS = (
    *("name", "first", "last", "address", "company", "position", "refused-on", "plan"),
    *("language", "country", "time-zone", "note", "url"),
)
ALIASES = {"email": "address", "e-mail": "address", "notes": "note", "timezone": "time-zone"}

_WORDS = {
    "name": "name, full name, fullname, display name, contact, contact name, contact person, anzeigename, nom complet,"
    " nombre completo, nome completo, volledige naam, weergavenaam, nombre para mostrar, nome visualizzato",
    "first": "first, first name, firstname, given name, vorname, prenom, voornaam",
    "middle": "middle name, additional name, weitere vornamen, deuxieme prenom, segundo nombre, secondo nome,"
    " middelste naam, tweede naam",
    "last": "last, last name, lastname, family name, surname, nachname, familienname, nom de famille, apellido,"
    " apellidos, cognome, achternaam",
    "address": "email, e mail, mail, email address, e mail address, e mail * address, email * address, e mail * value,"
    " email *, e mail *, work email, contact email, recruiter email, primary email, secondary email, e mail adresse,"
    " e mail * adresse, e mail adresse *, emailadresse, primare e mail adresse, sekundare e mail adresse,"
    " adresse de messagerie, adresse de messagerie *, adresse e mail, adresse e mail *, adresse mail,"
    " courrier electronique, adresse electronique, adresse electronique *, courriel, direccion de correo electronico,"
    " direccion de correo electronico *, direccion del correo electronico, direccion del correo electronico *,"
    " correo electronico, correo electronico *, direccion de correo, correo, indirizzo posta elettronica,"
    " indirizzo posta elettronica *, indirizzo di posta elettronica, indirizzo di posta elettronica *,"
    " indirizzo e mail, indirizzo e mail *, posta elettronica, e mailadres, e mailadres *, e mail adres,"
    " e mail adres *, emailadres",
    "company": "company, company name, organization, organisation, organization name, organization * name, employer,"
    " firma, unternehmen, societe, entreprise, empresa, compania, organizacion, societa, azienda, ditta, bedrijf,"
    " organisatie",
    "position": "position, job title, jobtitle, role, organization title, organization * title, title, job,"
    " beruf, stelle, fonction, titre fonction, poste, profession, puesto, cargo, qualifica, posizione, funktion,"
    " functie",
    "refused-on": "refused on, refused, rejected on, rejected, rejection date, date rejected, date of rejection,"
    " absage am, date du refus",
    "plan": "plan",
    "language": "language, sprache, langue, idioma, lingua, taal",
    "country": "country, land",
    "place": "business country region, business country, work country, address * country, home country region,"
    " home country, land region geschaftlich, land geschaftlich, land region privat, land privat, pays region bureau,"
    " pays bureau, pays domicile, pays region domicile, pays, pais o region del trabajo, pais region del trabajo,"
    " pais del trabajo, pais o region particular, pais region particular, pais, paese uff, paese area geografica uff,"
    " paese ufficio, paese abitazione, paese ab, paese, land regio werk, land werk, land regio thuis, land thuis",
    "time-zone": "time zone, timezone, tz, zeitzone, fuseau horaire, zona horaria, fuso orario, tijdzone",
    "note": "note, notes, comment, comments, notiz, notizen, remarques, commentaires, notas, notities, opmerkingen",
    "url": "url, linkedin, linkedin url, linkedin profile, profile, profile url, website, web page, web page *,"
    " website * value, webseite, webseite *, page web, pagina web, webpagina",
}
# What the word means depends on the columns beside it: (column, a column beside it, the field then, else).
_DEPENDS = (
    ("nom", "prenom", "last", "name"),
    ("nombre", "apellidos", "first", "name"),
    ("nombre", "apellido", "first", "name"),
    ("nome", "cognome", "first", "name"),
    ("naam", "voornaam", "last", "name"),
    ("name", "vorname", "last", "name"),
    ("title", "job title", "", "position"),
    ("titre", "titre fonction", "", ""),
    ("address", "email", "", "address"),
    ("address", "e mail", "", "address"),
    ("address", "email address", "", "address"),
)
_LANGUAGES = {
    "de": "german, deutsch, allemand, aleman, tedesco, duits",
    "en": "english, englisch, anglais, ingles, inglese, engels",
    "fr": "french, franzosisch, francais, frances, francese, frans",
    "es": "spanish, spanisch, espagnol, espanol, spagnolo, spaans",
    "it": "italian, italienisch, italien, italiano, italiaans",
    "nl": "dutch, niederlandisch, neerlandais, holandes, olandese, nederlands",
    "pt": "portuguese, portugiesisch, portugais, portugues, portoghese, portugees",
}


def simple(column: str) -> str:
    """The name of a column without case, accents and punctuation."""
    return " ".join(re.sub(r"[\W_]+", " ", plain(column)).split())


def fields_of(columns: Sequence[str]) -> list[str]:
    """The field that each column holds, or ""."""
    names = [simple(column) for column in columns]
    present = set(names)
    return [_field(name, present) for name in names]


def _field(name: str, present: set[str]) -> str:
    rules = [rule for rule in _DEPENDS if rule[0] == name]
    if rules:
        return next((then for _, beside, then, _ in rules if beside in present), rules[0][3])
    numbered = re.sub(r"\b\d{1,2}\b", "*", name)
    return _by_word().get(name) or _by_word().get(numbered, "")


def known(columns: Iterable[str]) -> int:
    """How many fields these columns hold."""
    return len({field for field in fields_of(list(columns)) if field})


def language_code(name: str) -> str:
    """The code of a language by its name in one of six languages, or ""."""
    found = simple(name)
    return next((code for code, names in _LANGUAGES.items() if found in names.split(", ")), "")


@functools.cache
def _by_word() -> Mapping[str, str]:
    return {word.strip(): field for field, words in _WORDS.items() for word in words.split(",")}
