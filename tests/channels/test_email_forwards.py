"""A forwarded mail is taken apart, whatever program forwarded it and in which language."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.addresses import Address
from channels.email.forwards import Forward, forwarded, is_forward, split
from channels.email.mail import read
from channels.email.people import people

WORDS: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[1] / "data/mail/forward_words.json").read_text(encoding="utf-8")
)
CHAIR = "The chair wobbles.\n\nSince: Monday\nAda"
WHOLE = Forward(
    note="Can you help her?",
    sender=Address("Ada Byron", "ada@example.com"),
    to=(Address("Support, Acme", "support@acme.example"), Address("", "bob@acme.example")),
    cc=(Address("Chidi", "chidi@acme.example"),),
    subject="Re: Chair: legs",
    date="2 March 2026 at 10:15:05 CET",
    body=CHAIR,
)
VALUES = {
    "from": "Ada Byron <ada@example.com>",
    "to": '"Support, Acme" <support@acme.example>, bob@acme.example',
    "cc": "Chidi <chidi@acme.example>",
    "date": WHOLE.date,
    "sent": WHOLE.date,
    "subject": WHOLE.subject,
}


def header(words: dict[str, str], order: str, mark: str = "", colon: str = ":") -> str:
    return "\n".join(f"{mark}{words[one]}{colon} {VALUES[one]}" for one in order.split())


def apple(words: dict[str, str]) -> str:
    quoted = "\n".join(f"> {line}" for line in ["", *CHAIR.split("\n")])
    return f"{words['begin']}:\n\n" + header(words, "from subject date to cc", "> ") + "\n" + quoted


def gmail(words: dict[str, str]) -> str:
    head = header(words, "from date subject to cc")
    return f"---------- {words['ruled']} ---------\n{head}\n\n\n{CHAIR}"


def thunderbird(words: dict[str, str]) -> str:
    head = "\n".join(
        f"{words[one]}: \t{VALUES[one]}" for one in ("subject", "date", "from", "to", "cc")
    )
    return f"\n-------- {words['ruled']} --------\n{head}\n\n\n\n{CHAIR}"


def outlook(words: dict[str, str]) -> str:
    return f"{'_' * 32}\n{header(words, 'from sent to cc subject')}\n\n{CHAIR}"


def outlook_in_bold(words: dict[str, str]) -> str:
    lines = [f"*{words[one]}:* {VALUES[one]}" for one in ("from", "sent", "to", "cc", "subject")]
    return "\n".join(lines) + f"\n\n{CHAIR}"


def outlook_french_spacing(words: dict[str, str]) -> str:
    return header(words, "from sent to cc subject", colon="\u00a0:") + f"\n\n{CHAIR}"


def from_html(words: dict[str, str]) -> str:
    head = header(words, "from sent to cc subject").replace("\n", "\n\n")
    return f"---\n\n{head}\n\n{CHAIR}"


CLIENTS = (
    apple,
    gmail,
    thunderbird,
    outlook,
    outlook_in_bold,
    outlook_french_spacing,
    from_html,
)


@pytest.mark.parametrize("language", WORDS)
def test_a_forward_is_taken_apart_in_every_language(language: str) -> None:
    words = WORDS[language]
    for client in CLIENTS:
        text = f"{WHOLE.note}\n\n{client(words)}\n"
        subject = f"{words['prefix']}: {WHOLE.subject}"
        if words["prefix"] == "YNT":
            subject = f"İlt: {WHOLE.subject}"
        assert split(text, subject) == WHOLE, client.__name__
        assert split(text.replace("\n", "\r\n"), subject) == WHOLE, client.__name__
        if client in (apple, gmail, thunderbird):
            assert split(text) == WHOLE, client.__name__
            assert split(text, "Chair") == WHOLE, client.__name__


def test_a_header_glued_to_one_line_is_read() -> None:
    text = (
        "Can you help her?\n\n   ----- Forwarded Message ----- From: Ada Byron <ada@example.com>"
        'To: "support@acme.example" <support@acme.example>; Bob <bob@acme.example>'
        "Sent: Monday, March 2, 2026 at 10:15:05 AM GMT+1Subject: Chair\n The chair wobbles.\n"
    )
    found = split(text, "Fw: Chair")
    assert found is not None
    assert found.to == (Address("", "support@acme.example"), Address("Bob", "bob@acme.example"))
    assert (found.date, found.subject, found.body) == (
        "Monday, March 2, 2026 at 10:15:05 AM GMT+1",
        "Chair",
        "The chair wobbles.",
    )


@pytest.mark.parametrize(
    ("line", "name", "date"),
    [
        ('On 02.03.26 10:15, "Ada Byron" <ada@x.com> wrote:', "Ada Byron", "02.03.26 10:15"),
        ("Am 02.03.26, 10:15 schrieb „Ada Byron“ <ada@x.com>:", "Ada Byron", "02.03.26, 10:15"),
        (
            "Le 02/03/2026 10:15, « Ada Byron » <ada@x.com> a écrit :",
            "Ada Byron",
            "02/03/2026 10:15",
        ),
        ("Dne 02.03.26 10:15 napsal(a) uživatel „Ada“ <ada@x.com>:", "Ada", "02.03.26 10:15"),
        ("Op 02-03-2026 10:15 heeft Ada <ada@x.com> geschreven:", "Ada", "02-03-2026 10:15"),
        ('Den 2026-03-02 10:15, skrev "Ada" <ada@x.com>:', "Ada", "2026-03-02 10:15"),
        ('El 2/3/26 10:15, "Ada" <ada@x.com> escribió:', "Ada", "2/3/26 10:15"),
        ("On March 2, 2026 at 10:15 AM ada@x.com wrote:", "", "March 2, 2026 at 10:15 AM"),
        ("Ada B <ada@x.com> kirjoitti 2.3.2026 kello 10.15:", "Ada B", "2.3.2026 kello 10.15"),
        ('2.03.2026 10:15 tarihinde "Ada" <ada@x.com> şunu yazdı:', "Ada", "2.03.2026 10:15"),
        (
            "2026. 03. 02. 10:15 dátummal a(z) „Ada“ <ada@x.com> ezt írta:",
            "Ada",
            "2026. 03. 02. 10:15",
        ),
    ],
)
def test_a_forward_may_say_only_who_wrote_and_when(line: str, name: str, date: str) -> None:
    found = split(f"See below\n\n{line}\n\n    The chair wobbles.\n", "FW: Chair")
    assert found is not None
    assert (found.note, found.sender) == ("See below", Address(name, "ada@x.com"))
    assert (found.date, found.subject, found.body) == (date, "Chair", "The chair wobbles.")
    assert split(f"See below\n\n{line}\n\n> The chair\n", "Re: Chair") is None


@pytest.mark.parametrize("language", WORDS)
def test_a_glued_header_is_read_in_every_language(language: str) -> None:
    words = WORDS[language]
    head = "".join(
        f"{words[one]}: {VALUES[one]}" for one in ("from", "to", "cc", "sent", "subject")
    )
    text = f"{WHOLE.note}\n\n ----- {words['ruled']} ----- {head}\n {CHAIR}\n"
    assert split(text.replace("legs", "three"), "Fw: Chair") == Forward(
        note=WHOLE.note,
        sender=WHOLE.sender,
        to=WHOLE.to,
        cc=WHOLE.cc,
        date=WHOLE.date,
        subject="Re: Chair: three",
        body=CHAIR,
    )


def test_an_empty_field_takes_nothing_from_the_body() -> None:
    lines = ["From: Ada <ada@x.com>", "Date: 2.3.2026", "Subject: Chair", "To: bob@x.com", "Cc: "]
    found = split("\n".join(["Forwarded message:", "", *lines, "", "Hello"]))
    assert found is not None
    assert (found.cc, found.body) == ((), "Hello")
    below = [line.replace(": ", ":\n", 1) for line in lines[:-1]]
    again = split("\n".join(["Forwarded message:", "", *below, "", "Hello"]))
    assert again == found


def test_an_answer_is_no_forward() -> None:
    outlook_answer = f"Thanks\n\n{outlook(WORDS['en'])}"
    assert split(outlook_answer, "Re: Chair") is None
    assert split(outlook_answer) is None
    inside = "On 2 March 2026, Ada <ada@x.com> wrote:\n> " + gmail(WORDS["en"])
    assert split(f"Thanks\n\n{inside}", "Re: Chair") is None
    assert split("Lähettäjä: Ada <ada@x.com>\nLähetetty: 2.3.2026\n\nHei", "VS: Tuoli") is None
    assert split("Nothing is forwarded here: really\n\nFrom here on", "Fwd: x") is None


def test_only_the_outer_of_two_forwards_is_opened() -> None:
    inner = gmail(WORDS["de"])
    found = split(f"{gmail(WORDS['en']).replace(CHAIR, inner)}", "Fwd: x")
    assert found is not None
    assert found.body.startswith("---------- Weitergeleitete Nachricht")
    again = split(found.body)
    assert again is not None
    assert again.body == CHAIR


@pytest.mark.parametrize(
    ("shown", "people_shown"),
    [
        (
            "Byron, Ada <ada@x.com>, Bob <bob@x.com>",
            [("Byron, Ada", "ada@x.com"), ("Bob", "bob@x.com")],
        ),
        ("Ada [mailto:ada@x.com]; Bob [bob@x.com]", [("Ada", "ada@x.com"), ("Bob", "bob@x.com")]),
        ("'Ada' <mailto:ada@x.com>", [("Ada", "ada@x.com")]),
        ("Ada <ada@x.com> <mailto:ada@x.com>", [("Ada", "ada@x.com")]),
        ("ada@x.com <ada@x.com>, bob@x.com", [("", "ada@x.com"), ("", "bob@x.com")]),
        ("bob@x.com, Ada <ada@x.com>", [("", "bob@x.com"), ("Ada", "ada@x.com")]),
        ("Byron, Ada; Bob", [("Byron, Ada", ""), ("Bob", "")]),
        ("", []),
    ],
)
def test_people_are_read_as_they_are_shown(shown: str, people_shown: list[tuple[str, str]]) -> None:
    assert people(shown) == tuple(Address(*one) for one in people_shown)


@given(
    st.lists(
        st.sampled_from(
            [
                *gmail(WORDS["en"]).split("\n"),
                *apple(WORDS["fr"]).split("\n"),
                "On 1.1.2026, A <a@b.c> wrote:",
                "",
                ">",
            ]
        ),
        max_size=30,
    )
)
def test_any_order_of_lines_has_a_result(lines: list[str]) -> None:
    for subject in (None, "Fwd: x", "Re: x"):
        found = split("\n".join(lines), subject)
        assert found is None or found.sender.address or found.sender.name


def test_a_mail_forwarded_as_a_file_is_taken_apart_too() -> None:
    raw = (
        "From: bob@acme.example\nSubject: Fwd: Chair\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\n\nSee below\n--b\nContent-Type: message/rfc822\n\nFrom: Ada <ada@x.com>\n"
        "To: bob@acme.example\nSubject: Chair\nDate: Mon, 2 Mar 2026 10:15:05 +0100\n\n"
        "Hello\n--b--\n"
    )
    found = forwarded(read(raw.encode()))
    assert found is not None
    assert (found.note, found.sender) == ("See below", Address("Ada", "ada@x.com"))
    assert (found.subject, found.body) == ("Chair", "Hello")
    assert forwarded(read(raw.replace("Fwd: ", "Look: ").encode())) is None


def test_subjects_tell_a_forward() -> None:
    for subject in ("Fwd: x", "WG: x", "TR : x", "Fw[2]: x", "转发：x", "ENC: x"):
        assert is_forward(subject), subject
    for subject in ("Re: x", "AW: x", "Invoice: x", "Fwds", ""):
        assert not is_forward(subject), subject
