"""Put a page where only its owner reads it, and open it in the browser; without one, say where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.cli.links import link
from mailer.errors import CannotWrite

if TYPE_CHECKING:
    from mailer.cli.app import App


def open_page(app: App, name: str, page: bytes) -> None:
    """Write the page into a private file of the folder for temporary ones, and open it.  Raises CannotWrite."""
    import os
    import tempfile
    from pathlib import Path

    from mailer.cli.launch import browse

    try:
        # Made for its owner alone (0600).
        handle, path = tempfile.mkstemp(prefix=f"mailer-{name}-", suffix=".html")
        with os.fdopen(handle, "wb") as file:
            file.write(page)
    except OSError as error:
        raise CannotWrite(f"the page cannot be written: {error.strerror or error}") from error
    address = Path(path).as_uri()
    fault = browse(address)
    shown = link(address, address, err=True)
    app.output.note(f"Nothing opened it ({fault}): open {shown} yourself" if fault else f"Opened {shown}")
