"""Whatever keeps the other letters, the verdicts are those of earlier versions, and a row costs what another does."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.checks.runner import Checker
from mailer.checks.world import Known, Other
from mailer.ledger import erasing, history, progress, shelves
from mailer.ledger.batch import BatchShelf
from mailer.ledger.ledger import open_ledger
from mailer.letters.letter import parse_letter
from mailer.letters.table import Row
from mailer.letters.template import built_in_folder, load
from mailer.message.address import Mailbox
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.checks.former import FormerIndex
from tests.conftest import examples
from tests.kit.checks import NOW, PROSE, SENDER
from tests.kit.ledger import DANA, go, letter

LETTER = "Template: check-in\nFrom: Jo Novak <jo@novak.example>\n\n"
COMPANIES = ("Acme", "Acme Robotics", "Acme Robotics Labs", "Blue Lantern", "Blue Lantern Foods", "Company 1 Ltd", "HP")
COMPANIES += ("Company 12 Ltd", "Globex Systems", "Globex", "Target", "Müller GmbH", "Notion")
PEOPLE = ("Dana Ruiz", "Dana Ruiz Vega", "Ruiz Dana", "Lee Brandt", "Brandt Lee", "Anna Berg", "Anna Bergmann", "Tom")
POSITIONS = ("Data Engineer", "Data Engineer Lead", "Buyer", "Night Nurse")
WORDS = [*PROSE.split(), "Acme", "Robotics", "Dana", "Ruiz", "Globex", "Company", "12", "Ltd,", "Blue", "Lantern."]
NONE_ALIKE = st.lists(st.sampled_from(WORDS), min_size=5, max_size=70).map(" ".join)


@st.composite
def near(draw):
    """The prose with some of its words changed: from the same to hardly alike, thresholds between."""
    words = PROSE.split()
    for _ in range(draw(st.integers(0, 14))):
        words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(WORDS))
    return " ".join(words[: draw(st.integers(12, len(words)))])


@st.composite
def naming(draw):
    """Prose that names others, as a whole, in part, and with the words swapped."""
    names = draw(st.lists(st.sampled_from(COMPANIES + PEOPLE + POSITIONS), max_size=3))
    return f"{draw(near())} I also spoke with {' and '.join(names) or 'you'} about it."


ROWS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(PEOPLE),
        "number": st.integers(0, 12),
        "company": st.sampled_from(COMPANIES),
        "position": st.sampled_from(POSITIONS),
        "prose": NONE_ALIKE | near() | naming() | st.just(PROSE) | st.sampled_from([f"> {PROSE}", "Short."]),
    }
)
OTHERS = st.builds(
    lambda row, days, same, origin: Other(
        origin,
        f"the letter to {row['name']}",
        frozenset({f"p{row['number']}@house{row['number']}.example"}),
        (row["name"],),
        "check-in",
        row["company"],
        row["position"],
        "",
        row["prose"],
        NOW - timedelta(days=days) if origin == "ledger" else None,
        "0" * 64 if origin == "ledger" else "",
        same and origin == "ledger",
        message_id=f"<{row['number']}@novak.example>",
    ),
    ROWS,
    st.integers(0, 40),
    st.booleans(),
    st.sampled_from(["folder", "ledger"]),
)


class FormerChecker(Checker):
    """As before: every letter in lists."""

    def _learn(self) -> None:
        self._known = self.know(self.personal)
        self._others, self._batch = FormerIndex(self._known.letters), FormerIndex(most=20_000)


def verdicts(checker, program, rows):
    found = []
    for number, row in enumerate(rows, 1):
        values = {**row, "to": f"{row['name']} <p{row['number']}@house{row['number']}.example>"}
        values = {name: str(value) for name, value in values.items()}
        line = Row(number, number + 1, "people.csv", values)
        found.append([problem._replace(text="") for problem in checker.problems(program.render(line), line)])
    return found


def checked(kind, rows, known):
    text = parse_letter(LETTER, None)
    template = load("check-in", [built_in_folder()])
    program = compile_letter(text, template, {}, Defaults(SENDER))
    return verdicts(kind(text, template, lambda _: known, rows=len(rows) + 1), program, rows)


def on_disk(text, template, know, rows):
    return Checker(text, template, know, rows=rows, shelf=BatchShelf)


@settings(examples(150), suppress_health_check=list(HealthCheck))
@given(st.lists(ROWS, min_size=1, max_size=10), st.lists(OTHERS, max_size=8))
def test_the_verdicts_are_those_of_before(rows, others):
    known = Known(NOW, tuple(others))
    before = checked(FormerChecker, rows, known)
    assert checked(Checker, rows, known) == before
    assert checked(on_disk, rows, known) == before


@settings(examples(40), suppress_health_check=list(HealthCheck))
@given(st.lists(ROWS, min_size=1, max_size=6), st.lists(st.tuples(ROWS, st.booleans()), min_size=1, max_size=6))
def test_letters_of_a_ledger_are_judged_as_they_were_from_a_list(tmp_path_factory, rows, earlier):
    own = "/letters/check-in.md"
    with open_ledger(tmp_path_factory.mktemp("ledger") / "ledger.sqlite", clock=lambda: NOW) as ledger:
        for number, (row, same) in enumerate(earlier):
            box = Mailbox(f"p{row['number']}@house{row['number']}.example", row["name"])
            about = {name: row[name] for name in ("company", "position", "prose")}
            file = own if same else "/letters/other.md"
            go(ledger, letter((box,), str(number), letter_file=file, **about, template="check-in"), again=True)
        found = [other for number in range(len(earlier), 0, -1) if (other := shelves.read(ledger.store, number, own))]
        before = checked(FormerChecker, rows, Known(NOW, tuple(found)))
        assert checked(Checker, rows, Known(NOW, shelves=ledger.shelves(own))) == before
        history.learn(ledger.store)
        assert checked(Checker, rows, Known(NOW, shelves=ledger.shelves(own))) == before


def test_what_is_forgotten_is_found_no_more(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        go(ledger, letter(prose=PROSE))
        history.learn(ledger.store)
        assert ledger.store.one("SELECT count(*) FROM finds")[0] > 10
        with ledger.transaction():
            erasing.erase(ledger.store, [DANA.key])
        for table in ("finds", "starts", "unlearned"):
            assert ledger.store.one(f"SELECT count(*) FROM {table}")[0] == 0
        assert not [text for (text,) in ledger.store.each("SELECT text FROM pages") if text]


def test_many_letters_are_made_known_as_few_are_and_that_is_told(tmp_path, monkeypatch, capsys):
    def known(place, together):
        monkeypatch.setattr(history, "_TOGETHER", together)
        with open_ledger(tmp_path / place) as ledger:
            for number in range(7):
                to = (Mailbox(f"p{number}@acme.example", f"Dana Ruiz {number % 3}"),)
                go(ledger, letter(to, str(number), prose=PROSE if number % 2 else f"{PROSE} {number}", company="Acme"))
            history.learn(ledger.store)
            assert not ledger.store.one("SELECT count(*) FROM unlearned")[0]
            text = "".join(text for (text,) in ledger.store.each("SELECT text FROM pages ORDER BY id"))
            return text, *([*ledger.store.each(f"SELECT * FROM {table}")] for table in ("finds", "starts"))

    few = known("few.sqlite", 2000)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    assert known("many.sqlite", 2) == few
    assert capsys.readouterr().err == "Bringing the ledger up to date: 7 letters\n"
