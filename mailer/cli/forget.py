"""``mailer people forget``: takes a person out, and says which files of the user still name them."""

from __future__ import annotations

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command
from mailer.errors import Declined, Usage


@app_command("forget", "Delete a person: card, history, and the text of letters to them.", "mailer people forget dana")
@click.argument("who")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@books.ACCOUNT
@books.JSON
def command(app: App, who: str, yes: bool, account: str | None, as_json: bool) -> int:
    """Delete WHO: card, addresses, notes, events, import history, and the text of letters to them.

    Only keyed hashes remain, so that no letter goes twice and a stop is not forgotten; anyone who has your ledger and
    guesses an address can confirm it. Letters to others, and files of yours, that name them are listed, not changed.
    """
    from mailer.people.forgetting import beside

    with app.output.json_error(as_json), books.opened(app, account) as book:
        person = book.person(who)
        if not yes:
            if not app.can_ask():
                raise Usage("nobody can be asked here", hint="Give --yes to forget without a question.")
            question = f"Forget {books.name_of(person)} ({person.id}), and the text of every letter to them?"
            if not click.confirm(question, default=False, err=True):
                raise Declined("nobody was forgotten")
        near = beside(app.cwd.absolute(), person.card)
        done = book.forget(person)
        files = list(dict.fromkeys((*done.files, *near)))
        if as_json:
            shown = {"letters": done.letters, "stopped": done.stopped}
            still = {"files": files, "mailboxes": done.mailboxes, "letters_to_others": done.named_in}
            app.output.json({"forgotten": person.id, **shown, **still})
            return 0
    app.output.note(f"{books.name_of(person)} is forgotten.")
    for mailbox in done.mailboxes:
        app.output.note(f"An unsent draft of a letter to them may still lie in the mailbox of {mailbox}.")
    if done.named_in:
        app.output.note(
            f"Letters to others still name them, and are kept as they were sent: {', '.join(done.named_in)}."
            " `mailer log --eml ID` prints one."
        )
    if files:
        app.output.note("These files of yours still name them:")
    for file in files:
        app.output.line(file)
    return 0
