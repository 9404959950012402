"""Find what is asked for: of which command, as which argument or option."""

from __future__ import annotations

import os

_FILE = "words.tsv"
# A command's words: an option or a command below it to its kind and what it does; "" to the kinds of its arguments.
Words = dict[str, tuple[str, str]]


class Asked:
    """What can stand at the cursor: of these ``kinds``, beginning with ``typed``, behind ``prefix`` ("--each=")."""

    __slots__ = ("kinds", "prefix", "typed", "words")

    def __init__(self, words: Words, kinds: list[str], typed: str, prefix: str = "") -> None:
        self.words, self.kinds, self.typed, self.prefix = words, kinds, typed, prefix


def read() -> dict[str, Words]:
    """The words of every command, by its path: "", "people", "people add"."""
    table: dict[str, Words] = {}
    with open(os.path.join(os.path.dirname(__file__), _FILE), encoding="utf-8") as file:  # noqa: PTH118, PTH120, PTH123
        for line in file:
            path, word, kind, about = line.rstrip("\n").split("\t")
            table.setdefault(path, {})[word] = (kind, about)
    return table


def asked(table: dict[str, Words], before: list[str], typed: str) -> Asked:
    """What is asked for behind the words ``before``, of which ``typed`` is there."""
    if before[:1] == ["help"]:
        path, *_ = _walk(table, before[1:])
        return Asked(table[path], ["command"], typed)
    path, count, waiting, ended = _walk(table, before)
    words = table[path]
    if waiting:
        return Asked(words, [waiting[1:]], typed)
    if typed.startswith("--") and "=" in typed and not ended:
        name, _, value = typed.partition("=")
        return Asked(words, [words.get(name, ("=", ""))[0][1:]], value, f"{name}=")
    if typed.startswith("-") and not ended:
        return Asked(words, ["option"], typed)
    kinds = words.get("", ("", ""))[0].split()
    taken = kinds[count : count + 1] or [kind for kind in kinds[-1:] if kind.endswith("*")]
    return Asked(words, [*(["command"] if not count else []), *[kind.rstrip("*") for kind in taken]], typed)


def _walk(table: dict[str, Words], before: list[str]) -> tuple[str, int, str, bool]:
    """The command, how many arguments it has, the option that waits for its value, and whether options are over."""
    path, count, waiting, ended = "", 0, "", False
    for word in before:
        kind = table[path].get(word, ("", ""))[0] if word else ""
        if waiting:
            waiting = ""
        elif ended or not word.startswith("-") or word == "-":
            if kind == "command" and not count:
                path = f"{path} {word}".strip()
            else:
                count += 1
        elif word == "--":
            ended = True
        else:
            waiting = kind
    return path, count, waiting, ended
