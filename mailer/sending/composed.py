"""A letter that was looked at, composed but for its stamp, as it is kept on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import BadData, FileChanged
from mailer.ledger.values import NewLetter, Recipient, people, told
from mailer.message.compose import Unstamped, make_stamp, unstamped
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.checks.similar import Keys
    from mailer.message.attachments import Attachment, Attachments
    from mailer.message.rendered import Rendered
    from mailer.sending.item import Item
    from mailer.sending.job import Job
    from mailer.sending.world import World

_CARD = ("refused_on", "language", "country", "time_zone", "plan", "step")


class ComposedLetter(NamedTuple):
    """``sender`` is an addr-spec, ``files`` are (path, digest), ``message`` wants its stamp.

    ``card`` is what it says about its recipient, as JSON, or "".  ``known_by`` is what later runs find it by, if that
    is known already.
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
    known_by: Keys | None = None

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


def compose_letter(rendered: Rendered, known_by: Keys | None = None) -> ComposedLetter:
    """Raises BadData for what cannot be composed."""
    files = tuple([(file.path, file.digest) for file in rendered.attachments])
    return ComposedLetter(
        card=card_of(rendered),
        sender=rendered.sender.addr_spec,
        people=people(rendered.to, rendered.cc, rendered.bcc),
        subject=str(rendered.subject),
        company=str(rendered.fields.get("company", "")),
        position=str(rendered.fields.get("position", "")),
        prose=str(rendered.prose),
        files=files,
        message=unstamped(rendered),
        known_by=known_by,
    )


def of_batch(item: Item) -> ComposedLetter:
    """The same with what later runs find it by: here two processes may share that work.  Raises BadData."""
    composed = compose_letter(item.words(), item.known_by)
    if item.known_by:
        return composed
    from mailer.ledger.history import known_by_words

    of = told(composed.company, composed.position, composed.prose, composed.people)
    return composed._replace(known_by=known_by_words(of))


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
    composed: ComposedLetter,
    files: tuple[Attachment, ...],
    key: LetterKey,
    when: datetime | None = None,
) -> NewLetter:
    """Return what the ledger is to know of it, with its message, dated now or ``when``."""
    now = when or world.now()
    stamp = make_stamp(composed.sender, now.astimezone(job.zone) if job.zone else now, world.token())
    return NewLetter(
        identity=key.identity,
        content_digest=key.digest,
        message_id=stamp.message_id,
        date=stamp.date,
        sender=composed.sender,
        people=composed.people,
        subject=composed.subject,
        message=composed.message,
        attachments=files,
        template=job.template,
        company=composed.company,
        position=composed.position,
        prose=composed.prose,
        letter_file=job.letter_file,
        account=job.settings.account or "",
        formerly=key.formerly,
        card=composed.card,
        known_by=composed.known_by,
    )


class LetterKey(NamedTuple):
    """Which letter it is (cli.md, *What counts as the same letter*), and the digest of its words.

    ``formerly`` are the identities under which earlier versions may have recorded it.
    """

    identity: str
    digest: str
    formerly: tuple[str, ...] = ()


def key_of(job: Job, rendered: Rendered) -> LetterKey:
    """Tell which letter it is: to whom and about what; and its words: subject, text without signature, attachments."""
    from mailer.message import identity

    to, others, step = rendered.to, (*rendered.cc, *rendered.bcc), rendered.fields.get("step", "")
    about = {name: rendered.fields.get(name, "") for name in ("company", "position")}
    digests = [file.digest for file in rendered.attachments]
    text = rendered.text if rendered.text is not None else rendered.html or ""
    signature = job.settings.signature
    if signature and rendered.flowed:
        text = text.removesuffix(f"\n-- \n{signature}\n")
    subjects = filter(None, (rendered.subject, rendered.former_subject))
    return LetterKey(
        identity.identity(to, others, template=job.template, subject=rendered.subject, step=step, **about),
        identity.content_digest(rendered.subject, text, digests),
        # Earlier versions knew no steps.
        () if step else identity.formerly(to, others, template=job.template, subjects=subjects, **about),
    )


class Prepared(NamedTuple):
    """Which letter it is, and what goes of it, pickled; None where it has to be found out why it cannot be composed."""

    key: LetterKey
    composed: bytes | None


def prepare(job: Job, item: Item) -> Prepared:
    """Make a letter of a batch ready to be kept, whether it may go or not."""
    import pickle

    try:
        composed = pickle.dumps(of_batch(item), pickle.HIGHEST_PROTOCOL)
    except BadData:
        composed = None
    return Prepared(key_of(job, item.words()), composed)
