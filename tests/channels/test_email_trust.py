"""Whether a mail is from whom it says, and what its reader is told before he believes it."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from channels.email.config import ReplyTo
from channels.email.lookalikes import mixes_scripts, resembles
from channels.email.mail import read
from channels.email.parse import parse
from channels.email.trust import is_genuine, takes_no_answers
from desk.ports.messages import Automation, MessageSent, Remark
from tests.channels.email_mails import HEAD, READER, mail
from tests.channels.email_world import DESK, only

OURS = "mx.acme.example"
GUARDED = replace(READER, server=OURS, brand="Acme")


def checked(results: str, *, below: str = "") -> bool | None:
    return is_genuine(read(f"{results}\n{below}".encode() + mail()), OURS)


def codes(raw: bytes) -> set[str]:
    found = only(parse(raw, GUARDED))
    return {one.code for one in found.remarks}


@pytest.mark.parametrize(
    ("results", "genuine"),
    [
        ("dmarc=pass header.from=example.com", True),
        (
            "dmarc=fail (p=reject) header.from=example.com; spf=pass smtp.mailfrom=a@example.com",
            False,
        ),
        ("dkim=pass header.d=example.com header.s=s1", True),
        ("dkim=pass header.i=@mail.example.com", True),
        ("spf=pass smtp.mailfrom=bounces@example.com", True),
        ("dkim=pass header.d=mailer.example.net; spf=pass smtp.mailfrom=x@example.net", None),
        ("dkim=pass header.d=notexample.com", None),
        ("dkim=pass header.d=com", None),
        ("dmarc=none header.from=example.com; dkim=fail header.d=example.com", None),
        ("none", None),
    ],
)
def test_the_verdict_of_our_mail_server_is_read(results: str, genuine: bool | None) -> None:
    assert checked(f"Authentication-Results: {OURS} 1;\n {results}") is genuine


def test_only_the_topmost_header_of_our_own_server_counts() -> None:
    forged = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.com\n"
    foreign = "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.com"
    assert checked(foreign) is None
    assert checked(f"Authentication-Results: {OURS}; dmarc=fail", below=forged) is False
    assert is_genuine(read(forged.encode() + mail()), "") is None


def test_the_seal_of_our_own_server_is_as_good_as_its_header() -> None:
    assert checked(f"ARC-Authentication-Results: i=2; {OURS}; dmarc=pass") is True
    assert checked("ARC-Authentication-Results: i=1; mx.other.example; dmarc=pass") is None


def test_exchange_online_which_names_no_server_is_read_when_it_is_asked_for() -> None:
    raw = b"Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n" + (
        b" smtp.mailfrom=example.com; dkim=pass (signature was verified)\n"
        b" header.d=example.com;dmarc=pass action=none header.from=example.com;compauth=pass\n"
    )
    assert is_genuine(read(raw + mail()), "exchange-online") is True
    assert is_genuine(read(raw + mail()), OURS) is None


@given(st.binary(max_size=300))
def test_a_header_of_any_bytes_is_at_worst_not_understood(content: bytes) -> None:
    line = content.replace(b"\n", b" ").replace(b"\r", b" ")
    raw = f"Authentication-Results: {OURS}; ".encode() + line + b"\n" + mail()
    assert is_genuine(read(raw), OURS) in (True, False, None)


def test_a_mail_with_two_senders_is_nobodys_proof() -> None:
    raw = mail().replace(b"From: Ada", b"From: Eve <eve@evil.example>, Ada")
    head = f"Authentication-Results: {OURS}; dkim=pass header.d=example.com\n".encode()
    assert is_genuine(read(head + raw), OURS) is None


def test_headers_from_outside_steer_nothing() -> None:
    control = b"X-Parley-Case: 42\nX-Parley-Genuine: yes\nX-Zammad-Ticket-Id: 42\nX-Priority: 1\n"
    plain, steered = only(parse(mail(), GUARDED)), only(parse(mail(control), GUARDED))
    assert plain == steered


@pytest.mark.parametrize(
    ("domain", "odd"),
    [
        ("аpple.com", True),  # a Cyrillic first letter
        ("аррӏе.com", True),  # Cyrillic all through
        ("gοοgle.com", True),  # Greek omicrons
        ("пример.com", False),
        ("пример.рф", False),
        ("bücher.example", False),
        ("例え.jp", False),
        ("toyotaジャパン.jp", False),
        ("αθήνα.gr", False),
        ("example.com", False),
    ],
)
def test_a_domain_that_mixes_scripts_is_remarked(domain: str, *, odd: bool) -> None:
    assert mixes_scripts(domain) is odd
    raw = HEAD.replace(b"example.com>", domain.encode("idna") + b">", 1) + b"\nHi\n"
    assert ("mixed_scripts" in codes(raw)) is odd


def test_a_domain_that_reads_like_ours_is_remarked() -> None:
    assert resembles("acrne.example", "acme.example")
    assert resembles("paypa1.com", "paypal.com")
    assert not resembles("acme.example", "acme.example")
    raw = mail().replace(b"ada@example.com", b"boss@acrne.example")
    assert codes(raw) == {"looks_like_us"}


def test_a_stranger_under_our_name_is_remarked() -> None:
    assert codes(mail().replace(b"From: Ada", b"From: ACME Support")) == {"named_like_us"}
    assert codes(mail().replace(b"From: Ada", b"From: Acmeson")) == set()


def test_a_failed_check_is_remarked_and_told() -> None:
    found = only(parse(f"Authentication-Results: {OURS}; dmarc=fail\n".encode() + mail(), GUARDED))
    assert (found.genuine, found.remarks) == (
        False,
        (Remark("unverified_sender", "example.com"),),
    )


@pytest.mark.parametrize(
    "address",
    ["noreply@x.com", "no-reply@x.com", "do_not_reply@x.com", "shop.no-reply@x.com",
     "donotreply+7@x.com", "keine-antwort@x.de", "ne-pas-repondre@x.fr", "no-responder@x.es"],
)  # fmt: skip
def test_an_address_that_nobody_reads_is_known(address: str) -> None:
    assert takes_no_answers(address)


@pytest.mark.parametrize("address", ["noreen@x.com", "replyall@x.com", "nora.reply@x.com"])
def test_an_address_of_a_person_is_not_taken_for_one(address: str) -> None:
    assert not takes_no_answers(address)


FORM = b"Reply-To: Bob <bob@x.com>\n"


@pytest.mark.parametrize(
    ("policy", "trusted", "sender"),
    [
        (ReplyTo.NEVER, ("example.com",), "ada@example.com"),
        (ReplyTo.TRUSTED, (), "ada@example.com"),
        (ReplyTo.TRUSTED, ("Example.com",), "bob@x.com"),
        (ReplyTo.TRUSTED, ("ada@example.com",), "bob@x.com"),
        (ReplyTo.ALWAYS, (), "bob@x.com"),
    ],
)
def test_reply_to_is_the_sender_as_the_inbox_says(
    policy: ReplyTo, trusted: tuple[str, ...], sender: str
) -> None:
    found = only(parse(mail(FORM), replace(READER, reply_to=policy, trusted=trusted)))
    assert found.sender.address == sender
    shown = [one.detail for one in found.remarks if one.code == "written_for"]
    assert shown == ([] if sender == "ada@example.com" else ["ada@example.com"])


def test_a_form_of_our_own_site_writes_for_the_visitor() -> None:
    raw = mail(FORM).replace(b"Ada <ada@example.com>", DESK.encode())
    found = only(parse(raw, READER))
    assert (found.sender.address, found.automation) == ("bob@x.com", None)


def test_a_mail_from_our_own_address_is_a_colleagues() -> None:
    raw = mail(b"Cc: bob@x.com\n").replace(b"Ada <ada@example.com>", f"Ann <{DESK}>".encode())
    (found,) = parse(raw, READER)
    assert isinstance(found, MessageSent)
    assert (found.writer.name, found.recipients, found.text) == ("Ann", ("bob@x.com",), "Hello")


def test_a_forward_is_told_apart_and_believed_of_trusted_senders_only() -> None:
    body = b"""Can you help him?

