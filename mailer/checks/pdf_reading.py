"""A PDF as pypdf reads it: octets come on standard input, the facts of ``pdf.Facts`` go out as a JSON array.

It runs in a process of its own, so that a file made to eat time or memory takes no more of either than it is given.
"""

from __future__ import annotations

import io
import json
import logging
import sys

SECONDS = 2
MEMORY = 64 * 1024 * 1024


def main() -> None:
    """Read, and say what was read."""
    import pypdf  # noqa: F401 - before the bounds

    data = sys.stdin.buffer.read()
    _bound()
    json.dump(_read(data), sys.stdout)


def _bound() -> None:
    """No more than so many seconds of work and so much more memory, where the system can see to it."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - pathlib is slower to load
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def _read(data: bytes) -> tuple[str, ...]:
    import pypdf
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return ("locked",)
        if not len(reader.pages):
            return ("empty",)
        info = reader.metadata
        told = (info.title, info.author, info.subject) if info else ("", "", "")
        return ("whole", *(str(word or "") for word in told))
    except DependencyError:
        return ("locked",)
    except Exception as error:
        # Whatever it raises: where it was not out of bounds, the file is not as it should be.
        return ("unread" if _out_of_bounds(error) else "damaged",)


def _out_of_bounds(error: BaseException | None) -> bool:
    """Whether it ran out of memory, depth or its own limits, which pypdf may tell as a fault of the file."""
    from pypdf.errors import LimitReachedError

    while error:
        if isinstance(error, MemoryError | RecursionError | LimitReachedError):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main()
