"""The command's door: ``--version`` answers before anything heavy is imported."""

from __future__ import annotations

import sys

from mailer import __version__


def main() -> None:
    """Run the command line; never returns."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"mailer {__version__}\n")
        sys.exit(0)
    from mailer.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
