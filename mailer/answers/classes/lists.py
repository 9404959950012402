"""Mail of lists and bulk mail."""

from __future__ import annotations

from mailer.answers import machines
from mailer.answers.about import by_letter, line
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin, Verdict

_LIST = ("List-Id", "List-Post", "List-Help", "List-Subscribe", "Mailing-List", "X-Mailing-List", "X-Mailman-Version")
_BULK = ("List-Unsubscribe", "X-Campaign-Id", "X-CampaignID", "X-Mailchimp-Campaign-Id", "X-MC-User")


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """Mail that goes to many: it has List fields (RFC 2919, RFC 2369), or says ``Precedence: bulk`` or ``list``.

    What answers a letter of ours is never one: Google Groups, and some firms' mail servers, put List fields on what
    people write.  Neither is what a person writes from their own address, unless it has the marks of a newsletter, more
    than one of them.
    """
    names = set(mail.fields.names())
    marks = [name for name in (*_LIST, *_BULK) if name.lower() in names]
    precedence = mail.fields.text("Precedence").lower()
    if precedence in ("list", "bulk") and not machines.submitted(mail):
        marks.append("Precedence")
    if not marks or by_letter(mail, known):
        return []
    if known.person_of(mail.sender[1]) and not _is_newsletter(marks):
        return []
    if marks == ["Precedence"] and (known.person_of(mail.sender[1]) or mail.answers_to):
        return []
    return [Verdict("list", line(f"{marks[0]}: {mail.fields.text(marks[0])}"), address=mail.sender[1])]


def _is_newsletter(marks: list[str]) -> bool:
    return "List-Unsubscribe" in marks and len(marks) > 1
