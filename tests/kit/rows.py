"""A table of cases as one test, where a case takes less than pytest takes to call a test."""

from __future__ import annotations

import functools
import inspect

import pytest


def each_row(names, table, ids=None):
    """Call a test with every row, as ``pytest.mark.parametrize`` does, but as one test that names the rows that failed.

    For tests without fixtures of their own: what a row leaves behind, the next one finds.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = list(table)
    cases = [_values(row, names) for row in table]
    if not cases:
        raise ValueError("a table without rows tests nothing")
    named = [ids(row) for row in table] if callable(ids) else [*(ids or [getattr(row, "id", None) for row in table])]

    def decorate(test):
        @functools.wraps(test)
        def whole(*args, **given):
            tried = [(name, row, _error(test, args, {**given, **row})) for name, row in zip(named, cases, strict=True)]
            if wrong := [each for each in tried if each[2]]:
                told = "\n".join(_told(*each) for each in wrong)
                raise AssertionError(f"{len(wrong)} of {len(cases)} rows:\n{told}") from wrong[0][2]

        signature = inspect.signature(test)
        others = [value for name, value in signature.parameters.items() if name not in names]
        if len(others) + len(names) != len(signature.parameters):
            raise TypeError(f"{test.__name__} does not take {', '.join(names)}")
        whole.__signature__ = signature.replace(parameters=others)
        return whole

    return decorate


def _values(row, names):
    if marks := getattr(row, "marks", None):
        raise ValueError(f"a row with marks is a test of its own, for parametrize: {marks}")
    values = getattr(row, "values", None) if isinstance(row, type(pytest.param())) else None
    if values is None:
        values = (row,) if len(names) == 1 else row
    return dict(zip(names, values, strict=True))


def _error(test, args, given):
    try:
        test(*args, **given)
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
        # The rows behind are tried too; one that skips would be one that nobody misses.
        return error
    return None


def _told(name, row, error):
    shown = ", ".join(f"{name}={value!r:.300}" for name, value in row.items())
    return f"{name or ''} ({shown})\n    {type(error).__name__}: {error}"
