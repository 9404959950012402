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
@click.option("as_vcf", "--vcf", is_flag=True, help="Write vCard 4.0; this is the default.")
@click.option("as_csv", "--csv", is_flag=True, help="Write CSV; its columns are the fields of import --map.")
@click.option("as_json", "--json", is_flag=True, help="Write JSON, one line per person.")
@books.ACCOUNT
def command(app: App, who: tuple[str, ...], as_vcf: bool, as_csv: bool, as_json: bool, account: str | None) -> int:
    """Write everyone, or each WHO, to standard output, in a form that mailer people import can read."""
    if as_vcf + as_csv + as_json > 1:
        raise click.UsageError("give one of --vcf, --csv and --json.")
    with app.output.json_error(as_json), books.opened(app, account, write=False) as book:
        people = _chosen(book, who)
    if as_json:
        for one in people:
            refused = one.card.refused_on.isoformat() if one.card.refused_on else None
            app.output.json({**one.as_json(), "refused_on": refused, "url": one.card.url})
        return 0
    from mailer.people.exporting import csv_rows, vcards

    for text in (csv_rows if as_csv else vcards)(one.card for one in people):
        app.output.write(text.encode("utf-8", "replace"))
    return 0


def _chosen(book: Book, who: tuple[str, ...]) -> list[Person]:
    """Each person once, by number: the order does not change when somebody falls due."""
    found = [book.person(each) for each in who] if who else book.people()
    return sorted({one.id: one for one in found}.values(), key=lambda one: int(one.id[1:]))
