"""Providers that give a mail another Message-ID: theirs is read from their answer, and kept."""

import pytest

from channels.email.rewritten import given_id

SES = "0102018f3c1d2b7a-1f0c9a3e-5b1d-4e8e-9a55-0c4d8b2f7a11-000000"


@pytest.mark.parametrize(
    ("host", "answer", "given"),
    [
        ("email-smtp.us-east-1.amazonaws.com", f"Ok {SES}", f"<{SES}@email.amazonses.com>"),
        ("email-smtp.eu-west-1.amazonaws.com", f"Ok {SES}", f"<{SES}@eu-west-1.amazonses.com>"),
        ("Email-SMTP.eu-central-1.amazonaws.com.", "Ok", None),
        (
            "smtp.office365.com",
            "2.0.0 OK <AM0PR01MB1.eurprd01.prod.outlook.com@AM0.outlook.com> [Hostname=AM0P]",
            "<AM0PR01MB1.eurprd01.prod.outlook.com@AM0.outlook.com>",
        ),
        ("smtp.office365.com", "2.0.0 OK", None),
        ("mail.example.com", "2.0.0 Ok: queued as <a@b>", None),
        ("amazonaws.com.evil.example", f"Ok {SES}", None),
    ],
)
def test_only_a_provider_known_to_do_so_is_believed(
    host: str, answer: str, given: str | None
) -> None:
    assert given_id(host, answer) == given
