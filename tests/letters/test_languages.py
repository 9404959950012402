"""The language of a letter: which template it finds, what stays the same letter, and how people are greeted."""

from __future__ import annotations

import pytest

from mailer.checks.case import LANGUAGES
from mailer.errors import BadData
from mailer.letters.phrases import greeting, joined
from mailer.letters.template import available, built_in_folder, in_language, languages, load, name_of
from mailer.message.given_names import first_name, named
from tests.kit.checks import PROSE, found, work
from tests.kit.rows import each_row
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put, through

GERMAN = "Der Nachmittag mit Priyas Gruppe am Prüfstand ist mir geblieben, vor allem die Jagd nach schlechten Sensoren."
TO = "From: Jo Novak <jo@novak.example>\nTo: Dana Ruiz <dana@acme.example>\n"
LETTER = f"Template: runner-up\n{TO}Company: Acme Robotics\nPosition: Data Engineer\n%s\n{GERMAN}\n"


@pytest.fixture
def desk(tmp_path):
    return World(tmp_path).with_letter()


def templates_in(folder, *names, **said):
    """A folder of templates, each with a subject that is its file's name."""
    folder.mkdir(exist_ok=True)
    for name in names:
        language = f"Language: {said[name]}\n" if name in said else ""
        (folder / f"{name}.md").write_text(f"Subject: {name}\n{language}\n{{{{ greeting }}}}, {{{{ prose }}}}\n")
    return folder


class TestLookup:
    @pytest.mark.parametrize(
        ("names", "asked", "subject"),
        [
            (("a", "a.de", "a.de-AT"), ("de-AT",), "a.de-AT"),
            (("a", "a.de", "a.de-AT"), ("de_at",), "a.de-AT"),
            (("a", "a.de", "a.de-AT"), ("DE",), "a.de"),
            (("a", "a.de"), ("de-CH",), "a.de"),
            (("a", "a.de-AT"), ("de",), "a"),
            (("a", "a.de"), ("fr", "de"), "a"),
            (("a", "a.de"), ("", "de"), "a.de"),
            (("a", "a.de"), (), "a"),
            (("a", "a.en"), (), "a.en"),
            (("a.de", "a.en"), ("fr", "de"), "a.de"),
            (("a.de", "a.en"), ("fr",), "a.en"),
            (("a.fr", "a.de"), ("it",), "a.de"),
            (("a", "a.zh-Hant", "a.zh"), ("zh-Hant-TW",), "a.zh-Hant"),
            (("a", "ab.de"), ("de",), "a"),
        ],
    )
    def test_the_nearest_language(self, tmp_path, names, asked, subject):
        folder = templates_in(tmp_path / "t", *names)
        assert load("a", [folder], *asked).subject.value == subject

    def test_the_first_folder_that_holds_it_in_any_language_wins(self, tmp_path):
        mine = templates_in(tmp_path / "mine", "runner-up")
        assert load("runner-up", [mine, built_in_folder()], "de").subject.value == "runner-up"
        french = templates_in(tmp_path / "french", "runner-up.fr")
        assert load("runner-up", [french, built_in_folder()], "de").subject.value == "runner-up.fr"
        other = templates_in(tmp_path / "other", "letter.de")
        assert load("runner-up", [other, built_in_folder()], "de").language == "de"

    @pytest.mark.parametrize("name", ["offer.v2", "a.b.c", "note.final", "report.old"])
    def test_a_dot_of_its_own(self, tmp_path, name):
        folder = templates_in(tmp_path / "t", name)
        assert list(available([folder])) == [name]
        assert load(name, [folder], "de").name == name
        with pytest.raises(BadData):
            load(name.partition(".")[0], [folder], "de")

    def test_what_the_file_says_tells_a_language_from_a_name(self, tmp_path):
        said = {"report.no": "en", "report.gsw": "gsw", "report.de": "de-AT"}
        folder = templates_in(tmp_path / "t", *said, **said)
        assert {name: sorted(forms) for name, forms in available([folder]).items()} == {
            "report": ["de", "gsw"],
            "report.no": [""],
        }
        assert load("report.no", [folder], "no").subject.value == "report.no"
        assert load("report", [folder], "gsw").subject.value == "report.gsw"

    def test_the_language_of_a_file_that_says_none_is_that_of_its_name(self, tmp_path):
        folder = templates_in(tmp_path / "t", "a.de", "a")
        assert [load("a", [folder], asked).language for asked in ("de", "en")] == ["de", ""]

    def test_a_name_with_its_language(self):
        assert load("runner-up.fr", [built_in_folder()]).language == "fr"
        assert load("runner-up.fr", [built_in_folder()], "de").language == "fr"
        assert name_of("runner-up.fr") == name_of("runner-up") == "runner-up"
        assert [name_of(own) for own in ("own.de", "offer.v2", "runner-up.v2")] == [
            "own.de",
            "offer.v2",
            "runner-up.v2",
        ]
        assert in_language("offer.v2") == ("offer.v2", "")

    def test_an_unknown_name_lists_each_once(self):
        with pytest.raises(BadData) as caught:
            load("xyz", [built_in_folder()])
        assert caught.value.hint.count("runner-up") == 1
        assert "runner-up.de" not in caught.value.hint

    def test_languages_of_a_template(self, tmp_path):
        said = {"a": "en", "b.de": "de"}
        folder = templates_in(tmp_path / "t", "a", "a.fr", "b.de", "c", **said)
        found = available([folder])
        assert {name: languages(forms) for name, forms in found.items()} == {"a": ["en", "fr"], "b": ["de"], "c": []}


