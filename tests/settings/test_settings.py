from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.errors import BadSettings, CannotWrite, Unreadable
from mailer.settings import account_file, env_file, settings, table, trust

ROOT = Path(__file__).parents[2]
HOST = {"MAILER_SMTP_HOST": "smtp.acme.example"}
posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


@pytest.fixture
def place(tmp_path):
    """A working folder and a configuration folder with nothing in them."""

    class Place:
        cwd = tmp_path / "work"
        config = tmp_path / "config"

        def write(self, where, text):
            path = {"cwd": self.cwd / ".env", "user": self.config / ".env"}.get(where)
            path = path or self.config / "accounts" / f"{where}.env"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return path

        def load(self, account=None, options=None, **environ):
            return settings.load({"MAILER_CONFIG_DIR": str(self.config), **environ}, self.cwd, account, options)

        def trust(self):
            found = self.load()
            trust.remember(found.config_dir, found.cwd, trust.needing(found.folder))

    Place.cwd.mkdir()
    return Place()


def bad(call):
    with pytest.raises(BadSettings) as caught:
        call()
    assert caught.value.code == 78
    return caught.value


def test_defaults(place):
    server = place.load().server()
    assert (server.host, server.security, server.port, server.auth) == ("", "tls", 465, "none")
    assert (server.imap_security, server.imap_port, server.save_sent) == ("tls", 993, "auto")
    assert (server.connect_timeout, server.reply_timeout, server.final_timeout) == (30, 300, 600)
    assert (server.retry_seconds, server.window, server.ca_file) == (None, 8, None)


@pytest.mark.parametrize(
    ("security", "smtp", "imap"), [("tls", 465, 993), ("starttls", 587, 143), ("none", 25, 143), ("STARTTLS", 587, 143)]
)
def test_ports_follow_security(place, security, smtp, imap):
    server = place.load(MAILER_SMTP_SECURITY=security, MAILER_IMAP_SECURITY=security).server()
    assert (server.port, server.imap_port) == (smtp, imap)


def test_a_user_name_means_a_password_and_serves_imap_too(place):
    server = place.load(MAILER_SMTP_USERNAME="dana").server()
    assert (server.auth, server.imap_username) == ("password", "dana")
    assert place.load(MAILER_SMTP_USERNAME="dana", MAILER_AUTH="none").server().auth == "none"
    assert place.load(MAILER_IMAP_USERNAME="d", MAILER_SMTP_USERNAME="dana").server().imap_username == "d"


def test_timeout_sets_both(place):
    server = place.load(MAILER_TIMEOUT="2.5").server()
    assert (server.connect_timeout, server.reply_timeout, server.final_timeout) == (2.5, 2.5, 600)


def test_precedence_from_the_bottom_up(place):
    def host(account=None, options=None, **environ):
        found = place.load(account, options, **environ)
        return found.server().host, found.value("MAILER_SMTP_HOST").origin

    user = place.write("user", "MAILER_SMTP_HOST=user.example")
    assert host() == ("user.example", str(user))
    default = place.write("me@acme.example", "MAILER_SMTP_HOST=default.example")
    assert host() == ("default.example", str(default))
    working = place.write("cwd", "MAILER_SMTP_HOST=cwd.example")
    place.trust()
    assert host() == ("cwd.example", str(working))
    named = place.write("work", "MAILER_SMTP_HOST=named.example")
    assert host() == ("cwd.example", str(working))
    assert host("work") == ("named.example", str(named))
    assert host("work", MAILER_SMTP_HOST="env.example") == ("env.example", "environment")
    option = {"MAILER_SMTP_HOST": "option.example"}
    assert host("work", option, MAILER_SMTP_HOST="env.example") == ("option.example", "option")


def test_layers_are_laid_over_each_other_value_by_value(place):
    place.write("user", "MAILER_WINDOW=3\nMAILER_SMTP_PORT=2525")
    place.write("cwd", "MAILER_SMTP_PORT=2626")
    place.trust()
    server = place.load().server()
    assert (server.window, server.port) == (3, 2626)


def test_a_named_account_stands_in_for_the_default_one(place):
    place.write("first", "MAILER_IMAP_HOST=imap.first.example")
    place.write("second", "MAILER_SMTP_HOST=smtp.second.example")
    assert place.load().server().imap_host == "imap.first.example"
    assert place.load("second").server().imap_host == ""
    assert (place.load().account, place.load("second").account) == ("first", "second")


