"""Take a line of bash apart, and quote what goes into one (POSIX, Shell Command Language 2.2)."""

from __future__ import annotations

_BLANKS = " \t\n"
_IN_DOUBLE = '"\\$`'
_PLAIN = "_-./:@%+,="


class Line:
    """The words before the cursor, the word at it as it is meant (``typed``) and as it was written (``written``).

    ``quote`` is the sign of a quotation that is open at the cursor, or ""; ``written`` begins behind it.
    """

    __slots__ = ("before", "quote", "typed", "written")

    def __init__(self, text: str) -> None:
        self.before: list[str] = []
        self.typed = self.written = self.quote = ""
        is_word = escaped = False
        for sign in text:
            if escaped:
                self.typed += "" if sign == "\n" else sign if not self.quote or sign in _IN_DOUBLE else "\\" + sign
                escaped = False
            elif sign == "\\" and self.quote != "'":
                escaped = is_word = True
            elif self.quote:
                self._quoted(sign)
                continue
            elif sign in "'\"":
                self.quote, self.written, is_word = sign, "", True
                continue
            elif sign in _BLANKS:
                if is_word:
                    self.before.append(self.typed)
                self.typed = self.written = ""
                is_word = False
                continue
            else:
                self.typed += sign
                is_word = True
            self.written += sign

    def _quoted(self, sign: str) -> None:
        if sign == self.quote:
            self.quote = ""
        else:
            self.typed += sign
        self.written += sign


def reply(line: Line, replaced: str, prefix: str, value: str) -> str | None:
    """What bash is to put for ``replaced``, the end of the word at the cursor; None where the word begins otherwise.

    bash parts words at "=", ":" and "@" too, and replaces the last part alone.
    """
    whole = quoted(value, line.quote) if line.quote else prefix + quoted(value)
    if line.quote and whole.endswith(line.quote):
        # bash takes a word with such an end for one whose quotation is closed.
        whole += line.quote
    head = line.written[: len(line.written) - len(replaced)] if line.written.endswith(replaced) else ""
    if not whole.startswith(head):
        return None
    return whole[len(head) :]


def quoted(value: str, quote: str = "") -> str:
    """The value as one word, or as the rest of one in quotation marks."""
    if quote == "'":
        return value.replace("'", "'\\''")
    if quote:
        return "".join(f"\\{sign}" if sign in _IN_DOUBLE else sign for sign in value)
    return "".join(sign if sign.isalnum() or sign in _PLAIN else f"\\{sign}" for sign in value)


def unquoted(text: str) -> str:
    """A single word as it is meant."""
    return Line(text).typed
