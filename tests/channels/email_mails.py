"""Raw mails that several e-mail tests take apart."""

from channels.email.parse import Reader, parse
from desk.ports.messages import InboundMessage
from tests.channels.email_world import DESK, KIT, only

READER = Reader(addresses=(DESK, "hilfe@bücher.example"), secret=KIT.secret)
HEAD = b"From: Ada <ada@example.com>\nTo: support@acme.example\nMessage-ID: <1@example.com>\n"
MIXED = (
    HEAD
    + b"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--c
Content-Type: text/html; charset=utf-8

<p onclick="x()">Hello <script>x</script><a href="javascript:x">there</a></p>
--c--
--b
Content-Type: application/pdf; name="=?utf-8?Q?M=C3=A4rz.pdf?="
Content-Disposition: attachment; filename*0*=utf-8''M%C3%A4; filename*1=rz.pdf
Content-Transfer-Encoding: base64

JVBERg==
--b--
"""
)


def mail(head: bytes = b"", body: bytes = b"Hello\n") -> bytes:
    return HEAD + head + b"\n" + body


def message(raw: bytes) -> InboundMessage:
    return only(parse(raw, READER))


DSN = b"""From: MAILER-DAEMON@mx.example
To: support@acme.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

I am sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; Ada@Example.com
Action: %s
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ada@example.com>: User unknown

--b
Content-Type: message/rfc822

From: support@acme.example
Message-ID: <%s>

Hello
--b--
"""
