"""Addresses that are slips, companies that are named in part, subjects that a template makes."""

from __future__ import annotations

import pytest

from tests.kit.checks import PROSE, lone, problems, work

SLIPS = {
    **{f"gmail.{ending}": "gmail.com" for ending in ("coml", "c0m", "comm", "co", "con", "cm", "ocm")},
    **{f"hotmail.{ending}": "hotmail.co.uk" for ending in ("co.ku", "couk", "co.ukk")},
    **{f"{name}.co.uk": "hotmail.co.uk" for name in ("hotmial", "hotmal", "homail")},
    "yaho.co.uk": "yahoo.co.uk",
    "outlok.it": "outlook.it",
    "hotmial.es": "hotmail.es",
    "hotmal.com.br": "hotmail.com.br",
    "gmx.ed": "gmx.de",
    "web.ed": "web.de",
    "acme.c0m": "acme.com",
    "acme.coml": "acme.com",
    "acme.0rg": "acme.org",
}
NO_SLIPS = (
    *("gmail.com", "hotmail.co.uk", "yahoo.co.jp", "hotmail.se", "outlook.pt", "yahoo.com.br", "mail.de", "live.co.uk"),
    *("acme.co", "yahoo.cl", "hotmail.ch", "outlook.at", "ymail.com", "gmx.at", "ox.ac.uk", "proton.me", "hey.com"),
    *("hotmail.be", "yahoo.gr", "wien.gv.at", "acme.example", "evil.com"),
)
LETTER = f"Dear Dana,\n\nthank you for the talk about the work at NAME.\n\n{PROSE}\n\nKind regards\nJo Novak"


@pytest.mark.parametrize(("domain", "meant"), SLIPS.items())
def test_slips_of_domains(domain, meant, tmp_path):
    (told,) = problems(lone("x", body="Hi", to=f"Dana Ruiz <dana@{domain}>"), tmp_path)
    assert (told.check, told.level) == ("recipient", "warn")
    assert told.text == f"{domain} looks like a typo for {meant}"


@pytest.mark.parametrize("domain", NO_SLIPS)
def test_domains_of_their_own(domain, tmp_path):
    assert problems(lone("x", body="Hi", to=f"Dana Ruiz <dana@{domain}>"), tmp_path) == ()


@pytest.mark.parametrize(
    ("company", "named", "told"),
    [
        ("The Blue Lantern Bakery", "Blue Lantern", False),
        ("Robert Vosch GmbH", "Vosch", False),
        ("A.P. Mærlund - Sønderby", "Maerlund", False),
        ("Møller & Søn A/S", "Moller", False),
        ("Deutsche Kranbau AG", "Kranbau", False),
        ("University of Northfield", "Northfield", False),
        ("Orchard Street Kitchens Ltd", "the Orchard Street team", False),
        ("Acme Robotics", "your house", True),
        ("Blue Lantern Systems", "your house, the blue one", True),
        ("Deutsche Kranbau AG", "a German house", True),
    ],
)
def test_a_company_is_named_by_what_is_its_own(company, named, told, tmp_path):
    found = problems(lone("x", body=LETTER.replace("NAME", named), company=company, subject="Thank you"), tmp_path)
    assert [problem.check for problem in found] == (["company"] if told else [])


def test_an_answer_need_not_name_the_company(tmp_path):
    sample = lone("x", body=LETTER.replace("NAME", "your house"), company="Acme Robotics", in_reply_to="<1@a.example>")
    assert problems(sample, tmp_path) == ()


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"template": "thank-you", "position": "Site Reliability Engineer"}, False),
        (
            {
                "template": "thank-you",
                "position": "Senior Staff Software Engineer, Release Infrastructure, Build Systems and Developer Tools",
            },
            True,
        ),
        ({"subject": "Thank you for the conversation about the Site Reliability Engineer"}, True),
    ],
)
def test_a_subject_that_a_value_makes_long(headers, told, tmp_path):
    assert [problem.check for problem in problems(work("x", **headers), tmp_path)] == (["subject"] if told else [])