def test_empty_values_count_as_unset(place):
    place.write("cwd", "MAILER_SMTP_HOST=cwd.example\nMAILER_PASSWORD=\nMAILER_CA_FILE=''\n")
    place.trust()
    assert place.load(MAILER_SMTP_HOST="", options={"MAILER_SMTP_HOST": ""}).server().host == "cwd.example"


def test_unknown_account_names_the_nearest(place):
    place.write("dana@acme.example", "MAILER_SMTP_HOST=a.example")
    error = bad(lambda: place.load("dana@acme.exampel"))
    assert "dana@acme.exampel" in error.text
    assert "dana@acme.example" in error.hint
    assert error.field == "--account"
    for file in (place.config / "accounts").iterdir():
        file.unlink()
    assert "mailer login" in bad(lambda: place.load("x")).hint


@pytest.mark.parametrize("name", ["../user", "", "a/b", ".hidden", "x\0"])
def test_an_account_that_is_no_file_name_is_unknown(place, name):
    place.write("user", "MAILER_WINDOW=1")
    assert "no account" in bad(lambda: place.load(name)).text


@pytest.mark.parametrize(
    "name",
    ["MAILER_DATA_DIR", "MAILER_CONFIG_DIR", "MAILER_CA_FILE", "MAILER_PASSWORD_COMMAND", "MAILER_TOKEN_COMMAND"],
)
def test_the_working_folder_names_no_program_trust_or_folder(place, name):
    path = place.write("cwd", f"# a comment\n{name}=/somewhere\n")
    error = bad(place.load)
    assert (error.field, error.file, error.line) == (name, str(path), 2)
    # A stronger value over it changes nothing.
    environ = {name: "/else"} if name != "MAILER_CONFIG_DIR" else {}
    assert bad(lambda: place.load(**environ)).field == name


@pytest.mark.parametrize("name", ["MAILER_DATA_DIR", "MAILER_PASSWORD_COMMAND", "MAILER_TOKEN_COMMAND"])
def test_the_users_own_files_may(place, name):
    place.write("user", f"{name}=/somewhere")
    assert place.load().value(name).text == "/somewhere"


def test_the_users_env_is_the_users_in_the_configuration_folder_too(place):
    place.write("user", "MAILER_PASSWORD_COMMAND=pass show x")
    found = settings.load({"MAILER_CONFIG_DIR": str(place.config)}, place.config)
    assert found.server().password_command == "pass show x"


@pytest.mark.parametrize("where", ["cwd", "user", "me"])
def test_a_password_in_a_file(place, where):
    path = place.write(where, "\n\nexport MAILER_PASSWORD='hunter2 secret'\n")
    error = bad(place.load)
    assert (error.field, error.file, error.line) == ("MAILER_PASSWORD", str(path), 3)
    assert "mailer login" in error.hint
    assert "hunter2" not in f"{error.text} {error.hint} {error!r}"


def test_an_unknown_name_in_a_file_names_the_nearest(place):
    place.write("cwd", "OTHER_THING=1\nMAILER_SMTP_HOTS=x\n")
    error = bad(place.load)
    assert "MAILER_SMTP_HOST" in error.hint
    assert (error.field, error.line) == ("MAILER_SMTP_HOTS", 2)


def test_an_unknown_name_in_the_environment_is_nobodys_business(place):
    assert place.load(MAILER_SMTP_HOTS="x", MAILER_PASSWORD="s").found.keys() == {"MAILER_CONFIG_DIR"}


