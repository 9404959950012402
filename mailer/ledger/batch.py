"""The rows of a batch, to compare with: the last few in memory, those before them in files that nobody else sees.

What is found by a number is remembered whole until it is written down, so that the file is read but once for it; and
it is read only for numbers that were put there, or share a bit with one that was.
"""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from struct import Struct, pack
from typing import TYPE_CHECKING

from mailer.checks.index import BOUND, shelved
from mailer.checks.world import Other
from mailer.errors import CannotWrite

if TYPE_CHECKING:
    from typing import IO

    from mailer.checks.similar import Keys

# So many numbers, letters, characters and first words of names are kept in memory.
_NUMBERS, _LETTERS, _CHARACTERS, _WORDS = 1_000, 64, 250_000, 500
# So many words are remembered that begin no name of those before.
_OTHER_WORDS = 1_000
_OCTETS, _WORD_OCTETS = 1 << 20, 1 << 17
_MASK, _WORD_MASK = _OCTETS - 1, _WORD_OCTETS - 1
_NONE: list[int] = []


class BatchShelf:
    """Gone when it is closed, or not used any more.  The number of a letter is where it stands in its file."""

    backwards = False

    def __init__(self) -> None:
        self._octets = 0
        self._characters = 0
        # Of each number in ``_found`` all letters are there, as far as they are looked at; ``_unwritten`` are new.
        self._found: dict[int, list[int]] = {}
        self._unwritten: list[tuple[int, int]] = []
        self._waiting: dict[int, Other] = {}
        self._pickled: list[bytes] = []
        self._read: dict[int, Other] = {}
        # Of first words of names the last few, and a bit for each before them; ``_others`` have none.
        self._starts: dict[str, tuple[int, ...]] = {}
        self._begun = bytearray(_WORD_OCTETS)
        self._all_lengths: tuple[int, ...] = ()
        self._others: set[str] = set()
        self._letters: IO[bytes] | None = None
        self._pairs: _Pairs | None = None

    def letter(self, number: int) -> Other | None:
        """The letter of that number."""
        found = self._waiting.get(number) or self._read.get(number)
        if found is None:
            assert self._letters
            self._letters.seek(number)
            found = Other(*pickle.load(self._letters))  # noqa: S301 - our own
            if len(self._read) >= _LETTERS:
                self._read.clear()
            self._read[number] = found
        return found

    def find(self, keys: Sequence[int]) -> list[list[int]]:
        """Numbers of the letters that are found by each key."""
        self._look_up(keys)
        found = self._found
        return [found.get(key, _NONE) for key in keys]

    def _look_up(self, keys: Sequence[int]) -> None:
        """Remember of each key what was written down."""
        if pairs := self._pairs:
            found, bits = self._found, pairs.bits
            for key in keys:
                if bits[key >> 3 & _MASK] & 1 << (key & 7) and key not in found:
                    found[key] = pairs.of(key)

    def lengths(self, words: Set[str]) -> Mapping[str, Sequence[int]]:
        """How many words names have, for the words that may begin one."""
        starts = self._starts
        found = {word: starts[word] for word in starts.keys() & words}
        if lengths := self._all_lengths:
            bits, others = self._begun, self._others
            for word in words - others:
                at = hash(word)
                if bits[at >> 3 & _WORD_MASK] & 1 << (at & 7):
                    # A word of before may begin a longer name since.
                    found[word] = tuple(sorted({*lengths, *found.get(word, ())}, reverse=True))
                else:
                    others.add(word)
            if len(others) > _OTHER_WORDS:
                others.clear()
        return found

    def add(self, other: Other, keys: Keys) -> None:
        """Keep one letter more, to be found by these.  Raises CannotWrite."""
        number, found, unwritten = self._octets, self._found, self._unwritten
        fresh = keys.words is not None and not self.find((keys.words,))[0]
        kept = shelved(keys, is_first=fresh)
        self._look_up(kept)
        for key in kept:
            there = found.get(key)
            if not there:
                found[key] = [number]
            elif len(there) < BOUND:
                there.append(number)
            else:
                continue
            unwritten.append((key, number))
        for words in keys.names:
            self._begins(words)
        self._waiting[number] = other
        pickled = pickle.dumps(tuple(other), -1)
        self._pickled.append(pickled)
        self._octets += len(pickled)
        self._characters += len(other.prose)
        if len(found) > _NUMBERS or len(self._waiting) > _LETTERS or self._characters > _CHARACTERS:
            self._write_down()

    def _begins(self, words: tuple[str, ...]) -> None:
        known = self._starts.get(words[0], ())
        if len(words) not in known:
            self._starts[words[0]] = tuple(sorted((*known, len(words)), reverse=True))
        if len(self._starts) > _WORDS:
            for word, lengths in self._starts.items():
                at = hash(word)
                self._begun[at >> 3 & _WORD_MASK] |= 1 << (at & 7)
                self._all_lengths = tuple(sorted({*self._all_lengths, *lengths}, reverse=True))
            self._starts.clear()
            self._others.clear()

    def _write_down(self) -> None:
        """Move what is in memory to the files."""
        with _told():
            self._letters = self._letters or _file()
            self._pairs = self._pairs or _Pairs()
            _append(self._letters, b"".join(self._pickled))
            self._pairs.add(self._unwritten)
        self._found.clear()
        self._unwritten.clear()
        self._waiting.clear()
        self._pickled.clear()
        self._characters = 0

    def close(self) -> None:
        """Let go of the files."""
        for file in (self._letters, self._pairs):
            if file is not None:
                file.close()


class _Pairs:
    """Pairs of numbers in a file, to be found by the first: each says where the one before it of its chain is.

    For many numbers at random that costs a tenth of what a tree on disk does, which is changed in as many places.
    """

    _RECORD = Struct("=qqq")
    _CHAINS = 1 << 17

    def __init__(self) -> None:
        # The number of the last record of each chain, 0 where there is none; and a bit for each first number.
        self._last = array("I", bytes(4 * self._CHAINS))
        self.bits = bytearray(_OCTETS)
        self._count = 0
        self._file = _file()

    def add(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Put some more behind the others."""
        last, bits = self._last, self.bits
        flat: list[int] = []
        for count, (key, number) in enumerate(pairs, self._count + 1):
            chain = key % self._CHAINS
            flat += key, number, last[chain]
            last[chain] = count
            bits[key >> 3 & _MASK] |= 1 << (key & 7)
        self._count += len(pairs)
        # An array of them is made four times as slowly.
        _append(self._file, pack(f"={len(flat)}q", *flat))

    def of(self, key: int) -> list[int]:
        """The second numbers of those that begin with ``key``, in order."""
        found, record = [], self._last[key % self._CHAINS]
        while record:
            self._file.seek((record - 1) * self._RECORD.size)
            first, number, record = self._RECORD.unpack(self._file.read(self._RECORD.size))
            if first == key:
                found.append(number)
        return found[::-1]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


@contextmanager
def _told() -> Iterator[None]:
    """Tell of a full disk as of what it is.  Raises CannotWrite."""
    try:
        yield
    except OSError as error:
        text = f"the letters of the batch cannot be kept for now: {error.strerror or error}"
        raise CannotWrite(text, hint="Free some space on the disk.") from error


def _file() -> IO[bytes]:
    """A file without a name, where the system allows that, which ends with this process."""
    from tempfile import TemporaryFile

    return TemporaryFile(buffering=0)


def _append(file: IO[bytes], data: bytes) -> None:
    file.seek(0, 2)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
