"""Mail of lists and bulk mail."""

from __future__ import annotations

from mailer.answers import machines
from mailer.answers.about import by_letter, line
from mailer.answers.addresses import domain_of
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin, Verdict
from mailer.letters.foreign.subjects import reply_subject

_SENDERS = ("X-Original-From", "X-Original-Sender", "Reply-To")
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
    if not marks or by_letter(mail, known) or (_is_from_a_person(mail, known) and not _is_newsletter(mail, marks)):
        return []
    return [Verdict("list", line(f"{marks[0]}: {mail.fields.text(marks[0])}"), address=mail.sender[1])]


def _is_from_a_person(mail: Mail, known: Known) -> bool:
    """A person of the user's, or somebody of their firm; also where a list put its own address in place of theirs."""
    named = (mail.sender[1], *(address for name in _SENDERS for _, address in mail.fields.mailboxes(name)))
    return any(known.person_of(found) or known.people_at(domain_of(found)) for found in named if "@" in found)


def _is_newsletter(mail: Mail, marks: list[str]) -> bool:
    """Nobody can post to it, it answers nothing, and one can leave it.

    Programs that help salespeople write put a way to leave into what a person writes, mail servers a Precedence.
    """
    posts = mail.fields.text("List-Post").upper() not in ("", "NO")
    answers = mail.answers_to or not reply_subject(mail.subject).endswith(f": {mail.subject}")
    return "List-Unsubscribe" in marks and len(set(marks) - {"Precedence"}) > 1 and not posts and not answers
