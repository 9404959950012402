"""A row of a batch is rendered and composed as the same row alone, whatever the rows before it were."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import MailerError
from mailer.message.compose import unstamped
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.conftest import SENDER, examples, make_letter, make_row, make_template

BODY = """
Dear {{ name }},

a first paragraph – without any value in it, long enough to be broken into two lines of flowed text.

{% if seat.startswith("A") %}In front: {{ seat }}{% else %}Behind: **{{ seat }}** {{ note }}{% endif %}

[your page](https://a.example/{{ seat }})
"""
TO = "To: {{ name }} <{{ email }}>\n"
TEMPLATE = """\
Subject: {{ company }}
Field: company — it
Field: note? — a note

{{ greeting }},

{{ prose }}

{{ note }}
"""
LETTERS = {
    "markdown": (f"{TO}Subject: For {{{{ name }}}} {{{{ note }}}}\nContent-Type: text/markdown\nNote: x\n{BODY}", None),
    "plain": (f"{TO}From: {{{{ name }}}} <office@a.example>\nSubject: {{{{ seat }}}}\nCc: a@b.example\n{BODY}", None),
    "html": (TO + "Subject: x\nContent-Type: text/html\nLanguage: de\n\n<p>é {{ name }} {{ note }}</p>\n", None),
    "bare": ("To: x@a.example\n\nNo value.\n", None),
    "template": ("Template: hello\nTo: Dana Ruiz <dana@acme.example>\nCompany: A\n\nWords, {{ name }}.\n", TEMPLATE),
}
ODD = [
    "",
    " ",
    "\t",
    "a\tb",
    "a\nb",
    "x ",
    " x",
    "Ana Weber",
    "d@a.example",
    "Ana <d@a.example>",
    "a,b@c",
    "<b>",
    "Zoë",
]
ODD += [
    "\x00",
    "\ud800",
    "\u202e",
    "A1",
    "b@localhost",
    "X" * 300,
    ".",
    "From x",
    "O'Neil-Ruiz",
    "_",
    '"',
    "{{ x }}",
    "de",
]
COLUMNS = ["name", "email", "seat", "note", "company", "cc", "reply_to", "subject", "language", "known_as", "prose"]
COLUMNS += ["attach", "in_reply_to", "references", "to", "from", "greeting"]
USUAL = {"name": "Dana Ruiz", "email": "dana@acme.example", "seat": "A1", "note": "n"}

values = st.sampled_from(ODD) | st.text(max_size=8)
rows = st.one_of(
    st.just(USUAL),
    st.dictionaries(st.sampled_from(COLUMNS[:4]), values).map(lambda odd: USUAL | odd),
    st.dictionaries(st.sampled_from(COLUMNS), values).map(lambda odd: USUAL | odd),
    st.dictionaries(st.sampled_from(COLUMNS), values),
)
signatures = st.sampled_from(["", "Ana\nWeber"])
sets = st.sampled_from([{}, {"note": "set"}, {"cc": "z@a.example"}])


def program(kind, signature, given_sets):
    letter, template = LETTERS[kind]
    defaults = Defaults(SENDER, signature, "", Path("/nowhere"))
    return compile_letter(make_letter(letter), make_template(template) if template else None, given_sets, defaults)


def outcome(program, row):
    """All that can be seen of one row, errors included."""
    try:
        rendered = program.render(row)
        return rendered, tuple(rendered.spans), unstamped(rendered)
    except MailerError as error:
        return type(error), str(error), error.text, error.hint, error.file, error.line, error.field


@pytest.mark.parametrize("kind", LETTERS)
@examples(150)
@given(batch=st.lists(rows, min_size=2, max_size=5), signature=signatures, given_sets=sets)
def test_a_row_of_a_batch_is_the_row_alone(kind, batch, signature, given_sets):
    try:
        shared = program(kind, signature, given_sets)
    except MailerError:
        return
    for number, cells in enumerate(batch, 1):
        row = make_row(number, **cells)
        assert outcome(shared, row) == outcome(program(kind, signature, given_sets), row)


def test_most_usual_rows_are_rendered():
    assert all(isinstance(outcome(program(kind, "", {}), make_row(**USUAL))[2], tuple) for kind in LETTERS)