BAD = [
    ("MAILER_SMTP_SECURITY", "ssl"),
    ("MAILER_IMAP_SECURITY", "yes"),
    ("MAILER_AUTH", "plain"),
    ("MAILER_SAVE_SENT", "maybe"),
    *[("MAILER_SMTP_PORT", text) for text in ["0", "65536", "-1", "x", "4 65", "٤٦٥", "1e3", "465.0"]],
    ("MAILER_IMAP_PORT", "99999999999999999999"),
    *[("MAILER_TIMEOUT", text) for text in ["0", "-1", "nan", "inf", "1e9", "x", "86401", "1_0"]],
    ("MAILER_FINAL_TIMEOUT", "0.0"),
    ("MAILER_RETRY_SECONDS", "-1"),
    ("MAILER_RETRY_SECONDS", "soon"),
    *[("MAILER_WINDOW", text) for text in ["0", "1001", "8.5", "many"]],
    *[
        ("MAILER_SMTP_HOST", text)
        for text in ["smtp://a.example", "a.example:25", "a b", "-a.example", "a..b", "::g", "a_b"]
    ],
    ("MAILER_IMAP_HOST", "imap.exam\u202eple"),
    ("MAILER_DRAFTS_FOLDER", "Drafts\r\nA1 DELETE x"),
    ("MAILER_SMTP_USERNAME", "da\nna"),
    ("MAILER_PASSWORD_COMMAND", "pass\nshow"),
    ("MAILER_CA_FILE", "/nowhere/at/all.pem"),
    ("MAILER_CA_FILE", "."),
]


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_bad_server_value_stops_only_who_needs_a_server(place, name, text):
    found = place.load(**{name: text})
    error = bad(found.server)
    assert error.field == name
    assert "environment" in error.text
    assert error.hint
    assert (found.sender, found.language, found.signature, found.timezone) == (None, "", "", None)


def test_a_bad_value_names_its_file_and_line(place):
    path = place.write("user", "MAILER_WINDOW=4\n\nMAILER_SMTP_PORT=x\n")
    error = bad(place.load().server)
    assert (error.file, error.line, error.field) == (str(path), 3, "MAILER_SMTP_PORT")
    assert str(path) in error.text
    assert "65535" in error.hint.replace(",", "")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("SMTP.Acme.Example", "smtp.acme.example"),
        ("smtp.acme.example.", "smtp.acme.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("localhost", "localhost"),
    ],
)
def test_hosts(place, text, host):
    assert place.load(MAILER_SMTP_HOST=text).server().host == host


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("MAILER_SMTP_PORT", "1", "port", 1),
        ("MAILER_SMTP_PORT", "65535", "port", 65535),
        ("MAILER_WINDOW", "1000", "window", 1000),
        ("MAILER_RETRY_SECONDS", "0", "retry_seconds", 0),
        ("MAILER_TIMEOUT", "0.5", "connect_timeout", 0.5),
        ("MAILER_DRAFTS_FOLDER", "Entwürfe & mehr", "drafts_folder", "Entwürfe & mehr"),
    ],
)
def test_values_at_the_edge(place, name, text, field, value):
    assert getattr(place.load(**{name: text}).server(), field) == value


def test_sender(place):
    sender = place.load(MAILER_FROM='"Ruiz, Dana" <dana@acme.example>').sender
    assert (sender.addr_spec, sender.display_name) == ("dana@acme.example", "Ruiz, Dana")
    path = place.write("user", "MAILER_FROM=dana at acme")
    error = bad(lambda: place.load().sender)
    assert (error.field, error.file, error.line) == ("MAILER_FROM", str(path), 1)


def test_language_and_timezone(place):
    found = place.load(MAILER_LANGUAGE="pt-BR", MAILER_TIMEZONE="Europe/Berlin")
    assert found.language == "pt-BR"
    assert found.timezone.utcoffset(datetime(2026, 7, 1, tzinfo=UTC)) == timedelta(hours=2)
    assert bad(lambda: place.load(MAILER_LANGUAGE="english please").language).field == "MAILER_LANGUAGE"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe", "UTC\0", "+02:00"])
def test_no_such_timezone(place, zone):
    assert bad(lambda: place.load(MAILER_TIMEZONE=zone).timezone).field == "MAILER_TIMEZONE"


def test_signature_as_text(place):
    place.write("cwd", 'MAILER_SIGNATURE="Dana Ruiz\\nTest benches\\n\\n"\n')
    assert place.load().signature == "Dana Ruiz\nTest benches"
    assert place.load(MAILER_SIGNATURE="Dana / Acme").signature == "Dana / Acme"
    assert bad(lambda: place.load(MAILER_SIGNATURE="Da\x07na").signature).field == "MAILER_SIGNATURE"


