"""Who may be greeted how: titles, honorifics, initials, and names that only the address has."""

from __future__ import annotations

import pytest

from tests.kit.checks import problems, work

RUIZ = "Dana Ruiz <d@acme.example>"
TANAKA = "Tanaka Hiroshi <t@acme.example>"
KIM = "Kim Min-jun <k@acme.example>"
TITLES = [
    *("Principal", "Coach", "President", "Chancellor", "Provost", "Dean", "Chair", "Headmaster", "Superintendent"),
    *("Senator", "Governor", "Mayor", "Councillor", "Ambassador", "Colonel", "Major", "General", "Sergeant", "Chief"),
    *("Pastor", "Rabbi", "Imam", "Sister", "Bishop", "Nurse", "Chef", "Attorney", "Lord", "Sheikh", "Justice"),
    *(
        "Archdeacon",
        "Vice Chancellor",
        "Lieutenant Colonel",
        "Associate Professor",
        "Prof. Dr.",
        "Dr.-Ing.",
        "Lt. Col.",
    ),
]
RIGHT = [
    *((f"Dear {title} Ruiz", RUIZ) for title in TITLES),
    *(
        (greeting, RUIZ)
        for greeting in (
            *("Sehr geehrte Frau Direktorin Ruiz", "Sehr geehrte Frau Prof. Dr. Ruiz", "Sehr geehrte Frau Direktorin"),
            *("Sehr geehrte Frau Oberstudiendirektorin Ruiz", "Sehr geehrte Frau Bürgermeisterin Dr. Ruiz"),
            *("Sehr geehrte*r Dana Ruiz", "Liebe:r Dana", "Madame la Directrice", "Monsieur le Professeur Ruiz"),
            *("Cher Maître", "Maître Ruiz", "Cher collègue", "Estimada Directora", "Estimada doña Dana"),
            *("Estimada Dra. Ruiz", "Estimada Lic. Ruiz", "Distinguida señora Ruiz", "Estimada señora Ruiz Gómez"),
            *("Hi Coach Dana", "Dear Principal", "Dear Ms. Dana Ruiz", "Dear Ms. Ruiz-Baker"),
        )
    ),
    *((f"Dear {name}", TANAKA) for name in ("Tanaka-san", "Hiroshi-san", "Tanaka-sama", "Tanaka Sensei", "Tanaka san")),
    *((f"Dear {name}", KIM) for name in ("Min-jun-ssi", "Kim-ssi", "Kim-nim", "Mr Kim")),
    *((f"Dear {name}", "Anil Sharma <a@acme.example>") for name in ("Sharma-ji", "Sharmaji", "Anil Sahib")),
    ("Dear Mehmet Bey", "Mehmet Yılmaz <m@acme.example>"),
    ("Dear Ayşe Hanım", "Ayşe Kaya <a@acme.example>"),
    *(
        ("Dear Dana", to)
        for to in ("D. Ruiz <x@acme.example>", '"Ruiz, D." <x@acme.example>', "D Ruiz <x@acme.example>")
    ),
    ("Dear Dana Ruiz", "D. Ruiz <x@acme.example>"),
    *(("Dear Jean-Pierre", f"{name} Martin <x@acme.example>") for name in ("J.-P.", "JP", "J.P.")),
    *(
        ("Dear Ms. Ruiz", f"Dana <{address}>")
        for address in (
            *("dana.ruiz@acme.example", "druiz@acme.example", "ruiz.d@acme.example", "danaruiz@acme.example"),
            "dana@ruiz.example",
        )
    ),
    ("Dear Dana", "Ruiz <dana.ruiz@acme.example>"),
    ("Dear Dana Ruiz", "Dana <jobs@acme.example>"),
]
WRONG = [
    *(
        (f"Dear {name}", RUIZ)
        for name in (
            *("Peter", "Peter Ruiz", "Tom Ruiz", "Ms. Baker", "Dana Rossi", "Coach Baker", "Principal Peter"),
            *("Tanaka-san", "Coach Tom Ruiz"),
        )
    ),
    ("Dear Peter-san", TANAKA),
    ("Dear Peter", "D. Ruiz <d.ruiz@acme.example>"),
    ("Dear Peter", "Dana P. Ruiz <x@acme.example>"),
    ("Dear Mr. Baker", "Dana <dana.ruiz@acme.example>"),
    ("Dear Tom", "Dana <dana.ruiz@acme.example>"),
    ("Dear Tom", "Ruiz <d@acme.example>"),
    ("Sehr geehrte Frau Direktorin Weber", RUIZ),
    ("Chère Madame Leroy", RUIZ),
    ("Estimada María Ruiz", "Carmen Ruiz <c@acme.example>"),
]
NEARLY = [
    ("Dear Ms. Ruitz", RUIZ),
    ("Dear Dena Ruiz", RUIZ),
    ("Dear Ms. Ruitz", "Dana <dana.ruiz@acme.example>"),
    ("Dear Ms Tanake", TANAKA),
]


def levels(greeting: str, to: str, folder) -> list[str]:
    found = problems(work("x", greeting=greeting, to=to), folder)
    return [problem.level for problem in found if problem.check == "greeting"]


@pytest.mark.parametrize(("greeting", "to"), RIGHT)
def test_right(greeting, to, tmp_path):
    assert levels(greeting, to, tmp_path) == []


@pytest.mark.parametrize(("greeting", "to"), WRONG)
def test_wrong(greeting, to, tmp_path):
    assert levels(greeting, to, tmp_path) == ["block"]


@pytest.mark.parametrize(("greeting", "to"), NEARLY)
def test_nearly(greeting, to, tmp_path):
    assert levels(greeting, to, tmp_path) == ["warn"]
