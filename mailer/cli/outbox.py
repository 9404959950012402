"""``mailer outbox``: list what waits for the server or for the user, and settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli.app import HELP, App, app_command, pass_app
from mailer.cli.main import Group
from mailer.cli.options import verbose_option
from mailer.cli.style import BAD, LOOK, on_terminal, style, wrapped
from mailer.errors import Declined, Usage
from mailer.sending.outcomes import day, moment_words

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.records import Waiting
    from mailer.ledger.values import Dropped
    from mailer.people.returned import Returned
    from mailer.settings.settings import Settings

_COLOURS = {**dict.fromkeys(("in-doubt", "refused", "came-back"), BAD), "deferred": LOOK}


@click.group(
    "outbox",
    cls=Group,
    invoke_without_command=True,
    short_help="List letters that are waiting, failed or came back, and what to do.",
    epilog="Example: mailer outbox; mailer outbox resolve ID --sent",
    context_settings=HELP,
)
@click.option("--account", metavar="NAME", help="The account to use.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON, one line per letter.")
@verbose_option
@pass_app
@click.pass_context
def command(ctx: click.Context, app: App, account: str | None, as_json: bool, verbose: int) -> int:
    """List letters that are waiting, failed or came back, and what to do.

    That is: queued, deferred, refused or in doubt, saved as a draft in your mailbox, missing from your Sent folder, or
    returned after they were sent.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from mailer.ledger.ledger import open_ledger
    from mailer.people.returned import returned
    from mailer.sending.kept_back import kept_back

    with app.output.json_error(as_json):
        path = app.ledger(account)
        if verbose:
            app.output.note(f"ledger: {path}")
        with open_ledger(path, create=False) as ledger:
            waiting = ledger.outbox()
            back = returned(ledger.store)
            settings, now = app.settings(account), app.now()
            due = [letter.id for letter in waiting if letter.due and letter.due <= now]
            why = {name: f"{error.text}. {error.hint}" for name, error in kept_back(app, settings, ledger, due)}
        zone = settings.timezone
    letters = [(letter, why.get(letter.id) or _next(letter)) for letter in waiting] + [
        (one.letter, _after(one)) for one in back
    ]
    for letter, then in letters:
        if as_json:
            app.output.json(_as_json(letter, then))
        else:
            _show(app, letter, then, zone)
    if not letters and not as_json:
        app.output.note("The outbox is empty.")
    return 0


@app_command(
    "resolve",
    "Find out, or say, whether a letter in doubt or a draft was sent.",
    "mailer outbox resolve 4k7m2p",
    of=command,
)
@click.argument("letter", metavar="ID")
@click.option("--sent", is_flag=True, help="It was sent.")
@click.option("--not-sent", is_flag=True, help="It was not sent, and may be sent again.")
@click.option("--account", metavar="NAME", help="The account to use.")
@verbose_option
def resolve(app: App, letter: str, sent: bool, not_sent: bool, account: str | None, verbose: int) -> int:
    """Settle a letter in doubt, or a draft: mailer looks in your Sent folder, or you say what you found out.

    With --not-sent, a letter in doubt may be sent again, and a draft is forgotten.
    """
    from mailer.ledger.ledger import open_ledger

    if sent and not_sent:
        raise click.UsageError("give either --sent or --not-sent.")
    with open_ledger(app.ledger(account), clock=app.now) as ledger:
        if not (sent or not_sent):
            settings = _settings_of(app, ledger, letter, account)
            if app.trusted(settings).server().imap_host:
                from mailer.sending.resolve import look_up

                app.output.line(f"{letter} was sent: it is in {look_up(app, ledger, letter, settings, verbose)}.")
                return 0
            sent = _asked(app, ledger, letter)
        ledger.resolve(letter, sent=sent)
    verdict = "counts as sent" if sent else "may be sent again: run mailer send on it"
    app.output.note(f"{letter} {verdict}.")
    if verbose:
        app.output.note("mailer outbox lists what is still waiting.")
    return 0


@app_command("copy", "Try again to put a sent letter into your Sent folder.", "mailer outbox copy", of=command)
@click.argument("letters", metavar="[ID]…", nargs=-1)
@click.option("--account", metavar="NAME", help="The account to use.")
@verbose_option
def copy(app: App, letters: tuple[str, ...], account: str | None, verbose: int) -> int:
    """Put the copies that failed into your Sent folder: all of them, or those of ID. Nothing is sent."""
    from mailer.ledger.ledger import open_ledger
    from mailer.sending.resolve import copy_again, uncopied

    with open_ledger(app.ledger(account), clock=app.now) as ledger:
        wanted = uncopied(ledger, letters)
        for name, records in wanted.items():
            settings = app.settings(account if account is not None else name or None)
            for record in copy_again(app, ledger, records, settings, verbose):
                app.output.line(f"{record.id} has its copy in Sent.")
    if not wanted:
        app.output.note("No copy failed.")
    return 0


@app_command("drop", "Give up on a refused, deferred or queued letter.", "mailer outbox drop 4k7m2p", of=command)
@click.argument("letter", metavar="ID")
@click.option("--account", metavar="NAME", help="The account to use.")
@verbose_option
def drop(app: App, letter: str, account: str | None, verbose: int) -> int:
    """Give up on a refused, deferred or queued letter: it leaves the outbox, and may be sent again as a new one.

    Anyone who already has it gets no second one. A letter in doubt cannot be dropped: resolve it.
    """
    from mailer.ledger.ledger import open_ledger
    from mailer.sending.world import ledger_of
    from mailer.settings.settings import load

    with open_ledger(ledger_of(load(app.environ, app.cwd, account)), clock=app.now) as ledger:
        record = ledger.letter(letter)
        dropped = ledger.drop(letter)
    app.output.note(f"{record.id} ({record.subject}) is let go. {_let_go(dropped)}")
    if verbose:
        app.output.note("mailer outbox lists what is still waiting.")
    return 0


