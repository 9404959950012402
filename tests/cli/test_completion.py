"""What is offered at a press of the tab key: the words, how fast they come, and that nothing is made or told."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.cli.completion import line as lines
from mailer.cli.completion import quoting
from tests.kit.completion_words import FILE
from tests.kit.completion_words import lines as lines_now
from tests.kit.world import World, program, put, through, tree

HEAVY = {"click", "re", "json", "typing", "pathlib", "sqlite3", "shlex", "mailer.settings", "enum", "functools"}


def offered(tmp_path, *words, shell="zsh", **more):
    """The words that are offered for the last of ``words``; of files their endings."""
    done = World(tmp_path).process("completion", "--words", shell, *words[:-1], f"={words[-1]}", **more)
    assert (done.code, done.err) == (0, "")
    return [told.removeprefix("w").partition("\t")[0] for told in done.lines]


def test_the_words_are_those_of_the_commands():
    assert FILE.read_text(encoding="utf-8").splitlines() == lines_now(), "make completion writes them anew"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["templ"], ["templates"]),
        (["outbox", ""], ["copy", "drop", "resolve", "send"]),
        (["people", "imp"], ["import"]),
        (["people", "--json", "imp"], ["import"]),
        (["send", "--ag"], ["--again"]),
        (["send", "a.md", "--allow", "spel"], ["spelling"]),
        (["send", "--allow=spel"], ["spelling"]),
        (["send", "--allow", "st"], []),
        (["send", ""], ["f.md"]),
        (["send", "a.md", ""], []),
        (["send", "--yes", ""], ["f.md"]),
        (["send", "--set", "a=b", ""], ["f.md"]),
        (["send", "--each", ""], ["f.csv"]),
        (["send", "--", "--all"], ["f.md"]),
        (["new", "runner-up", ""], ["f.md"]),
        (["new", "a", "--refusal", ""], ["f.eml"]),
        (["mcp", "--folder", ""], ["d"]),
        (["touch", "dana", "--by", "me"], ["meeting", "message"]),
        (["help", "outbox", "res"], ["resolve"]),
        (["completion", ""], ["bash", "zsh", "fish", "powershell"]),
        (["login", "--security=start"], ["starttls"]),
        (["nosuch", ""], []),
        (["send", "--nosuch", ""], ["f.md"]),
    ],
)
def test_words(words, found):
    from mailer.cli.completion.answer import _for_words

    told = _for_words("zsh", [*words[:-1], f"={words[-1]}"])
    assert [one.removeprefix("w").partition("\t")[0] for one in told] == found


def test_the_whole_word_goes_where_the_shell_replaces_it_whole(tmp_path):
    assert offered(tmp_path, "send", "--allow=spel", shell="fish") == ["--allow=spelling"]


def test_names_of_what_there_is(tmp_path):
    put(tmp_path, "templates/Für Freunde.md", "Subject: s\n\nx\n")
    put(tmp_path, "templates/freunde.md", "Subject: s\n\nx\n")
    put(tmp_path, "home/config/accounts/work.env", "MAILER_FROM=jo@novak.example\n")
    put(tmp_path, "home/config/plans/mine.toml", "")
    World(tmp_path).process("people", "add", "dana@acme.example", "--name", "Dana Ruiz", "--plan", "gracious-six")
    World(tmp_path).process("touch", "dana", "--by", "call")
    assert "freunde" in offered(tmp_path, "templates", "f")
    assert offered(tmp_path, "send", "--account", "") == ["work"]
    assert "mine" in offered(tmp_path, "plans", "")
    assert offered(tmp_path, "people", "show", "da") == ["Dana Ruiz"]
    assert offered(tmp_path, "people", "show", "dana@") == ["dana@acme.example"]
    assert offered(tmp_path, "people", "show", "p") == ["p1"]
    assert offered(tmp_path, "touch", "--undo", "") == ["t1"]
    assert offered(tmp_path, "outbox", "resolve", "") == []
    assert offered(tmp_path, "log", "--eml", "") == []


def test_letters_by_their_ids(tmp_path):

    from tests.kit.smtp_server import recording_server

    letter = put(tmp_path, "a.md", "From: jo@novak.example\nTo: dana@acme.example\nSubject: Hello\n\nGood morning.\n")
    with recording_server() as server:
        done = World(tmp_path).process("send", letter, "--yes", **through(server))
    (told,) = done.lines
    assert offered(tmp_path, "log", "--eml", "") == [told.split("\t")[3]]


def test_nothing_is_made_or_changed(tmp_path):
    before = tree(tmp_path)
    for words in (["people", "show", ""], ["templates", ""], ["outbox", "drop", ""], ["send", "--account", ""]):
        offered(tmp_path, *words)
    assert tree(tmp_path) == sorted({*before, "home"})
    World(tmp_path).process("people", "add", "dana@acme.example")
    ledger = tmp_path / "home" / "data" / "ledger.sqlite"
    before, was = tree(tmp_path), ledger.read_bytes()
    assert offered(tmp_path, "people", "show", "") == ["dana@acme.example"]
    assert (tree(tmp_path), ledger.read_bytes()) == (before, was)


@pytest.mark.parametrize("spoilt", ["ledger", "settings", "folder"])
def test_no_fault_is_told(tmp_path, spoilt):
    if spoilt == "ledger":
        put(tmp_path, "home/data/ledger.sqlite", b"no database" * 1000)
    elif spoilt == "settings":
        put(tmp_path, ".env", "MAILER_FORM=x\n")
    else:
        (tmp_path / "home" / "data" / "ledger.sqlite").mkdir(parents=True)
    assert offered(tmp_path, "people", "show", "") == []


@pytest.mark.parametrize("words", [[], ["zsh"], ["bash"], ["bash", "x"], ["tcsh", "=x"], ["bash", "mailer 'x", "x"]])
def test_what_no_script_asks_offers_nothing(tmp_path, words):
    done = World(tmp_path).process("completion", "--words", *words)
    assert (done.code, done.octets, done.err) == (0, b"", "")


def test_words_need_no_library():
    code = f"""
