"""``mailer people import`` and ``export``, as a user types them."""

from __future__ import annotations

import csv
import io
import json
import os
import sys

import pytest
import vobject

from tests.kit.world import World, program

DANA = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Dana Ruiz\r\nORG:Acme\r\nEMAIL:dana@acme.example\r\nEND:VCARD\r\n"
LEE = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Lee Okafor\r\nORG:Birch\r\nEND:VCARD\r\n"


@pytest.fixture
def app(tmp_path):
    return World(tmp_path)


def put(app, name, text):
    path = app.cwd / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def bring_in(app, *args):
    return app.mailer("people", "import", *args)


def people(app):
    return sorted(one["name"] for one in app.mailer("people", "--json").objects)


def test_a_plan_then_all_of_it(app):
    put(app, "x.vcf", DANA + LEE + "BEGIN:VCARD\nTEL:1\nEND:VCARD\n")
    planned = bring_in(app, "x.vcf", "--dry-run")
    assert planned.code == 0
    assert planned.lines == [
        "new: line 1, Dana Ruiz, Acme",
        "new: line 7, Lee Okafor, Birch",
        "skipped: line 12: it names nobody",
        "2 new, 0 changed, 0 same, 1 skipped",
    ]
    assert not (app.cwd / "home" / "data").exists()
    asked = bring_in(app, "x.vcf")
    assert (asked.code, people(app)) == (2, [])
    assert "--yes" in asked.err
    done = bring_in(app, "x.vcf", "--yes", "--json").json
    assert [done[what] for what in ("new", "changed", "same", "skipped")] == [2, 0, 0, 1]
    assert done["rows"][0] | {"file": ""} == {
        "line": 1, "what": "new", "person": "p1", "why": "", "name": "Dana Ruiz, Acme", "file": ""
    }  # fmt: skip
    again = bring_in(app, "x.vcf")
    assert (again.code, again.lines[-1]) == (0, "0 new, 0 changed, 2 same, 1 skipped")
    assert people(app) == ["Dana Ruiz", "Lee Okafor"]


def test_a_change_is_told_and_undone(app):
    put(app, "x.vcf", DANA)
    bring_in(app, "x.vcf", "--yes")
    put(app, "y.csv", "name,email,company\nDana Ruiz,dana@acme.example,Birch\nMara,,\n")
    changed = bring_in(app, "y.csv", "--yes")
    assert changed.lines[0] == "changed: line 2, p1 Dana Ruiz, Birch: company: Acme → Birch"
    app.mailer("people", "add", "--name", "Ada")
    app.mailer("touch", "mara", "--by", "call")
    undone = bring_in(app, "--undo", "--json").json
    assert (undone["restored"], undone["removed"], undone["kept"]) == (1, 0, 1)
    assert [row["why"] for row in undone["rows"]] == ["", "a touch was recorded since"]
    assert app.mailer("people", "show", "dana", "--json").json["company"] == "Acme"
    assert bring_in(app, "--undo").lines == ["removed: p1 Dana Ruiz"]
    assert people(app) == ["Ada", "Mara"]
    nothing = bring_in(app, "--undo", "--json")
    assert (nothing.code, nothing.json["error"]["code"]) == (65, 65)


@pytest.mark.parametrize("name", ["x.vcf", "x.csv"])
def test_a_field_is_left_out(app, name):
    put(app, "x.vcf", DANA.replace("EMAIL", "TITLE:Head of Test\r\nEMAIL"))
    put(app, "x.csv", "email,name,position\ndana@acme.example,Dana Ruiz,Head of Test\n")
    bring_in(app, name, "--yes", "--map", "position=")
    assert app.mailer("people", "show", "dana", "--json").json["position"] == ""
    assert bring_in(app, name).lines[0].endswith("position: – → Head of Test")


