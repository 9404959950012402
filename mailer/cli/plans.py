"""``mailer plans``: list the plans, or show one with its dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command
from mailer.cli.style import style, wrapped
from mailer.errors import MailerError
from mailer.people.dates import count, said, with_steps

if TYPE_CHECKING:
    from mailer.people.dates import Due
    from mailer.people.plan import Plan
    from mailer.settings.settings import Settings


@app_command("plans", "List the plans, or show one with its dates.", "mailer plans gracious-six")
@click.argument("name", required=False)
@books.ACCOUNT
@books.JSON
def command(app: App, name: str | None, account: str | None, as_json: bool) -> int:
    """List the plans; with NAME, show its steps, dated as if you were rejected today."""
    from mailer.people import plan as plans

    with app.output.json_error(as_json):
        settings = app.settings(account)
        if name is not None:
            _whole(app, settings, plans.load(name, settings.config_dir), as_json)
            return 0
        faults: list[MailerError] = []
        for path in plans.available(settings.config_dir).values():
            try:
                _line(app, plans.read(path), as_json)
            except MailerError as error:
                faults.append(error)
        for fault in faults[:-1]:
            app.output.error(fault)
        if faults:
            raise faults[-1]
    return 0


def _line(app: App, plan: Plan, as_json: bool) -> None:
    if as_json:
        app.output.json({"name": plan.name, "about": plan.about, "steps": plan.length})
    else:
        touches = count(plan.length, "touch").replace("touchs", "touches") if plan.length else "no end"
        app.output.line(f"{plan.name:<16}  {plan.about} ({touches})")


def _whole(app: App, settings: Settings, plan: Plan, as_json: bool) -> None:
    from mailer.checks.days_off import days_off
    from mailer.people.dates import Touched
    from mailer.people.planning import History, ahead
    from mailer.sending.book import here, home

    today = here(app, settings).date()
    day_off = days_off(home(app, settings).country())
    touches: tuple[Touched, ...] = ()
    steps: list[Due] = []
    while len(steps) < (plan.length or 3):
        found = ahead(plan, History(today, today, touches), day_off).steps[0]
        steps.append(found)
        touches = (*touches, Touched(found.day))
    if as_json:
        shown = [{"step": one.step, "date": one.day.isoformat(), "why": list(one.why)} for one in steps]
        app.output.json({"name": plan.name, "about": plan.about, "steps": plan.length, "dates": shown})
        return
    app.output.line(style(f"{plan.name}: {plan.about}", bold=True))
    app.output.line(f"At least {count(plan.gap, 'day')} between two touches. If you were rejected today:")
    for one, step, _ in with_steps(plan, steps):
        app.output.line("")
        template = f" ({step.template})" if step.template else ""
        app.output.line(style(f"{one.step}  {said(one.day)} {one.day.year}: {step.reason}{template}", bold=True))
        app.output.line("\n".join(wrapped("; ".join(one.why), 3)))
    if plan.length is None:
        app.output.line(f"\nAnd so on, every {plan.every}.")
