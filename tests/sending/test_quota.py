"""What a provider still takes today: the batch stops there, and the rest waits without a trace."""

from __future__ import annotations

import sqlite3

import click
import pytest

from mailer.accounts.providers import table
from mailer.accounts.providers.table import Limits, provider_of_account
from mailer.cli.app import App
from mailer.sending import quota
from mailer.sending.quota import Allowance, Quota
from tests.kit.letters import BATCH, people
from tests.kit.world import World, put, through


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(5))
    return World(tmp_path).with_letter()


@pytest.fixture
def limits(monkeypatch):
    """Makes the provider of the recording server have these limits."""
    gmail = table.provider_for("gmail.com")
    monkeypatch.setattr("mailer.sending.quota.is_loopback", lambda _host: False)

    def set_(**numbers):
        monkeypatch.setattr(table, "provider_of_account", lambda host, domain: gmail._replace(limits=Limits(**numbers)))

    return set_


def send(desk, server, *args, **environ):
    return desk.send(server, "b.md", "--each", "p.csv", *args, **environ)


def states(result):
    return [told["status"] for told in sorted(result.objects, key=lambda told: told["row"])]


@pytest.mark.parametrize("numbers", [{"per_day": 3}, {"per_hour": 3}, {"per_day": 9, "recipients_per_day": 3}])
def test_what_is_beyond_the_limit_is_deferred_and_recorded_nowhere(desk, server, limits, numbers):
    limits(**numbers)
    result = send(desk, server)
    assert result.code == 75
    assert states(result) == ["sent"] * 3 + ["deferred"] * 2
    assert len(server.messages) == 3
    assert desk.outbox() == []
    error = next(told["error"] for told in result.objects if told["status"] == "deferred")
    assert (error["code"], error["name"]) == (75, "later")
    assert "Gmail takes 3" in error["text"]
    assert "again" in error["hint"]


def test_what_went_today_counts(desk, server, limits):
    put(desk.folder, "p.csv", people(2))
    send(desk, server)
    put(desk.folder, "p.csv", people(5))
    limits(per_day=4)
    assert states(send(desk, server)) == ["already-sent"] * 2 + ["sent"] * 2 + ["deferred"]
    assert states(send(desk, server)) == ["already-sent"] * 4 + ["deferred"]


def account(desk, name, user):
    put(desk.config, f"accounts/{name}.env", f"MAILER_SMTP_USERNAME={user}\nMAILER_AUTH=none\n")


def send_from(desk, server, name, rows):
    put(desk.folder, "p.csv", people(rows))
    return states(send(desk, server, "--account", name))


def test_accounts_of_one_mailbox_share_its_day(desk, server, limits):
    for name, user in (("work", "jo"), ("jobs", "jo"), ("other", "ana")):
        account(desk, name, user)
    limits(per_day=3)
    assert send_from(desk, server, "work", 2) == ["sent"] * 2
    assert send_from(desk, server, "jobs", 4) == ["already-sent"] * 2 + ["sent", "deferred"]
    assert send_from(desk, server, "other", 5) == ["already-sent"] * 3 + ["sent"] * 2


def test_a_mailbox_is_one_however_it_is_written(desk, server, limits):
    account(desk, "work", "Jo@Novak.example")
    account(desk, "jobs", "jo@novak.example")
    limits(per_day=3)
    assert send_from(desk, server, "work", 2) == ["sent"] * 2
    assert send_from(desk, server, "jobs", 4) == ["already-sent"] * 2 + ["sent", "deferred"]


@pytest.mark.parametrize("name", ["work", ""])
def test_an_account_that_has_another_mailbox_now_has_another_day(desk, server, limits, name):
    limits(per_day=2)
    told = []
    for rows, user in ((2, "jo"), (4, "ana"), (5, "jo")):
        put(desk.folder, "p.csv", people(rows))
        if name:
            account(desk, name, user)
        told.append(states(send(desk, server, MAILER_AUTH="none", **({} if name else {"MAILER_SMTP_USERNAME": user}))))
    assert told == [["sent"] * 2, ["already-sent"] * 2 + ["sent"] * 2, ["already-sent"] * 4 + ["deferred"]]


def test_letters_of_an_earlier_version_count_by_their_account(desk, server, limits):
    account(desk, "work", "jo")
    assert send_from(desk, server, "work", 2) == ["sent"] * 2
    with sqlite3.connect(desk.data / "ledger.sqlite") as ledger:
        assert ledger.execute("UPDATE runs SET token = substr(token, 1, 16)").rowcount == 1
    ledger.close()
    limits(per_day=3)
    assert send_from(desk, server, "work", 4) == ["already-sent"] * 2 + ["sent", "deferred"]


