# ruff: noqa: E501
"""Whatever way an answer quotes the user's letter, what is left is what its sender wrote."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.answers.quoting import without_quotes
from mailer.answers.rules import verdicts
from mailer.answers.writer import without_signature
from tests.answers.people import INBOX, TEXT, Ledger, mail
from tests.conftest import examples
from tests.kit.rows import each_row

WROTE = "On Thu, 12 Nov 2026 at 10:00, Lena Brook <lena.brook@weirhouse.example> wrote:"
OUTLOOK = (
    "________________________________\nFrom: Lena Brook <lena.brook@weirhouse.example>\n"
    "Sent: Thursday, November 12, 2026 10:00 AM\nTo: Iris Holm <iris.holm@saltmarsh.example>\n"
    "Subject: Thank you for the Planner interview\n\n"
)
GERMAN = "Von: Lena Brook <lena.brook@weirhouse.example>\nGesendet: Donnerstag, 12. November 2026 10:00\nAn: Iris\nBetreff: Thank you\n\n"
PORTUGUESE = "Em qui., 12 de nov. de 2026 às 10:00, Lena Brook <\nlena.brook@weirhouse.example> escreveu:"
JAPANESE = "2026年11月12日(木) 10:00 Lena Brook <lena.brook@weirhouse.example>:"
FINNISH = "to 12. marrask. 2026 klo 10.00 Lena Brook (lena.brook@weirhouse.example) kirjoitti:"
ORIGINAL = (
    "-----Original Message-----\nFrom: Lena Brook\nSent: 12 November 2026 10:00\nTo: Iris Holm\nSubject: Thank you\n\n"
)


def marked(text: str, mark: str = "> ") -> str:
    return "\n".join(mark + line for line in text.split("\n"))


def wrapped(text: str, width: int) -> str:
    return "\n\n".join(textwrap.fill(paragraph, width) for paragraph in text.split("\n\n"))


STYLES: dict[str, Callable[[str], str]] = {
    "Gmail": lambda answer: f"{answer}\n\n{WROTE}\n\n{marked(TEXT)}",
    "rewrapped": lambda answer: f"{answer}\n\n{WROTE}\n{marked(wrapped(TEXT, 40))}",
    "without marks": lambda answer: f"{answer}\n\n{WROTE}\n\n{wrapped(TEXT, 30)}",
    "Outlook": lambda answer: f"{answer}\n\n{OUTLOOK}{TEXT}",
    "Outlook in German": lambda answer: f"{answer}\n\n{GERMAN}{TEXT}",
    "Portuguese": lambda answer: f"{answer}\n\n{PORTUGUESE}\n\n{marked(TEXT)}",
    "Portuguese without marks": lambda answer: f"{answer}\n\n{PORTUGUESE}\n\n{TEXT}",
    "Japanese": lambda answer: f"{answer}\n\n{JAPANESE}\n\n{marked(TEXT)}",
    "Finnish": lambda answer: f"{answer}\n\n{FINNISH}\n\n{marked(TEXT)}",
    "below": lambda answer: f"{WROTE}\n{marked(TEXT)}\n\n{answer}",
    "below Outlook": lambda answer: f"{OUTLOOK}{TEXT}\n\n{answer}",
    "bare": lambda answer: f"{answer}\n\n{TEXT}",
    "below the bare": lambda answer: f"{TEXT}\n\n{answer}",
    "bars": lambda answer: f"{answer}\n\n{marked(TEXT, '| ')}",
    "twice": lambda answer: f"{answer}\n\n> Thanks\n>\n{marked(marked(TEXT))}",
    "original message": lambda answer: f"{answer}\n\n{ORIGINAL}{TEXT}",
    "between": lambda answer: f"{WROTE}\n{marked(TEXT[:130])}\n\n{answer}\n\n{marked(TEXT[130:])}",
    "in one line": lambda answer: f"{answer} {' '.join(TEXT.split())}",
    "in quotation marks": lambda answer: f'{answer}\n\n"{TEXT.strip()}"',
}
ANSWERS = (
    ("Sounds good, let's talk.", "answer"),
    ("Please do not contact me again.", "stop"),
    ("Bitte schreiben Sie mir nicht mehr.", "stop"),
    ("またご連絡ください。", "answer"),
)


@each_row("style", STYLES)
@each_row(("answer", "kind"), ANSWERS)
def test_only_what_they_wrote_is_left_and_decides(style: str, answer: str, kind: str) -> None:
    text = STYLES[style](answer)
    assert without_quotes(text, (TEXT,)).strip() == answer
    assert verdicts(mail(text), Ledger(), INBOX)[0].kind == kind
    assert verdicts(mail(text, Auto_Submitted="auto-replied"), Ledger(), INBOX)[0].kind == "automatic"


def test_where_nothing_else_is_left_words_decide_nothing() -> None:
    (found,) = verdicts(mail(f"{WROTE}\n\n{marked(TEXT)}"), Ledger(), INBOX)
    assert (found.kind, found.text) == ("answer", "")


WORDS = st.lists(
    st.sampled_from(["yes", "tea", "gladly", "Monday", "Tuesday", "Ostern", "3", "pm", "木曜", "ok"]),
    min_size=1,
    max_size=12,
).map(" ".join)


@given(
    WORDS,
    st.integers(12, 120),
    st.sampled_from(["", "> ", ">", ">> ", "| "]),
    st.booleans(),
    st.sampled_from(["", WROTE, PORTUGUESE]),
)
def test_no_word_of_the_letter_is_left_in_any_wrapping(
    answer: str, width: int, mark: str, below: bool, by: str
) -> None:
    quoted = f"{by}\n{marked(wrapped(TEXT, width), mark)}".strip("\n")
    text = f"{quoted}\n\n{answer}" if below else f"{answer}\n\n{quoted}"
    assert without_quotes(text, (TEXT,)).split() == answer.split()


@examples(40)
@given(st.text(), st.text())
def test_nothing_raises_and_nothing_is_made_up(text: str, letter: str) -> None:
    left = without_quotes(text, (letter,))
    assert set(left.split()) <= set(text.split()) | set("".join(left).split())
    assert len(left) <= len(text)


@each_row(
    ("text", "left"),
    [
        ("Yes.\n\n-- \nIris Holm\nSaltmarsh", "Yes."),
        ("Yes.\n\nKind regards,\nIris", "Yes."),
        ("Gern!\n\nMit freundlichen Grüßen\nIris Holm\nPlanung", "Gern!"),
        ("Oui.\n\nCordialement,\nIris", "Oui."),
        ("Yes.\n\nSent from my phone", "Yes."),
        ("Ja.\n\nVon meinem iPhone gesendet", "Ja."),
        ("Yes.\n\nBest,\nIris\n\nPS: and soon.", "Yes.\n\nPS: and soon."),
        ("Thanks,\nbut no.", "Thanks,\nbut no."),
        ("Hi Lena,\nThanks,\nbut please let me be.", "Hi Lena,\nThanks,\nbut please let me be."),
    ],
)
def test_a_signature_is_taken_off(text: str, left: str) -> None:
    assert without_signature(text) == left


HOSTILE = {
    "On": "On a\n" * 2_000,
    "From": "From: a\nTo: " * 1_000,
    "marks": "> " * 30_000,
    "lines": "\n" * 60_000,
    "fields": "a:\n" * 3_000,
    "ask": "do not contact " * 4_000,
    "until": "until " * 10_000,
    "days": "1.1. " * 10_000,
    "back": "back on only on only on " * 2_500,
    "Japanese": "にはにはに" * 10_000,
    "ours": (TEXT + " x ") * 150,
    "quotes": '"' * 30_000,
    "dashes": "-" * 60_000,
}


@pytest.mark.parametrize("share", [pytest.param(1, marks=pytest.mark.slow), 8])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_a_moment(name: str, share: int) -> None:
    text = HOSTILE[name][: len(HOSTILE[name]) // share]
    started = time.process_time()
    verdicts(mail(text, Auto_Submitted="auto-replied"), Ledger(), INBOX)
    assert time.process_time() - started < max(1, 8 / share)