class TestCommands:
    @pytest.mark.parametrize("how", ["header", "set", "setting", "name"])
    def test_each_way_to_ask(self, desk, how):
        text = LETTER % ("Language: de\n" if how == "header" else "")
        put(desk.folder, "l.md", text.replace("runner-up", "runner-up.de") if how == "name" else text)
        more = {"MAILER_LANGUAGE": "de-CH"} if how == "setting" else {}
        done = desk.mailer("preview", "l.md", "--json", *(["--set", "language=de"] if how == "set" else []), **more)
        assert done.json["text"].startswith("Guten Tag Dana Ruiz,\n\nvielen Dank")
        assert [each["check"] for each in done.json["problems"] if each["check"] == "language"] == []

    def test_the_letters_language_comes_before_the_settings(self, desk):
        put(desk.folder, "l.md", LETTER % "Language: fr\n")
        assert (
            desk.mailer("preview", "l.md", "--json", MAILER_LANGUAGE="de").json["text"].startswith("Bonjour Dana Ruiz,")
        )

    def test_each_row_in_its_own_language(self, desk):
        put(desk.folder, "l.md", LETTER.replace("To: Dana Ruiz <dana@acme.example>\n", "") % "")
        rows = "".join(
            f"P{n} Q{n} <p{n}@acme.example>,{tag}\n" for n, tag in enumerate(["de", "", "fr", "de-AT", "es"])
        )
        put(desk.folder, "p.csv", f"to,language\n{rows}")
        told = desk.mailer("preview", "l.md", "--each", "p.csv", "--all", "--json").objects
        starts = ["Guten Tag P0 Q0,", "Dear P1,", "Bonjour P2 Q2,", "Guten Tag P3 Q3,", "Hola, P4:"]
        assert [each["text"].partition("\n")[0] for each in told] == starts
        assert [each for row in told for each in row["problems"] if each["check"] in ("language", "greeting")] == []

    def test_a_template_in_another_language_than_asked_for_warns(self, desk):
        put(desk.folder, "l.md", LETTER % "Language: it\n")
        (problem,) = (p for p in desk.mailer("check", "l.md", "--json").json["problems"] if p["check"] == "language")
        assert (problem["level"], problem["where"], problem["line"]) == ("warn", "language", 6)
        assert "runner-up.it.md" in problem["hint"]
        put(desk.folder, "l.md", LETTER % "")
        told = desk.mailer("check", "l.md", "--json", MAILER_LANGUAGE="it").json["problems"]
        assert [problem["level"] for problem in told if problem["check"] == "language"] == ["warn"]
        put(desk.folder, "l.md", LETTER % "Language: en\n")
        told = desk.mailer("check", "l.md", "--json", MAILER_LANGUAGE="it").json["problems"]
        assert [problem for problem in told if problem["check"] == "language"] == []

    def test_following_the_hint_settles_it(self, desk):
        put(desk.folder, "l.md", LETTER % "Language: it\n")
        body = (built_in_folder() / "runner-up.md").read_text(encoding="utf-8").replace("Language: en", "Language: it")
        put(desk.folder, "templates/runner-up.it.md", body)
        told = desk.mailer("check", "l.md", "--json").json
        assert told["error"] is None
        assert [problem for problem in told["problems"] if problem["check"] == "language"] == []

    def test_the_same_letter_in_another_language_is_the_same_letter(self, desk):
        with recording_server() as server:
            put(desk.folder, "l.md", LETTER % "Language: de\n")
            assert desk.send(server).code == 0
            for text in (LETTER % "Language: fr\n", (LETTER % "").replace("runner-up", "runner-up.de")):
                put(desk.folder, "l.md", text)
                told = desk.send(server).json
                assert told["status"] in ("already-sent", "not-ready")
            assert len(server.messages) == 1
        assert desk.mailer("log", "--json", **through(server)).objects[0]["template"] == "runner-up"

    def test_templates_lists_each_once_with_its_languages(self, desk):
        put(desk.folder, "templates/own.pt-BR.md", "Subject: s\nAbout: mine\n\nx\n")
        listed = {line.split()[0]: line for line in desk.mailer("templates").lines}
        assert len(listed) == 9
        assert listed["runner-up"].split()[1:5] == ["de", "en", "es", "fr"]
        assert listed["own"].split() == ["own", "pt-br", "mine"]
        told = {each["name"]: each for each in desk.mailer("templates", "--json").objects}
        assert told["runner-up"]["languages"] == sorted(LANGUAGES)
        assert desk.mailer("templates", "runner-up.de").out.count("Stelle als {{ position }}") == 1
        assert "Stelle als" in desk.mailer("templates", "runner-up", MAILER_LANGUAGE="de-AT").out

    @pytest.mark.parametrize(
        ("args", "more", "header"),
        [
            (("runner-up", "--set", "language=fr"), {}, "Language: fr"),
            (("runner-up.fr",), {}, "Language: fr"),
            (("runner-up",), {"MAILER_LANGUAGE": "fr-CA"}, "Language: fr-CA"),
            (("runner-up",), {}, None),
            (("runner-up",), {"MAILER_LANGUAGE": "it"}, None),
        ],
    )
    def test_new(self, desk, args, more, header):
        assert desk.mailer("new", *args, "--no-edit", **more).code == 0
        text = (desk.folder / "runner-up.md").read_text(encoding="utf-8")
        assert text.startswith("Template: runner-up\n")
        assert [line for line in text.splitlines() if line.startswith("Language")] == ([header] if header else [])
        filled = text.replace("‹Name› <someone@example.invalid>", "Dana Ruiz <dana@acme.example>")
        put(desk.folder, "runner-up.md", filled)
        shown = desk.mailer("preview", "runner-up.md", "--json", MAILER_FROM="Jo Novak <jo@novak.example>").json["text"]
        assert shown.startswith("Bonjour Dana Ruiz," if header else "Dear Dana,")