@pytest.mark.parametrize(
    "mark", ["-- \n", "--\n", "-- \r\n", "\n\n-- \n", "\r\n--\r\n\r\n", "—\n", "-- \n-- \n", " \n -- \n"]
)
def test_a_signature_that_brings_its_own_mark_has_one(place, tmp_path, mark):
    text = f"{mark}Dana Ruiz\nAcme -- Berlin\n--x"
    file = tmp_path / "signature.txt"
    file.write_bytes(f"{text}\n".encode())
    assert place.load(MAILER_SIGNATURE=str(file)).signature == "Dana Ruiz\nAcme -- Berlin\n--x"
    assert place.load(MAILER_SIGNATURE=text).signature == "Dana Ruiz\nAcme -- Berlin\n--x"


def test_a_signature_of_its_mark_alone_is_none(place):
    assert place.load(MAILER_SIGNATURE="-- ").signature == ""


def test_signature_from_a_file(place, monkeypatch):
    monkeypatch.setenv("HOME", str(place.cwd))
    monkeypatch.setenv("USERPROFILE", str(place.cwd))
    (place.cwd / "sig").write_bytes("\ufeffDana Ruiz\r\nStraße 3\r\n\r\n".encode())
    for text in ["./sig", "~/sig", str(place.cwd / "sig")]:
        assert place.load(MAILER_SIGNATURE=text).signature == "Dana Ruiz\nStraße 3"


def test_a_relative_path_in_a_file_starts_at_that_file(place):
    place.write("user", "MAILER_SIGNATURE=./sig\nMAILER_TEMPLATES=letters\nMAILER_DATA_DIR=data\n")
    (place.config / "sig").write_text("Dana")
    found = place.load()
    assert (found.signature, found.templates_dir) == ("Dana", place.config / "letters")
    assert found.ledger_path == place.config / "data" / "ledger.sqlite"
    assert place.load(MAILER_DATA_DIR="data").data_dir == place.cwd / "data"


def test_a_signature_file_that_cannot_be_read(place):
    with pytest.raises(Unreadable):
        _ = place.load(MAILER_SIGNATURE="./missing").signature
    with pytest.raises(Unreadable):
        _ = place.load(MAILER_SIGNATURE="./").signature
    (place.cwd / "latin").write_bytes(b"Stra\xdfe")
    assert bad(lambda: place.load(MAILER_SIGNATURE="./latin").signature).field == "MAILER_SIGNATURE"


def test_a_home_that_nobody_has(place):
    assert bad(lambda: place.load(MAILER_DATA_DIR="~nobody-here/x").data_dir).field == "MAILER_DATA_DIR"


def test_a_bom_and_windows_lines(place):
    place.write("cwd", b"\xef\xbb\xbfMAILER_SMTP_HOST=a.example\r\nMAILER_WINDOW=5\r\n")
    place.trust()
    server = place.load().server()
    assert (server.host, server.window) == ("a.example", 5)


def test_values_are_not_interpolated(place):
    place.write("cwd", "A=b\nMAILER_SMTP_USERNAME=${A}$A\n")
    place.trust()
    assert place.load().server().username == "${A}$A"


def test_a_file_that_is_not_utf8(place):
    path = place.write("cwd", b"MAILER_WINDOW=4\nMAILER_SMTP_USERNAME=J\xf6rg\n")
    error = bad(place.load)
    assert (error.file, error.line) == (str(path), 2)


def test_a_line_that_cannot_be_read_is_named_and_not_shown(place):
    path = place.write("cwd", 'A=1\n\n  MAILER_SMTP_USERNAME="hunter2\n')
    error = bad(place.load)
    assert (error.file, error.line) == (str(path), 3)
    assert "hunter2" not in f"{error.text}{error.hint}"


@pytest.mark.parametrize("name", ["MAILER-FROM", "mailer_from", "Mailer_From", "export mailer-from"])
def test_a_setting_that_is_spelt_in_another_way(place, name):
    path = place.write("cwd", f"A=1\n{name}=hunter2\n")
    error = bad(place.load)
    assert (error.file, error.line) == (str(path), 2)
    assert "MAILER_FROM" in error.hint
    assert "hunter2" not in f"{error.text}{error.hint}"