def test_a_folder_of_cards(app):
    put(app, "cards/b.VCF", LEE)
    put(app, "cards/a.vcf", DANA)
    put(app, "cards/notes.txt", "no card")
    done = bring_in(app, "cards", "--dry-run")
    assert done.lines[:2] == ["new: a.vcf:1, Dana Ruiz, Acme", "new: b.VCF:1, Lee Okafor, Birch"]
    (app.cwd / "empty").mkdir()
    assert bring_in(app, "empty").code == 65


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((), 2, "name a file"),
        (("x.csv", "--map", "nme=Name"), 2, "Did you mean name"),
        (("x.csv", "--map", "name"), 2, "FIELD=COLUMN"),
        (("x.csv", "--map", "name=Nobody"), 65, "no column 'Nobody'"),
        (("x.csv", "--encoding", "klingon"), 2, "no such encoding"),
        (("x.csv", "--undo"), 2, "alone"),
        (("none.csv",), 66, "does not exist"),
        (("pipe",), 66, "named pipe"),
        (("latin.csv",), 65, "--encoding cp1252"),
        (("text.vcf",), 65, "no vCard"),
        (("photo.jpg",), 65, ""),
    ],
)
def test_what_goes_wrong(app, args, code, words):
    put(app, "x.csv", "Name,Email\nDana,d@x.example\n")
    put(app, "latin.csv", "Name,Email\nJörg,d@x.example\n".encode("cp1252"))
    put(app, "text.vcf", "no card\n")
    put(app, "photo.jpg", bytes(range(256)) * 40)
    if sys.platform != "win32":
        os.mkfifo(app.cwd / "pipe")
    done = bring_in(app, *args)
    assert done.code == code
    assert words in done.err
    if code != 2:
        assert bring_in(app, *args, "--json").json["error"]["code"] == code


def test_a_name_that_is_there_is_asked_on_a_terminal(app, tmp_path):
    pexpect = pytest.importorskip("pexpect")
    put(app, "x.vcf", DANA)
    put(app, "y.csv", "name,company,email\nDana Ruiz,Acme,dr@acme.example\nDana Ruiz,Birch,d@birch.example\n")
    bring_in(app, "x.vcf", "--yes")
    assert bring_in(app, "y.csv", "--dry-run").lines[-1] == "1 new, 0 changed, 0 same, 1 skipped"
    command, *rest = program()
    env = {**app.environ(), "TERM": "dumb", "COLUMNS": "100"}
    shell = pexpect.spawn(command, [*rest, "people", "import", "y.csv"], cwd=str(tmp_path), env=env, encoding="utf-8")
    shell.expect("Is this p1 Dana Ruiz")
    shell.sendline("y")
    shell.expect(r"Import this \(1 new, 1 changed, 0 same, 0 skipped\)\?")
    shell.sendline("y")
    shell.expect("takes it back")
    shell.wait()
    boxes = app.mailer("people", "show", "p1", "--json").json["addresses"]
    assert [box["address"] for box in boxes] == ["dana@acme.example", "dr@acme.example"]


def test_a_no_imports_nothing(app, tmp_path):
    pexpect = pytest.importorskip("pexpect")
    put(app, "x.vcf", DANA)
    command, *rest = program()
    shell = pexpect.spawn(command, [*rest, "people", "import", "x.vcf"], cwd=str(tmp_path), env=dict(app.environ()))
    shell.expect("Import this")
    shell.sendline("n")
    shell.expect("nothing was imported")
    shell.wait()
    assert (shell.exitstatus, people(app)) == (1, [])


def test_what_goes_out_comes_back(app):
    put(
        app,
        "x.csv",
        "name,email,company,position,refused on,plan,language,country,time zone,note,url\n"
        'Dana Ruiz,dana@acme.example ::: d@home.example,"Acme, Inc.",Engineer,2026-11-05,gracious-six,de-AT,DE-BY,'
        'Europe/Berlin,"two\nlines; here",https://x.example/a\n'
        "Lee Okafor,,Birch,,,,,,,,\n,only@x.example,,,,,,,,,\n",
    )
    assert bring_in(app, "x.csv", "--yes").code == 0
    for form in ("--vcf", "--csv"):
        out = app.mailer("people", "export", form)
        assert out.octets == app.mailer("people", "export", form).octets
        name = put(app, f"out{form}", out.octets)
        done = bring_in(app, name, "--json").json
        assert [done[what] for what in ("new", "changed", "same", "skipped")] == [0, 0, 3, 0], form
    fresh = World(app.cwd, MAILER_DATA_DIR=str(app.cwd / "fresh"))
    assert bring_in(fresh, "out--vcf", "--yes").code == 0
    for form in ("--vcf", "--csv"):
        assert fresh.mailer("people", "export", form).octets == app.mailer("people", "export", form).octets