def test_recipients_count_and_not_letters(desk, server, limits):
    put(desk.folder, "b.md", BATCH.replace("Subject", "Cc: a@x.example, b@x.example\nSubject"))
    limits(per_day=7)
    assert states(send(desk, server)) == ["sent"] * 2 + ["deferred"] * 3


def test_letters_count_where_recipients_have_their_own_limit(desk, server, limits):
    put(desk.folder, "b.md", BATCH.replace("Subject", "Cc: a@x.example, b@x.example\nSubject"))
    limits(per_day=4, recipients_per_day=100)
    assert states(send(desk, server)) == ["sent"] * 4 + ["deferred"]


def test_a_smaller_limit_of_the_command_line_comes_first(desk, server, limits):
    limits(per_day=4)
    result = send(desk, server, "--limit", "2")
    assert (result.code, states(result)) == (0, ["sent"] * 2)


def test_a_double_beyond_the_limit_waits_too(desk, server, limits):
    put(desk.folder, "p.csv", people(2) + people(2).partition("\n")[2])
    limits(per_day=1)
    assert states(send(desk, server)) == ["sent", "deferred", "deferred", "deferred"]
    limits()
    assert states(send(desk, server)) == ["already-sent", "sent", "already-sent", "already-sent"]


def test_a_failed_row_is_no_row_beyond_the_limit(desk, server, limits):
    limits(per_day=3)
    send(desk, server)
    assert not (desk.folder / "p.failed.csv").exists()


def test_no_limit_that_is_not_published(desk, server, limits):
    limits()
    assert send(desk, server).code == 0


@pytest.mark.parametrize(("per_minute", "asked", "rate"), [(3, 0.0, 3), (3, 9.0, 9.0), (5, 0.0, 0.0), (None, 0.0, 0.0)])
def test_the_rate_of_the_provider(per_minute, asked, rate):
    assert quota.Allowance("Gmail", (), per_minute or 0).rate(asked, 5) == rate


@pytest.mark.parametrize(
    ("host", "domain", "name"),
    [
        ("smtp.gmail.com", "gmail.com", "gmail"),
        ("SMTP.gmail.com", "own.example", "workspace"),
        ("smtp.office365.com", "own.example", "microsoft365"),
        ("127.0.0.1", "gmail.com", None),
        ("smtp.own.example", "own.example", None),
    ],
)
def test_the_provider_of_an_account(host, domain, name):
    provider = provider_of_account(host, domain)
    assert (provider and provider.id) == name


def test_before_the_question_it_says_what_is_left(desk, server, limits, monkeypatch):
    asked = []
    monkeypatch.setattr(App, "can_ask", lambda _app: True)
    monkeypatch.setattr(click, "confirm", lambda text, **_: asked.append(text))
    limits(per_day=3)
    result = desk.mailer("send", "b.md", "--each", "p.csv", **through(server))
    assert asked == ["Send 5?"]
    assert "Gmail still takes 3 of its 3 recipients a day; the rest waits." in result.err


# By itself, without a command

DAY = Quota(3, 2, "letters", "day")
HOUR = Quota(9, 3, "recipients", "hour")


@pytest.mark.parametrize(
    ("quotas", "people_of_each", "go", "words", "when"),
    [
        ((DAY,), [1, 1, 1, 1], 2, "takes 3 letters a day", "tomorrow"),
        ((DAY, HOUR), [3, 1, 1], 1, "takes 9 recipients an hour", "in an hour"),
        ((HOUR,), [2, 2, 1], 1, "takes 9 recipients an hour", "in an hour"),
        ((), [100] * 5, 5, "", ""),
    ],
)
def test_after_the_first_that_waits_all_do(quotas, people_of_each, go, words, when):
    allowance = Allowance("Example Mail", quotas)
    went = [allowance.take(count) is None for count in people_of_each]
    assert went == [True] * go + [False] * (len(people_of_each) - go)
    if words:
        assert words in allowance.later.text
        assert when in allowance.later.hint
    else:
        assert allowance.later is None


def test_what_is_left_is_said_of_the_tightest():
    assert Allowance("Example Mail", (HOUR, DAY)).said().startswith("Example Mail still takes 2 of its 3 letters a day")
    assert Allowance("Example Mail", ()).said() == ""


@pytest.mark.parametrize(("asked", "letters", "rate"), [(0, 20, 0), (0, 21, 20), (0, 1, 0), (5, 1, 5), (60, 100, 60)])
def test_the_rate_is_the_providers_only_beyond_what_it_takes_a_minute(asked, letters, rate):
    assert Allowance("Example Mail", (), 20).rate(asked, letters) == rate
