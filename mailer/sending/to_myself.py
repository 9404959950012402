"""The letter to its own sender, over the real way: nothing is claimed or recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import FileChanged, MailerError, Usage
from mailer.ledger.values import Claim
from mailer.sending.connections import Connector
from mailer.sending.plan import Plan
from mailer.sending.run import confirm
from mailer.sending.submission import PATIENCE
from mailer.sending.values import Result

if TYPE_CHECKING:
    from mailer.message.compose import Stamp
    from mailer.message.rendered import Rendered
    from mailer.sending.item import Item
    from mailer.sending.job import Job
    from mailer.sending.reporter import DeferredSignals, Reporter
    from mailer.sending.world import World
    from mailer.transport.session import SmtpSession
    from mailer.transport.values import Outcome, Outgoing


def send_to_myself(world: World, job: Job, reporter: Reporter, *, yes: bool) -> None:
    """Send the one letter of a job to its sender only.  Raises Usage where nobody is there to be asked."""
    for item in job.items():
        own = item if item.rendered is None else _to_sender(item, item.rendered)
        try:
            plan = Plan(own.words(), problems=own.problems, row=own.row, to_myself=True)
            connector = Connector(world, job.options)
            server = world.trusted(job.settings, job.options).submission_server()
            connector.find_secret(server, later=not yes)
            own = own._replace(told=True)
            confirm(world, plan, reporter, yes=yes)
            connector.find_secret(server, later=False)
            if changed := job.changed():
                words = f"{changed} has changed since it was looked at"
                raise FileChanged(words, hint="Run the command again.", file=changed)
            reporter.begin(server.host, _no_copy, 1, again=False)
            with connector.session(server) as session, reporter.signals.listening():
                result = _submit(world, job, session, own, plan.first, reporter.signals)
                reporter.result(result)
        except Usage:
            raise
        except MailerError as error:
            reporter.held_back(own, error)


def _to_sender(item: Item, rendered: Rendered) -> Item:
    subject = f"[to myself] {rendered.subject}".rstrip()
    own = rendered._replace(to=(rendered.sender,), cc=(), bcc=(), subject=subject)
    return item._replace(rendered=own, to=(own.sender.addr_spec,), subject=subject)


def _no_copy(_result: Result, _before: object) -> str:
    return "off"


def _submit(
    world: World, job: Job, session: SmtpSession, item: Item, own: Rendered, signals: DeferredSignals
) -> Result:
    from mailer.message.compose import compose, envelope, make_stamp
    from mailer.transport.values import Outgoing

    now = world.now()
    stamp = make_stamp(own.sender.addr_spec, now.astimezone(job.zone) if job.zone else now, world.token())
    outcome = _outcome(session, Outgoing("to-myself", envelope(own), compose(own, stamp)), signals)
    return _result(item, outcome, stamp)


def _outcome(session: SmtpSession, outgoing: Outgoing, signals: DeferredSignals) -> Outcome:
    """Submit; an interruption is raised again unless it left the letter in doubt."""
    try:
        return next(iter(session.submit([outgoing], signals)))
    except (KeyboardInterrupt, SystemExit):
        for outcome in session.abandon("stopped", PATIENCE):
            if outcome.state in ("in-doubt", "sent"):
                return outcome
        raise


def _result(item: Item, outcome: Outcome, stamp: Stamp) -> Result:
    if outcome.state == "refused" and outcome.reply is None and not outcome.refused:
        return Result(item, "not-sent", None, outcome)
    return Result(item, outcome.state, Claim("new", "", message_id=stamp.message_id), outcome)
