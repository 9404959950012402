"""What later runs find a letter by: found out when it is checked, the same as from the ledger's own words."""

from __future__ import annotations

import csv
from itertools import product

import pytest

from mailer.ledger import history
from mailer.ledger.ledger import open_ledger
from tests.kit.world import World, put

ME = "From: Jo Novak <jo@novak.example>\n"
ABOUT = "Subject: Hello {{ company }}\n"
LETTERS = {
    "a template, prose of each row": f"Template: check-in\n{ME}",
    "a template, prose of the letter": f"Template: check-in\n{ME}\nThe {{{{ company }}}} dashboard runs at home now.\n",
    "about a company": f"{ME}{ABOUT}Company: {{{{ company }}}}\n\nDear all,\n\n{{{{ prose }}}}\n",
    "of its own kind": f"{ME}{ABOUT}\nDear all,\n\n{{{{ prose }}}}\n",
}
FROM_WORDS = dict(zip(LETTERS, (18, 0, 48, 48), strict=True))
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
        yield {"to": to, "company": company, "position": f"Cook {number}", "prose": told}


def tables(store):
    return {name: [*store.each(f"SELECT * FROM {name} ORDER BY 1, 2")] for name in ("finds", "starts", "pages")}


@pytest.mark.parametrize("kind", LETTERS)
def test_it_is_the_same_from_the_words_of_the_ledger(tmp_path, server, monkeypatch, kind):
    world, from_words = World(tmp_path), []

    def counted(*words, found=history.known_by_words):
        from_words.append(words)
        return found(*words)

    monkeypatch.setattr(history, "known_by_words", counted)
    put(tmp_path, "l.md", LETTERS[kind])
    with (tmp_path / "p.csv").open("w", newline="", encoding="utf-8") as file:
        columns = ("to", "company", "position", *["prose"] * ("of the letter" not in kind))
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
        with ledger.transaction():
            for table in found:
                ledger.store.execute(f"DELETE FROM {table}")
            ledger.store.execute("INSERT INTO unlearned SELECT number FROM letters WHERE sent IS NOT NULL")
        history.learn(ledger.store)
        assert tables(ledger.store) == found
    assert len(sent) == (36 if "template" in kind else 48)
    assert len(found["finds"]) > 4 * len(sent)
