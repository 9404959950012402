"""``mailer people export``: write people for other programs, the same bytes from run to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command

if TYPE_CHECKING:
    from mailer.people.book import Book
    from mailer.people.values import Person


@app_command(
    "export",
    "Write people as vCard, CSV or JSON.",
    "mailer people export > people.vcf; mailer people export dana --csv",
)
@click.argument("who", nargs=-1)
@click.option("form", "--vcf", flag_value="vcf", default=True, help="vCard 4.0; this is the default.")
@click.option("form", "--csv", flag_value="csv", help="CSV; its columns are the fields of import --map.")
@click.option("form", "--json", flag_value="json", help="JSON, one line per person.")
@books.ACCOUNT
def command(app: App, who: tuple[str, ...], form: str, account: str | None) -> int:
    """Write everybody, or each WHO, to standard output, in a form that mailer people import reads."""
    with app.output.json_error(form == "json"), books.opened(app, account, write=False) as book:
        people = _chosen(book, who)
    if form == "json":
        for one in people:
            refused = one.card.refused_on.isoformat() if one.card.refused_on else None
            app.output.json({**one.as_json(), "refused_on": refused, "url": one.card.url})
        return 0
    from mailer.people.exporting import csv_rows, vcards

    for text in (csv_rows if form == "csv" else vcards)(one.card for one in people):
        app.output.write(text.encode("utf-8", "replace"))
    return 0


def _chosen(book: Book, who: tuple[str, ...]) -> list[Person]:
    """Each person once, by number: the order does not change when somebody falls due."""
    found = [book.person(each) for each in who] if who else book.people()
    return sorted({one.id: one for one in found}.values(), key=lambda one: int(one.id[1:]))
