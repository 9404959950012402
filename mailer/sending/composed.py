"""A letter that was looked at, composed but for its stamp, as it is kept on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import FileChanged
from mailer.ledger.values import NewLetter, Recipient, people
from mailer.message.compose import Unstamped, make_stamp, unstamped

if TYPE_CHECKING:
    from mailer.message.attachments import Attachment, Attachments
    from mailer.message.rendered import Rendered
    from mailer.sending.job import Job
    from mailer.sending.world import World

_CARD = ("refused_on", "language", "country", "time_zone", "plan", "step")


class ComposedLetter(NamedTuple):
    """``sender`` is an addr-spec, ``files`` are (path, digest), ``message`` wants its stamp.

    ``card`` is what it says about its recipient, as JSON, or "".
    """

    sender: str
    people: tuple[Recipient, ...]
    subject: str
    company: str
    position: str
    prose: str
    message: Unstamped
    files: tuple[tuple[str, str], ...]
    card: str = ""

    def opened(self, kept: Attachments) -> tuple[Attachment, ...]:
        """Its files.  Raises FileChanged where one is not what it was, Unreadable where it is gone."""
        if not self.files:
            return ()
        found = tuple(kept.open(Path(path)) for path, _ in self.files)
        for file, (path, digest) in zip(found, self.files, strict=True):
            if file.digest != digest:
                raise FileChanged(
                    f"{path} has changed since it was looked at", hint="Run the command again.", file=path
                )
        return found


def seal(rendered: Rendered) -> ComposedLetter:
    """Raises BadData for what cannot be composed."""
    return ComposedLetter(
        sender=rendered.sender.addr_spec,
        people=people(rendered.to, rendered.cc, rendered.bcc),
        subject=str(rendered.subject),
        company=str(rendered.fields.get("company", "")),
        position=str(rendered.fields.get("position", "")),
        prose=str(rendered.prose),
        message=unstamped(rendered),
        files=tuple([(file.path, file.digest) for file in rendered.attachments]),
        card=card_of(rendered),
    )


def card_of(rendered: Rendered) -> str:
    """What a letter says about its recipient, as JSON, or ""."""
    said = {name: rendered.fields[name] for name in _CARD if rendered.fields.get(name)}
    if not said:
        return ""
    import json

    return json.dumps(said, ensure_ascii=False)


def new_letter(
    world: World,
    job: Job,
    sealed: ComposedLetter,
    files: tuple[Attachment, ...],
    identity: str,
    digest: str,
    formerly: tuple[str, ...] = (),
) -> NewLetter:
    """Return what the ledger is to know of it, with its message."""
    stamp = make_stamp(sealed.sender, job.moment(world), world.token())
    return NewLetter(
        identity=identity,
        content_digest=digest,
        message_id=stamp.message_id,
        date=stamp.date,
        sender=sealed.sender,
        people=sealed.people,
        subject=sealed.subject,
        message=sealed.message,
        attachments=files,
        template=job.template,
        company=sealed.company,
        position=sealed.position,
        prose=sealed.prose,
        letter_file=job.letter_file,
        account=job.settings.account or "",
        formerly=formerly,
        card=sealed.card,
    )


def identity_of(job: Job, rendered: Rendered) -> str:
    """Which letter it is (cli.md, *What counts as the same letter*)."""
    from mailer.message.identity import identity

    others = (*rendered.cc, *rendered.bcc)
    return identity(
        rendered.to, others, template=job.template, subject=rendered.subject, step=step_of(rendered), **_about(rendered)
    )


def step_of(rendered: Rendered) -> str:
    """The step of a plan that the letter is, or ""."""
    return rendered.fields.get("step", "")


def formerly_of(job: Job, rendered: Rendered) -> tuple[str, ...]:
    """By which keys earlier versions may have recorded it."""
    if step_of(rendered):
        # Earlier versions knew no steps.
        return ()
    from mailer.message.identity import formerly

    others = (*rendered.cc, *rendered.bcc)
    subjects = filter(None, (rendered.subject, rendered.former_subject))
    return formerly(rendered.to, others, template=job.template, subjects=subjects, **_about(rendered))


def _about(rendered: Rendered) -> dict[str, str]:
    return {name: rendered.fields.get(name, "") for name in ("company", "position")}


def digest_of(job: Job, rendered: Rendered) -> str:
    """Its words: subject, text without signature, attachments."""
    from mailer.message.identity import content_digest

    text = rendered.text if rendered.text is not None else rendered.html or ""
    signature = job.settings.signature
    if signature and rendered.flowed:
        text = text.removesuffix(f"\n-- \n{signature}\n")
    return content_digest(rendered.subject, text, [file.digest for file in rendered.attachments])
