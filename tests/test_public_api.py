"""What ``from mailer import …`` gives: the names, and the examples of the docstrings and of docs/."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import mailer
from mailer import Letter, Settings, check, draft, preview, send
from mailer.errors import BadData, BadSettings, CannotWrite, Declined, MailerError, Unreadable, Usage
from tests.kit.smtp_server import Scripted
from tests.kit.world import World, put, through

NAMES = {"Letter", "Settings", "check", "draft", "preview", "send"}
PAGE = Path(mailer.__file__).parents[1] / "docs" / "python.md"
YAGMAIL = PAGE.with_name("from-yagmail.md")
TEXT = "Dear Dana,\n\nThank you for the talk on Monday.\n\nJo"
PEOPLE = "name,email\nDana,dana@acme.example\nLee,lee@acme.example\n"


@pytest.fixture
def settings(tmp_path, server):
    there = World(tmp_path).environ(MAILER_FROM="Jo Novak <jo@novak.example>", **through(server))
    return Settings(environ=there, folder=tmp_path)


@pytest.fixture
def letter():
    return Letter(to="Dana Ruiz <dana@acme.example>", subject="Thank you", text=TEXT)


def test_what_is_exported():
    assert set(mailer.__all__) == NAMES
    assert set(dir(mailer)) >= NAMES
    assert all(getattr(mailer, name).__module__.startswith("mailer.sending.api") for name in NAMES)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mailer.nothing  # noqa: B018


def test_nothing_is_imported_before_it_is_asked_for():
    code = "import sys, mailer; print(sorted(n for n in sys.modules if n.startswith(('mailer.', 'typing'))))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_settings_that_are_confined_keep_a_letter_to_their_folder(tmp_path):
    put(tmp_path, "secret.txt", "secret")
    there = {"environ": World(tmp_path).environ(MAILER_FROM="jo@novak.example"), "folder": tmp_path / "letters"}
    for name, is_kept in (("notes.txt", True), ("../secret.txt", False), ("link.txt", False)):
        put(tmp_path / "letters", "notes.txt", "notes")
        if name == "link.txt":
            (tmp_path / "letters" / name).symlink_to(tmp_path / "secret.txt")
        letter = Letter(to="dana@acme.example", subject="Hello", text="Notes attached.", attachments=name)
        assert preview(letter, settings=Settings(**there)).attachments == (name.rpartition("/")[2],)
        if is_kept:
            assert preview(letter, settings=Settings(**there, confined=True)).attachments == (name,)
        else:
            with pytest.raises(BadData, match="outside the folder"):
                preview(letter, settings=Settings(**there, confined=True))


def test_an_error_says_what_lay_behind_it(settings):
    put(settings.folder, "l.md", "Subject: Hello\nTo: Dana Ruiz <dana@acme.example>\n\nHello {{ 1 / 0 }}\n")
    for ask in (check, preview):
        with pytest.raises(BadData, match="division by zero") as caught:
            ask("l.md", settings=settings)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert len(caught.traceback) > 4


def test_sending_needs_no_click():
    code = "import sys; from mailer import send; import mailer.sending.run; print('click' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_says_its_arguments_its_errors_and_an_example(name):
    text = inspect.getdoc(getattr(mailer, name))
    assert "Arguments" in text
    assert "Raises" in text
    assert "Example::" in text


def examples():
    """The examples of the docstrings, each block of the page with those before it, and that of another page."""
    for name in sorted(NAMES):
        text = inspect.getdoc(getattr(mailer, name))
        yield pytest.param(textwrap.dedent(text.partition("Example::")[2]), id=name)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for number in range(1, len(blocks) + 1):
        yield pytest.param("\n".join(blocks[:number]), id=f"page-{number}")
    for block in re.findall(r"```python\n(.*?)```", YAGMAIL.read_text(encoding="utf-8"), re.DOTALL):
        yield pytest.param(block, id="yagmail")


@pytest.mark.parametrize("code", list(examples()))
def test_the_examples_run(code, tmp_path, server, letter, monkeypatch):
    there = World(tmp_path).environ(MAILER_FROM="Jo Novak <jo@novak.example>", **through(server))
    for name, value in there.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "dana.md", f"To: Dana Ruiz <dana@acme.example>\nSubject: Thank you\n\n{TEXT}\n")
    put(tmp_path, "notes.txt", "What we said.\n")
    put(tmp_path, "people.csv", PEOPLE)
    scope = {name: getattr(mailer, name) for name in NAMES} | {"letter": letter}
    exec(compile(code, "<example>", "exec"), scope)
    assert all(result.error is None for result in [*scope.get("results", []), *filter(None, [scope.get("result")])])


def test_a_letter_goes_once(letter, settings, server):
    (first,) = send(letter, settings=settings)
    (second,) = send(letter, settings=settings)
    assert (first.state, second.state) == ("sent", "already-sent")
    assert first.to == ("dana@acme.example",)
    assert first.message_id.encode() in server.messages[0].content
    assert first.id == second.id
    assert len(server.messages) == 1


def test_a_letter_may_be_the_name_of_its_file(tmp_path, settings, server):
    path = put(tmp_path, "l.md", f"To: Dana Ruiz <dana@acme.example>\nSubject: Thank you\n\n{TEXT}\n")
    assert preview("l.md", settings=settings).subject == "Thank you"
    assert check(path, settings=settings) == ()
    assert draft(str(path), tmp_path / "l.eml", settings=settings).exists()
    assert [result.state for result in send("l.md", settings=settings)] == ["sent"]
    with pytest.raises(Unreadable, match=r"none\.md"):
        send("none.md", settings=settings)
    with pytest.raises(Usage, match="name of its file"):
        send(TEXT, settings=settings)
    with pytest.raises(TypeError, match="not NoneType"):
        preview(None, settings=settings)


def test_again_sends_it_anew(letter, settings, server):
    send(letter, settings=settings)
    assert [result.state for result in send(letter, settings=settings, again=True)] == ["sent"]
    assert len(server.messages) == 2


def test_a_check_keeps_it_back(settings, server):
    letter = Letter(to="Dana Ruiz <dana@acme.example>", subject="Thank you", text="Dear [NAME],\n\nthank you.\n\nJo")
    assert any(problem.blocks for problem in check(letter, settings=settings))
    (result,) = send(letter, settings=settings)
    assert (result.state, result.error.code) == ("not-ready", 1)
    assert not server.messages
    assert [result.state for result in send(letter, settings=settings, allow=["leftover"])] == ["sent"]


def test_each_row_has_its_result(tmp_path, settings, server):
    put(tmp_path, "people.csv", PEOPLE)
    letter = Letter(to="{{ name }} <{{ email }}>", subject="Thank you, {{ name }}", text="Dear {{ name }},\n\nthanks.")
    results = send(letter, settings=settings, rows="people.csv")
    assert [(result.row, result.state) for result in results] == [(1, "sent"), (2, "sent")]
    assert [result.subject for result in results] == ["Thank you, Dana", "Thank you, Lee"]
    assert len(server.messages) == 2


def test_a_no_sends_nothing(letter, settings, server):
    plans = []
    (result,) = send(letter, settings=settings, confirm=plans.append)
    assert (result.state, result.error.name) == ("not-ready", "declined")
    assert [(plan.good, plan.first.subject) for plan in plans] == [(1, "Thank you")]
    assert not server.messages


def test_what_the_server_refuses_is_an_error_in_words(tmp_path, letter):
    with Scripted({"rcpt": {0: b"550 5.1.1 no such user\r\n"}}) as server:
        there = World(tmp_path).environ(MAILER_FROM="jo@novak.example", **through(server))
        (result,) = send(letter, settings=Settings(environ=there, folder=tmp_path))
    assert result.state == "refused"
    assert "no such user" in result.error.text


def test_without_a_secret_nothing_goes(tmp_path, letter, server):
    there = World(tmp_path).environ(MAILER_FROM="jo@novak.example", MAILER_SMTP_USERNAME="jo", **through(server))
    there["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    (result,) = send(letter, settings=Settings(environ=there, folder=tmp_path))
    assert (result.state, result.error.code) == ("not-sent", 77)
    assert not server.messages


def test_the_program_is_asked_for_the_password(tmp_path, letter, server):
    there = World(tmp_path).environ(MAILER_FROM="jo@novak.example", MAILER_SMTP_USERNAME="jo", **through(server))
    asked = []

    def password(question):
        asked.append(question)
        raise Declined("not today")

    (result,) = send(letter, settings=Settings(environ=there, folder=tmp_path), password=password)
    assert asked == [f"Password for jo at {server.host}"]
    assert result.error.text == "not today"


def test_values_given_here_go_before_the_environment(letter, settings, tmp_path):
    mine = Settings(environ=settings.environ, folder=tmp_path, **{"from": "Jo <jo@other.example>"})
    assert preview(letter, settings=mine).sender == "Jo <jo@other.example>"


def test_a_draft_is_not_written_over(letter, settings, tmp_path):
    path = tmp_path / "dana.eml"
    assert draft(letter, path, settings=settings) == path
    assert b"X-Unsent: 1" in path.read_bytes()
    with pytest.raises(CannotWrite):
        draft(letter, path, settings=settings)
    draft(letter, path, settings=settings, force=True)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Letter(to="dana@acme.example", subject="a\nBcc: x@x.example", text="b"), BadData),
        (lambda: Letter(to="dana@acme.example", subject="a", text="b\0"), BadData),
        (lambda: Letter.read("nothing.md"), MailerError),
        (lambda: Settings(smpt_host="smtp.acme.example"), BadSettings),
        (lambda: check(Letter(to="dana@acme.example", subject="a", text="b"), allow=["nothing"]), Usage),
    ],
)
def test_what_cannot_be_is_refused_at_once(make, error):
    with pytest.raises(error):
        make()


@pytest.mark.parametrize("kind", [str, Path, lambda file: [file], lambda file: (Path(file),)])
def test_one_file_is_attached_as_several_are(tmp_path, settings, kind):
    file = put(tmp_path, "notes.txt", "What we said.\n")
    letter = Letter(to="Dana Ruiz <dana@acme.example>", subject="Notes", text=TEXT, attachments=kind(str(file)))
    assert b"filename=notes.txt" in preview(letter, settings=settings).mail.replace(b'"', b"")


def test_one_check_is_allowed_as_several_are(settings):
    letter = Letter(to="Dana Ruiz <dana@acme.example>", subject="Thank you", text="Dear [NAME],\n\nthank you.\n\nJo")
    for allow in ("leftover", ["leftover"]):
        assert not any(problem.blocks for problem in check(letter, settings=settings, allow=allow))


def test_who_sends_is_a_setting_too(tmp_path, letter):
    settings = Settings(environ=World(tmp_path).environ(), folder=tmp_path, from_="Jo Novak <jo@novak.example>")
    assert preview(letter, settings=settings).sender == "Jo Novak <jo@novak.example>"


@pytest.mark.parametrize("name", ["password", "smtp_password"])
def test_a_password_is_told_where_it_belongs(name):
    with pytest.raises(BadSettings) as caught:
        Settings(**{name: "x"})
    assert "keyring" in caught.value.hint
