"""What can stand at the cursor, as lines for the script of a shell.

A line ``w…`` is a word, for all but bash followed by a TAB and what it does; ``f…`` asks the shell for files with one
of these endings, ``f`` for any, ``d`` for folders.  Nothing else is ever said: an error offers nothing.
"""

from __future__ import annotations

import sys

from mailer.cli.completion import line as lines
from mailer.cli.completion import quoting

_NARROW = 80


def answer(arguments: list[str]) -> None:
    """Print what can stand at the cursor: for bash its line and what is to be replaced, for others the words.

    The last word has a sign before it, for what is empty is lost on the way in some shells.
    """
    try:
        shell, *words = arguments
        said = "".join(f"{one}\n" for one in (_for_bash(*words) if shell == "bash" else _for_words(shell, words)))
        sys.stdout.buffer.write(said.encode("utf-8", "ignore"))
        sys.stdout.flush()
    except Exception:  # noqa: S110 - whatever it is, it does not belong on a command line that is being typed
        pass


def _for_bash(text: str, replaced: str) -> list[str]:
    line = quoting.Line(text)
    found = lines.asked(lines.read(), line.before[1:], line.typed)
    replies = [quoting.reply(line, replaced, found.prefix, value) for value, _ in _words(found)]
    return [*[f"w{one}" for one in replies if one is not None], *_files(found)]


def _for_words(shell: str, words: list[str]) -> list[str]:
    *before, typed = words
    typed = typed[1:]
    # fish gives the last word as it is written, zsh and PowerShell as it is meant.
    found = lines.asked(lines.read(), before, quoting.unquoted(typed) if shell == "fish" else typed)
    prefix = "" if shell == "zsh" else found.prefix
    return [*[f"w{prefix}{value}\t{_brief(about)}" for value, about in _words(found)], *_files(found)]


def _brief(about: str) -> str:
    about = " ".join(about.split())
    return about if len(about) <= _NARROW else f"{about[: _NARROW - 1]}…"


def _words(found: lines.Asked) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    for kind in found.kinds:
        told += _of_kind(kind, found)
    return told


def _of_kind(kind: str, found: lines.Asked) -> list[tuple[str, str]]:
    if kind in ("option", "command"):
        of = [(word, about) for word, (what, about) in found.words.items() if _is(kind, word, what)]
        return [one for one in of if one[0].startswith(found.typed)]
    if kind.startswith("|"):
        return [(one, "") for one in kind.split("|")[1:] if one.startswith(found.typed)]
    if kind in ("", "text") or _is_file(kind):
        return []
    from mailer.cli.completion.values import of_kind

    return of_kind(kind, found.typed)


def _is(kind: str, word: str, what: str) -> bool:
    return word.startswith("-") if kind == "option" else what == "command"


def _files(found: lines.Asked) -> list[str]:
    return ["d" if kind == "dir" else f"f{kind.removeprefix('file')}" for kind in found.kinds if _is_file(kind)]


def _is_file(kind: str) -> bool:
    return kind in ("dir", "file") or kind.startswith(".")
