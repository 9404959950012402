"""``mailer doctor``: test each step from the settings to the mailbox; nothing is sent."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from mailer.characters import printable
from mailer.cli.app import App, app_command
from mailer.cli.options import verbose_option
from mailer.cli.style import BAD, on_terminal, style, wrapped
from mailer.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.accounts.doctor.steps import Diagnosis, Probe
    from mailer.settings.settings import Settings

_MARKS = {True: ("ok", None), False: ("FAILED", BAD), None: ("-", None)}


@app_command(
    "doctor",
    "Test each step to your mail server and the ledger, and say what to do.",
    "mailer doctor, or mailer doctor --account work --json",
)
@click.option("--account", metavar="NAME", help="The account to test.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
def command(app: App, account: str | None, as_json: bool, verbose: int) -> int:
    """Test settings, keyring, DNS, TCP, TLS, EHLO, sign-in, envelope, IMAP folders and the ledger, in this order.

    For each step: how long it took and what was seen; where it failed, why and what to do. Nothing is sent and no
    secret is shown. The exit code is that of the first step that failed.
    """
    from mailer.accounts.doctor.examine import examine
    from mailer.sending.world import ledger_of

    found = examine(
        _loader(app, account),
        app.environ,
        log=app.output.note if verbose else None,
        tell=str if as_json else lambda step: _tell(app, step),
        now=app.now,
        ledger_of=ledger_of,
    )
    if as_json:
        app.output.json(_as_json(found))
    else:
        _conclude(app, found)
    return found.error.code if found.error else 0


def _loader(app: App, account: str | None) -> Callable[[], Settings]:
    """What gives the settings, or raises their fault.  Raises Declined where the folder is not to be trusted."""
    from mailer.sending.outside import without_outside

    try:
        settings = without_outside(app, app.settings(account), ())
    except BadSettings:
        return lambda: app.settings(account)
    if app.can_ask():
        app.trusted(settings)
    return lambda: settings


def _tell(app: App, step: Probe) -> None:
    mark, colour = _MARKS[step.ok]
    time = f"{step.seconds:.3f} s" if step.ok is not None else ""
    first, *more = _column(step.text)
    state = style(f"{mark:<6}", fg=colour, bold=step.ok is False)
    app.output.line(f"{step.step:<8}  {state}  {time:>9}  {first.strip()}")
    for words in (step.seen, step.hint and f"→ {step.hint}"):
        more += _column(words) if words else []
    for line in more:
        app.output.line(line)
    app.output.flush()


def _column(words: str) -> list[str]:
    """Lines of the last column: on a terminal as wide as it is, in a pipe one."""
    return wrapped(words, 29) if on_terminal() else [f"{'':<29}{printable(words)}"]


def _conclude(app: App, found: Diagnosis) -> None:
    failed = next((step.step for step in found.steps if step.ok is False), "")
    app.output.note(f"Begin with {failed}. Nothing was sent." if failed else "All is well. Nothing was sent.")


def _as_json(found: Diagnosis) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "steps": [dataclasses.asdict(step) for step in found.steps],
        "error": found.error.as_json() if found.error else None,
    }
