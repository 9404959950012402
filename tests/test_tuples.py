"""Tuples with names are what ``typing`` makes of the same class."""

from __future__ import annotations

import pickle
import typing
from functools import partial

import pytest

from mailer.tuples import NamedTuple


class Ours(NamedTuple):
    """A place."""

    street: str
    number: int | None = None
    notes: tuple[str, ...] = ()

    SIZE = 3

    @property
    def line(self) -> str:
        """Street and number."""
        return f"{self.street} {self.number}"

    @classmethod
    def of(cls, text: str) -> Ours:
        """Take it from text."""
        return cls(text)

    def __str__(self) -> str:
        return self.line


class Theirs(typing.NamedTuple):
    """A place."""

    street: str
    number: int | None = None
    notes: tuple[str, ...] = ()


@pytest.mark.parametrize("name", ["_fields", "_field_defaults", "__doc__", "__module__", "__match_args__", "__slots__"])
def test_they_are_those_of_typing(name: str) -> None:
    assert getattr(Ours, name) == getattr(Theirs, name)


def test_they_are_called_as_those_of_typing() -> None:
    place = Ours("Elm Road", notes=("blue",))
    assert tuple(place) == tuple(Theirs("Elm Road", notes=("blue",))) == ("Elm Road", None, ("blue",))
    assert repr(place) == repr(Theirs(*place)).replace("Theirs", "Ours")
    assert Ours.of("Elm Road")._replace(number=4) == ("Elm Road", 4, ())
    for wrong in (partial(Ours), partial(Ours, "a", 1, (), 2), partial(Ours, way="a")):
        with pytest.raises(TypeError):
            wrong()


def test_what_else_the_class_has_is_kept() -> None:
    place = Ours("Elm Road", 4)
    assert (place.line, str(place), Ours.SIZE) == ("Elm Road 4", "Elm Road 4", 3)
    assert pickle.loads(pickle.dumps(place)) == place
    assert not hasattr(place, "__dict__")
    assert typing.get_type_hints(Ours) == typing.get_type_hints(Theirs)


def test_they_are_changed_and_made_as_those_of_typing() -> None:
    for kind in (Ours, Theirs):
        place = kind._make(("Elm Road", 4, ()))
        assert place._asdict() == {"street": "Elm Road", "number": 4, "notes": ()}
        with pytest.raises(TypeError, match="Expected 3 arguments, got 1"):
            kind._make(["Elm Road"])
        with pytest.raises((ValueError, TypeError), match="unexpected field names: \\['way'\\]"):
            place._replace(way="a")  # type: ignore[call-arg]
        match place:
            case Ours(street, number) | Theirs(street, number):
                assert (street, number) == ("Elm Road", 4)


class Farther(Ours):
    """One of ours with more to it."""

    @property
    def far(self) -> str:
        """Where it is."""
        return f"far: {self.line}"


def test_one_is_made_of_another() -> None:
    place = Farther("Elm Road", number=4)
    assert (place.far, place.notes, Farther._fields) == ("far: Elm Road 4", (), Ours._fields)
    assert type(place._replace(number=5)) is Farther
