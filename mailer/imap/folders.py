"""Folders: their names (modified UTF-7, RFC 3501 5.1.3) and which one is for what (RFC 6154)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailer.characters import bad_in_header
from mailer.errors import BadSettings

_NAMES = {
    "drafts": (
        *("Drafts", "Draft", "Entwürfe", "Brouillons", "Borradores", "Bozze", "Rascunhos", "Concepten", "Kladder"),
        *("Utkast", "Luonnokset", "Wersje robocze", "Szkice", "Koncepty", "Piszkozatok", "Taslaklar", "Черновики"),
        *("Чернетки", "Πρόχειρα", "下書き", "草稿", "草稿箱", "草稿夾", "임시보관함"),
    ),
    "sent": (
        *("Sent", "Sent Items", "Sent Messages", "Sent Mail", "Gesendet", "Gesendete Objekte", "Gesendete Elemente"),
        *("Envoyés", "Éléments envoyés", "Messages envoyés", "Enviados", "Elementos enviados", "Inviati"),
        *("Posta inviata", "Itens enviados", "Verzonden", "Verzonden items", "Sendt", "Skickat", "Lähetetyt"),
        *("Wysłane", "Odeslaná pošta", "Odeslané", "Elküldött", "Gönderilmiş Öğeler", "Отправленные", "Надіслані"),
        *("Απεσταλμένα", "送信済み", "已发送", "已发送邮件", "寄件備份", "보낸편지함"),
    ),
    "all": (),
    "junk": (
        *("Junk", "Spam", "Junk E-mail", "Junk Email", "Bulk Mail", "Bulk", "Spamverdacht", "Courrier indésirable"),
        *(
            "Indésirables",
            "Correo no deseado",
            "No deseado",
            "Posta indesiderata",
            "Lixo eletrônico",
            "Ongewenste e-mail",
        ),
        *("Uønsket", "Skräppost", "Roskaposti", "Niechciane", "Nevyžádaná pošta", "Levélszemét", "Нежелательная почта"),
        *("Спам", "迷惑メール", "垃圾邮件", "垃圾郵件", "스팸메일함"),
    ),
    "trash": (
        *(
            "Trash",
            "Deleted Items",
            "Deleted Messages",
            "Deleted",
            "Bin",
            "Papierkorb",
            "Gelöscht",
            "Gelöschte Elemente",
        ),
        *("Gelöschte Objekte", "Corbeille", "Éléments supprimés", "Papelera", "Elementos eliminados", "Cestino"),
        *(
            "Posta eliminata",
            "Lixeira",
            "Itens excluídos",
            "Prullenbak",
            "Verwijderde items",
            "Papirkurv",
            "Slettet post",
        ),
        *("Papperskorgen", "Borttaget", "Roskakori", "Kosz", "Elementy usunięte", "Koš", "Odstraněná pošta", "Lomtár"),
        *(
            "Çöp Kutusu",
            "Корзина",
            "Удаленные",
            "Кошик",
            "Κάδος απορριμμάτων",
            "ゴミ箱",
            "已删除邮件",
            "垃圾桶",
            "휴지통",
        ),
    ),
}
_PARENTS = frozenset(("", "inbox", "[gmail]", "[google mail]"))
_UNUSABLE = frozenset(("\\noselect", "\\nonexistent"))


@dataclass(frozen=True, slots=True)
class Folder:
    """``name`` is for people, ``wire`` for commands; ``attributes`` in lower case; ``setting`` may name another."""

    name: str
    wire: str
    attributes: frozenset[str] = frozenset()
    delimiter: str = ""
    setting: str = ""

    @property
    def usable(self) -> bool:
        """Whether messages can lie in it."""
        return not self.attributes & _UNUSABLE

    def at(self, wire: str) -> Folder:
        """Another folder of the same mailbox, by its name on the wire."""
        return Folder(_decoded(wire), wire, setting=self.setting)


def named(name: str) -> Folder:
    """Return the folder that a setting names.  Raises BadSettings for a name with control characters."""
    from imapclient.imap_utf7 import encode  # type: ignore[import-untyped]

    bad = bad_in_header(name) or ("half a character" if any("\ud800" <= sign <= "\udfff" for sign in name) else "")
    if bad:
        raise BadSettings(f"a folder name holds {bad}", hint="Write the name as your mail program shows it.")
    return Folder(name, encode(name).decode("ascii"))


def read(listed: Iterable[tuple[Sequence[bytes], bytes | None, bytes | str]]) -> tuple[Folder, ...]:
    """Return the folders of a LIST answer; one whose name cannot be written again is left out."""
    return tuple(_readable(listed))


def _readable(listed: Iterable[tuple[Sequence[bytes], bytes | None, bytes | str]]) -> Iterator[Folder]:
    for attributes, delimiter, raw in listed:
        wire = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        name = _decoded(wire)
        if bad_in_header(name) or "\ufffd" in wire:
            continue
        own = wire if wire.isascii() else named(name).wire
        marks = frozenset(mark.decode("ascii", "replace").lower() for mark in attributes)
        yield Folder(name, own, marks, (delimiter or b"").decode("ascii", "replace"))


def _decoded(wire: str) -> str:
    from imapclient.imap_utf7 import decode

    if not wire.isascii():
        return wire
    try:
        return str(decode(wire.encode("ascii")))
    except (UnicodeError, ValueError):
        return wire


def special(folders: Sequence[Folder], use: str) -> Folder | None:
    """Return the folder for a use ("drafts", "sent", "all", "junk", "trash"): by its attribute, else by its name.

    None if there is none.
    """
    usable = [folder for folder in folders if folder.usable]
    for folder in usable:
        if f"\\{use}" in folder.attributes:
            return folder
    known = {_plain(name): place for place, name in reversed(list(enumerate(_NAMES[use])))}
    fitting = [(known[leaf], folder) for folder in usable if (leaf := _leaf(folder)) in known]
    return min(fitting, key=lambda fit: fit[0])[1] if fitting else None


def use_of(name: str) -> str:
    """What a folder of this name is for, as mail programs call it: "sent", "drafts", "junk", "trash", or ""."""
    plain = _plain(name)
    return next((use for use, names in _NAMES.items() if plain in map(_plain, names)), "")


def _leaf(folder: Folder) -> str:
    """Return the last part of a name, where the parts before it do not make it somebody else's."""
    name = _plain(folder.name)
    parent, _, leaf = name.rpartition(folder.delimiter) if folder.delimiter else ("", "", name)
    return leaf if parent in _PARENTS else ""


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


_LARGEST, _DIGITS = 2**32 - 1, 10


def number(written: bytes | int) -> int:
    """Return the number of 32 bits (RFC 3501 9).  Raises ValueError for what is none, however long it is."""
    found = written if isinstance(written, int) else int(written[: _DIGITS + 1])
    if not 0 <= found <= _LARGEST:
        raise ValueError("a number of more than 32 bits")
    return found
