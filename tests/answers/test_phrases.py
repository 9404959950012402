"""The files of phrases: whole, and each phrase a regular expression that finds in a moment or finds nothing."""

from __future__ import annotations

import time

import pytest

from mailer.answers.folding import folded, sentences
from mailer.answers.phrases.lists import LANGUAGES, languages_of, pattern, table, whole
from tests.answers.absences import ABSENCES
from tests.kit.rows import each_row

KINDS = set(table("en")) - {"dates"}


@each_row("language", LANGUAGES)
def test_a_file_holds_what_all_hold(language: str) -> None:
    found = table(language)
    assert KINDS | {"dates"} == set(found)
    assert set(found["dates"]) | {"short"} == set(table("en")["dates"])
    assert len(found["dates"]["weekdays"]) == 7
    assert len(found["dates"]["months"]) in (0, 12)
    assert len(found["dates"]["numbers"]) == 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["a " * 4_000, "no " * 2_500, "x" * 8_000, "me not do " * 800, "は" * 8_000, "no @ 1 " * 1_000]
)
def test_looking_for_phrases_takes_a_moment(language: str, text: str) -> None:
    started = time.process_time()
    for kind in KINDS - {"common"}:
        pattern(kind, (language,)).search(text)
    assert time.process_time() - started < 2


@each_row(("language", "text"), [(language, text) for language, text, _ in ABSENCES])
def test_the_language_of_a_text_is_among_the_likely_ones(language: str, text: str) -> None:
    near = {"da": {"no", "sv"}, "no": {"da", "sv"}, "sv": {"da", "no"}, "zh": {"ja"}, "pt": {"es"}, "es": {"pt", "it"}}
    assert {language} | near.get(language, set()) & set(languages_of(folded(text)))
    assert language in languages_of(folded(text)) or near.get(language, set()) & set(languages_of(folded(text)))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("GRÜẞE  aus\nKöln", "grusse aus koln"),
        ("L’été", "l'ete"),
        ("「がんばる」", "「がんばる」"),
        ("Łódź – ØRE", "lodz - ore"),
        ("１２月", "12月"),
        ("a\u200bb\ue000", "ab"),
    ],
)
def test_folding(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_an_umlaut_may_be_spelled_out() -> None:
    for spelled in ("für", "fuer", "FÜR"):
        assert pattern("left", ("de",)).search(folded(f"Ich bin nicht mehr {spelled} die Firma tätig")), whole("für")


def test_a_number_or_an_initial_ends_no_sentence() -> None:
    found = [one.text for one in sentences("Ich bin bis 3. Januar weg. Fragen Sie Dana Q. Ruiz!\n\nBis bald")]
    assert found == ["Ich bin bis 3. Januar weg.", "Fragen Sie Dana Q. Ruiz!", "Bis bald"]
