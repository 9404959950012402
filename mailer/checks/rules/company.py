"""The company missing, or misspelled.

Warns of a letter that never names its company, or nearly does ("Acme Robotic").  Inflections, possessives, legal forms
and a company's short name ("Acme" for "Acme Robotics GmbH") count as the same company.  The company is what the field
`Company` holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.company_names import core, names_it, near_misses
from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case


def check(case: Case) -> Iterator[Problem]:
    """Near misses, else the company that is never named."""
    company = case.company
    if not core(company):
        return
    slips = [(start, end) for start, end in near_misses(case.body, company) if case.value_at("text", start, end) == ""]
    for start, end in slips:
        said = f"{case.body.raw[start:end]} is nearly, but not quite, {company}"
        yield case.in_body("company", "warn", start, end, said, f"Write {company}.")
    if case.rendered.thread is not None:
        return
    if slips or company in case.body.raw or names_it(case.body, company) or names_it(case.subject, company):
        return
    hint = f"Say what it is about {company} that you write for."
    yield case.whole("company", "warn", f"the letter never names {company}", hint)
