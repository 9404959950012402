"""Print the error of a ``--json`` command that read no letter."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailer.errors import MailerError, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.cli.output import Output


@contextmanager
def json_error(output: Output, as_json: bool) -> Iterator[None]:
    """Print an error as ``{"error": …}`` on its way; one of usage stays plain text."""
    try:
        yield
    except MailerError as error:
        if as_json and not isinstance(error, Usage):
            output.json({"error": error.as_json()})
        raise
