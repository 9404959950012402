"""What the rows of a letter share: text cut at its marks, converted Markdown, parsed addresses, opened files."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mailer.errors import BadData
from mailer.files import stamp
from mailer.message.address import fold_duplicates, parse_list
from mailer.message.attachments import Attachments
from mailer.message.slots import Cut
from mailer.render.about import misshapen
from mailer.render.compile import HTML, PLAIN
from mailer.render.markdown import convert
from mailer.render.markdown import page as whole_page

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.letters.eml import Seen
    from mailer.message.address import Mailbox
    from mailer.render.compile import Compiled
    from mailer.render.markdown import Page
    from mailer.render.plain_lines import Converter

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

MAX_MARKDOWN = 500_000
_KEPT = 64


class Shared:
    """A compiled letter, and what is made once for all its rows."""

    def __init__(self, made: Compiled) -> None:
        self.compiled = made
        self.files = Attachments()
        self.places: dict[str, str] = {}
        self._cuts: dict[tuple[str, str], Cut] = {}
        self._pages: dict[tuple[str, str], Page] = {}
        self._converter: Converter | None = None
        self._boxes: dict[str, tuple[Mailbox, ...]] = {}
        self._seen: dict[Path, tuple[tuple[int, ...], Seen]] = {}
        self._shapes: dict[tuple[str, str], str] = {}

    def cut(self, text: str, kind: str = PLAIN) -> Cut:
        """``text``, of that media type, cut at its marks; remembered."""
        found = self._cuts.get((text, kind))
        if found is None:
            kept, marks = room(self._cuts), self.compiled.marks
            if kind == HTML:
                from mailer.render import html

                found = html.cut(text, marks)
            else:
                found = Cut(marks.pieces(text, "verbatim"))
            kept[text, kind] = found
        return found

    def boxes(self, text: str) -> tuple[Mailbox, ...]:
        """A parsed address list, remembered: most rows share theirs with the row before."""
        found = self._boxes.get(text)
        if found is None:
            kept = room(self._boxes)
            found = kept[text] = fold_duplicates(parse_list(text))
        return found

    def page(self, skeleton: str, language: str) -> Page:
        """Text and HTML page of a Markdown skeleton, converted once."""
        found = self._pages.get((skeleton, language))
        if found is None:
            if len(skeleton) > MAX_MARKDOWN:
                raise BadData(f"the text is longer than {MAX_MARKDOWN:,} characters", hint="Attach it as a file.")
            # There may be no other than the first.
            found = self._alike(skeleton, language) if self._pages else self._whole(skeleton, language)
            room(self._pages)[skeleton, language] = found
        return found

    def _whole(self, source: str, language: str) -> Page:
        made = self.compiled
        return whole_page(convert(source, made.marks), language, made.defaults.signature, made.marks)

    def _alike(self, skeleton: str, language: str) -> Page:
        if self._converter is None:
            from mailer.render.plain_lines import Converter

            self._converter = Converter(self.compiled.marks, self._whole)
        return self._converter.page(skeleton, language)

    def mail(self, path: Path) -> Seen:
        """What the ``.eml`` at ``path`` says, read once."""
        found = self._seen.get(path)
        if found is None:
            was = stamp(path)
            from mailer.letters.eml import read_eml

            found = room(self._seen)[path] = was, read_eml(path)
        return found[1]

    def changed_mail(self) -> str:
        """The first of the mails that were read last that is no longer what it was, or ""."""
        return next((str(path) for path, (was, _) in self._seen.items() if stamp(path) != was), "")

    def shape(self, name: str, text: str) -> str:
        """What a header about the letter should be, or "" if it is; remembered."""
        found = self._shapes.get((name, text))
        if found is None:
            found = room(self._shapes)[name, text] = misshapen(name, text)
        return found


def room(kept: dict[_Key, _Value]) -> dict[_Key, _Value]:
    """``kept``, emptied if it is full: what many rows share comes back at once."""
    if len(kept) >= _KEPT:
        kept.clear()
    return kept
