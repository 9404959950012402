"""``mailer send --to-myself``: the letter to one's own address; it claims and records nothing."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, Item, Job, failed
from mailer.cli.outcomes import BLANK, error_of, exit_code, reply_json
from mailer.cli.send import Wish, connect, secret, show
from mailer.errors import Declined, MailerError, Usage
from mailer.submission import Result

if TYPE_CHECKING:
    from mailer.rendered import Rendered
    from mailer.transport.outgoing import Outcome


def send_to_myself(app: App, job: Job, wish: Wish) -> int:
    """Send each letter to its sender only; the exit code."""
    for item in job.items():
        try:
            return _sent(app, job, item, wish)
        except Usage:
            raise
        except MailerError as error:
            status = "not-ready" if error.code == 1 else "invalid" if item.error else "not-sent"
            return failed(app, job.options, dataclasses.replace(item, error=error), {**BLANK, "status": status})
    return 0


def _sent(app: App, job: Job, item: Item, wish: Wish) -> int:
    if item.error is not None:
        raise item.error
    assert item.rendered is not None
    own = _addressed_to_sender(item.rendered)
    server = job.settings.submission_server()
    found = secret(app, job, server, asked=not wish.yes)
    app.output.problems(item.problems, item.row)
    if not wish.yes:
        _ask(app, own)
        found = found or secret(app, job, server, asked=False)
    with connect(app, job.options, server, found.secret if found else "", frozenset()) as session:
        outcome, message_id = _submit(app, session, own)
    result = Result(item, outcome.state, None, outcome)
    return _tell(app, job, item, own, result, message_id, server.host)


def _addressed_to_sender(rendered: Rendered) -> Rendered:
    subject = f"[to myself] {rendered.subject}"
    return dataclasses.replace(rendered, to=(rendered.sender,), cc=(), bcc=(), subject=subject)


def _ask(app: App, own: Rendered) -> None:
    if not app.can_ask():
        raise Usage("nobody can be asked here", hint="Give --yes to send without a question.")
    show(app, own)
    if not click.confirm(f"Send this to yourself ({own.sender.addr_spec})?", default=False, err=True):
        raise Declined("not sent")


def _submit(app: App, session: object, own: Rendered) -> tuple[Outcome, str]:
    from mailer.message import compose, envelope, make_stamp
    from mailer.transport.outgoing import Outgoing
    from mailer.transport.smtp import SmtpSession

    assert isinstance(session, SmtpSession)
    stamp = make_stamp(own.sender, app.now(), app.token())
    outgoing = Outgoing("to-myself", envelope(own), compose(own, stamp))
    return next(iter(session.submit([outgoing], lambda _ids: None))), stamp.message_id


def _tell(
    app: App, job: Job, item: Item, own: Rendered, result: Result, message_id: str, host: str
) -> int:
    error = error_of(result, host)
    outcome = result.outcome
    assert outcome is not None
    if job.options.json:
        told = {
            "status": result.state,
            "row": item.row,
            "to": [own.sender.addr_spec],
            "subject": own.subject,
            "message_id": message_id,
            "reply": reply_json(outcome.reply),
            "problems": [problem.as_json() for problem in item.problems],
            "error": error.as_json() if error else None,
        }
        app.output.json({**BLANK, **told})
    else:
        app.output.line("\t".join([result.state, own.sender.addr_spec, own.subject, ""]))
    if error:
        app.output.error(error)
    return exit_code(error)