import os, sys
os._exit = sys.exit
sys.argv = ["mailer", "completion", "--words", "bash", "mailer send --al", "--al"]
from mailer.__main__ import main
before = set(sys.modules)
try:
    main()
finally:
    print(sorted({HEAVY!r} & (set(sys.modules) - before)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("w--allow\n", "[]\n")


@pytest.mark.slow
def test_a_press_of_the_key_takes_little_more_than_the_version(tmp_path):
    def best(*words):
        took = []
        for _ in range(15):
            begun = time.perf_counter()
            subprocess.run([*program(), *words], env=World(tmp_path).environ(), check=True, capture_output=True)
            took.append(time.perf_counter() - begun)
        return min(took)

    for _ in range(3):
        ratio = best("completion", "--words", "zsh", "send", "=--al") / best("--version")
        if ratio < 1.5:
            break
    assert ratio < 1.5


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_a_quoted_word_is_read_back(words):
    text = " ".join(quoting.quoted(word) for word in words)
    assert shlex.split(text) == words
    line = quoting.Line(text)
    assert [*line.before, line.typed] == words


@given(WORDS, st.sampled_from(["'", '"']))
def test_the_rest_of_a_quotation_is_read_back(word, quote):
    text = f"{quote}{quoting.quoted(word, quote)}{quote}"
    if not set(word) & set("`$"):  # where shlex does not follow POSIX
        assert shlex.split(text) == [word]
    assert quoting.Line(text).typed == word


@given(st.text(max_size=30), st.text(max_size=5))
def test_any_line_can_be_taken_apart(text, replaced):
    line = quoting.Line(text)
    lines.asked(lines.read(), line.before[1:], line.typed)
    quoting.reply(line, replaced, "", "value")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_script_of_each_shell(tmp_path, shell):
    done = World(tmp_path).mailer("completion", shell)
    assert done.code == 0
    assert f"completion --words {shell}" in done.out
    assert done.octets.isascii()


def test_another_shell_is_told_which_there_are(tmp_path):
    done = World(tmp_path).mailer("completion", "tcsh")
    assert done.code == 2
    assert "'bash', 'zsh', 'fish', 'powershell'" in done.err
