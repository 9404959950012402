"""The command's door: ``--version`` answers before anything heavy is imported."""

from __future__ import annotations

import os
import sys

from mailer import __version__


def main() -> None:
    """Run the command line; never returns."""
    if sys.argv[1:] == ["--version"]:
        _say(f"mailer {__version__}\n")
    from mailer.cli import run

    sys.exit(run(sys.argv[1:]))


def _say(text: str) -> None:
    """Print and leave; a closed stdout is silent, a full one 73."""
    code = 0
    try:
        if sys.stdout is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer can fail no more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"mailer: stdout cannot be written: {error.strerror}\n")
            code = 73
    sys.exit(code)


if __name__ == "__main__":
    main()
