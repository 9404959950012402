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
