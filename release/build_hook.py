"""Build: the manual pages are made from the commands, and go into wheel and source archive under share/man."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface):
    """Makes the pages in a folder of its own, which is gone after the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the pages to what is built; an editable install has none."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="mailer-man-")
        here = Path(self.root)
        # The tree that is built, not one that may be installed.
        sys.path[:0] = [str(here), str(here / "release")]
        try:
            from man_pages import write

            pages = write(Path(self._folder.name))
        finally:
            del sys.path[:2]
        target = build_data["shared_data"] if self.target_name == "wheel" else build_data["force_include"]
        target.update({str(page): f"share/man/man1/{page.name}" for page in pages})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the folder."""
        if version != "editable":
            self._folder.cleanup()
