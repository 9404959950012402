from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from urllib.parse import quote, quote_plus

import keyring
import pytest
from keyring.backends import fail, null
from keyring.errors import KeyringError, NoKeyringError

from mailer.accounts.secrets import command as secretcommand
from mailer.accounts.secrets import keyring as credentials
from mailer.accounts.secrets.keyring import Found
from mailer.errors import BadSettings, MailerError, NotTrusted
from tests.kit import keyring_double as double

ROOT = Path(__file__).parents[3]
SERVICE, USER, SECRET = "mailer:smtp:smtp.acme.example", "dana", "hunter2-¡sécret!"


@pytest.fixture(autouse=True)
def use(monkeypatch):
    """Set a backend; the environment names the one that fails, so that none of this machine's is ever touched."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("MAILER_PASSWORD", raising=False)

    def chosen(backend):
        keyring.set_keyring(backend)
        return backend

    yield chosen
    keyring.set_keyring(fail.Keyring())


def refused(call):
    with pytest.raises(NotTrusted) as caught:
        call()
    error = caught.value
    said = f"{error.text} {error.hint} {''.join(traceback.format_exception(error))}"
    for secret in (SECRET, base64.b64encode(SECRET.encode()).decode(), SECRET.encode().hex()):
        assert secret not in said
    assert error.code == 77
    return error


def python(code):
    return f'{sys.executable} -c "{code}"'


# The order


def test_the_environment_comes_first(use):
    use(double.Memory()).set_password(SERVICE, USER, "kept")
    environ = {"MAILER_PASSWORD": SECRET}
    assert credentials.find(SERVICE, USER, environ, command="false") == Found(SECRET, "MAILER_PASSWORD")


def test_then_the_command_then_the_keyring_then_the_prompt(use):
    memory = use(double.Memory())
    memory.set_password(SERVICE, USER, "kept")
    found = credentials.find(SERVICE, USER, {"MAILER_PASSWORD": ""}, command=python("print('told')"))
    assert found == Found("told", "MAILER_PASSWORD_COMMAND")
    found = credentials.find(SERVICE, USER, {}, command=python("print('t0k3n')"), token=True)
    assert found == Found("t0k3n", "MAILER_TOKEN_COMMAND")
    found = credentials.find(SERVICE, USER, {}, prompt=lambda: pytest.fail("asked"))
    assert found == Found("kept", "keyring (tests.kit.keyring_double.Memory)")
    memory.entries.clear()
    assert credentials.find(SERVICE, USER, {}, prompt=lambda: "typed") == Found("typed", "prompt")


def test_none_is_77_with_the_ways_to_fix_it(use):
    use(double.Memory())
    error = refused(lambda: credentials.find(SERVICE, USER, {}))
    assert USER in error.text
    assert "smtp.acme.example" in error.text
    for way in ("mailer login", "MAILER_PASSWORD ", "MAILER_PASSWORD_COMMAND"):
        assert way in error.hint
    refused(lambda: credentials.find(SERVICE, USER, {}, prompt=lambda: ""))
    assert "MAILER_TOKEN_COMMAND" in refused(lambda: credentials.find(SERVICE, USER, {}, token=True)).hint


def test_a_broken_keyring_does_not_keep_one_from_typing(use):
    use(double.Raising(double.LOCKED))
    assert credentials.find(SERVICE, USER, {}, prompt=lambda: "typed").where == "prompt"
    assert "locked" in refused(lambda: credentials.find(SERVICE, USER, {})).text


def test_without_a_service_the_keyring_is_left_alone(use):
    use(double.Raising(RuntimeError("touched")))
    assert "touched" not in refused(lambda: credentials.find("", USER, {})).text


def test_a_command_that_fails_is_not_passed_over(use):
    use(double.Memory()).set_password(SERVICE, USER, "kept")
    refused(lambda: credentials.find(SERVICE, USER, {}, command="false", prompt=lambda: "typed"))


@pytest.mark.parametrize("secret", ["a\udcffb", "a\0b"])
def test_a_secret_that_is_no_text(use, secret):
    assert "UTF-8" in refused(lambda: credentials.find(SERVICE, USER, {"MAILER_PASSWORD": secret})).text


def test_a_secret_is_not_shown_by_its_value():
    assert SECRET not in repr(Found(SECRET, "prompt"))


def test_services():
    assert credentials.smtp_service("a.example") == "mailer:smtp:a.example"
    assert credentials.imap_service("b.example") == "mailer:imap:b.example"
    assert credentials.oauth_service("https://issuer.example") == "mailer:oauth:https://issuer.example"


# Commands


def run(command, seconds=30.0, **environ):
    return secretcommand.run(command, "MAILER_PASSWORD_COMMAND", {**os.environ, **environ}, seconds)


@pytest.mark.parametrize(
    ("code", "secret"),
    [
        ("print('pass word ')", "pass word "),
        ("print('one'); print('two')", "one"),
        ("import sys; sys.stdout.write('no end')", "no end"),
        ("import sys; sys.stdout.buffer.write(b'dos' + bytes([13, 10]))", "dos"),
        ("import sys; sys.stdout.buffer.write(bytes([0xc3, 0xa9, 10]))", "é"),
        ("print('x' * 9000)", "x" * 9000),
        ("import sys; print('ok'); sys.stderr.write('n' * 1000000)", "ok"),
        ("import sys; print(len(sys.stdin.read()))", "0"),
        ("import os; print(os.environ.get('MAILER_PASSWORD'))", "None"),
        ("import os; print(os.environ['OTHER'])", "kept"),
    ],
)
def test_the_first_line_of_a_command(code, secret):
    assert run(python(code), MAILER_PASSWORD=SECRET, OTHER="kept") == secret


@pytest.mark.skipif(os.name == "nt", reason="POSIX programs")
def test_a_command_is_split_and_no_shell_reads_it():
    assert run("printf '%s' 'a b'\\''c $HOME ; `x` > y'") == "a b'c $HOME ; `x` > y"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("pass", "printed nothing"),
        ("print(); print('late')", "printed nothing"),
        ("print('hunter2-'); raise SystemExit(3)", "status 3"),
        ("import sys; sys.stdout.buffer.write(bytes([0xff]))", "not UTF-8"),
        ("import sys; sys.exit('the vault is closed')", "the vault is closed"),
        ("import sys; print('s3cr3t'); sys.exit('bad s3cr3t there')", "bad *** there"),
    ],
)
def test_a_command_that_fails(code, words):
    error = refused(lambda: run(python(code)))
    assert words in error.text
    assert error.field == "MAILER_PASSWORD_COMMAND"
    assert "hunter2" not in error.text
    assert "s3cr3t" not in error.text


def test_a_command_that_is_not_there():
    assert "no-such-program" in refused(lambda: run("no-such-program --show mail")).text
    assert "cannot be run" in refused(lambda: run("/")).text


@pytest.mark.parametrize("command", ["pass 'show", "''x' y", "#"])
def test_a_command_line_that_cannot_be_split(command):
    with pytest.raises((BadSettings, NotTrusted)):
        run(command)
    with pytest.raises(BadSettings):
        run("pass 'show")


@pytest.mark.skipif(os.name == "nt", reason="process groups")
def test_a_command_without_end_is_killed_with_all_that_it_started(tmp_path):
    pid = tmp_path / "pid"
    code = (
        "import subprocess, time; p = subprocess.Popen(['sleep', '60']);"
        f"open('{pid}', 'w').write(str(p.pid)); time.sleep(60)"
    )
    begun = time.monotonic()
    assert "1.5 seconds" in refused(lambda: run(python(code), seconds=1.5)).text
    assert time.monotonic() - begun < 10
    for _ in range(100):
        if not _alive(int(pid.read_text())):
            return
        time.sleep(0.05)
    pytest.fail("the child of the command is still alive")


def _alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(os.name == "nt", reason="yes(1)")
def test_a_command_that_prints_without_end_takes_no_memory():
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(lambda: run("yes", seconds=1))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


@pytest.mark.skipif(os.name == "nt", reason="sleep(1)")
def test_a_helper_that_stays_behind_does_not_hold_us():
    begun = time.monotonic()
    code = "import subprocess; p = subprocess.Popen(['sleep', '30']); p.returncode = 0; print('told')"
    assert run(python(code)) == "told"
    assert time.monotonic() - begun < 20


# The keyring


def test_store_lookup_forget(use):
    use(double.Memory())
    assert credentials.lookup(SERVICE, USER) is None
    assert credentials.forget(SERVICE, USER) is False
    assert credentials.store(SERVICE, USER, SECRET) == "tests.kit.keyring_double.Memory" == credentials.backend_name()
    assert credentials.lookup(SERVICE, USER) == Found(SECRET, "keyring (tests.kit.keyring_double.Memory)")
    assert credentials.forget(SERVICE, USER) is True
    assert credentials.lookup(SERVICE, USER) is None


def everything(secret=SECRET):
    return [
        lambda: credentials.store(SERVICE, USER, secret),
        lambda: credentials.lookup(SERVICE, USER),
        lambda: credentials.forget(SERVICE, USER),
    ]


@pytest.mark.parametrize(
    ("error", "words", "hint"),
    [
        (double.LOCKED, "the keyring is locked", "unlock"),
        (double.NO_COLLECTION, "no collection", "default keyring"),
        (NoKeyringError("none"), "no keyring can be reached", "desktop session"),
        (KeyringError("odd"), "failed with KeyringError", "MAILER_PASSWORD"),
        (RuntimeError("g-io-error"), "failed with RuntimeError", "MAILER_PASSWORD"),
        (KeyboardInterrupt(), "KeyboardInterrupt", "MAILER_PASSWORD"),
        (double.PywinError(1312, "CredRead", "No logon session"), "Windows credential store", "ssh"),
    ],
)
def test_each_trouble_has_its_own_words(use, error, words, hint):
    use(double.Raising(error))
    for call in everything():
        caught = refused(call)
        assert words in caught.text
        assert hint in caught.hint
        assert "MAILER_PASSWORD_COMMAND" in caught.hint


def test_the_words_of_the_keyring_are_passed_on(use):
    use(double.Raising(RuntimeError("g-io-error")))
    assert "(g-io-error)" in refused(lambda: credentials.lookup(SERVICE, USER)).text


def test_an_error_that_holds_the_secret_is_not_repeated(use):
    use(double.RefusingToSet())
    assert "would not keep" in refused(lambda: credentials.store(SERVICE, USER, SECRET)).text


@pytest.mark.parametrize("backend", [double.Dropping, double.Altering])
def test_a_backend_that_does_not_keep_what_it_is_given(use, backend):
    use(backend())
    assert "did not keep" in refused(lambda: credentials.store(SERVICE, USER, SECRET)).text


def test_a_switched_off_keyring(use):
    use(null.Keyring())
    for call in everything():
        assert "switched off" in refused(call).text


def test_a_keyring_that_stores_in_the_clear(use):
    class Alt(double.Memory):
        pass

    Alt.__module__ = "keyrings.alt.file"
    child = type("Harmless", (double.PlaintextKeyring,), {})
    for backend in (Alt(), double.PlaintextKeyring(), child()):
        use(backend).set_password(SERVICE, USER, "left there")
        for call in everything():
            assert "in the clear" in refused(call).text
        assert backend.entries == {(SERVICE, USER): "left there"}


def test_no_bus(use, monkeypatch):
    use(fail.Keyring())
    assert "PYTHON_KEYRING_BACKEND" in refused(everything()[1]).text
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    for call in everything():
        assert "no keyring can be reached" in refused(call).text
    if os.name == "posix":
        assert "D-Bus" in refused(everything()[0]).text


def test_of_a_chain_the_first_that_keeps_secrets_is_used_by_itself(use):
    clear, first, second = double.PlaintextKeyring(), double.Memory(), double.Memory()
    chain = use(double.Chain())
    chain.links = [clear, null.Keyring(), first, second]
    second.set_password(SERVICE, USER, "of the second")
    clear.set_password(SERVICE, USER, "in the clear")
    assert credentials.lookup(SERVICE, USER) is None
    credentials.store(SERVICE, USER, SECRET)
    assert first.entries == {(SERVICE, USER): SECRET}
    credentials.forget(SERVICE, USER)
    assert second.entries == {(SERVICE, USER): "of the second"}
    assert clear.entries == {(SERVICE, USER): "in the clear"}


def test_a_chain_with_nothing_better(use):
    chain = use(double.Chain())
    for links, words in [([double.PlaintextKeyring()], "in the clear"), ([], "leaves no keyring")]:
        chain.links = links
        for call in everything():
            assert words in refused(call).text


def test_a_dialog_that_nobody_answers(use, monkeypatch):
    monkeypatch.setattr(credentials, "SECONDS", 0.2)
    stuck = use(double.Stuck())
    for call in everything():
        begun = time.monotonic()
        error = refused(call)
        assert "0.2 seconds" in error.text
        assert "dialog" in error.text
        assert time.monotonic() - begun < 10
    stuck.answered.set()


def test_a_stuck_call_does_not_keep_the_process_alive():
    code = (
        "import keyring\n"
        "from tests.kit import keyring_double\n"
        "from mailer.accounts.secrets import keyring as credentials\n"
        "from mailer.errors import NotTrusted\n"
        "credentials.SECONDS = 0.3\n"
        "keyring.set_keyring(keyring_double.Stuck())\n"
        "try: credentials.lookup('s', 'u')\n"
        "except NotTrusted: print('in time')\n"
    )
    begun = time.monotonic()
    assert child(code) == "in time"
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("name", ["no.such.module.Keyring", "keyring.backends.fail.Missing", "nonsense"])
def test_a_misnamed_backend(name):
    code = (
        "from mailer.accounts.secrets import keyring as credentials\n"
        "from mailer.errors import NotTrusted\n"
        "try: credentials.lookup('s', 'u')\n"
        "except NotTrusted as error: print(error.text, error.hint)\n"
    )
    said = child(code, PYTHON_KEYRING_BACKEND=name)
    assert f"PYTHON_KEYRING_BACKEND names {name}" in said
    assert "take it out" in said


def child(code, **environ):
    path = str(ROOT)
    environ = {**os.environ, "PYTHONPATH": path, **environ}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("secret", "kept"), [("x" * 1280, True), ("x" * 1281, False), ("😀" * 640, True), ("😀" * 641, False)]
)
def test_windows_keeps_1280_characters(use, secret, kept):
    vault = use(double.WinVaultKeyring())
    if kept:
        credentials.store(SERVICE, USER, secret)
        return
    error = refused(lambda: credentials.store(SERVICE, USER, secret))
    assert "1,280 characters" in error.text
    assert vault.entries == {}


def test_elsewhere_long_secrets_are_kept(use):
    use(double.Memory())
    credentials.store(SERVICE, USER, "x" * 9000)


def test_keyring_is_loaded_only_when_it_is_asked():
    code = (
        "import sys\n"
        "from mailer.accounts.secrets import keyring as credentials\n"
        "credentials.find('s', 'u', {'MAILER_PASSWORD': 'x'})\n"
        "print([m for m in ('keyring', 'subprocess', 'shlex', 'mailer.settings.settings') if m in sys.modules])\n"
    )
    assert child(code) == "[]"


def test_every_error_is_ours(use):
    use(double.Raising(SystemExit(3)))
    with pytest.raises(MailerError):
        credentials.lookup(SERVICE, USER)


# What is not the keyring's to give or to say


class Saying(double.Memory):
    """Its error says what ``spell`` makes of the secret."""

    def __init__(self, spell):
        super().__init__()
        self.spell = spell

    def set_password(self, service, username, password):
        raise KeyringError(self.spell(password))


@pytest.mark.parametrize(
    "spell", [str, quote, quote_plus, repr, json.dumps, lambda text: "y" * 285 + text, lambda text: f"x {text!r}"]
)
def test_no_word_of_an_error_that_holds_the_secret(use, spell):
    use(Saying(spell))
    error = refused(lambda: credentials.store(SERVICE, USER, "two  blanks/'\"7-tail"))
    assert "KeyringError" in error.text
    for part in ("tail", "two", "blanks", "yyy"):
        assert part not in error.text


@pytest.mark.parametrize("kept", [12345, b"bytes", ["x"]])
def test_a_keyring_that_gives_no_text(use, kept):
    use(double.Memory()).entries[SERVICE, USER] = kept
    assert "not text" in refused(lambda: credentials.lookup(SERVICE, USER)).text
    assert "not text" in refused(lambda: credentials.find(SERVICE, USER, {})).text


def test_a_command_that_says_its_secret_in_another_spelling():
    code = "import sys; print('p/w+7 x'); sys.exit('bad p%2Fw%2B7+x there')"
    assert "bad *** there" in refused(lambda: run(python(code))).text


# What is a shell's


@pytest.mark.parametrize(
    "command",
    [
        "cat f | head -1",
        "cat f| head -1",
        "cat f|head -1",
        "X=1 cat f",
        "cat <f",
        "cat f 2>/dev/null",
        "cat f; true",
        "cat f && true",
        "echo $(cat f)",
        "echo `cat f`",
        "$HOME/bin/tok",
        'cat "$HOME/f"',
        "cat f*",
    ],
)
def test_a_command_for_a_shell_is_told_that_none_runs_it(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = refused(lambda: run(command))
    assert "no shell runs it: write `sh -c '…'`" in error.hint


@pytest.mark.skipif(os.name == "nt", reason="sh(1)")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sh -c 'echo a | head -1'", "a"),
        ('sh -c "echo a; echo b"', "a"),
        ("echo 'a|b>c;d'", "a|b>c;d"),
        (r"echo a\|b", "a|b"),
        ("echo x=1", "x=1"),
        ("echo a~b '~/c'", "a~b ~/c"),
    ],
)
def test_what_is_quoted_is_nobodys_but_the_commands(command, said):
    assert run(command) == said


@pytest.mark.skipif(os.name == "nt", reason="sh(1)")
def test_the_folder_of_the_user_in_a_command(tmp_path):
    script = tmp_path / "bin" / "tok"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\necho "$1"\n')
    script.chmod(0o700)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    assert secretcommand.run("~/bin/tok ~", "MAILER_PASSWORD_COMMAND", environ) == str(tmp_path)
    assert secretcommand.run("~/bin/tok ~/x", "MAILER_PASSWORD_COMMAND", environ) == str(tmp_path / "x")


def test_an_assignment_is_not_repeated():
    assert "s3cret" not in refused(lambda: run("TOKEN=s3cret cat f")).text
