"""Plans as data: which touches to make after a rejection, when, and why.

A plan is ``NAME.toml``, in the ``plans`` folder of the configuration or built in (``people/plans``).  The working
folder has none, so that dates do not depend on the folder you are in.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mailer.errors import BadData, MailerError, did_you_mean
from mailer.tuples import NamedTuple

ANCHORS = ("refused-on", "first-letter")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LIMIT = 64 * 1024
_MOST_STEPS = 50
_SPAN = re.compile(r"(\d{1,4}) (business day|day|week|month|year)s?")


class Span(NamedTuple):
    """A length of time: ``unit`` is "day", "business day", "week", "month" or "year"."""

    number: int
    unit: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


class Step(NamedTuple):
    """One touch: ``after`` the anchor; ``template`` may be "" for a call or a coffee."""

    after: Span
    reason: str
    template: str


class Plan(NamedTuple):
    """``gap``: the fewest days between two touches; ``every``: how long after its last step the plan repeats it."""

    name: str
    about: str
    anchor: str
    gap: int
    steps: tuple[Step, ...]
    every: Span | None = None

    @property
    def length(self) -> int | None:
        """How many touches it has; None for a plan without end."""
        return None if self.every else len(self.steps)


def load(name: str, config_dir: Path) -> Plan:
    """The plan of that name.  Raises BadData with file and line."""
    for folder in folders(config_dir):
        path = folder / f"{name}.toml"
        if _NAME.fullmatch(name) and path.is_file():
            return read(path)
    raise BadData(f"there is no plan {name!r}", hint=did_you_mean(name, available(config_dir)))


def folders(config_dir: Path) -> tuple[Path, Path]:
    """Where plans are, the user's own first."""
    return config_dir / "plans", Path(__file__).with_name("plans")


def available(config_dir: Path) -> dict[str, Path]:
    """Every plan's name and file, sorted by name; the user's own hides a built-in one."""
    found: dict[str, Path] = {}
    for folder in reversed(folders(config_dir)):
        if folder.is_dir():
            files = (path for path in folder.glob("*.toml") if path.is_file() or path.is_symlink())
            found |= {path.stem: path for path in files if _NAME.fullmatch(path.stem)}
    return dict(sorted(found.items()))


def read(path: Path) -> Plan:
    """Read a plan file.  Raises BadData with file and line, Unreadable."""
    from mailer.files import decode, read_bytes

    return parse(decode(read_bytes(path, "a plan", _LIMIT), str(path)), path)


def parse(text: str, path: Path) -> Plan:
    """Read the text of a plan file.  Raises BadData with file and line."""
    import tomllib

    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise BadData(f"this is not TOML: {str(error).partition(' (at ')[0]}", file=str(path), line=line) from error
    return _Reader(text, str(path)).plan(path.stem, told)


