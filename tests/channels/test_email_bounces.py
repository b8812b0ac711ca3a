"""Bounces of the common mail servers are told from other mail and read per recipient."""

import pytest

from channels.email.bounces import Report, complaint, reports
from channels.email.mail import read
from channels.email.refusals import Cause, is_final, status_in
from tests.channels.email_mails import DSN

TO = "To: support@acme.example\n"
POSTFIX = f"""From: MAILER-DAEMON@mx.example (Mail Delivery System)
{TO}Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/mx"

--b/mx
Content-Type: text/plain

This is the mail system at host mx.example.

<ada@x.example>: host mail.x.example[192.0.2.1] said: 550 5.1.1 no Ada
--b/mx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon,  2 Mar 2026 10:15:05 +0100

Final-Recipient: rfc822; ada@x.example
Original-Recipient: rfc822;ada@x.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.x.example
Diagnostic-Code: smtp; 550 5.1.1 no Ada here: user unknown

Final-Recipient: rfc822; bob@y.example
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 over quota
--b/mx
Content-Type: text/rfc822-headers

Message-ID: <7@acme.example>
--b/mx--
"""
EXIM = f"""Return-Path: <>
From: Mail Delivery System <Mailer-Daemon@mx.example>
{TO}X-Failed-Recipients: ada@x.example,
 bob@y.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message could not be delivered to all of its recipients:

  ada@x.example
    host mail.x.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<ada@x.example>:
    550 5.1.1 <ada@x.example>: User unknown
  bob@y.example
    retry timeout exceeded

------ This is a copy of the message, including all the headers. ------

Message-ID: <7@acme.example>
"""
QMAIL = f"""Return-Path: <>
From: MAILER-DAEMON@mx.example
{TO}Subject: failure notice

Hi. This is the qmail-send program at mx.example.
I gave up on this one.

<ada@x.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.7.1 blocked using a list
Giving up on 192.0.2.1.

<bob@y.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <support@acme.example>
Message-ID: <7@acme.example>
"""
SENDMAIL = f"""From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>
{TO}Subject: Returned mail: see transcript for details

The original message was received at Mon, 2 Mar 2026 10:15:05 +0100

   ----- The following addresses had permanent fatal errors -----
<ada@x.example>
    (reason: 550 5.1.1 <ada@x.example>... User unknown)

   ----- Transcript of session follows -----
... while talking to mail.x.example.:
>>> RCPT To:<ada@x.example>
<<< 550 5.1.1 <ada@x.example>... User unknown
"""
EXCHANGE = f"""From: System Administrator <postmaster@corp.example>
{TO}Subject: Undeliverable: Chair

Your message did not reach some or all of the intended recipients.

      Subject:  Chair
      Sent:     02.03.2026 10:15

The following recipient(s) could not be reached:

      ada@x.example on 02.03.2026 10:16
            The e-mail account does not exist at the organization.
            <mail.x.example #5.1.1 smtp;550 5.1.1 unknown>
"""
GMAIL = f"""Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
{TO}X-Failed-Recipients: ada@x.example
Subject: Delivery Status Notification (Failure)

Your message wasn't delivered to ada@x.example because the address couldn't be found.

The response was:

550 5.1.1 The email account that you tried to reach does not exist.

----- Original message -----

Message-ID: <7@acme.example>
"""
DELAYED = POSTFIX.replace("Action: failed", "Action: delayed").replace("Status: 5", "Status: 4")
OLD_SERVER = f"""From: postmaster@old.example
{TO}Subject: Undeliverable mail

Could not deliver your mail to ada@x.example
550 No such user
"""
TWO_IN_ONE_SESSION = f"""From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>
{TO}Subject: Returned mail: see transcript for details

   ----- The following addresses had permanent fatal errors -----
<ada@x.example>
<bob@x.example>

   ----- Transcript of session follows -----
<<< 550 5.1.1 <ada@x.example>... User unknown
<<< 552 5.2.2 <bob@x.example>... Mailbox full
"""
HOSTED = f"""From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41@corp.example>
{TO}Subject: Undeliverable: Chair
Content-Type: text/html

<p>Your message to ada@x.example couldn't be delivered.</p>
<h3>Diagnostic information for administrators</h3>
<p>Generating server: mail.example<br>ada@x.example<br>
Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'</p>
<p>Original message headers:</p><pre>Received: from a
To: zed@z.example</pre>
"""
NOT_LISTED = f"""From: Postmaster@corp.example
{TO}Subject: DELIVERY FAILURE: User ada (ada@x.example) not listed in the directory

Your message was not delivered to:

  ada@x.example

because:

  User ada (ada@x.example) not listed in the directory
"""


def of(raw: str) -> tuple[Report, ...]:
    return reports(read(raw.encode()))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (POSTFIX, [("ada@x.example", "5.1.1", True), ("bob@y.example", "5.2.2", False)]),
        (EXIM, [("ada@x.example", "5.1.1", True), ("bob@y.example", "4.4.7", False)]),
        (QMAIL, [("ada@x.example", "5.7.1", False), ("bob@y.example", "5.1.1", True)]),
        (SENDMAIL, [("ada@x.example", "5.1.1", True)]),
        (EXCHANGE, [("ada@x.example", "5.1.1", True)]),
        (GMAIL, [("ada@x.example", "5.1.1", True)]),
        (TWO_IN_ONE_SESSION, [("ada@x.example", "5.1.1", True), ("bob@x.example", "5.2.2", False)]),
        (HOSTED, [("ada@x.example", "5.1.10", True)]),
        (NOT_LISTED, [("ada@x.example", "5.1.1", True)]),
        (OLD_SERVER, [("ada@x.example", "5.1.1", True)]),
    ],
)
def test_a_bounce_names_each_recipient_with_its_status(
    raw: str, told: list[tuple[str, str, bool]]
) -> None:
    found = of(raw)
    assert [(one.address, one.status, one.final) for one in found] == told
    assert {one.state for one in found} == {"failed"}


