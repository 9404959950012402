"""Tuples with names, as ``typing`` has them, made in a tenth of the time.

``typing`` compiles the type of each field to see whether it is one, and ``collections`` a function for each class.
One letter makes a hundred such classes, and nobody asks them that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from functools import cache
    from operator import itemgetter
    from types import FunctionType

    try:
        from _collections import _tuplegetter
    except ImportError:

        def _tuplegetter(index, doc):  # noqa: ANN001, ANN202 - as CPython has it
            return property(itemgetter(index), doc=doc)

    _new = tuple.__new__

    class _Maker(type):
        """Make a tuple of the annotated names in a class, with what else the class has."""

        def __new__(mcs, name, bases, body):  # noqa: ANN001, ANN204 - as `type` has it
            if tuple in bases or hasattr(bases[0], "_fields"):
                return super().__new__(mcs, name, bases, body)
            types = body.get("__annotations__", {})
            fields = tuple(types)
            defaults = {field: body[field] for field in fields if field in body}
            made = {"__slots__": (), "_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
            made["__new__"] = _maker(fields, tuple(defaults.values()), types)
            getters = {field: _tuplegetter(index, f"Field {index}.") for index, field in enumerate(fields)}
            return super().__new__(mcs, name, bases, body | made | getters)

    def _maker(fields, defaults, types):  # noqa: ANN001, ANN202
        """The ``__new__`` of a class: that of all classes with as many fields, under the names of these."""
        code = _code(len(fields)).replace(co_varnames=("_cls", *fields))
        new = FunctionType(code, {"_new": _new}, "__new__", defaults)
        new.__annotations__ = types
        return new

    @cache
    def _code(count):  # noqa: ANN001, ANN202
        names = "".join(f"_{number}, " for number in range(count))
        return eval(f"lambda _cls, {names}: _new(_cls, ({names}))").__code__  # noqa: S307 - of numbers alone

    class NamedTuple(tuple, metaclass=_Maker):
        """What a tuple with names is made from."""

        __slots__ = ()

        @classmethod
        def _make(cls, values):  # noqa: ANN001, ANN206
            made = _new(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
            return made

        def _replace(self, /, **values):  # noqa: ANN003, ANN202
            made = self._make(map(values.pop, self._fields, self))
            if values:
                raise ValueError(f"Got unexpected field names: {list(values)!r}")
            return made

        __replace__ = _replace

        def _asdict(self):  # noqa: ANN202
            return dict(zip(self._fields, self, strict=True))

        def __reduce__(self):  # noqa: ANN204 - half the time of what pickle does by itself
            return type(self), tuple(self)

        def __repr__(self):  # noqa: ANN204
            values = ", ".join([f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True)])
            return f"{type(self).__name__}({values})"
