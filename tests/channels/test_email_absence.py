"""An out-of-office answer tells when its sender is back: shown, never guessed."""

from datetime import date

import pytest

from channels.email.absence import absence
from desk.ports.messages import Remark
from tests.channels.email_mails import mail, message

SAID = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "text", "code", "day"),
    [
        ("en", "I am out of the office and will be back on Monday, 7 December 2026.",
         "back_on", "2026-12-07"),
        ("en", "Out of office. I will return to work on January 5th.", "back_on", "2027-01-05"),
        ("en", "I'm away until December 4, 2026 with no access to mail.",
         "away_until", "2026-12-04"),
        ("en", "I'll be back 2026-12-01.", "back_on", "2026-12-01"),
        ("de", "Ich bin bis zum 12.12.2026 nicht im Büro.", "away_until", "2026-12-12"),
        ("de", "Ich bin ab dem 14. Dezember wieder erreichbar.", "back_on", "2026-12-14"),
        ("fr", "Je suis absente et de retour le lundi 7 décembre.", "back_on", "2026-12-07"),
        ("fr", "Absent jusqu'au 04/12/2026 inclus.", "away_until", "2026-12-04"),
        ("es", "Estoy de vacaciones hasta el 9 de diciembre de 2026.",
         "away_until", "2026-12-09"),
        ("it", "Sono fuori ufficio, rientro il 3 dicembre 2026.", "back_on", "2026-12-03"),
        ("pt", "Estou ausente até 30 de novembro de 2026.", "away_until", "2026-11-30"),
        ("nl", "Ik ben afwezig tot en met vrijdag 4 december.", "away_until", "2026-12-04"),
        ("nl", "Ik ben weer bereikbaar op 1-12-2026.", "back_on", "2026-12-01"),
    ],
)  # fmt: skip
def test_the_day_is_read_in_seven_languages(language: str, text: str, code: str, day: str) -> None:
    assert absence(text, SAID, language) == (Remark(code, day),)


@pytest.mark.parametrize(
    "text",
    [
        "I will be back on 3/4/2027.",  # March or April
        "I am away until 40 December 2026.",
        "We were founded until 3 May 1999.",
        "Back soon! In urgent cases call 030 1234567.",
        "I will be back next week.",
    ],
)
def test_what_could_be_read_two_ways_or_is_no_day_is_not_guessed(text: str) -> None:
    assert absence(text, SAID, "en") == ()


def test_only_an_automatic_answer_says_it() -> None:
    body = b"I am away and will be back on 7 December 2026.\n"
    head = b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n"
    away = message(mail(head + b"Auto-Submitted: auto-replied\n", body=body))
    assert Remark("back_on", "2026-12-07") in away.remarks
    assert message(mail(head, body=body)).remarks == ()
