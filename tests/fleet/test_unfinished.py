"""A draft with lines to be written: it is plain what they are, and it names nobody."""

from __future__ import annotations

import email.policy
from html import unescape
from pathlib import Path

import pytest

from mailer.fleet import unfinished
from mailer.message.address import format_mailbox
from mailer.message.compose import compose_draft
from mailer.people.plan import load
from mailer.sending.job import compile_job
from mailer.sending.request import Options
from mailer.sending.sources import Sources
from tests.kit.world import World, put

PLANS = [load(name, Path("none")) for name in ("gracious-six", "after-interview", "once-a-year")]
DANA = "Dana Ruiz <dana.ruiz@acme.example>"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, MAILER_FROM="Jo Novak <jo@novak.example>")


def item_of(world, template="check-in", *words, to=DANA, company="Acme Robotics", more=""):
    """The letter as ``mailer new`` writes it, looked at."""
    from mailer.letters.letter import parse_letter

    given = ["--set", f"company={company}", "--set", "position=Data Engineer"]
    done = world.mailer("new", template, "x.md", "--to", to, *given, *words)
    assert done.code == 0, done.all
    text = (world.cwd / "x.md").read_text()
    (world.cwd / "x.md").unlink()
    letter = parse_letter(f"{more}{text}", None)
    job = compile_job(world.app(), Options("x"), Sources(letter, None, {}), ledger="no", asks=True)
    return next(job.items())


def drafted(item):
    octets = compose_draft(unfinished.shown(unfinished.kept(item).words()))
    return email.message_from_bytes(octets, policy=email.policy.default)


def texts(mail):
    for kind in ("plain", "html"):
        yield " ".join(unescape(mail.get_body((kind,)).get_content()).split())


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("template", sorted({step.template for plan in PLANS for step in plan.steps}))
def test_every_step_of_the_built_in_plans_can_be_drafted(world, template, language):
    item = item_of(world, template, "--set", f"language={language}")
    assert item.error is None
    assert unfinished.wants_words(item)
    kept = unfinished.kept(item)
    assert not kept.blocked, [one.text for one in kept.problems if one.blocks]
    assert kept.words().to == item.words().to
    mail = drafted(item)
    assert [mail[name] for name in ("To", "Cc", "Bcc")] == [None] * 3
    for text in texts(mail):
        assert "‹Write here: " in text
        assert f"‹Write to: {DANA}. " in text


def test_copies_are_named_and_not_addressed(world):
    item = item_of(world, more="Cc: Ann <ann@novak.example>\nBcc: me@novak.example\n")
    mail = drafted(item)
    assert [mail[name] for name in ("To", "Cc", "Bcc")] == [None] * 3
    for text in texts(mail):
        assert f"‹Write to: {DANA}; Cc Ann <ann@novak.example>; Bcc me@novak.example. " in text


def test_who_has_no_name_is_no_example(world):
    item = item_of(world, to="dana.ruiz@acme.example")
    kept = unfinished.kept(item)
    assert not kept.blocked
    assert [format_mailbox(box) for box in kept.words().to] == ["dana.ruiz@acme.example"]
    assert all("Write to: dana.ruiz@acme.example. " in text for text in texts(drafted(item)))


def test_signs_of_markup_in_a_name_are_shown_as_they_are(world):
    item = item_of(world, to='"A <b>&amp; B" <ab@acme.example>')
    shown = unfinished.shown(unfinished.kept(item).words())
    assert "&lt;b&gt;&amp;amp; B" in shown.html


@pytest.mark.parametrize("name", ["company", "position"])
def test_what_a_letter_is_known_by_has_to_be_there(world, name):
    assert unfinished.lacks(item_of(world).words()) == ""
    done = world.mailer("new", "check-in", "y.md", "--to", DANA, *_without(name))
    assert done.code == 0, done.all
    from mailer.letters.letter import parse_letter

    letter = parse_letter((world.cwd / "y.md").read_text(), None)
    job = compile_job(world.app(), Options("y"), Sources(letter, None, {}), ledger="no", asks=True)
    assert unfinished.lacks(next(job.items()).words()) == name


def _without(name):
    given = {"company": "Acme Robotics", "position": "Data Engineer"}
    return [word for key, value in given.items() if key != name for word in ("--set", f"{key}={value}")]


def test_other_blocks_stay(world):
    item = item_of(world, company="Acme {{ Robotics }}")
    assert unfinished.kept(item).blocked


def test_a_whole_letter_wants_no_words(world):
    put(world.cwd, "templates/plain.md", "Subject: Hello\nLanguage: en\n\n{{ greeting }},\n\nHow are you?\n")
    from mailer.letters.letter import parse_letter

    letter = parse_letter(f"Template: plain\nTo: {DANA}\n", None)
    job = compile_job(world.app(), Options("z"), Sources(letter, None, {}), ledger="no", asks=True)
    assert not unfinished.wants_words(next(job.items()))


def test_a_sender_without_a_name_is_no_example_either(tmp_path):
    item = item_of(World(tmp_path, MAILER_FROM="jo@novak.example"))
    assert "‹Name›" in item.words().sender.display_name
    mail = drafted(item)
    assert mail["From"] == "jo@novak.example"
    assert all("‹Write here: Name›" in text for text in texts(mail))
