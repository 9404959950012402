"""``mailer send --to-myself``: the letter to one's own address; it claims and records nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.cli.app import App, status_of
from mailer.cli.connecting import connect, must_be_able_to_ask, secret, show
from mailer.cli.job import Item, Job
from mailer.cli.outcomes import error_of, replies_json, reply_json
from mailer.cli.report import Teller
from mailer.cli.sending import PATIENCE, Wish
from mailer.errors import Declined, FileChanged, MailerError, Usage
from mailer.sending.values import Result

if TYPE_CHECKING:
    from mailer.accounts.secrets.keyring import Found
    from mailer.message.compose import Stamp
    from mailer.message.rendered import Rendered
    from mailer.settings.settings import Server
    from mailer.transport.session import SmtpSession
    from mailer.transport.values import Outcome, Outgoing


def send_to_myself(app: App, job: Job, wish: Wish) -> int:
    """Send the one letter to its sender only; the exit code."""
    teller = Teller(app, job)
    for item in job.items():
        own = item if item.rendered is None else item._replace(rendered=_to_sender(item.rendered))
        try:
            server, found = _ready(app, job, wish, own)
            _show(app, wish, own)
            own = own._replace(told=True)
            _send(app, job, wish, own, server, found, teller)
        except Usage:
            raise
        except MailerError as error:
            teller.report(own, {"status": status_of(error)}, error)
    if teller.doubtful:
        return 76
    return next(iter(teller.codes), 0)


def _ready(app: App, job: Job, wish: Wish, item: Item) -> tuple[Server, Found | None]:
    if item.rendered is None:
        raise item.error or Usage("there is no letter")
    server = app.trusted(job.settings, job.options).submission_server()
    return server, secret(app, job, server, asked=not wish.yes)


def _show(app: App, wish: Wish, item: Item) -> None:
    """What a person who is asked sees first; the problems in any case."""
    if not wish.yes:
        must_be_able_to_ask(app)
        assert item.rendered is not None
        show(app, item.rendered)
    app.output.problems(item.problems, item.row)


def _send(app: App, job: Job, wish: Wish, item: Item, server: Server, found: Found | None, teller: Teller) -> None:
    assert item.rendered is not None
    if not wish.yes:
        _ask(item.rendered)
        found = found or secret(app, job, server, asked=False)
    if changed := job.changed():
        raise FileChanged(f"{changed} has changed since it was looked at", hint="Run the command again.", file=changed)
    outcome, stamp = _submit(app, job, server, found, item.rendered)
    _tell(item, outcome, stamp, server, teller)


def _to_sender(rendered: Rendered) -> Rendered:
    subject = f"[to myself] {rendered.subject}".rstrip()
    return rendered._replace(to=(rendered.sender,), cc=(), bcc=(), subject=subject)


def _ask(own: Rendered) -> None:
    question = printable(f"Send this to yourself ({own.sender.addr_spec})?")
    if not click.confirm(question, default=False, err=True):
        raise Declined("not sent", hint="Nothing was recorded either.")


def _submit(app: App, job: Job, server: Server, found: Found | None, own: Rendered) -> tuple[Outcome, Stamp]:
    from mailer.message.compose import compose, envelope, make_stamp
    from mailer.transport.values import Outgoing

    stamp = make_stamp(own.sender.addr_spec, job.moment(app), app.token())
    outgoing = Outgoing("to-myself", envelope(own), compose(own, stamp))
    with connect(app, job.options, server, found, frozenset()) as session:
        return _outcome(session, outgoing), stamp


def _outcome(session: SmtpSession, outgoing: Outgoing) -> Outcome:
    """What became of it; an interruption is raised again unless it left the letter in doubt."""
    try:
        return next(iter(session.submit([outgoing])))
    except (KeyboardInterrupt, SystemExit):
        for outcome in session.abandon("stopped", PATIENCE):
            if outcome.state in ("in-doubt", "sent"):
                return outcome
        raise


def _tell(item: Item, outcome: Outcome, stamp: Stamp, server: Server, teller: Teller) -> None:
    unfit = outcome.state == "refused" and outcome.reply is None and not outcome.refused
    result = Result(item, "not-sent" if unfit else outcome.state, None, outcome)
    teller.doubtful += outcome.state == "in-doubt"
    told = {
        "status": result.state,
        "message_id": None if unfit else stamp.message_id,
        "refused": replies_json(outcome.refused),
        "reply": reply_json(outcome.reply),
    }
    teller.report(item, told, error_of(result, server.host))
