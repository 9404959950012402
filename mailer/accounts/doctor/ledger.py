"""Look at the ledger, in its file or its database: whether it can be read and written; no letter is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.accounts.doctor.steps import DiagnosisBuilder
    from mailer.settings.database import Database

# As far as it goes it asks for every right that sending needs.
_TRIED = "UPDATE letters SET state = state WHERE number < 0"


def look(diagnosis: DiagnosisBuilder, place: Path | Database) -> None:
    """Take the last step; none where there is no ledger yet, and one can be made."""
    from mailer.ledger import file
    from mailer.ledger.ledger import open_ledger

    try:
        if isinstance(place, Path) and not file.present(place):
            file.must_be_makeable(place)
            return
        with open_ledger(place) as ledger, ledger.transaction():
            ledger.store.execute(_TRIED)
            count = ledger.store.one("SELECT count(*) FROM letters")[0]
    except MailerError as error:
        diagnosis.failed(error, seen=str(place))
    else:
        letters = "1 letter" if count == 1 else f"{count:,} letters"
        diagnosis.passed(f"{place}; {letters}", "the ledger can be read and written")