class TestGreetings:
    @each_row(
        ("name", "english", "german", "french", "spanish"),
        [
            ("Dana Ruiz", "Dear Dana", "Guten Tag Dana Ruiz", "Bonjour Dana Ruiz", "Hola, Dana"),
            ("Dana", "Dear Dana", "Guten Tag Dana", "Bonjour Dana", "Hola, Dana"),
            ("Dr. Anna Weber", "Dear Dr. Weber", "Guten Tag Dr. Anna Weber", "Bonjour Dr Weber", "Hola, Dr. Weber"),
            (
                "Frau Dr. Anna Weber",
                "Dear Dr. Weber",
                "Sehr geehrte Frau Dr. Weber",
                "Bonjour Dr Weber",
                "Estimada Dra. Weber",
            ),
            ("Ms. Dana Ruiz", "Dear Dana", "Sehr geehrte Frau Ruiz", "Bonjour Madame Ruiz", "Estimada Sra. Ruiz"),
            ("Ms. Ruiz", "Dear Ms. Ruiz", "Sehr geehrte Frau Ruiz", "Bonjour Madame Ruiz", "Estimada Sra. Ruiz"),
            ("Mx. Kit Vale", "Dear Kit", "Guten Tag Kit Vale", "Bonjour Kit Vale", "Hola, Kit"),
            ("Herr Tom Baker", "Dear Tom", "Sehr geehrter Herr Baker", "Bonjour Monsieur Baker", "Estimado Sr. Baker"),
            (
                "Prof. Dr. Hans Weber",
                "Dear Prof. Weber",
                "Guten Tag Prof. Dr. Hans Weber",
                "Bonjour Pr Weber",
                "Hola, Prof. Weber",
            ),
            (
                "Herr Prof. Dr. von Stein",
                "Dear Prof. von Stein",
                "Sehr geehrter Herr Prof. Dr. von Stein",
                "Bonjour Pr von Stein",
                "Estimado Prof. von Stein",
            ),
            (
                "Dr. med. Eva Gruber",
                "Dear Dr. Gruber",
                "Guten Tag Dr. Eva Gruber",
                "Bonjour Dr Gruber",
                "Hola, Dr. Gruber",
            ),
            ("Weber, Dr. Anna", "Dear Dr. Weber", "Guten Tag Dr. Anna Weber", "Bonjour Dr Weber", "Hola, Dr. Weber"),
            ("Dr. WEBER Anna", "Dear Dr. WEBER", "Guten Tag Dr. WEBER Anna", "Bonjour Dr WEBER", "Hola, Dr. WEBER"),
            ("A. Weber", "Dear A. Weber", "Guten Tag A. Weber", "Bonjour A. Weber", "Hola, A. Weber"),
            ("Dr. Dana R.", "Dear Dana", "Guten Tag Dr. Dana R.", "Bonjour Dana R.", "Hola, Dana"),
            (
                "Dr. Anna van der Berg",
                "Dear Dr. van der Berg",
                "Guten Tag Dr. Anna van der Berg",
                "Bonjour Dr van der Berg",
                "Hola, Dr. van der Berg",
            ),
            (
                "Dra. María García López",
                "Dear Dr. García López",
                "Sehr geehrte Frau Dr. García López",
                "Bonjour Dr García López",
                "Estimada Dra. García López",
            ),
            (
                "Frau Müller-Lüdenscheidt",
                "Dear Frau Müller-Lüdenscheidt",
                "Sehr geehrte Frau Müller-Lüdenscheidt",
                "Bonjour Madame Müller-Lüdenscheidt",
                "Estimada Sra. Müller-Lüdenscheidt",
            ),
            ("Dana Ruiz, HR Manager", "Dear Dana", "Guten Tag Dana Ruiz", "Bonjour Dana Ruiz", "Hola, Dana"),
            ("HR Department", "", "", "", ""),
            ("dana@acme.example", "", "", "", ""),
            ("", "", "", "", ""),
        ],
    )
    def test_one(self, name, english, german, french, spanish):
        said = {"en": english, "de": german, "fr": french, "es": spanish}
        assert {language: greeting(language, [name]) for language in said} == said

    @each_row(
        ("language", "names", "said"),
        [
            ("de", ["Frau Anna Weber", "Herr Tom Baker"], "Sehr geehrte Frau Weber, sehr geehrter Herr Baker"),
            ("de", ["Frau Dr. Weber", "Tom Baker"], "Guten Tag Frau Dr. Weber und Tom Baker"),
            ("es", ["Sra. Ana Ruiz", "Sr. Vega"], "Estimada Sra. Ruiz, estimado Sr. Vega"),
            ("es", ["Dana Ruiz", "Inés Vega"], "Hola, Dana e Inés"),
            ("fr", ["Mme Petit", "Tom Baker", "Bo"], "Bonjour Madame Petit, Tom Baker et Bo"),
            ("en", ["Dr. Anna Weber", "Bo Li"], "Dear Dr. Weber and Bo"),
            ("de", ["Anna Weber", "HR"], ""),
            ("nl", ["Dr. Anna Weber"], "Beste Anna"),
            ("ja", ["Dana Ruiz"], ""),
            ("de", [], ""),
        ],
    )
    def test_several(self, language, names, said):
        assert greeting(language, names) == said

    @pytest.mark.parametrize(
        ("last", "word"), [("Inés", "e"), ("Hilario", "e"), ("Iago", "e"), ("Hierro", "y"), ("Ana", "y")]
    )
    def test_spanish_and(self, last, word):
        assert joined("es", ["Bo", last]) == f"Bo {word} {last}"

    def test_a_greeting_of_the_letter_wins(self, desk):
        put(desk.folder, "l.md", LETTER % "Language: de\nGreeting: Liebe Frau Ruiz\n")
        assert desk.mailer("preview", "l.md", "--json").json["text"].startswith("Liebe Frau Ruiz,\n")

    def test_what_is_a_title_is_no_first_name(self):
        assert first_name("Dr. med. Weber") == "Dr. med. Weber"
        assert first_name("Phil Weber") == "Phil"
        assert named("Dr. phil. Phil Weber") == ("Phil Weber", "Weber", "", ("dr",))