@pytest.mark.parametrize("language", ["Deutsch", "english", "german-AT"])
def test_the_name_of_a_language_is_no_language(place, language):
    error = bad(lambda: place.load(MAILER_LANGUAGE=language).language)
    assert (error.field, error.hint) == ("MAILER_LANGUAGE", "a language such as en or de-AT")


def test_a_language_of_a_locale(place):
    assert [place.load(MAILER_LANGUAGE=text).language for text in ("de_AT", "gsw", "")] == ["de-AT", "gsw", ""]


@posix_only
def test_every_folder_that_is_made_is_private(tmp_path):
    before = os.umask(0)
    try:
        account_file.write(tmp_path / "a" / "b", "work", {})
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b", "a/b/accounts")] == [0o700] * 3


def test_lines_of_others_are_theirs(place):
    place.write("cwd", 'A = "never closed\nMAILER_WINDOW=2\n')
    assert place.load().server().window == 2


@posix_only
def test_a_folder_a_fifo_and_a_dangling_link(place):
    path = place.cwd / ".env"
    path.mkdir()
    assert place.load().found.keys() == {"MAILER_CONFIG_DIR"}
    path.rmdir()
    os.mkfifo(path)
    assert bad(place.load).file == str(path)
    path.unlink()
    path.symlink_to("nowhere")
    assert bad(place.load).file == str(path)


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(place):
    place.write("cwd", "MAILER_WINDOW=2").chmod(0)
    bad(place.load)


def test_a_configuration_folder_that_is_a_file(place):
    place.config.write_text("")
    assert place.load().found.keys() == {"MAILER_CONFIG_DIR"}
    with pytest.raises(CannotWrite):
        account_file.write(place.config, "me", HOST)


def test_sending_needs_a_server_and_a_name(place):
    assert "mailer login" in bad(place.load().submission_server).hint
    assert bad(place.load(**HOST, MAILER_AUTH="oauth2").submission_server).field == "MAILER_SMTP_USERNAME"
    assert place.load(**HOST).submission_server().host == "smtp.acme.example"


def test_describe_names_every_setting_with_value_and_origin(place):
    path = place.write("user", "MAILER_SMTP_SECURITY=starttls\nMAILER_SMTP_PORT=\nMAILER_WINDOW=wrong")
    rows = settings.describe(place.load(MAILER_SMTP_USERNAME="dana"))
    assert [name for name, _, _ in rows] == list(table.DEFAULTS)
    by_name = {name: (value, origin) for name, value, origin in rows}
    assert by_name["MAILER_SMTP_PORT"] == ("587", "default")
    assert by_name["MAILER_IMAP_PORT"] == ("993", "default")
    assert by_name["MAILER_AUTH"] == ("password", "default")
    assert by_name["MAILER_IMAP_USERNAME"] == ("dana", "default")
    assert by_name["MAILER_WINDOW"] == ("wrong", str(path))
    assert by_name["MAILER_CONFIG_DIR"] == (str(place.config), "environment")


@posix_only
def test_the_platforms_folders(monkeypatch, tmp_path):
    import platformdirs

    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "MAILER_DATA_DIR", "MAILER_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = settings.load(os.environ, tmp_path)
    assert found.data_dir == Path(platformdirs.user_data_dir("mailer", appauthor=False))
    assert found.config_dir == Path(platformdirs.user_config_dir("mailer", appauthor=False))
    assert found.ledger_path.name == "ledger.sqlite"


