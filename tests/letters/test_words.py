"""The letters that come with mailer: whole in each language, short, unlike each other, and nothing that checks mind."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from mailer.checks.runner import Checker
from mailer.checks.world import Known
from mailer.letters.letter import parse_letter
from mailer.letters.template import available, built_in_folder, load
from mailer.message.address import Mailbox, format_mailbox
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.kit.rows import each_row

# In the order in which a year's letters go.
STEPS = ("thank-you", "one-question", "runner-up", "something-useful", "check-in", "my-news", "your-news", "a-year-on")
LANGUAGES = ("en", "de", "fr", "es")
EACH = [(name, language) for language in LANGUAGES for name in STEPS]
WHEN = {"en": "early in January", "de": "Anfang Januar", "fr": "début janvier", "es": "a principios de enero"}
NEWS = {
    "en": "a new test bench in Lyon",
    "de": "ein neuer Prüfstand in Lyon",
    "fr": "un nouveau banc d'essai à Lyon",
    "es": "un nuevo banco de pruebas en Lyon",
}
PROSE = {
    "en": "The afternoon with Priya's test-bench team stayed with me, above all how they find a bad sensor before the "
    "customer does: a running median over nine samples, and somebody who looks at it.",
    "de": "Der Nachmittag mit Priyas Gruppe am Prüfstand ist mir geblieben, vor allem wie sie einen schlechten Sensor "
    "findet, bevor der Kunde ihn findet: ein gleitender Median über neun Werte und jemand, der hinsieht.",
    "fr": "L'après-midi avec l'équipe de Priya au banc d'essai m'est resté, surtout sa façon de trouver un mauvais "
    "capteur avant le client : une médiane glissante sur neuf mesures, et quelqu'un qui regarde.",
    "es": "La tarde con el grupo de Priya en el banco de pruebas se me quedó grabada, sobre todo cómo encuentran un "
    "sensor malo antes que el cliente: una mediana móvil de nueve muestras y alguien que la mira.",
}
OWN = {
    "en": ("I had seen myself at that bench", "Finding the odd reading early is what I do best"),
    "de": ("Ich hatte mich schon am Prüfstand gesehen", "Den einen falschen Wert früh zu finden, das kann ich"),
    "fr": ("Je me voyais déjà au banc d'essai", "Trouver tôt la mesure fausse, c'est ce que je sais faire"),
    "es": ("Ya me veía en aquel banco", "Encontrar pronto el valor falso es lo que sé hacer"),
}
ABOUT = (
    ("Acme Robotics", "Data Engineer"),
    ("Acme Robotics Inc.", "Site Reliability Engineer"),
    ("Óptica Iglesias, S.L.", "Analyste"),
    ("Ecole d'Ingénieurs Arden", "Oberärztin"),
    ("ÖkoBau GmbH & Co. KG", "Head of R&D"),
    ("IKEA", "Ingeniera de Datos"),
)
NAMES = (
    *("Dana Ruiz", "Dana", "Dr. Anna Weber", "Frau Dr. Anna Weber", "Herr Weber", "Prof. Dr. Hans Weber", "Ms. Ruiz"),
    *("Mr. Tom Baker", "Weber, Dr. Anna", '"Ruiz, Dana"', "WEBER Anna", "Dr. WEBER Anna", "A. Weber", "Dr. A. Weber"),
    *(
        "J.-P. Martin",
        "Anna van der Berg",
        "Dr. Anna van der Berg",
        "Frau von Stein",
        "María de la Cruz",
        "Sra. de la Cruz",
    ),
    *("Dra. María García López", "Hans-Peter Müller-Lüdenscheidt", "Frau Müller-Lüdenscheidt", "Mme Claire Petit"),
    *(
        "王 伟",
        "Tanaka Hiroshi",
        "Dr. med. Eva Gruber",
        "Seán O'Neill",
        "Professor Jane Doe",
        "Sir Ian Vale",
        "D'Arcy, Mx. Kit",
    ),
    *("Inés Vega", "Dipl.-Ing. Uwe Koch", "Prof. Dr.-Ing. habil. Ute Koch", "Dr. Weber, PhD", "Zoë Brontë (Acme)"),
)
NOW = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)


def written(
    name, language, *, full=False, company="Acme Robotics", position="Data Engineer", to="Dana Ruiz", prose=None, **more
):
    """The letter, its template, and it rendered."""
    to = to if to.startswith('"') else format_mailbox(Mailbox("d@acme.example", to)).removesuffix(" <d@acme.example>")
    headers = {"Template": name, "To": f"{to} <d@acme.example>", "Language": language}
    headers |= {"Company": company, "Position": position}
    headers |= {"News": NEWS[language[:2]]} if name == "your-news" else {}
    headers |= {"When": WHEN[language[:2]], "Strength": OWN[language[:2]][1]} if full else {}
    headers |= {"Disappointment": OWN[language[:2]][0]} if full and name == "runner-up" else {}
    lines = "\n".join(f"{key}: {value}" for key, value in (headers | more).items())
    letter = parse_letter(f"{lines}\n\n{PROSE[language[:2]] if prose is None else prose}\n", None)
    template = load(name, [built_in_folder()], language)
    sender = Mailbox("jo@novak.example", "Jo Novak")
    return letter, template, compile_letter(letter, template, {}, Defaults(sender)).render()


def problems(letter, template, rendered):
    return Checker(letter, template, lambda _: Known(NOW)).problems(rendered)


def frame(name, language, **how):
    """What the template puts around the prose: its paragraphs."""
    *_, rendered = written(name, language, prose="PROSE", **how)
    text = rendered.text.replace(NEWS[language], "").replace("PROSE", "")
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def words(text):
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)


def test_all_are_there_in_four_languages():
    found = available([built_in_folder()])
    assert set(found) == set(STEPS)
    assert all(set(forms) == {"", "de", "es", "fr"} for forms in found.values())
    assert len(list(built_in_folder().glob("*.md"))) == len(EACH)


@each_row(("name", "language"), EACH)
@each_row("full", [False, True], ids=["bare", "full"])
def test_renders_whole_and_passes_every_check(name, language, full):
    for company, position in ABOUT:
        letter, template, rendered = written(name, language, full=full, company=company, position=position)
        assert [(each.check, each.text) for each in problems(letter, template, rendered)] == []
        assert rendered.language == template.language == language
        for part in (rendered.text, rendered.html):
            assert part
            assert part.count("Priya") == 1
            assert "{" not in part.partition("</style>")[2 if part is rendered.html else 0]
            assert ".." not in part
        assert company in rendered.text
        assert position in " ".join(rendered.text.split("\n\n")[1].split())
        for value in (WHEN[language], OWN[language][1]):
            assert (value in rendered.text) is full
        assert (OWN[language][0] in rendered.text) is (full and name == "runner-up")


@pytest.mark.parametrize(("name", "language"), EACH)
def test_greets_people_of_every_kind_of_name(name, language):
    for to in NAMES:
        found = problems(*written(name, language, to=to))
        assert [(to, each.check, each.text) for each in found] == []


@each_row(("name", "language"), EACH)
def test_the_frame_is_30_to_60_words(name, language):
    for when in ({}, {"When": WHEN[language]}):
        parts = frame(name, language, **when)
        assert len(words(" ".join(parts))) <= 60
        assert len(words(" ".join(parts[1:-1]))) >= 30


@each_row("language", LANGUAGES)
@each_row("when", [False, True])
def test_no_two_in_a_row_open_or_close_alike(language, when):
    letters = [frame(name, language, **({"When": WHEN[language]} if when else {})) for name in STEPS]
    for one, other in pairwise(letters):
        assert words(one[1])[:2] != words(other[1])[:2]
        ends = [re.split(r"(?<=[.;]) ", parts[-2].replace(WHEN[language], ""))[-1] for parts in (one, other)]
        assert words(ends[0])[:3] != words(ends[1])[:3]
        assert words(ends[0])[-3:] != words(ends[1])[-3:]
        assert one[-1] != other[-1]


@each_row(("name", "language"), EACH)
def test_each_language_asks_for_the_same(name, language):
    ours, english = (load(name, [built_in_folder()], tongue) for tongue in (language, "en"))
    assert [(f.name, f.optional) for f in ours.fields] == [(f.name, f.optional) for f in english.fields]
    assert ours.about == english.about
    assert ours.wants_prose
    optional = {field.name for field in ours.fields if field.optional}
    assert optional == {"strength", "when"} | ({"disappointment"} if name == "runner-up" else set())
    for field in ours.fields:
        assert field.about
        assert re.search(rf"\b{field.name}\b", ours.body + ours.subject.value)


@each_row(("name", "language"), EACH)
def test_subjects_fit_a_telephone(name, language):
    *_, rendered = written(name, language, position="Site Reliability Engineer")
    assert len(rendered.subject) <= 55


@each_row(("name", "language"), EACH)
def test_no_favour_is_asked_and_nobody_flattered(name, language):
    text = " ".join(frame(name, language)).lower()
    for wrong in ("!", "?", "please", "bitte", "s'il vous plaît", "por favor", "unfortunately", "sorry", "amazing"):
        assert wrong not in text
    # The writer's own gender is nobody's business.
    for wrong in ("ravi", "heureux", "heureuse", "encantad", "agradecid", "content de", "atento", "atenta"):
        assert wrong not in text


@each_row(("name", "language"), EACH)
@each_row("stop", ["", "."])
def test_own_sentences_end_in_one_full_stop(name, language, stop):
    own = {"Strength": OWN[language][1] + stop, "When": WHEN[language] + stop}
    *_, rendered = written(name, language, **own)
    assert ".." not in rendered.text
    assert f"{OWN[language][1]}.\n" in rendered.text


def test_french_and_spanish_lead_no_value_into_an_elision():
    for name, language in EACH:
        body = load(name, [built_in_folder()], language).body
        assert not re.search(
            r"(?:['’]|\b[Dd]e|\bdu|\bdel|\bal|\bzur|\bzum|\bder|\bdie) ?\{\{ (?:company|news|when)", body
        )
        assert language == "es" or not re.search(r"\b(?:de|d['’]) ?\{\{ position", body)
        assert not re.search(r"\{\{ *(?:company|position) *\}\}\s*[.!?]", body)


SEVERAL = (
    "Frau Anna Weber <a@x.example>, Herr Tom Baker <t@x.example>",
    "Dr. Anna Weber <a@x.example>, Tom Baker <t@x.example>, Inés Vega <i@x.example>",
    "Sra. de la Cruz <a@x.example>, Dra. Ana Ruiz <t@x.example>",
    "Dana <a@x.example>, Mme Claire Petit <c@x.example>",
)


@each_row("language", LANGUAGES)
@each_row("to", SEVERAL)
def test_greets_several(language, to):
    letter, template, rendered = written("runner-up", language)
    changed = parse_letter(
        "\n".join(f"{h.spelled}: {to if h.name == 'to' else h.value}" for h in letter.headers)
        + f"\n\n{letter.prose}\n",
        None,
    )
    again = compile_letter(changed, template, {}, Defaults(rendered.sender)).render()
    assert [(each.check, each.text) for each in problems(changed, template, again)] == []
