"""When a letter says that the writer will be in touch again, in words of its language: ``early in January``."""

from __future__ import annotations

from datetime import date

_FAR = 300
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
# The first ten days of a month, the next ten, and the rest.
_THIRDS = {
    "en": ("early in {}", "in the middle of {}", "late in {}"),
    "de": ("Anfang {}", "Mitte {}", "Ende {}"),
    "fr": ("début {}", "à la mi-{}", "fin {}"),
    "es": ("a principios de {}", "a mediados de {}", "a finales de {}"),
}


def when_words(day: date, today: date, language: str) -> str:
    """The words for a day to come, with its year where the month alone could be taken for this one's; else "".

    There are words in English, German, French and Spanish.
    """
    if language not in _MONTHS:
        return ""
    month = _MONTHS[language].split()[day.month - 1]
    if (day - today).days > _FAR:
        month += f" de {day.year}" if language == "es" else f" {day.year}"
    return _THIRDS[language][min((day.day - 1) // 10, 2)].format(month)