def test_forms_of_export(app):
    put(app, "x.vcf", DANA + LEE)
    bring_in(app, "x.vcf", "--yes")
    assert [card.fn.value for card in vobject.readComponents(app.mailer("people", "export").out)] == [
        "Dana Ruiz",
        "Lee Okafor",
    ]
    (row,) = csv.DictReader(io.StringIO(app.mailer("people", "export", "lee", "--csv").out))
    assert (row["name"], row["company"], row["address"]) == ("Lee Okafor", "Birch", "")
    one = app.mailer("people", "export", "dana", "dana@acme.example", "--json").objects
    assert [person["name"] for person in one] == ["Dana Ruiz"]
    assert app.mailer("people", "export", "nobody").code == 65


def test_the_ledger_is_not_made_by_looking(app):
    put(app, "x.vcf", DANA)
    assert bring_in(app, "x.vcf", "--dry-run", "--json").json["rows"][0]["person"] is None
    assert app.mailer("people", "export").octets == b""
    assert not (app.cwd / "home" / "data").exists()


@pytest.mark.slow
def test_thousands_of_cards_in_little_memory(tmp_path):
    from tests.bench.imports import bring_in as timed
    from tests.bench.imports import write_cards

    few = timed(tmp_path, write_cards(tmp_path / "few.vcf", 200))
    many = timed(tmp_path, write_cards(tmp_path / "many.vcf", 4_000))
    assert many.peak < few.peak * 1.25
    done = World(tmp_path).process("people", "import", "many.vcf", "--dry-run", "--json")
    assert json.loads(done.octets)["new"] == 4_000


def test_the_dates_of_many_have_a_bar(app, monkeypatch):
    from mailer.cli import progress

    monkeypatch.setattr(progress, "_can_draw", lambda: True)
    monkeypatch.setattr(progress, "_FIRST", 0.0)
    rows = "".join(f"P{n},p{n}@k.example,2026-11-20,gracious-six,Co{n}\n" for n in range(150))
    put(app, "p.csv", "name,email,refused-on,plan,company\n" + rows)
    err = app.mailer("people", "import", "p.csv", "--yes", "--json").err
    assert "dates of people computed 1 of 150" in err
    assert err.rpartition("computed")[2].endswith("\r\x1b[2K")


def test_an_exported_name_is_sorted_by_its_family(app):
    for name in ("Ruiz, Dana", "山田 太郎"):
        assert app.mailer("people", "add", "--name", name).code == 0
    cards = list(vobject.readComponents(app.mailer("people", "export").out))
    assert [(card.n.value.family, card.n.value.given) for card in cards] == [("Ruiz", "Dana"), ("山田", "太郎")]


@pytest.mark.parametrize("forms", [("--csv", "--vcf"), ("--json", "--csv"), ("--vcf", "--json")])
def test_one_form_at_a_time(app, forms):
    done = app.mailer("people", "export", *forms)
    assert (done.code, done.out) == (2, "")


def test_what_is_no_day_of_a_no_says_why(app):
    rows = "a@b.example,2027-06-02\nc@d.example,in May\n"
    put(app, "p.csv", "email,refused-on\n" + rows)
    told = [row["why"] for row in app.mailer("people", "import", "p.csv", "--yes", "--json").json["rows"]]
    assert told == [
        "'2027-06-02' is in the future: as the date of rejection it is left out",
        "'in May' is not a date of rejection and is left out (write it like 2026-11-30)",
    ]


def test_every_plan_that_can_be_read_is_listed(app):
    plans = app.folder / "home" / "config" / "plans"
    plans.mkdir(parents=True)
    (plans / "folder.toml").mkdir()
    for name, text in (
        ("bad", "step = ["),
        ("good", 'about = "mine"\n[[step]]\nafter = "3 days"\nreason = "a call"\n'),
        ("worse", ""),
    ):
        (plans / f"{name}.toml").write_text(text)
    done = app.mailer("plans")
    assert done.code == 65
    assert [line.split()[0] for line in done.lines] == ["after-interview", "good", "gracious-six", "once-a-year"]
    assert "bad.toml:1" in done.err
    assert "worse.toml:1" in done.err
    assert "folder" not in done.all