def test_xdg_is_honoured_everywhere_if_it_is_absolute(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    for name in ("MAILER_DATA_DIR", "MAILER_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    found = settings.load(os.environ, tmp_path)
    assert (found.data_dir, found.config_dir) == (tmp_path / "d" / "mailer", tmp_path / "c" / "mailer")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert settings.load(os.environ, tmp_path).config_dir.is_absolute()


def test_dotenv_and_platformdirs_are_loaded_only_when_needed(tmp_path):
    code = (
        "import sys; from pathlib import Path; from mailer.settings import settings\n"
        f"s = settings.load({{'MAILER_CONFIG_DIR': {str(tmp_path)!r}}}, Path({str(tmp_path)!r}))\n"
        "s.server(); s.timezone; s.sender\n"
        "print([m for m in ('dotenv', 'platformdirs', 'ssl', 'email', 'zoneinfo', 'tempfile') if m in sys.modules])"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    assert done.stdout.strip() == "[]"


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(st.dictionaries(st.sampled_from(list(table.DEFAULTS)), VALUES, min_size=1))
@example({"MAILER_FROM": 'O\'Neil "x" # <a@b.example>', "MAILER_SIGNATURE": "a\nb\\n'c"})
@example({"MAILER_FROM": " \\", "MAILER_LANGUAGE": "x'"})
@example({"MAILER_FROM": "${HOME}", "MAILER_LANGUAGE": "\\"})
def test_what_is_written_reads_back_as_it_was_or_is_refused(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("env") / "x.env"
    refused = any(text.endswith("\\") for text in values.values())
    try:
        env_file.write(path, values, "heading")
    except BadSettings:
        # Older python-dotenv takes a quote after a backslash for an escaped one.
        assert refused
        assert not path.exists()
        return
    assert {name: entry.text for name, entry in env_file.read(path).items()} == values


@posix_only
def test_an_account_file_is_private_and_the_first_is_the_default(place):
    path = account_file.write(place.config, "b@acme.example", HOST)
    account_file.write(place.config, "a@acme.example", HOST)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert account_file.default(place.config) == "b@acme.example"
    assert account_file.names(place.config) == ("a@acme.example", "b@acme.example")
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "a@acme.example.env",
        "b@acme.example.env",
        "default",
    ]


def test_a_default_that_is_gone_is_the_first_by_name(place):
    place.write("b", "")
    place.write("c", "")
    (place.config / "accounts" / "default").write_bytes(b"\xff gone")
    assert account_file.default(place.config) == "b"
    account_file.write_default(place.config, "c")
    assert account_file.default(place.config) == "c"


@pytest.mark.parametrize("name", ["../x", ".x", "", "a/b", "a\\b", "C:x", "x.", "x ", "a\nb", "x" * 300, "\ud800"])
def test_names_that_are_no_file_names(place, name):
    assert bad(lambda: account_file.write(place.config, name, HOST)).field == "--account"
    assert not place.config.exists()


def test_env_example_names_every_setting_and_loads(place):
    text = (ROOT / ".env.example").read_text("utf-8")
    named = re.findall(r"^(?:# )?(MAILER_[A-Z_]+)=", text, re.MULTILINE)
    assert sorted(named) == sorted(table.DEFAULTS)
    place.write("cwd", text)
    place.trust()
    assert place.load().submission_server().host == "smtp.novak.example"
    assert place.load().sender.addr_spec == "jo@novak.example"


def test_env_example_shows_values_that_are_allowed(place):
    text = (ROOT / ".env.example").read_text("utf-8")
    place.write("user", re.sub(r"^# (MAILER_(?!CONFIG_DIR|CA_FILE))", r"\1", text, flags=re.MULTILINE))
    found = place.load()
    assert found.server().window == 8
    assert found.timezone is not None


@pytest.mark.parametrize("name", ["MAILER_SIGNATURE", "MAILER_TEMPLATES"])
def test_a_path_out_of_the_folder_wants_trust_wherever_it_is_asked_for(place, name):
    (place.config).mkdir()
    (place.config / "sig").write_text("PRIVATE")
    (place.cwd / "link").symlink_to(place.config)
    where = "./link/sig" if name == "MAILER_SIGNATURE" else "link"
    place.write("cwd", f"{name}={where}\n")
    asked = "signature" if name == "MAILER_SIGNATURE" else "templates_dir"
    assert isinstance(bad(lambda: getattr(place.load(), asked)), trust.Untrusted)
    place.load().server()
    place.trust()
    assert getattr(place.load(), asked) in ("PRIVATE", place.config)


def test_lines_that_do_not_decide_where_anything_goes_need_no_trust(place):
    harmless = {"MAILER_FROM": "dana@acme.example", "MAILER_LANGUAGE": "de", "MAILER_TIMEZONE": "UTC"}
    harmless |= {"MAILER_WINDOW": "2", "MAILER_TIMEOUT": "3", "MAILER_FINAL_TIMEOUT": "9", "MAILER_SIGNATURE": "Dana"}
    harmless |= {"MAILER_CONNECTIONS": "auto"}
    place.write("cwd", "".join(f"{name}={text}\n" for name, text in harmless.items()))
    assert place.load().server().window == 2
    assert place.load().signature == "Dana"
    others = table.DEFAULTS.keys() - harmless.keys() - table.NOT_IN_WORKING_FOLDER - {"MAILER_TEMPLATES"}
    for name in others - {"MAILER_RETRY_SECONDS"}:
        place.write("cwd", f"{name}=x\n")
        assert isinstance(bad(place.load().server), trust.Untrusted), name


def test_the_plan_of_an_untrusted_folder_does_not_count(place):
    assert (place.load().plan.text, place.load(MAILER_PLAN="mine").plan.text) == ("gracious-six", "mine")
    place.write("cwd", "MAILER_PLAN=mine\n")
    with pytest.raises(trust.Untrusted):
        _ = place.load().plan
    place.trust()
    assert place.load().plan.text == "mine"


def test_every_setting_says_what_a_working_folder_may_do_with_it():
    for setting in table.SETTINGS.values():
        assert setting.in_folder in (table.HARMLESS, table.WITHIN, table.TRUST, table.NEVER), setting.name
        assert setting.read is not None or setting.name in dir_of_properties(), setting.name


def dir_of_properties():
    own = ("signature", "templates_dir", "data_dir", "config_dir")
    assert all(hasattr(settings.Settings, name) for name in own)
    return ("MAILER_SIGNATURE", "MAILER_TEMPLATES", "MAILER_DATA_DIR", "MAILER_CONFIG_DIR", "MAILER_CA_FILE")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("16", 16), ("auto", 0), ("Auto", 0), ("", 1)])
def test_how_many_connections(place, text, number):
    assert place.load(MAILER_CONNECTIONS=text).server().connections == number


@pytest.mark.parametrize("text", ["0", "17", "-1", "many", "2.5", "²"])
def test_how_many_connections_cannot_be(place, text):
    error = bad(place.load(MAILER_CONNECTIONS=text).server)
    assert error.field == "MAILER_CONNECTIONS"
    assert error.hint == "auto, or a whole number from 1 to 16"


# The ledger in a database


@pytest.mark.parametrize("where", ["user", "me", "environment"])
def test_a_ledger_elsewhere_is_the_one_that_is_opened(place, where):
    text = "postgresql://jo@db.acme.example:5433/mailer"
    environ = {"MAILER_LEDGER": text, "MAILER_OWNER": "Alice"} if where == "environment" else {"MAILER_OWNER": "Alice"}
    if where != "environment":
        place.write(where, f"MAILER_LEDGER={text}\n")
    found = place.load(**environ)
    assert (str(found.ledger), found.ledger.owner, found.ledger.folder) == (text, "alice", found.data_dir)
    assert found.ledgers[1] == [found.ledger]
    told = found.ledger.parameters()
    assert (told["user"], told["host"], told["port"], told["dbname"]) == ("jo", "db.acme.example", "5433", "mailer")
    assert (told["sslmode"], told["sslrootcert"]) == ("verify-full", "system")


def test_a_folder_names_no_ledger(place):
    place.write("cwd", "MAILER_LEDGER=postgresql://mallory.example/mailer\n")
    assert bad(place.load).field == "MAILER_LEDGER"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql:///mailer",
        "postgres://localhost/mailer",
        "postgresql://jo@127.0.0.1:5433/mailer",
        "postgresql://[::1]/mailer",
        "postgresql://jo@/mailer?host=/run/postgresql",
    ],
)
def test_a_ledger_on_this_machine_needs_no_tls(place, text):
    # What libpq's own variables say leads to no other machine.
    told = place.load(MAILER_LEDGER=text).ledger.parameters()
    assert (told["hostaddr"], "host" in told) == ("", True)
    assert "sslmode" not in place.load(MAILER_LEDGER=text).ledger.parameters()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("postgresql://jo:secret@db.example/mailer", "a password does not belong"),
        ("postgresql://db.example/mailer?password=secret", "a password does not belong"),
        ("postgresql://db.example", "names no database"),
        ("postgresql://db.example/", "names no database"),
        ("postgresql://db.example/one/two", "names no database"),
        ("mysql://db.example/mailer", "not the address of a database"),
        ("/var/lib/ledger.sqlite", "not the address of a database"),
        ("postgresql://db.example:port/mailer", "not the address of a database"),
        ("postgresql://db.example/mailer?options=-c", "'options' may not be set"),
        ("postgresql://db.example/mailer?passfile=x", "'passfile' may not be set"),
        ("postgresql://db.example/mailer?sslmode=prefer", "without TLS"),
        ("postgresql://localhost/mailer?host=db.example&sslmode=disable", "without TLS"),
    ],
)
def test_an_address_that_cannot_be(place, text, said):
    shown = {name: value for name, value, _ in settings.describe(place.load(MAILER_LEDGER=text))}
    assert "secret" not in shown["MAILER_LEDGER"]
    error = bad(lambda: place.load(MAILER_LEDGER=text).ledger)
    assert error.field == "MAILER_LEDGER"
    assert said in error.text
    assert "secret" not in f"{error.text} {error.hint}"