@app_command("send", "Send queued letters that have come due.", "mailer outbox send", of=command)
@click.option("--account", metavar="NAME", help="Only letters of this account.")
@click.option("--rate", metavar="N/min", help="At most N letters a minute.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON, one line per letter.")
@verbose_option
def send(app: App, account: str | None, rate: str | None, as_json: bool, verbose: int) -> int:
    """Send the letters queued with send --queue or --at whose time has come. Nothing is asked.

    Anyone who was stopped, is on hold or has answered meanwhile gets no letter: theirs stays queued.
    """
    from mailer.cli.outbox_send import send_queued
    from mailer.cli.send import per_minute
    from mailer.sending.come_due import Asked

    return send_queued(app, Asked(account, per_minute(rate), as_json, verbose))


def _let_go(dropped: Dropped) -> str:
    """What that means."""
    if dropped.got:
        got = ", ".join(dropped.got)
        return f"It counts as sent: {got} got it, and nobody else will, unless --again sends a new one to all."
    if dropped.standing == "draft":
        return "Nobody got it; it stands as a draft, as before."
    if dropped.standing:
        return "Nobody got it; the one that was sent before counts again, and only --again sends another."
    return "Nobody got it, and nothing more is tried; mailer send may send it again, as a new letter."


def _settings_of(app: App, ledger: Ledger, letter: str, account: str | None) -> Settings:
    """The settings of the account that is named, else of the one that the letter was written with."""
    return app.settings(account if account is not None else ledger.letter(letter).account or None)


def _asked(app: App, ledger: Ledger, letter: str) -> bool:
    """What a person at the terminal found out.

    Raises Usage without a terminal and for a letter that is settled, Declined where they do not know.
    """
    from mailer.ledger.settling import settled_error

    waiting = next((each for each in ledger.outbox() if each.id == letter.lower()), None)
    state = waiting.state if waiting else ledger.letter(letter).state
    if waiting is None or state not in ("in-doubt", "draft"):
        raise settled_error(letter, state, waits=waiting is not None)
    if not app.can_ask():
        hint = "Look for it in your Sent folder, then give --sent or --not-sent."
        raise Usage(f"was {letter} sent? Nobody can be asked here", hint=hint)
    app.output.note(f"{', '.join(waiting.to)}: {waiting.subject}")
    answers = click.Choice(("sent", "not-sent", "unknown"))
    answer = click.prompt("Is it in your Sent folder, or did it arrive?", type=answers, default="unknown", err=True)
    if answer == "unknown":
        raise Declined("it stays in doubt", hint="It is not sent again until you say.")
    return bool(answer == "sent")


def _next(letter: Waiting) -> str:
    """What to do about a letter, in one sentence."""
    if letter.state == "in-doubt":
        say = "looks for it in Sent; or say --sent, or --not-sent to send it again."
        return f"mailer outbox resolve {letter.id} {say}"
    if letter.state == "refused":
        return f"Fix what the reply says, then mailer send --again; or let it go: mailer outbox drop {letter.id}."
    if letter.state == "draft":
        return f"Send it from your mail program; then mailer outbox resolve {letter.id} looks for it in Sent."
    if letter.state == "sent":
        return f"It is sent, only its copy in Sent failed: mailer outbox copy {letter.id}."
    if letter.state == "queued":
        return f"mailer outbox send sends it once its time has come; or let it go: mailer outbox drop {letter.id}."
    if letter.state in ("claimed", "sending"):
        return "Another mailer is sending it now."
    return f"Run mailer send on it again, nothing goes twice; or let it go: mailer outbox drop {letter.id}."


def _after(back: Returned) -> str:
    """What to do about a letter that came back."""
    if back.kind == "challenge":
        what = "Open their message in your mail program, if you want to do what it asks; then it counts again"
        return f"{what}: mailer sync --undo {back.event}."
    return f"Fix what it says, then mailer send --again; or if it arrived after all: mailer sync --undo {back.event}."


def _as_json(letter: Waiting, then: str) -> dict[str, object]:
    told = {
        "id": letter.id,
        "state": letter.state,
        "to": list(letter.to),
        "subject": letter.subject,
        "message_id": letter.message_id,
        "since": letter.since.isoformat(),
        "attempts": letter.attempts,
        "reply": _words(letter) if letter.state == "came-back" else letter.reply.as_json() if letter.reply else None,
        "next": then,
    }
    return told | {"due": letter.due.isoformat()} if letter.due else told


def _words(letter: Waiting) -> dict[str, object]:
    """What came back says, as a reply: of its code nobody knows whether it is the server's own."""
    import re

    status = re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", letter.remark)
    return {"code": None, "status": status[0] if status else None, "text": letter.remark}


def _show(app: App, letter: Waiting, then: str, zone: tzinfo | None) -> None:
    line = app.output.line
    state = style(f"{letter.state:<9}", fg=_COLOURS.get(letter.state), bold=True)
    line(f"{letter.id}  {state}  {', '.join(letter.to)}  {letter.subject}")
    why = letter.reply.line if letter.reply else letter.remark
    tries = f", {letter.attempts} tries" if letter.attempts > 1 else ""
    due = f", not before {moment_words(letter.due.astimezone(zone))}" if letter.due else ""
    for words in (f"since {day(letter.since, zone)}{due}{tries}{': ' if why else ''}{why}", then):
        for each in wrapped(words, 8) if on_terminal() else (f"{'':<8}{words}",):
            line(each)