class _Reader:
    """Turns what TOML says into a plan; each fault is told with its line."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = text.splitlines()
        self.file = file
        self.starts = [n for n, line in enumerate(self.lines, 1) if re.match(r"\s*\[\[\s*step\s*\]\]", line)]

    def fault(self, text: str, hint: str, key: str = "", step: int | None = None) -> BadData:
        return BadData(text, hint=hint, file=self.file, line=self._line(key, step), field=key or None)

    def _line(self, key: str, step: int | None) -> int:
        first = 1 if step is None or step >= len(self.starts) else self.starts[step]
        ends = [start for start in self.starts if start > first]
        for number in range(first, (ends[0] if ends else len(self.lines) + 1)):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", self.lines[number - 1]) and key:
                return number
        return first

    def plan(self, name: str, told: dict[str, Any]) -> Plan:
        self._known(told, {"about", "anchor", "gap", "every", "step"}, None)
        steps = tuple(self._steps(told.get("step")))
        plan = Plan(
            name=name,
            about=self._text(told, "about", None),
            anchor=self._anchor(told),
            gap=self._gap(told),
            steps=steps,
            every=self._every(told, steps[-1].after),
        )
        self._ordered(plan)
        return plan

    def _known(self, told: dict[str, Any], names: set[str], step: int | None) -> None:
        for key in told:
            if key not in names:
                raise self.fault(f"a plan has no {key}", f"It has: {', '.join(sorted(names))}.", key, step)

    def _text(self, told: dict[str, Any], key: str, step: int | None, default: str | None = None) -> str:
        value = told.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()) or not value.isprintable():
            raise self.fault(
                f"{key} is missing" if key not in told else f"{key} is not text", f'Write {key} = "…".', key, step
            )
        return value.strip()

    def _anchor(self, told: dict[str, Any]) -> str:
        value = self._text(told, "anchor", None, "refused-on")
        if value not in ANCHORS:
            raise self.fault(f"anchor {value!r} is not known", f"Write one of: {', '.join(ANCHORS)}.", "anchor")
        return value

    def _gap(self, told: dict[str, Any]) -> int:
        span = self._span(told, "gap", None, Span(28, "day"))
        if span.unit not in ("day", "week"):
            raise self.fault(f"gap is in {span.unit}s", 'Write days or weeks: gap = "28 days".', "gap")
        return span.number * (7 if span.unit == "week" else 1)

    def _every(self, told: dict[str, Any], after: Span) -> Span | None:
        if "every" not in told:
            return None
        span = self._span(told, "every", None)
        if not span.number or span.unit != after.unit or span.unit == "business day":
            hint = f'Write it in the unit of the last step: every = "1 {after.unit}".'
            raise self.fault(f"every {span} does not go with a last step after {after}", hint, "every")
        return span

    def _span(self, told: dict[str, Any], key: str, step: int | None, default: Span | None = None) -> Span:
        if default and key not in told:
            return default
        value = told.get(key)
        match = _SPAN.fullmatch(" ".join(value.split())) if isinstance(value, str) else None
        if not match:
            said = f"{key} is missing" if key not in told else f"{key} = {value!r} is not a length of time"
            hint = f'Write it like {key} = "35 days", "1 business day", "6 months".'
            raise self.fault(said, hint, key, step)
        return Span(int(match[1]), match[2])

    def _steps(self, told: Any) -> Iterator[Step]:  # noqa: ANN401
        if not isinstance(told, list) or not told or not all(isinstance(one, dict) for one in told):
            raise self.fault("a plan needs at least one [[step]]", 'Write [[step]], then after = "35 days".', "step")
        if len(told) > _MOST_STEPS:
            raise self.fault(f"a plan has at most {_MOST_STEPS} steps", "Use every for a plan without end.")
        for number, one in enumerate(told):
            self._known(one, {"after", "reason", "template"}, number)
            yield Step(
                self._span(one, "after", number),
                self._text(one, "reason", number),
                self._text(one, "template", number, ""),
            )

    def _ordered(self, plan: Plan) -> None:
        """Steps follow each other; what a month is does not matter to that."""
        lengths = {"day": 1.0, "business day": 1.4, "week": 7.0, "month": 30.4, "year": 365.25}
        days = [step.after.number * lengths[step.after.unit] for step in plan.steps]
        for number, (before, here) in enumerate(itertools.pairwise(days), 1):
            if here <= before:
                said = f"step {number + 1} ({plan.steps[number].after}) does not come after step {number}"
                raise self.fault(said, "Put the steps in the order of their dates.", "after", number)


class PlansRead:
    """Plans by name, as ``load`` finds them; each file is read once."""

    def __init__(self, load: Callable[[str], Plan]) -> None:
        self._load = load
        self._plans: dict[str, Plan | None] = {}

    def plan(self, name: str) -> Plan:
        """The plan of that name.  Raises BadData."""
        found = self._plans.get(name) or self._load(name)
        self._plans[name] = found
        return found

    def known(self, name: str) -> Plan | None:
        """The plan of that name, or None: one that is gone or broken is told wherever a date is computed."""
        if name and name not in self._plans:
            try:
                self.plan(name)
            except MailerError:
                self._plans[name] = None
        return self._plans.get(name)
