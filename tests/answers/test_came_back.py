"""Several hundred mails as people and programs write them, each with what it is: `came_back.txt`.

A title says a name, the classes that will do, and for an absence its last day (``none``: it names no day), for
somebody who has left their successor.  Fields replace those of an answer from Dana Ruiz; {Q} is a quotation of the
letter, {T} its text, {L} all of it, {ID} its Message-ID; ``DSN status action diagnostic`` is a delivery report.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.kit.mails import DANA, ID, ID_JUN, ID_MANY, TEXT, dsn, judged, letter, mail
from tests.kit.rows import each_row

WITH_PERSON = ("answer", "away", "left", "stop", "dead", "bounced")
MACHINES = ("read", "delayed", "dead", "bounced", "complaint", "list", "challenge", "away", "left", "automatic")
QUOTED = "".join(f"> {line}\n" for line in TEXT.strip().split("\n"))
GIVEN = {
    "{Q}": f"On Tue, 3 Nov 2026 at 10:00, Mira Holt <mira@holt.example> wrote:\n{QUOTED}",
    "{T}": TEXT,
    "{L}": letter(),
    "{IDJ}": ID_JUN,
    "{IDM}": ID_MANY,
    "{ID}": ID,
}


class Case(NamedTuple):
    name: str
    classes: tuple[str, ...]
    more: str
    text: str

    @property
    def raw(self):
        if found := re.match(r"\{DSN (\S+) (\S+) (.*)\}", self.text):
            status, action, said = found.groups()
            group = f"Final-Recipient: rfc822; {DANA}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}\n"
            return dsn(group, human=said)
        header, blank, body = self.text.partition("\n\n")
        lines = [re.fullmatch(r"([A-Z][A-Za-z-]*):(?: (.*))?", line) for line in header.split("\n")]
        if not blank or not all(lines):
            header, body, lines = "", self.text.removeprefix("\n"), []
        fields = {found[1].replace("-", "_"): found[2] or "" for found in lines}
        return mail(body, **({"In_Reply_To": ID} | fields))


def read(block):
    title, _, text = block.partition("\n")
    name, _, wanted = title.partition(": ")
    classes, _, more = wanted.partition(" ")
    for sign, given in GIVEN.items():
        text = text.replace(sign, given)
    return Case(name, tuple(classes.split(",")), more, text)


BLOCKS = Path(__file__).with_name("came_back.txt").read_text("utf-8").removeprefix("=== ").split("\n=== ")
CASES = [read(block) for block in BLOCKS]


@each_row("case", CASES, ids=[case.name for case in CASES])
def test_what_it_is(case):
    found = judged(case.raw)[0]
    assert found.kind in case.classes, found
    assert found.kind not in WITH_PERSON or found.person is not None
    if found.kind == "away" and case.more not in ("", "any"):
        assert str(found.until).lower() in case.more.split(","), found
    if found.kind == "left" and case.more:
        assert found.other_address == case.more
    if found.kind == "dead" and case.more:
        assert found.confidence == case.more


def test_there_are_people_who_look_like_machines():
    people = [case for case in CASES if not set(case.classes) & set(MACHINES)]
    assert len(people) > 150
    assert len(CASES) > 400