# What is not ours


def test_names_far_from_ours_are_of_other_programs(place):
    place.write("cwd", "MAILER_DSN=smtp://x\nMAILER_URL=x\nMAILER_TRANSPORT=x\nMAILER_WINDOW=3\n")
    found = place.load()
    assert [value.name for value in found.foreign] == ["MAILER_DSN", "MAILER_URL", "MAILER_TRANSPORT"]
    assert found.server().window == 3
    assert found.untrusted() == ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAILER_SMPT_HOST", "MAILER_SMTP_HOST"),
        ("MAILER_SMTP_USER", "MAILER_SMTP_USERNAME"),
        ("MAILER_TEMPLATE", "MAILER_TEMPLATES"),
        ("MAILER_SIGNATUR", "MAILER_SIGNATURE"),
        ("MAILER_TIME_OUT", "MAILER_TIMEOUT"),
        ("MAILER_PASSWORD_CMD", "MAILER_PASSWORD_COMMAND"),
    ],
)
def test_names_near_to_ours_are_slips(place, name, meant):
    place.write("user", f"{name}=x\n")
    assert f"did you mean {meant}" in bad(place.load).hint


@pytest.mark.parametrize("name", ["MAILER_SMTP_PASSWORD", "MAILER_IMAP_PASSWORD", "MAILER_PASS", "MAILER_SMTP_PASSWD"])
@pytest.mark.parametrize("where", ["cwd", "user", "me"])
def test_names_like_a_password_say_how_to_store_one(place, name, where):
    place.write(where, f"{name}=hunter2\n")
    error = bad(place.load)
    assert "mailer login" in error.hint
    assert "hunter2" not in f"{error.text} {error.hint}"


