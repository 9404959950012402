"""What machines and people write, in fourteen languages: each absence and departure has a person as its twin."""

from __future__ import annotations

from datetime import date

from mailer.answers.rules import verdicts
from mailer.answers.values import Verdict
from tests.answers import absences, departures, stops
from tests.answers.people import INBOX, Ledger, mail
from tests.kit.rows import each_row

AUTOMATIC = {"Auto_Submitted": "auto-replied"}


def verdict(raw: bytes) -> Verdict:
    (found,) = verdicts(raw, Ledger(), INBOX)
    return found


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@each_row(("language", "text", "until"), absences.ABSENCES)
def test_a_machine_says_that_somebody_is_away_and_a_person_who_says_so_has_answered(
    language: str, text: str, until: str | None
) -> None:
    away = verdict(mail(text, **AUTOMATIC))
    assert (away.kind, away.until, away.person, away.letter) == ("away", day(until), 1, 1)
    assert verdict(mail(text)).kind == "answer"


@each_row(("subject", "fields", "text", "until"), absences.MAILS)
def test_programs_are_known_by_their_subjects_too(
    subject: str, fields: dict[str, str], text: str, until: str | None
) -> None:
    away = verdict(mail(text, subject=subject, thread=False, **fields))
    assert (away.kind, away.until, away.person) == ("away", day(until), 1)


@each_row(("text", "until"), absences.EXCHANGE)
def test_an_automatic_reply_of_exchange(text: str, until: str | None) -> None:
    away = verdict(mail(text, subject="Automatic reply: Thank you for the Planner interview", thread=False))
    assert (away.kind, away.until) == ("away", day(until))


@each_row(("language", "text", "other"), departures.DEPARTURES)
def test_a_machine_says_that_somebody_has_left(language: str, text: str, other: str) -> None:
    left = verdict(mail(text, **AUTOMATIC))
    assert (left.kind, left.other_address, left.confidence, left.person) == ("left", other, "sure", 1)


@each_row(("language", "text", "other"), departures.DEPARTURES)
def test_without_the_sign_of_a_machine_a_departure_is_an_answer_or_asks(language: str, text: str, other: str) -> None:
    found = verdict(mail(text))
    assert found.kind == "answer" or (found.kind, found.confidence) == ("left", "likely")


@each_row(("subject", "text", "other"), departures.MAILS)
def test_a_subject_tells_that_a_machine_says_that_somebody_has_left(subject: str, text: str, other: str) -> None:
    left = verdict(mail(text, subject=subject))
    assert (left.kind, left.other_address) == ("left", other)


@each_row(("kind", "text"), departures.NOT_LEFT)
def test_other_automatic_mails_are_no_departures(kind: str, text: str) -> None:
    assert verdict(mail(text, **AUTOMATIC)).kind == kind


@each_row("text", stops.STOPS)
def test_people_ask_not_to_be_written_to_again(text: str) -> None:
    found = verdict(mail(text))
    assert (found.kind, found.confidence, found.person, found.letter) == ("stop", "sure", 1, 1)
    assert found.because in " ".join(text.split())


@each_row("text", stops.ANSWERS)
def test_what_only_sounds_like_it_is_an_answer(text: str) -> None:
    found = verdict(mail(text))
    assert (found.kind, found.person) == ("answer", 1)
    assert found.text == " ".join(text.split())[:200]