STOCK = {
    "en": (
        ("I would be honored to hear from you.", "the award that the city honoured Priya with is on the wall"),
        ("I wish you and your team continued success.", "the continued success of the pilot is Priya's"),
        ("I was impressed by your mission.", "the mission to Mars impressed Priya"),
        ("I look forward to future opportunities.", "the missed opportunities of the night shift"),
        ("It helped me to position myself better.", "I could position myself behind the bench"),
        ("I would welcome any feedback.", "there was never any feedback from the sensor"),
        ("It was a chance to grow.", "the queue that used to grow at night"),
    ),
    "de": (
        ("Ich fühle mich geehrt.", "Priya wurde von der Stadt geehrt"),
        ("Ich wünsche Ihnen weiterhin viel Erfolg.", "der Erfolg des Versuchs war Priyas"),
        ("Ihre Mission hat mich beeindruckt.", "die Mission zum Mars dauert"),
        ("Ich bin offen für zukünftige Möglichkeiten.", "das gibt neue Möglichkeiten der Messung"),
        ("Ich kann mich besser positionieren.", "den Sensor besser positionieren"),
        ("Für jedes Feedback bin ich dankbar.", "das Feedback des Reglers war zu stark"),
        ("Daran konnte ich persönlich wachsen.", "die Schlange am Morgen wird wachsen"),
    ),
    "fr": (
        ("Je suis honoré de cet échange.", "la ville a honoré Priya"),
        ("Je vous souhaite un plein succès.", "le succès de l'essai est celui de Priya"),
        ("Je suis impressionné par votre mission.", "la mission vers Mars dure"),
        ("Je pense à de futures opportunités.", "l'opportunité manquée de la nuit"),
        ("Cela m'aide à me positionner.", "il faut positionner le capteur"),
        ("Je serais heureux de tout retour.", "tout retour en arrière coûte un jour"),
        ("Cela m'a fait grandir.", "la file qui ne cesse de grandir"),
    ),
    "es": (
        ("Me siento honrado por la charla.", "la ciudad ha honrado a Priya"),
        ("Les deseo muchos éxitos.", "el éxito de la prueba es de Priya"),
        ("Me impresionó su misión.", "la misión a Marte dura"),
        ("Quedo a la espera de futuras oportunidades.", "la oportunidad perdida de la noche"),
        ("Me ayuda a posicionarme.", "hay que posicionar el sensor"),
        ("Agradezco cualquier feedback.", "el feedback del regulador era fuerte"),
        ("Fue una ocasión para crecer profesionalmente.", "la cola no deja de crecer"),
    ),
}
OWN = {
    "en": PROSE,
    "de": GERMAN,
    "fr": "L'après-midi au banc d'essai de Priya m'est resté, surtout la chasse aux capteurs défaillants.",
    "es": "La tarde en el banco de pruebas de Priya se me quedó grabada, sobre todo la caza de sensores averiados.",
}


@pytest.mark.parametrize(
    ("language", "guilty", "innocent"), [(tongue, *pair) for tongue in STOCK for pair in STOCK[tongue]]
)
def test_stock_phrases_and_their_twins(language, guilty, innocent, tmp_path):
    said = work("stock", "tone w", f"{OWN[language]} {guilty}", language=language)
    assert "tone w" in found(said, tmp_path)
    meant = work("twin", "", f"{OWN[language]} {innocent[0].upper()}{innocent[1:]}.", language=language)
    assert found(meant, tmp_path) == frozenset()
