"""The key of what was forgotten: asked for once in a state of the ledger, and seen as soon as there is one."""

from __future__ import annotations

from mailer.ledger import hashes
from mailer.ledger.ledger import open_ledger


def test_a_key_is_seen_from_the_next_state_on(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    with open_ledger(path) as one, open_ledger(path) as two:
        assert hashes.hasher(one.store) is None
        one.keep_reading()
        assert hashes.hasher(one.store) is hashes.hasher(one.store) is None
        made = hashes.hider(two.store)("dana@acme.example")
        assert hashes.hasher(one.store) is None
        one.stop_reading()
        assert hashes.hashed(one.store, "dana@acme.example") == made
        one.keep_reading()
        assert hashes.hashed(one.store, "dana@acme.example") == made


def test_a_key_that_is_made_in_a_transaction_is_seen_in_it(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite3") as ledger:
        try:
            with ledger.transaction():
                assert hashes.hasher(ledger.store) is None
                hide = hashes.hider(ledger.store)
                assert hashes.hashed(ledger.store, "a") == hide("a")
                raise KeyError
        except KeyError:
            pass
        with ledger.transaction():
            assert hashes.hasher(ledger.store) is None


def test_it_is_asked_for_once_in_a_transaction(tmp_path):
    asked = []
    with open_ledger(tmp_path / "ledger.sqlite3") as ledger:
        ledger.store._connection.set_trace_callback(asked.append)
        with ledger.transaction():
            assert (
                hashes.remembered(ledger.store, "stop", ["a"]) == hashes.remembered(ledger.store, "stop", ["b"]) == []
            )
    assert len([statement for statement in asked if "secrets" in statement]) == 1
