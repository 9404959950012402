"""Taking somebody out of the ledger: every word of the letters to them.

Of a letter that was handed over only hashes remain, with a key of this ledger's: of its identity and its words, so that
it does not go twice, and of its Message-ID.  Anyone who has the ledger can confirm a guess with them, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailer.errors import Later
from mailer.ledger import drafts, hashes, history
from mailer.ledger.store import Store
from mailer.tuples import NamedTuple

_UNWIPED = "unwiped"
_MARK = "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class Erased(NamedTuple):
    """How many ``letters`` lost their words; the user's files of them, and the mailboxes where drafts still lie."""

    letters: int
    files: tuple[str, ...]
    mailboxes: tuple[str, ...]


def refuse_while_sending(store: Store) -> None:
    """Raise Later where a letter may be on its way."""
    if store.somebody_sends():
        raise Later("another mailer is sending right now", hint="Run the command again when it is done.")


def erase(store: Store, keys: Sequence[str], more: Sequence[int] = ()) -> Erased:
    """Take out the words of every letter to these addresses, and of the letters ``more``; in one transaction."""
    letters = sorted({*more, *_letters_to(store, keys)})
    files = _column(
        store, "SELECT DISTINCT letter_file FROM letters WHERE letter_file <> '' AND number IN ({})", letters
    )
    boxes = _column(store, "SELECT DISTINCT login FROM drafts WHERE letter IN ({})", letters)
    history.forget(store, letters)
    for number in letters:
        _erase_letter(store, number)
    contacts = "(SELECT id FROM contacts WHERE key = ?)"
    store.executemany(f"DELETE FROM recipients WHERE contact IN {contacts}", [(key,) for key in keys])  # noqa: S608
    store.executemany("DELETE FROM contacts WHERE key = ?", [(key,) for key in keys])
    store.execute("DELETE FROM blobs WHERE id NOT IN (SELECT blob FROM splices)")
    store.execute(_MARK, (_UNWIPED, b"\x01"))
    return Erased(len(letters), tuple(sorted(files)), tuple(sorted(boxes)))


def _letters_to(store: Store, keys: Sequence[str]) -> list[int]:
    asked = "SELECT letter FROM recipients JOIN contacts ON id = contact WHERE key = ?"
    return [number for key in keys for (number,) in store.each(asked, (key,))]


def _column(store: Store, asked: str, numbers: Sequence[int]) -> set[str]:
    return {value for (value,) in store.among(asked, numbers)}


def _erase_letter(store: Store, number: int) -> None:
    state, sent = store.one("SELECT state, sent FROM letters WHERE number = ?", (number,))
    store.execute("DELETE FROM news WHERE letter = ?", (number,))
    if sent is None and state not in ("in-doubt", "sending"):
        # Nobody has it: nothing is to be remembered, and there are no words left to try again with.
        for table in ("touches", "attempts"):
            store.execute(f"DELETE FROM {table} WHERE letter = ?", (number,))  # noqa: S608
        store.execute("UPDATE events SET letter = NULL WHERE letter = ?", (number,))
        drafts.forget(store, number)
        return
    for table in ("drafts", "splices", "contents"):
        store.execute(f"DELETE FROM {table} WHERE letter = ?", (number,))  # noqa: S608
    store.execute("UPDATE attempts SET text = '' WHERE letter = ?", (number,))
    store.execute("UPDATE recipients SET text = '' WHERE letter = ? AND text IS NOT NULL", (number,))
    _keep_hashes(store, number)
    for table in ("news", "unlearned"):
        store.execute(f"DELETE FROM {table} WHERE letter = ?", (number,))  # noqa: S608


def _keep_hashes(store: Store, number: int) -> None:
    asked = "SELECT identity, content_digest, message_id FROM letters WHERE number = ?"
    identity, digest, message_id = store.one(asked, (number,))
    if not message_id:
        return
    names = [alias for (alias,) in store.each("SELECT message_id FROM aliases WHERE letter = ?", (number,))]
    hashes.remember(store, "message-id", [message_id, *names])
    store.execute("DELETE FROM aliases WHERE letter = ?", (number,))
    hide = hashes.hider(store)
    store.execute(
        "UPDATE letters SET identity = ?, content_digest = ?, message_id = '', subject = '', template = '',"
        " company = '', position = '', letter_file = '', queue_id = NULL, state = 'sent', waits = 0, run = NULL,"
        " sent = coalesce(sent, changed), copy = CASE copy WHEN 'failed' THEN 'off' ELSE copy END WHERE number = ?",
        (hide(identity.hex()), hide(digest.hex()), number),
    )


def wipe(store: Store) -> None:
    """Leave no octet of what was taken out, in the file, its log, or the copies beside it.  Raises Later."""
    if store.is_file:
        _wipe_file(store)
    store.execute("DELETE FROM secrets WHERE name = ?", (_UNWIPED,))


def _wipe_file(store: Store) -> None:
    from mailer.ledger import copies

    for path in (*copies.older(store.path), *store.path.parent.glob(".mailer-*.tmp")):
        path.unlink(missing_ok=True)
    store.execute("PRAGMA secure_delete = ON")
    store.execute("VACUUM")
    if store.one("PRAGMA wal_checkpoint(TRUNCATE)")[0]:
        hint = "The next command of mailer finishes it."
        raise Later("it is done, but another mailer keeps the ledger's log: its octets last a little longer", hint=hint)


def finish(store: Store) -> None:
    """Finish what was broken off between taking out and wiping."""
    if store.one("SELECT 1 FROM secrets WHERE name = ?", (_UNWIPED,)):
        wipe(store)