---------- Forwarded message ---------
From: Bob Moss <bob@x.com>
Date: Mon, 2 Mar 2026 at 10:00
Subject: My lamp
To: <ada@example.com>

It is broken.
"""
    raw = mail(b"Subject: Fwd: My lamp\n", body)
    found = only(parse(raw, READER))
    assert found.forwarded is not None
    inner = found.forwarded
    assert (inner.sender.address, inner.sender.name) == ("bob@x.com", "Bob Moss")
    assert (inner.text, inner.note, inner.believed) == ("It is broken.", "Can you help him?", False)
    trusting = only(parse(raw, replace(READER, trusted=("example.com",))))
    assert trusting.forwarded is not None
    assert trusting.forwarded.believed


def invitation(body: str) -> bytes:
    head = b"MIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; method=REPLY\n"
    return mail(head, body.replace("\n", "\r\n").encode())


def test_an_answer_to_an_invitation_is_a_calendars_and_says_which() -> None:
    text = """BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VEVENT
ATTENDEE;CN="Ada Lovelace";ROLE=REQ-PARTICIPANT;RSVP=TRUE;PARTSTAT=DECL
 INED:mailto:ada@example.com
SUMMARY:Call
END:VEVENT
END:VCALENDAR
"""
    found = only(parse(invitation(text), READER))
    assert found.automation is Automation.CALENDAR
    assert Remark("calendar", "declined") in found.remarks
    asked = only(parse(invitation(text.replace("REPLY", "REQUEST")), READER))
    assert asked.automation is None


def test_a_mailing_list_opens_a_case_only_where_it_may() -> None:
    raw = mail(b"List-Id: <news.example.com>\n")
    assert only(parse(raw, READER)).opens_case
    assert not only(parse(raw, replace(READER, lists_open_cases=False))).opens_case


def test_a_hidden_copy_is_remarked() -> None:
    hidden = mail().replace(b"To: support@acme.example", b"To: others@example.com")
    assert codes(hidden) == {"not_addressed"}
    assert codes(mail()) == set()


@pytest.mark.parametrize(
    "named",
    [
        b"Reply-To: alice@acme.example\n",
        b'From: "Alice via X" <e@evil.example>\nList-Id: <x>\n'
        b"X-Original-From: alice@acme.example\n",
    ],
)
def test_a_server_vouches_for_from_and_for_nobody_the_mail_names_besides(named: bytes) -> None:
    head = f"Authentication-Results: {OURS}; dmarc=pass header.from=evil.example\n".encode()
    raw = head + named + mail()
    if b"via X" in named:
        raw = raw.replace(b"From: Ada <ada@example.com>\n", b"", 1)
    else:
        raw = raw.replace(b"ada@example.com", b"e@evil.example")
    found = only(parse(raw, replace(GUARDED, reply_to=ReplyTo.ALWAYS)))
    assert found.sender.address == "alice@acme.example"
    assert found.genuine is None
