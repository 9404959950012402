"""What later runs find a letter by: found out when it is checked, the same as from the ledger's own words."""

from __future__ import annotations

import csv
from itertools import product

import pytest

from mailer.ledger import erasing, history
from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import told
from mailer.message.address import Mailbox
from tests.kit.ledger import LATER, Clock, ended, go, letter
from tests.kit.world import World, put

ME = "From: Jo Novak <jo@novak.example>\n"
ABOUT = "Subject: Hello {{ company }}\n"
LETTERS = {
    "a template, prose of each row": f"Template: check-in\n{ME}",
    "a template, prose of the letter": f"Template: check-in\n{ME}\nThe {{{{ company }}}} dashboard runs at home now.\n",
    "a template, one address twice": f"Template: check-in\n{ME}\nThe dashboard runs at home now.\n",
    "about a company": f"{ME}{ABOUT}Company: {{{{ company }}}}\n\nDear all,\n\n{{{{ prose }}}}\n",
    "of its own kind": f"{ME}{ABOUT}\nDear all,\n\n{{{{ prose }}}}\n",
}
FROM_WORDS = dict(zip(LETTERS, (18, 0, 36, 48, 48), strict=True))
NAMES = ("Zoë Ångström", "Jim O'Neil", "", "Dr. Ana de la Cruz")
COMPANIES = ("Müller & Söhne GmbH", "Acme", "Globex Systems Ltd")
PROSES = (
    "Your hint about {company}'s third line at {number} was the reason why I measured all sensors anew – twice.",
    "You wrote:\n\n> the third line of {company} drifts by {number}\n\nI found out why: it is the café’s oven.",
    "On Monday Dana Ruiz wrote:\nwe miss you at {number}\n",
    "Few words, {number}.",
)
ALLOWED = ("leftover", "particulars", "greeting", "leak", "twins", "company", "length")


def rows():
    for number, (name, company, prose) in enumerate(product(NAMES, COMPANIES, PROSES)):
        told = prose.format(company=company, number=number)
        to = f'"{name}" <p{number}@firm{number}.example>' if name else f"p{number}@firm{number}.example"
        about = {"company": company, "position": f"Cook {number}", "prose": told}
        yield {"to": to, "cc": f"Somebody Else <p{number}@firm{number}.example>", **about}


def tables(store):
    return {name: [*store.each(f"SELECT * FROM {name} ORDER BY 1, 2")] for name in ("finds", "starts", "pages")}


def from_the_ledger(ledger):
    """The tables, made anew of the words that the ledger has."""
    with ledger.transaction():
        for table in tables(ledger.store):
            ledger.store.execute(f"DELETE FROM {table}")
        ledger.store.execute("INSERT INTO unlearned SELECT number FROM letters WHERE sent IS NOT NULL")
    history.learn(ledger.store)
    return tables(ledger.store)


@pytest.mark.parametrize("kind", LETTERS)
def test_it_is_the_same_from_the_words_of_the_ledger(tmp_path, server, monkeypatch, kind):
    world, from_words = World(tmp_path), []

    def counted(*words, found=history.known_by_words):
        from_words.append(words)
        return found(*words)

    monkeypatch.setattr(history, "known_by_words", counted)
    put(tmp_path, "l.md", LETTERS[kind])
    with (tmp_path / "p.csv").open("w", newline="", encoding="utf-8") as file:
        columns = (
            "to",
            *["cc"] * ("twice" in kind),
            "company",
            "position",
            *["prose"] * ("of each" in kind or "template" not in kind),
        )
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows())
    allowed = [word for name in ALLOWED for word in ("--allow", name)]
    done = world.send(server, "l.md", "--each", "p.csv", *allowed)
    sent = [one["id"] for one in done.objects if one.get("status") == "sent"]
    # Once for each: the checks know it already but of prose that quotes, or of what is no prose to them.
    assert len(from_words) == FROM_WORDS[kind]
    with open_ledger(world.data / "ledger.sqlite") as ledger:
        found = tables(ledger.store)
        assert from_the_ledger(ledger) == found
    assert len(sent) == (36 if "template" in kind else 48)
    assert len(found["finds"]) > 4 * len(sent)
    with open_ledger(world.data / "ledger.sqlite") as ledger:
        with ledger.transaction():
            erasing.erase(ledger.store, [key for (key,) in ledger.store.each("SELECT key FROM contacts")])
        assert not any(tables(ledger.store)[name] for name in ("finds", "starts"))


def test_a_letter_that_another_process_words_anew_is_found_by_its_words(tmp_path):
    def made(number, name, prose):
        new = letter((Mailbox(f"p{number}@firm.example", name),), prose, f"S{number}", prose=prose)
        known_by = history.known_by_words(told(new.company, new.position, prose, new.people))
        return new._replace(message_id=f"<{number}{name[:3]}@me.example>", known_by=known_by)

    path, new = tmp_path / "ledger.sqlite", PROSES[0]
    old = "The words of before, ten of them, went nowhere at all, to nobody."
    with open_ledger(path, clock=Clock()) as one, open_ledger(path, clock=Clock()) as other:
        go(one, made(0, "Jon Smiht", old), outcome=lambda claim: ended(claim, "deferred", LATER))
        again = go(other, made(0, "Dana Smith", new))
        assert again.message_id == "<0Jon@me.example>"
        for number in range(1, 20):
            go(one, made(number, f"Ada No{number}", f"{number} of {old}"))
        history.learn(one.store, one._letters.known_by)
        found = tables(one.store)
        assert from_the_ledger(one) == found
