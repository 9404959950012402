"""What a refusal gives to its answer."""

import pytest

from mailer.refusal import is_no_reply, read_refusal


@pytest.mark.parametrize(
    ("local", "nobody"),
    [
        *[
            (name, True)
            for name in (
                "no-reply",
                "noreply",
                "NoReply",
                "do-not-reply",
                "donotreply",
                "jobs-noreply",
                "noreply+x",
                "mailer-daemon",
                "bounce",
                "keine-antwort",
                "nicht-antworten",
                "ne-pas-repondre",
                "noreply2",
            )
        ],
        *[(name, False) for name in ("dana.ruiz", "norbert", "jobs", "reply", "noah.reply", "bouncer", "nora")],
    ],
)
def test_no_reply(local, nobody):
    assert is_no_reply(f"{local}@acme.example") is nobody


def refusal(tmp_path, *lines: str):
    path = tmp_path / "no.eml"
    path.write_text("\n".join([*lines, "", "Unfortunately, no.\n"]))
    return read_refusal(path)


def test_what_a_refusal_says(tmp_path):
    found = refusal(
        tmp_path,
        "From: Dana Ruiz <dana@acme.example>",
        "Message-ID: <1@a.example>",
        "Subject: Re: Job",
        "Date: Tue, 12 May 2026 23:30:00 +0200",
    )
    assert (found.sender, found.sender_header) == ("Dana Ruiz <dana@acme.example>", "its From")
    assert (found.subject, found.message_id, found.date.isoformat()) == ("Re: Job", "<1@a.example>", "2026-05-12")


def test_a_reply_to_that_a_person_reads_goes_first(tmp_path):
    found = refusal(tmp_path, "From: noreply@acme.example", "Reply-To: Dana <dana@acme.example>")
    assert (found.sender, found.sender_header, found.no_reply) == ("Dana <dana@acme.example>", "its Reply-To", False)


def test_a_machine_cannot_be_answered(tmp_path):
    found = refusal(tmp_path, "From: Jobs <no-reply@acme.example>")
    assert found.no_reply
    assert "whom did you meet?" in found.whom_did_you_meet().text


def test_a_name_that_is_an_address_is_none(tmp_path):
    found = refusal(tmp_path, 'From: "dana@acme.example" <dana@acme.example>')
    assert (found.sender, found.sender_header) == ("dana@acme.example", "its From")
