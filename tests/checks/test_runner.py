"""Batches, levels, what is allowed, what is known, and how it is shown."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mailer.checks.days_off import days_off, zone_of
from mailer.checks.problem import NAMES, Problem, manual
from mailer.checks.runner import Checker
from mailer.checks.text import distance, near, plain, words_of
from mailer.checks.world import Known
from mailer.cli.main import cli
from mailer.cli.problems import shown, told
from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import NewLetter, people
from mailer.letters.letter import parse_letter, read_letter
from mailer.letters.table import Row
from mailer.letters.template import built_in_folder, load
from mailer.message.address import parse_list
from mailer.message.compose import Unstamped
from mailer.message.identity import content_digest, identity
from mailer.message.slots import Valued
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from mailer.sending.known import neighbours
from mailer.sending.problem_groups import Groups
from mailer.transport.replies import Reply
from mailer.transport.values import Outcome
from tests.kit.checks import NOW, PROSE, SENDER, found, other, work
from tests.kit.rows import each_row

HEADERS = "Template: runner-up\nFrom: Jo Novak <jo@novak.example>\nPosition: Data Engineer\n"


def batch(text: str, rows: list[dict[str, str]], known: Known | None = None) -> list[list[str]]:
    letter = parse_letter(text, None)
    template = load(letter.template, [built_in_folder()]) if letter.template else None
    program = compile_letter(letter, template, {}, Defaults(SENDER))
    checker = Checker(letter, template, lambda _: known or Known(NOW), rows=len(rows))
    told = []
    for number, values in enumerate(rows, 1):
        row = Row(number, number + 1, "people.csv", values)
        told.append([f"{p.check} {p.level}" for p in checker.problems(program.render(row), row)])
    return told


def person(number: int, **more: str) -> dict[str, str]:
    return {
        "to": f"Person {'Abcdefgh'[number]}lo <p{number}@house{number}.example>",
        "company": f"House{number} Foods",
        **more,
    }


def test_prose_shared_by_a_batch_is_one_warning():
    assert batch(f"{HEADERS}\n{PROSE}\n", [person(n) for n in range(4)]) == [["particulars warn"], [], [], []]


def test_prose_from_a_column_is_compared_as_a_warning():
    rows = [
        person(0, prose=PROSE),
        person(1, prose="Nine copper kettles stood in the mill, and the miller's cat."),
        person(2, prose=PROSE),
    ]
    assert batch(f"{HEADERS}\n", rows) == [[], [], ["particulars warn"]]


def test_rows_and_letters_of_the_same_file_never_block():
    rows = [person(0), person(1, prose=f"{PROSE} House0 Foods was nice.")]
    earlier = Known(
        NOW, (other(company="House1 Foods", to="A B <a@house1.example>", prose=PROSE, days=3, same_file=True),)
    )
    assert not [
        p
        for row in batch(f"{HEADERS}\n", [{"prose": PROSE, **row} for row in rows], earlier)
        for p in row
        if "block" in p
    ]


def test_two_people_at_one_company_in_a_batch():
    rows = [person(0), {**person(1), "company": "House0 Foods"}]
    assert batch(f"{HEADERS}\n{PROSE}\n", rows)[1] == ["company-gap warn", "twins warn"]


def test_a_row_alone_and_a_row_of_many_raise_the_same():
    """The lines that come again are looked at once for all letters; what is found must not depend on it."""
    text = (
        "From: Jo Novak <jo@novak.example>\nSubject: {{ subject }}\nTo: {{ to_name }} <{{ mail }}>\n\n"
        "Dear {{ to_name }},\n\n{{ first }}\nThe doors open at {{ hour }} and close on 12 May.\n{{ second }}\n\n"
        "{% if shout %}See [Company] on Monday.\n{% endif %}it is {{ none }}, or not.\n\nKind regards\nJo Novak\n"
    )
    lines = [
        *(
            "All is well.",
            "Call 555-0100 now.",
            "It is attached.",
            "Bye, <name>.",
            "Bye, </name>.",
            "I saw it yesterday.",
        ),
        *(
            "Two  blanks",
            " beginning",
            "an end ,",
            "31 June",
            "`[Company]`",
            "    [Company]",
            "> [Company]",
            "the",
            "TODO",
        ),
        *(
            "I saw it yesterday.",
            "> [Company]",
            "Tuesday 12.05.2026",
            "İ",
            "lorem ipsum",
            "your name here",
            "Kind regards",
            "Tom Baker",
            "-- ",
            "%FNAME%",
        ),
    ]
    chance, columns = random.Random(5), ("first", "second", "hour")
    rows = [
        {
            **{name: chance.choice(lines) for name in columns},
            "subject": f"News {n}",
            "to_name": chance.choice(["Dana Ruiz", "Tom Baker"]),
            "mail": f"p{n}@h{n}.example",
            "none": chance.choice(["", "so"]),
            "shout": chance.choice(["", "", "", "x"]),
        }
        for n in range(200)
    ]
    together = batch(text, rows)
    assert together == [batch(text, [row])[0] for row in rows]
    assert len({tuple(found) for found in together}) > 30


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("[your page](https://h.example/{{ v }})", False),
        ("[{{ v }}](https://evil.example/x)", False),
        ("[at good.example](https://evil.example/{{ v }})", False),
        ("[good.example](https://evil.example/{{ v }})", True),
        ("[www.{{ v }}](https://evil.example/x)", True),
        ("[good.example/{{ v }}](https://evil.example/x)", True),
        ("[a&#46;example](https://evil.example/{{ v }})", True),
    ],
)
def test_links_of_a_page_that_knows_its_values(link, told):
    head = (
        "From: Jo Novak <jo@novak.example>\nSubject: News\nTo: Dana Ruiz <d@a.example>\nContent-Type: text/markdown\n"
    )
    letter = parse_letter(f"{head}\nHello,\n\nsee {link}.\n", None)
    rendered = compile_letter(letter, None, {}, Defaults(SENDER)).render(Row(1, 2, "x.csv", {"v": "other.example"}))
    assert isinstance(rendered.html, Valued)
    for each in (rendered, rendered._replace(html=str(rendered.html))):
        problems = Checker(letter, None, lambda _: Known(NOW)).problems(each)
        assert any(p.check == "format" and "the link says" in p.text for p in problems) == told


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("[page]({{ v }})", False),
        ("[page](https://h.example/{{ v }}.png)", False),
        ("![page](https://h.example/x.png)", False),
        ("[up](#top) [mail](mailto:{{ m }})", False),
        ("[page](notes/{{ m }}.pdf)", True),
        ("[us](www.acme.example)", None),
        ("[page](https://h.example/{{ v }}) ![bench](bench.png)", True),
    ],
)
def test_files_behind_links_of_a_page_that_knows_its_values(link, told):
    text = "From: Jo Novak <jo@novak.example>\nTo: Dana <d@a.example>\nSubject: x\nContent-Type: text/markdown\n"
    letter = parse_letter(f"{text}\nHello,\n\nsee {link}.\n", None)
    row = Row(1, 2, "x.csv", {"v": "https://o.example/", "m": "m@o.example"})
    rendered = compile_letter(letter, None, {}, Defaults(SENDER)).render(row)
    for each in (rendered, rendered._replace(html=str(rendered.html))):
        problems = Checker(letter, None, lambda _: Known(NOW)).problems(each)
        found = [p for p in problems if p.check == "format"]
        assert any("leads nowhere" in p.text for p in found) == bool(told)
        assert any("lacks its https://" in p.text for p in found) == (told is None)


def test_a_company_from_a_column_alone_is_business_mail():
    text = "From: Jo Novak <jo@novak.example>\nSubject: News\nTo: {{ to_name }} <{{ mail }}>\n\nDear Tom,\n\nsorry!!!\n"
    assert batch(text, [{"to_name": "Dana Ruiz", "mail": "d@a.example", "company": "Acme"}]) == [[]]


def test_company_in_the_letters_own_file_gets_every_check():
    headers = "From: Jo Novak <jo@novak.example>\nSubject: News\nTo: Dana Ruiz <d@a.example>\nCompany: Acme\n"
    text = f"{headers}\nDear Tom,\n\nsorry!!!\n"
    assert {"greeting block", "company warn", "tone warn", "length warn"} <= set(batch(text, [{}])[0])


def test_allow_marks_blocks_only(tmp_path):
    letter = parse_letter(work("x", prose=f"{PROSE} [Company] yesterday").text, None)
    template = load("runner-up", [built_in_folder()])
    rendered = compile_letter(letter, template, {}, Defaults(SENDER)).render()
    told = Checker(letter, template, lambda _: Known(NOW), frozenset({"leftover", "dates"})).problems(rendered)
    assert {(p.check, p.level, p.allowed, p.blocks) for p in told} == {
        ("leftover", "block", True, False),
        ("dates", "warn", False, False),
    }


def test_lines_point_into_the_letter_file():
    letter = parse_letter(work("x", prose=f"{PROSE}\n\nOne more.\nBye, [Company].", greeting="Dear Tom").text, None)
    template = load("runner-up", [built_in_folder()])
    told = Checker(letter, template, lambda _: Known(NOW)).problems(
        compile_letter(letter, template, {}, Defaults(SENDER)).render()
    )
    lines = {p.check: p.line for p in told}
    assert lines["leftover"] == 11
    assert lines["greeting"] is None or letter.get("greeting").line == lines["greeting"]


@each_row("name", NAMES)
def test_every_check_has_a_manual(name):
    assert len(manual(name).split("\n")) > 2
    assert manual(name)[0].isupper()


def test_neighbours_are_read_and_nothing_else(tmp_path):
    def put(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    own = put("dana.letter", "Template: runner-up\nTo: Dana Ruiz <dana@acme.example>\nCompany: Acme\n\nHello\n")
    put("tom.txt", "Template: runner-up\nTo: Tom Baker <tom@globex.example>\nCompany: Globex\n\nProse.\n")
    put("al.letter", "To: Al Moss <al@initech.example>\n\nProse.\n")
    put("README.md", "# Letters\n\nSome words: here.\n")
    put("new.md", "Template: runner-up\nTo: ‹Name› <someone@example.invalid>\nCompany: ‹the company›\n")
    put("big.md", "Template: runner-up\nTo: B <b@big.example>\nCompany: Big\n\n" + "x" * 70_000)
    put("notes.csv", "to,company\nTom,Globex\n")
    put("broken.md", "To: nobody at all\n\nx\n")
    (tmp_path / "folder.md").mkdir()
    told = {found.what: (found.company, found.names) for found in neighbours(read_letter(own))}
    assert told == {"tom.txt": ("Globex", ("Tom Baker",)), "al.letter": ("", ("Al Moss",))}


def test_ledger_letters_are_known_and_no_ledger_is_made(tmp_path):
    place = tmp_path / "data"
    env = {"MAILER_DATA_DIR": str(place), "MAILER_CONFIG_DIR": str(tmp_path / "config")}
    letter = tmp_path / "letters" / "dana.md"
    letter.parent.mkdir()
    letter.write_text(work("x", prose=f"{PROSE} Globex has one too.").text)
    assert CliRunner().invoke(cli, ["check", str(letter)], env=env, standalone_mode=False).return_value == 0
    assert not place.exists()
    record(place / "ledger.sqlite", "Tom Baker <tom@globex.example>", "Globex", "Cook", datetime.now(UTC))
    done = CliRunner().invoke(cli, ["check", str(letter), "--json"], env=env, standalone_mode=False)
    told = json.loads(done.stdout)
    assert [(p["check"], p["level"], p["line"]) for p in told["problems"]] == [("leak", "block", 7)]
    assert done.return_value == 1
    assert told["ready"] is False
    assert told["error"]["code"] == 1
    assert set(told["problems"][0]) == {"check", "level", "where", "line", "text", "hint", "allowed"}
    done = CliRunner().invoke(cli, ["check", str(letter), "--json", "--allow", "leak"], env=env, standalone_mode=False)
    told = json.loads(done.stdout)
    assert (done.return_value, told["ready"], told["error"], told["problems"][0]["allowed"]) == (0, True, None, True)


def record(path: Path, to: str, company: str, position: str, when: datetime) -> None:
    """One sent letter."""
    path.parent.mkdir(exist_ok=True)
    boxes = parse_list(to)
    named = {"template": "runner-up", "company": company, "position": position}
    new = NewLetter(
        identity=identity(boxes, **named),
        content_digest=content_digest("Hello", "words"),
        message_id="<1@novak.example>",
        date=when,
        sender="jo@novak.example",
        people=people(boxes),
        subject="Hello",
        message=Unstamped(b"Subject: Hello\r\n", b"\r\nwords\r\n"),
        prose="Nine copper kettles.",
        letter_file="/elsewhere/tom.md",
        **named,
    )
    with open_ledger(path) as ledger:
        claim = ledger.claim(new)
        ledger.about_to_send([claim.id])
        ledger.settle([Outcome(claim.id, "sent", "content", Reply(250, "2.0.0", "ok"))])


def test_unknown_check_is_a_usage_error_with_the_nearest():
    assert "Did you mean leak" in str(CliRunner().invoke(cli, ["checks", "leek"]).output)
    done = CliRunner().invoke(cli, ["checks"])
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(NAMES)
    assert "Google Sheets" in CliRunner().invoke(cli, ["checks", "leak"]).stdout


def test_each_groups_and_counts(tmp_path):
    (tmp_path / "letter.md").write_text(f"{HEADERS}\n{PROSE}\n")
    rows = "".join(f"Person {n} <jobs@house{n}.example>,House{n} Foods\n" for n in range(1, 7))
    (tmp_path / "people.csv").write_text(f"to,company\n{rows}Dana Ruiz <no-reply@acme.example>,Acme\n")
    env = {"MAILER_DATA_DIR": str(tmp_path / "data"), "MAILER_CONFIG_DIR": str(tmp_path)}
    arguments = ["check", str(tmp_path / "letter.md"), "--each", str(tmp_path / "people.csv")]
    done = CliRunner().invoke(cli, arguments, env=env, standalone_mode=False)
    assert "is a role, not a person [6 rows: 1-6; column to]" in done.stdout
    assert done.stdout.count("is a role") == 1
    assert "6 of 7 ready" in done.stdout
    assert done.return_value == 1
    done = CliRunner().invoke(cli, [*arguments, "--json"], env=env, standalone_mode=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["row"], line["ready"]) for line in lines] == [*((n, True) for n in range(1, 7)), (7, False)]


def test_carets_stand_under_the_words():
    problem = Problem("leftover", "block", "body", 7, "said", "do", words="日本", shown="Ein Wort 日本 und mehr")
    head, line, carets, hint = shown(problem)
    assert (head, hint) == ("block leftover (body, line 7): said", "  do")
    assert line == "    7 | Ein Wort 日本 und mehr"
    assert carets == "      |          ^^^^"


def test_a_long_line_is_cut_around_the_words():
    problem = Problem("tone", "warn", "body", 7, "said", "do", words="here", shown="a " * 200 + "here" + " b" * 200)
    _, line, carets, _ = shown(problem)
    assert len(line) < 120
    assert line[carets.index("^") : carets.rindex("^") + 1] == "here"


def test_groups_keep_different_problems_apart():
    groups = Groups()
    for row in range(3):
        value = f"p{row}@a.example"
        groups.add(
            row, {"to": value}, [Problem("recipient", "warn", "to", None, f"{value} has no name", "x", words=value)]
        )
        groups.add(
            row, {"to": value}, [Problem("recipient", "warn", "to", None, f"{value} is a role", "x", words=value)]
        )
    assert [(group.runs, group.columns) for group in groups] == [([(0, 2)], {"to"})] * 2


@given(st.lists(st.booleans(), max_size=80))
def test_the_rows_of_a_problem_are_told_as_runs_of_which_the_first_are_kept(has_it):
    problem, groups = Problem("tone", "warn", "body", 1, "said", "do"), Groups()
    rows = [row for row, has in enumerate(has_it, 1) if has]
    for row in rows:
        groups.add(row, {}, [problem, problem])
    runs = [[row for _, row in group] for _, group in groupby(enumerate(rows), key=lambda one: one[1] - one[0])]
    for group in groups:
        assert group.count == len(rows)
        assert group.runs == [(run[0], run[-1]) for run in runs][:13]
        words = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
        shown_rows = ", ".join(words[:12]) + (", …" if len(words) > 12 else "")
        assert told(group) == (f"row {shown_rows}" if len(rows) == 1 else f"{len(rows)} rows: {shown_rows}")
    assert bool(rows) == bool([*groups])


def test_a_problem_in_other_words_in_every_row_has_so_many_groups_and_then_one_for_each_check():
    def problem(row, check="tone"):
        word = "".join(chr(ord("a") + int(digit)) for digit in str(row))
        where = f"body {word}" if row % 2 else "body"
        return Problem(check, "warn", where, 1, f"{word} is said", "do", shown=word * 20)

    groups, short = Groups(), Groups()
    for row in range(1, 3001):
        groups.add(row, {}, [problem(row), problem(row, "other")])
        if row <= 250:
            short.add(row, {}, [problem(row), problem(row, "other")])
    each, rest = [*groups][:500], [*groups][500:]
    assert [(group.problem, told(group)) for group in each] == [(group.problem, told(group)) for group in short]
    assert [told(group) for group in each] == [f"row {row}" for row in range(1, 251) for _ in range(2)]
    assert [group.problem for group in rest] == [problem(251), problem(251, "other")]
    assert [told(group) for group in rest] == ["2750 rows with the like: 251-3000"] * 2
    groups.add(3001, {}, [problem(1)])
    assert next(told(group) for group in groups) == "2 rows: 1, 3001"


def test_holidays():
    easter_mondays = [date(2024, 4, 1), date(2025, 4, 21), date(2026, 4, 6), date(2038, 4, 26)]
    assert {days_off("DE")(when) for when in easter_mondays} == {"a holiday (Easter Monday)"}
    assert days_off("US")(date(2026, 11, 26)) == "a holiday (Thanksgiving Day)"
    assert days_off("GB")(date(2026, 5, 25)) == "a holiday (Spring Bank Holiday)"
    assert days_off("DE-BY")(date(2027, 11, 1)) == "a holiday (All Saints' Day)"
    assert days_off("DE")(date(2027, 11, 1)) == ""
    assert days_off("DE-XX")(date(2026, 4, 6)) == "a holiday (Easter Monday)"
    assert days_off("EG")(date(2026, 5, 15)) == "Friday"
    assert days_off("EG")(date(2026, 5, 17)) == ""


def test_the_clock_of_a_country_is_that_of_most_of_its_people():
    assert [zone_of(country) for country in ("DE-BY", "ES", "FR", "US")] == [
        "Europe/Berlin",
        "Europe/Madrid",
        "Europe/Paris",
        "",
    ]


def test_the_better_hour_is_a_working_morning(tmp_path):
    friday_night = datetime(2026, 5, 22, 21, 30, tzinfo=UTC)
    sample = work("x", country="DE", now=friday_night)
    from tests.kit.checks import problems

    (problem,) = problems(sample, tmp_path)
    assert problem.hint == (
        "Better: Tuesday 26 May, 09:10 (Europe/Berlin); send --at 2026-05-26T09:10+02:00 keeps it until then."
    )  # Monday is Pentecost's


def test_a_letter_to_the_same_recipient_is_a_version(tmp_path):
    same = other(to="Dana Ruiz <dana.ruiz@acme.example>", company="Acme Robotics", prose=PROSE, days=90)
    assert found(work("x", others=(same,)), tmp_path) == frozenset()


@pytest.mark.parametrize(
    ("one", "two", "apart"), [("whitfield", "whittfield", 1), ("acme", "amce", 1), ("", "ab", 2), ("abc", "xyz", 3)]
)
def test_distance(one, two, apart):
    assert distance(one, two, 3) == apart
    assert distance(one, two, 0) == 1


def test_near_is_not_the_same():
    assert near("whitfield", "whittfield")
    assert not near("dana", "dana")
    assert not near("ana", "ena")


def test_lower_case_keeps_every_character_in_its_place():
    text = "İstanbul’da ẞtraße ŒUVRE"
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It’s ACME's, 'quoted' o''clock snake_case x–y", "it's acme's quoted o clock snake case x y"),
        ("'tis o'clock' 'a'b'' c'' 'd", "tis o'clock a'b c d"),
        ("L'été à Œuvre—naïve «où» 3½ d’Łódź", "l'été à œuvre naïve où 3½ d'łódź"),
        ("日本語 ok, а-б", "日本語 ok а б"),
        ("", ""),
    ],
)
def test_words(text, words):
    assert words_of(text) == words.split()


def test_many_lone_letters_are_fast():
    text = (
        "From: Jo Novak <jo@novak.example>\nSubject: News {{ n }}\nTo: {{ name }} <{{ mail }}>\n\nHello {{ name }},\n\n"
        + PROSE
    )
    chance = random.Random(1)
    rows = [{"n": str(n), "name": f"Ann Lo{chance.randrange(99)}", "mail": f"a{n}@b{n}.example"} for n in range(500)]
    letter = parse_letter(text, None)
    program = compile_letter(letter, None, {}, Defaults(SENDER))
    rendered = [program.render(Row(n, n, "x.csv", values)) for n, values in enumerate(rows)]
    checker = Checker(letter, None, lambda _: Known(NOW), rows=500)
    started = time.process_time()
    told = [checker.problems(one) for one in rendered]
    assert not any(told)
    assert time.process_time() - started < 1.5


DANA = {"to": "Dana Ruiz <dana.ruiz@acme.example>", "company": "Acme Robotics", "origin": "ledger"}


@pytest.mark.parametrize(
    ("earlier", "letter", "expected"),
    [
        # By the calendar: on the 28th day it may go, at whatever hour.
        ({"position": "Cook", "days": 27.3}, {}, "repeat b"),
        ({"position": "Cook", "days": 27.9}, {}, ""),
        ({"template": "runner-up", "days": 0.01}, {"template": "check-in"}, "repeat b"),
        ({"template": "check-in", "days": 9}, {"template": "thank-you"}, "repeat b"),
        ({"template": "runner-up", "days": 9}, {"template": "thank-you"}, "repeat b"),
        ({"template": "thank-you", "days": 9}, {"template": "check-in"}, "repeat b"),
        ({"template": "", "company": "", "position": "", "days": 9}, {"template": "check-in"}, "repeat b"),
        ({"template": "thank-you", "days": 9}, {"template": "runner-up"}, ""),
        ({"template": "thank-you", "days": 9}, {"template": "runner-up", "position": "Cook"}, ""),
        ({"template": "runner-up", "days": 9}, {"template": "check-in", "in_reply_to": "<1@acme.example>"}, ""),
        (
            {"template": "runner-up", "days": 9, "message_id": "<1@novak.example>"},
            {"template": "check-in", "in_reply_to": "<1@novak.example>"},
            "repeat b",
        ),
        ({"template": "runner-up", "days": 9, "same_file": True}, {"template": "check-in"}, "repeat b"),
        ({"position": "Cook", "days": 9, "same_file": True}, {}, "repeat w"),
        # Who was only copied got no letter, and who is only copied gets none.
        ({"position": "Cook", "days": 9, "only_to": "tom@acme.example"}, {}, ""),
        ({"position": "Cook", "days": 9}, {"to": "Tom Baker <tom@acme.example>", "cc": DANA["to"]}, ""),
    ],
)
def test_repeat(earlier, letter, expected, tmp_path):
    only_to = earlier.pop("only_to", None)
    message_id = earlier.pop("message_id", "")
    one = other(**{**DANA, **earlier})._replace(message_id=message_id, to=frozenset({only_to}) if only_to else None)
    told = found(work("x", others=(one,), **letter), tmp_path)
    assert {word for word in told if word.startswith("repeat")} == ({expected} if expected else set())


def test_repeat_looks_at_the_last_letter(tmp_path):
    others = tuple(other(**DANA, template=name, days=days) for name, days in (("check-in", 20), ("thank-you", 9)))
    for order in (others, others[::-1]):
        assert "repeat b" not in found(work("x", others=order), tmp_path)
    others = tuple(other(**DANA, template=name, days=days) for name, days in (("check-in", 9), ("thank-you", 20)))
    assert "repeat b" in found(work("x", others=others), tmp_path)


def test_repeat_never_blocks_a_letter_of_ones_own(tmp_path):
    sample = work("x", template=None, subject="Monday", others=(other(**DANA, days=1),))
    assert not any(word.startswith("repeat") for word in found(sample, tmp_path))


def test_a_plan_may_ask_for_fewer_days():
    letter = parse_letter(work("x").text, None)
    template = load("runner-up", [built_in_folder()])
    rendered = compile_letter(letter, template, {}, Defaults(SENDER)).render()
    known = Known(NOW, (other(**DANA, position="Cook", days=12),))
    for gap, expected in ((28, ["repeat"]), (10, [])):
        told = Checker(letter, template, lambda _, gap=gap: known._replace(gap=gap)).problems(rendered)
        assert [problem.check for problem in told] == expected


TEL = "Tel. 123-456-7890"


@pytest.mark.parametrize(
    ("prose", "lines"),
    [
        (f"{PROSE} {TEL}", [7, None]),
        (f"{PROSE}\n\nOne more, and {TEL} is mine.", [9, None]),
        (f"{PROSE} {TEL}, or\nin the evening: {TEL}", [7, 8, None]),
        (PROSE, [None]),
    ],
)
def test_what_does_not_stand_in_the_file_has_no_line(prose, lines, tmp_path):
    from tests.kit.checks import problems

    told = problems(work("x", prose=prose, signature=f"Jo Novak\n{TEL}"), tmp_path)
    assert [problem.line for problem in told if problem.check == "sender"] == lines


def test_a_letter_minutes_after_another_is_told_from_the_ledger(tmp_path):
    env = {"MAILER_DATA_DIR": str(tmp_path / "data"), "MAILER_CONFIG_DIR": str(tmp_path / "config")}
    record(tmp_path / "data" / "ledger.sqlite", DANA["to"], "Acme Robotics", "Data Engineer", datetime.now(UTC))
    letter = tmp_path / "dana.md"
    for headers, code, checks in (
        ({"template": "check-in"}, 1, ["repeat"]),
        ({"template": "check-in", "in_reply_to": "<2@acme.example>"}, 0, []),
        ({"template": "check-in", "in_reply_to": "<1@novak.example>"}, 1, ["repeat"]),
        ({"template": "check-in", "to": "Tom Baker <tom@acme.example>", "greeting": "Dear Tom"}, 0, []),
        ({"template": None, "subject": "Monday", "company": None, "position": None}, 0, []),
    ):
        letter.write_text(work("x", **headers).text)
        done = CliRunner().invoke(cli, ["check", str(letter), "--json"], env=env, standalone_mode=False)
        told = json.loads(done.stdout)["problems"]
        assert (done.return_value, [p["check"] for p in told if p["level"] == "block"]) == (code, checks)
