"""A server is remembered by what it is, however its address is written: another ledger in its place sends twice."""

from __future__ import annotations

import json

import pytest

from mailer.errors import CannotWrite
from mailer.ledger.postgresql import remembered
from mailer.settings.database import Database

FIRST = "postgresql://jo@db.x.example/letters"


def check(folder, url, name):
    remembered.check(Database(url, "", folder), name)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://jo@db.x.example/letters",
        "postgresql://jo@DB.x.example./letters",
        "postgresql://jo@db.x.example:5432/letters",
        "postgresql://ana@db.x.example/letters",
        "postgresql://jo@db.x.example/letters?sslmode=require",
        "postgresql:///letters?host=db.x.example&port=5432",
        "postgresql://jo@db.x.example/%6cetters",
    ],
)
@pytest.mark.parametrize("name", ["other", ""])
def test_it_is_one_server(tmp_path, url, name):
    check(tmp_path, FIRST, "first")
    check(tmp_path, url, "first")
    assert remembered.known(tmp_path) == [FIRST]
    with pytest.raises(CannotWrite, match="used before"):
        check(tmp_path, url, name)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://jo@db.y.example/letters",
        "postgresql://jo@db.x.example:5433/letters",
        "postgresql://jo@db.x.example/Letters",
        "postgresql:///letters?host=/run/db.x.example",
    ],
)
def test_it_is_another(tmp_path, url):
    check(tmp_path, FIRST, "first")
    check(tmp_path, url, "other")
    check(tmp_path, FIRST, "first")
    assert remembered.known(tmp_path) == sorted([FIRST, url])


def test_two_that_an_earlier_version_wrote_down_hold_both(tmp_path):
    known = {FIRST: "first", FIRST.replace("postgresql", "postgres"): "second", "postgresql://[": "x"}
    (tmp_path / "servers.json").write_text(json.dumps(known))
    check(tmp_path, FIRST, "second")
    with pytest.raises(CannotWrite, match="another ledger"):
        check(tmp_path, FIRST, "third")


@pytest.mark.parametrize("known", ["[1]", "7", '{"postgresql://x/y": null}', '{"postgresql://x/y": ["a"]}', "{"])
def test_what_cannot_be_read_is_not_taken_for_nothing(tmp_path, known):
    (tmp_path / "servers.json").write_text(known)
    for ask in (lambda: check(tmp_path, FIRST, "first"), lambda: remembered.known(tmp_path)):
        with pytest.raises(CannotWrite, match=r"servers\.json") as caught:
            ask()
        assert "MAILER_LEDGER" in caught.value.hint
    assert (tmp_path / "servers.json").read_text() == known