@pytest.mark.parametrize(
    "line",
    [
        'MAILER_FROM="Vale, Robin" <robin@vale.example>',
        "export MAILER_FROM='Vale, Robin' <robin@vale.example>",
        "MAILER_FROM=Vale, Robin <robin@vale.example>",
        'MAILER_FROM="Vale, Robin <robin@vale.example>"',
        "MAILER_FROM='Vale, Robin <robin@vale.example>'",
    ],
)
def test_the_form_of_a_sender_with_a_comma_works_as_it_is_shown(place, line):
    place.write("cwd", line + "\n")
    shown = bad(lambda: place.load().sender).hint.removeprefix("write it as ")
    place.write("cwd", shown + "\n")
    sender = place.load().sender
    assert (sender.addr_spec, sender.display_name) == ("robin@vale.example", "Vale, Robin")


@pytest.mark.parametrize(
    "content",
    [
        "NAME=Jörg\nCACHE=mailer_store\n".encode("latin-1"),
        "# mailer_x of Jörg\n".encode("latin-1"),
        "NAME=Jörg\n".encode("utf-16"),
        bytes(range(256)),
        b"NAME='\n",
    ],
)
def test_a_file_of_another_program_is_nobodys_business(place, content):
    for where in ("cwd", "user"):
        place.write(where, content)
    assert place.load().found.keys() == {"MAILER_CONFIG_DIR"}


@pytest.mark.parametrize(
    "content",
    ["NAME=Jörg\nMAILER_WINDOW=3\n".encode("latin-1"), "NAME=x\r\nMAILER_WINDOW=3\r\n".encode("utf-16")],
)
def test_a_line_of_ours_in_another_encoding_is_an_error(place, content):
    place.write("cwd", content)
    bad(place.load)
