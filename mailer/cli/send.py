"""``mailer send``: checks, shows, asks, sends, remembers."""

from __future__ import annotations

import dataclasses
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, Item, Job, Options, failed, letter_options, not_ready, opened, pass_app, worst
from mailer.cli.outcomes import BLANK, about, error_of, exit_code, replies_json, reply_json
from mailer.errors import CannotWrite, Declined, FileChanged, MailerError, NotTrusted, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.credentials import Found
    from mailer.ledger import Ledger, NewLetter
    from mailer.rendered import Rendered
    from mailer.settings import Server
    from mailer.submission import Ready, Result, Session

_RATE = r"\s*(\d+(?:\.\d+)?)\s*/\s*(min|minute|h|hour|s|sec|second)\s*"
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_GOES = ("new", "retry", "partial")


@click.command(
    "send",
    short_help="Check, show, ask, send, remember.",
    epilog="Example: mailer send letter.md",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("letter")
@click.option("--dry-run", is_flag=True, help="Only show what would go out; the same as preview.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--again", is_flag=True, help="Send a letter anew that was sent or refused before.")
@click.option("--to-myself", is_flag=True, help="Send it to your own address only; nothing is recorded.")
@click.option("--rate", metavar="N/min", help="At most N letters a minute.")
@click.option("--failed", "failed_file", metavar="FILE", help="With --each: where rows that did not go are written.")
@letter_options
@pass_app
def command(
    app: App,
    options: Options,
    dry_run: bool,
    yes: bool,
    again: bool,
    to_myself: bool,
    rate: str | None,
    failed_file: str | None,
) -> int:
    """Check the letter, show it, ask, send it over a verified connection, and remember it.

    A letter that was sent is never sent twice; where the server's answer was lost, mailer says so and waits for you.
    """
    wish = Wish(yes=yes, again=again, to_myself=to_myself, rate=_rate(rate))
    _refuse_nonsense(options, wish, failed_file)
    if dry_run:
        from mailer.cli.preview import show

        return show(app, options, None)
    job = opened(app, options, BLANK)
    if not isinstance(job, Job):
        return job
    with closing(job):
        if to_myself:
            from mailer.cli.tomyself import send_to_myself

            return send_to_myself(app, job, wish)
        return _send(app, job, wish)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options of ``send`` ask for; ``rate`` in letters a minute, 0 for no limit."""

    yes: bool
    again: bool
    to_myself: bool
    rate: float


def _rate(text: str | None) -> float:
    import re

    if text is None:
        return 0.0
    match = re.fullmatch(_RATE, text)
    if not match or not float(match[1]):
        raise click.UsageError(f"--rate {text}: write it like 30/min.")
    return float(match[1]) * 60 / _SECONDS[match[2]]


def _refuse_nonsense(options: Options, wish: Wish, failed_file: str | None) -> None:
    for name, given in (("--again", wish.again), ("--to-myself", wish.to_myself)):
        if given and options.each is not None and options.row is None:
            raise click.UsageError(f"{name} with --each goes with --row N: one letter at a time.")
    if "-" in (options.letter, options.each) and not wish.yes:
        raise click.UsageError("with a letter or CSV on standard input nobody can be asked: give --yes.")
    if failed_file is not None and options.each is None:
        raise click.UsageError("--failed goes with --each.")


def _send(app: App, job: Job, wish: Wish) -> int:
    from mailer.ledger import open_ledger

    try:
        ledger = open_ledger(job.settings.ledger_path, clock=app.now)
    except MailerError as error:
        return failed(app, job.options, Item(None, None, error=error), BLANK)
    with ledger:
        return _Sending(app, job, wish, ledger).run()


@dataclass(slots=True)
class _Sending:
    """One ``mailer send``: first all letters are looked at, then any is sent."""

    app: App
    job: Job
    wish: Wish
    ledger: Ledger
    kinds: Counter[str] = field(default_factory=Counter)
    first: Rendered | None = None
    codes: set[int] = field(default_factory=set)
    states: Counter[str] = field(default_factory=Counter)
    host: str = ""
    copy: str = "off"

    def run(self) -> int:
        """The exit code."""
        items = self._look()
        if not self.kinds["good"]:
            self._tell_all(items(), self._standing)
            return self._end()
        try:
            server = self.job.settings.submission_server()
            found = secret(self.app, self.job, server, asked=not self.wish.yes)
            agreed = self.wish.yes or self._agreed()
            if agreed and found is None:
                found = secret(self.app, self.job, server, asked=False)
        except MailerError as error:
            return self._nothing_goes(items(), error)
        if not agreed:
            return self._nothing_goes(items(), Declined("not sent", hint="Nothing was recorded either."))
        changed = self._changed()
        if changed:
            return self._nothing_goes(items(), changed)
        return self._submit(items(), server, found.secret if found else "")

    # First all

    def _look(self) -> Callable[[], Iterator[Item]]:
        """Look at every letter; what gives the letters again."""
        if self.job.table is None:
            only = list(self.job.items())
            self._count(only[0])
            return lambda: iter(only)
        for item in self.job.items():
            self._count(item)
        return self.job.items

    def _count(self, item: Item) -> None:
        kind = self._kind(item)
        self.kinds[kind] += 1
        if kind == "good" and self.first is None:
            self.first = item.rendered

    def _kind(self, item: Item) -> str:
        """ "good", "bad", or what the ledger says of it."""
        if item.rendered is None:
            return "bad"
        claim = self.ledger.peek(self._identity(item.rendered), self._digest(item.rendered), again=self.wish.again)
        if claim.kind not in _GOES:
            return claim.kind
        return "bad" if item.blocked else "good"

    # Then any

    def _submit(self, items: Iterator[Item], server: Server, password: str) -> int:
        from mailer.submission import Pace, Submitter

        self.host = server.host
        self.copy = _copy(server)
        default = 60.0 if self.job.options.each is not None else 0.0
        retry = default if server.retry_seconds is None else server.retry_seconds
        window = 1 if self.wish.rate else server.window
        submitter = Submitter(
            self.ledger,
            lambda without: connect(self.app, self.job.options, server, password, without),
            Pace(window, self.wish.rate, retry),
            again=self.wish.again,
            note=self.app.output.note,
        )
        try:
            for result in submitter.submit(self._ready(items)):
                self._tell(result)
        except BaseException as error:
            return self._interrupted(submitter.stop, error)
        return self._end()

    def _ready(self, items: Iterator[Item]) -> Iterator[Ready]:
        """The letters that may go; the others are told as they come."""
        from mailer.submission import Ready

        for item in items:
            kind = self._kind(item)
            if kind == "bad":
                self._tell_bad(item)
                continue
            assert item.rendered is not None
            try:
                new = self._new(item.rendered)
            except MailerError as error:
                self._tell_bad(dataclasses.replace(item, error=error))
            else:
                yield Ready(item, new, _composer(item.rendered))

    def _new(self, rendered: Rendered) -> NewLetter:
        from mailer.ledger import NewLetter
        from mailer.message import make_stamp

        letter = self.job.letter
        stamp = make_stamp(rendered.sender, self.app.now(), self.app.token())
        return NewLetter(
            identity=self._identity(rendered),
            content_digest=self._digest(rendered),
            message_id=stamp.message_id,
            date=stamp.date,
            sender=rendered.sender.addr_spec,
            to=rendered.to,
            cc=rendered.cc,
            bcc=rendered.bcc,
            subject=rendered.subject,
            template=letter.template,
            company=rendered.fields.get("company", ""),
            position=rendered.fields.get("position", ""),
            prose=rendered.fields.get("prose", letter.prose),
            letter_file=str(letter.path.absolute()) if letter.path else "",
            account=self.job.settings.account or "",
            attachments=rendered.attachments,
        )

    def _identity(self, rendered: Rendered) -> str:
        from mailer.ledger import identity

        about = {name: rendered.fields.get(name, "") for name in ("company", "position")}
        template = self.job.letter.template
        others = (*rendered.cc, *rendered.bcc)
        return identity(rendered.to, others, template=template, subject=rendered.subject, **about)

    def _digest(self, rendered: Rendered) -> str:
        from mailer.ledger import content_digest

        text = rendered.text if rendered.text is not None else rendered.html or ""
        signature = self.job.settings.signature
        if signature and rendered.flowed:
            text = text.removesuffix(f"\n-- \n{signature}\n")
        return content_digest(rendered.subject, text, [file.digest for file in rendered.attachments])

    # Asking

    def _agreed(self) -> bool:
        if not self.app.can_ask():
            raise Usage("nobody can be asked here", hint="Give --yes to send without a question.")
        assert self.first is not None
        show(self.app, self.first)
        good, total = self.kinds["good"], sum(self.kinds.values())
        if self.job.options.each is None:
            return bool(click.confirm("Send this letter?", default=False, err=True))
        bad = f"{self.kinds['bad']} of {total} not ready; " if self.kinds["bad"] else ""
        done = f"{self.kinds['already-sent']} already sent; " if self.kinds["already-sent"] else ""
        ask = f"{bad}{done}send {good}?"
        return bool(click.confirm(ask[0].upper() + ask[1:], default=False, err=True))

    def _changed(self) -> FileChanged | None:
        """The error where a file is not what it was when it was shown."""
        from mailer.attachments import changed_since

        name = self.job.changed()
        if not name and self.first is not None and not self.wish.yes:
            name = next((file.path for file in self.first.attachments if changed_since(file)), "")
        if not name:
            return None
        return FileChanged(f"{name} has changed since it was shown", hint="Run the command again.", file=name)

    # Telling

    def _nothing_goes(self, items: Iterator[Item], error: MailerError) -> int:
        """No letter goes, and each says why."""
        if isinstance(error, Usage):
            raise error

        def tell(item: Item, kind: str) -> None:
            if kind == "good":
                status = "not-ready" if error.code == 1 else "not-sent"
                self._report(item, {"status": status}, error)
            else:
                self._standing(item, kind)

        self._tell_all(items, tell)
        return self._end()

    def _tell_all(self, items: Iterator[Item], tell: Callable[[Item, str], None]) -> None:
        for item in items:
            tell(item, self._kind(item))

    def _standing(self, item: Item, kind: str) -> None:
        """Tell of a letter that is not fit, or that the ledger holds back."""
        from mailer.submission import STATES, Result

        if kind == "bad":
            self._tell_bad(item)
            return
        assert item.rendered is not None
        claim = self.ledger.peek(self._identity(item.rendered), self._digest(item.rendered), again=self.wish.again)
        self._tell(Result(item, STATES[kind], claim))

    def _tell_bad(self, item: Item) -> None:
        error = item.error or not_ready(item)
        self._report(item, {"status": "invalid" if item.error else "not-ready"}, error)

    def _tell(self, result: Result) -> None:
        claim, outcome = result.claim, result.outcome
        reply = outcome.reply if outcome else claim.reply if claim else None
        told = {
            "status": result.state,
            "id": claim.id or None if claim else None,
            "message_id": claim.message_id or None if claim else None,
            "refused": replies_json(result.refused),
            "reply": reply_json(reply),
            "copy": self.copy if result.state == "sent" else "off",
        }
        self._report(result.tag, told, error_of(result, self.host))

    def _report(self, item: Item, told: dict[str, Any], error: MailerError | None) -> None:
        output, options = self.app.output, self.job.options
        self.codes.add(exit_code(error))
        self.states[told["status"]] += 1
        what = about(item.rendered)
        # A stdout that is full says nothing about the letter.
        with suppress(CannotWrite):
            if options.json:
                problems = [problem.as_json() for problem in item.problems]
                said = {"row": item.row, "problems": problems, "error": error.as_json() if error else None}
                output.json({**BLANK, **what, **told, **said})
            else:
                line = [told["status"], ",".join(what["to"]), what["subject"] or "", told.get("id") or ""]
                output.line("\t".join(line))
            output.flush()
        if error:
            output.row_error(error, item.row, options.each)
        output.problems(item.problems, item.row)

    def _end(self) -> int:
        code = worst(self.codes)
        if self.job.options.each is not None:
            counts = ", ".join(f"{count} {state}" for state, count in self.states.most_common())
            self.app.output.note(f"{counts}.")
            if self.states["deferred"]:
                self.app.output.note("Run the same command again for what is deferred: nothing goes twice.")
            if self.states["in-doubt"]:
                self.app.output.note("mailer outbox says what to do about letters in doubt.")
        return code

    def _interrupted(self, stop: Callable[[], list[Result]], error: BaseException) -> int:
        """Record and tell what is known; a letter in doubt outweighs the interruption."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):
                signal.signal(number, signal.SIG_IGN)
        for result in stop():
            self._tell(result)
        if self.states["in-doubt"]:
            return 76
        raise error


def _composer(rendered: Rendered) -> Callable[[str, datetime], bytes]:
    from mailer.message import Stamp, compose

    return lambda message_id, date: compose(rendered, Stamp(message_id, date))


def _copy(server: Server) -> str:
    from mailer.discovery import provider_for_host

    if server.save_sent == "no":
        return "off"
    provider = provider_for_host(server.host)
    return "by-server" if provider and provider.files_sent == "yes" else "off"


def secret(app: App, job: Job, server: Server, *, asked: bool) -> Found | None:
    """The secret to sign in with; None without sign-in.

    With ``asked`` nobody is asked for it yet: None then also where only a person can give it.  Raises NotTrusted.
    """
    from mailer import credentials

    if server.auth == "none":
        return None
    token = server.auth == "oauth2"
    command = server.token_command if token else server.password_command
    can_ask = app.can_ask() and job.options.letter != "-" and job.options.each != "-"

    def prompt() -> str:
        return str(click.prompt(f"Password for {server.username} at {server.host}", hide_input=True, err=True))

    service = "" if token else credentials.smtp_service(server.host)
    try:
        return credentials.find(
            service,
            server.username,
            app.environ,
            command=command,
            token=token,
            prompt=prompt if can_ask and not token and not asked else None,
        )
    except NotTrusted:
        if asked and can_ask and not token:
            return None
        raise


def connect(app: App, options: Options, server: Server, password: str, without: frozenset[str]) -> Session:
    """A signed-in session with the server of the settings."""
    from mailer.transport.smtp import open_session

    return open_session(server, password, log=app.output.note if options.verbose else None, without=without)


def show(app: App, rendered: Rendered) -> None:
    """The preview on stderr, before the question."""
    from mailer.cli.preview import placeholder
    from mailer.preview import terminal

    app.output.note("")
    for line in terminal(rendered, len(placeholder(rendered))):
        app.output.note(line)
    app.output.note("")