@pytest.mark.parametrize("raw", [POSTFIX, EXIM, QMAIL, GMAIL])
def test_a_bounce_says_which_mail_came_back(raw: str) -> None:
    assert of(raw)[0].about == ("7@acme.example",)


def test_a_delay_is_no_failure() -> None:
    assert {(one.state, one.final) for one in of(DELAYED)} == {("delayed", False)}
    warning = EXIM.replace("delivery failed: returning message to sender", "delayed")
    assert {one.state for one in of(warning)} == {"delayed"}


def test_a_vague_status_gives_way_to_what_the_server_said() -> None:
    vague = (
        (DSN % (b"failed", b"7@acme.example")).decode().replace("Status: 5.1.1", "Status: 5.0.0")
    )
    assert of(vague)[0].status == "5.1.1"
    meant = vague.replace("550 5.1.1 <ada@example.com>: User unknown", "552 mailbox is full")
    assert of(meant)[0].cause is Cause.FULL
    coded = POSTFIX.replace("rfc822;ada@x", "rfc822;ada+2Bchair@x")
    assert of(coded)[0].address == "ada+chair@x.example"
    torn = POSTFIX.replace("Action: failed\nStatus: 5.1.1", "\nAction: failed\nStatus: 5.1.1")
    assert [one.status for one in of(torn)] == ["5.1.1", "5.2.2"]


@pytest.mark.parametrize(
    "raw",
    [
        f"From: Ada <ada@x.example>\n{TO}Subject: Undeliverable?\n\nMy mail came back: 550 5.1.1",
        f"From: Ada <ada@x.example>\n{TO}Subject: Fwd: Undelivered Mail Returned to Sender\n\n"
        "This is the mail system at host mx.example. It could not be delivered to you.",
        f"From: postmaster@x.example\n{TO}Subject: Report domain: acme.example\n\nAll is well.",
        f"Return-Path: <>\nFrom: ada@x.example\n{TO}Subject: Automatic reply: Chair\n\n"
        "I am away. Your mail could not be delivered to me.",
        f"Return-Path: <>\nFrom: shop@x.example\n{TO}Subject: Your parcel\n\nIt is on its way.",
        f"From: Bob <bob@x.example>\n{TO}Subject: Delivery failed\n\nMy parcel was not delivered.",
        f"Return-Path: <>\nFrom: shop@x.example\n{TO}Subject: Order 550\n\n"
        "Your order 550 was packed. If it cannot be delivered we will call.",
        f"From: mailer-daemon@x.example\n{TO}List-Id: <a.b>\nSubject: Returned mail\n\nHello",
    ],
)
def test_other_mail_is_no_bounce(raw: str) -> None:
    assert of(raw) == ()


@pytest.mark.parametrize(
    ("status", "said", "final"),
    [
        ("5.1.1", "user unknown", True),
        ("5.7.1", "recipient address rejected: user unknown", True),
        ("5.0.0", "Unrouteable address", True),
        ("5.1.2", "Host or domain name not found", True),
        ("5.1.1", "", True),
        ("5.1.1", "rejected as spam", False),
        ("5.2.2", "mailbox is full", False),
        ("5.7.1", "relaying denied", False),
        ("5.3.4", "message too large", False),
        ("5.4.4", "unable to route", False),
        ("4.4.7", "retry time expired", False),
        ("4.1.1", "user unknown", False),
        (None, "550 no such user here", True),
    ],
)
def test_only_a_wrong_address_is_final(status: str | None, said: str, final: bool) -> None:
    assert is_final(status, said) is final


def test_a_status_is_no_address_of_a_host() -> None:
    assert status_in("host 5.1.1.1 said 5.0.0 and (#5.2.2)") == "5.2.2"
    assert status_in("version 4.92") is None


def test_a_complaint_is_no_bounce() -> None:
    raw = f"""From: fbl@isp.example
{TO}Subject: complaint
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Original-Rcpt-To: <Ada@X.example>
--b
Content-Type: message/rfc822

Message-ID: <7@acme.example>

Hello
--b--
"""
    assert of(raw) == ()
    found = complaint(read(raw.encode()))
    assert found is not None
    assert (found.kind, found.address, found.about) == (
        "abuse",
        "ada@x.example",
        ("7@acme.example",),
    )
    assert complaint(read(POSTFIX.encode())) is None


def test_a_receipt_says_whether_the_mail_was_read() -> None:
    raw = f"""From: ada@x.example
{TO}Subject: Read: Chair
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;ada@x.example
Original-Message-ID: <7@acme.example>
Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""
    (found,) = of(raw)
    assert (found.state, found.about, found.address) == (
        "read",
        ("7@acme.example",),
        "ada@x.example",
    )
    assert of(raw.replace("; displayed", "; deleted"))[0].state == "unread"
