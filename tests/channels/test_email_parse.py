"""Any bytes become a message, a report or a reason; what is ours is known by its signature."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import render, threads
from channels.email.addresses import Address, addresses
from channels.email.bodies import cut_out
from channels.email.charsets import decode
from channels.email.envelope import digest
from channels.email.headers import decode_words, field
from channels.email.html import sanitise, to_text
from channels.email.intake import arrival
from channels.email.mail import read
from channels.email.mime import tree
from channels.email.parse import Reader, parse
from channels.email.quotes import visible
from desk.kit.errors import Unreadable
from desk.ports.messages import Automation, DeliveryReported, InboundMessage
from tests.channels.email_world import ADA, DESK, KIT, channel, only, outbound, settings

READER = Reader(addresses=(DESK, "hilfe@bücher.example"), secret=KIT.secret)
SAMPLES = Path("../shared/data/mail")
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


def test_a_mail_is_taken_apart() -> None:
    found = message(MIXED.replace(b"\n", b"\r\n"))
    assert (found.text, found.external_id) == ("Grüße", "<1@example.com>")
    assert found.html is not None
    assert "script" not in found.html
    assert "onclick" not in found.html
    (file,) = found.attachments
    assert (file.name, file.mime, file.size_bytes) == ("März.pdf", "application/pdf", 4)
    assert cut_out(tree(MIXED), file.ref) == b"%PDF"


@pytest.mark.parametrize("ends", [b"\r\n", b"\r", b"\r\r\n"])
def test_line_ends_make_no_difference(ends: bytes) -> None:
    assert message(MIXED.replace(b"\n", ends)) == message(MIXED)
    assert digest(MIXED.replace(b"\n", ends)) == digest(MIXED)


@pytest.mark.parametrize(
    "junk", [b"\xef\xbb\xbf", b"From ada Mon Mar 2\n", b"\n\n", b"not a header\n", b">From x\n"]
)
def test_junk_before_the_headers_is_passed_over(junk: bytes) -> None:
    assert message(junk + MIXED) == message(MIXED)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?B?w6Q=?= =?utf-8?B?w7Y=?=", "äö"),
        (b"=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
        (b"=?iso-8859-1*en?Q?a_b=20c d?=", "a b c d"),
        (b"=?utf-8?B?w6Q?=", "ä"),
        (b"=?x-unknown?Q?=FC?=", "ü"),
        (b"caf\xc3\xa9 and caf=?utf-8?Q?=C3=A9?=", "café and café"),
        (b"caf\xe9", "café"),
        (b"=?gb2312?B?1tC5+g==?=", "中国"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"folded\r\n\t subject", "folded subject"),
        (b"=?broken", "=?broken"),
    ],
)
def test_header_words_are_read(raw: bytes, text: str) -> None:
    assert decode_words(raw) == text


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (
            b'"Lovelace, Ada" <ada@x.com>, b@y.com',
            [("Lovelace, Ada", "ada@x.com"), ("", "b@y.com")],
        ),
        (b"ada@x.com (Ada (the first))", [("Ada (the first)", "ada@x.com")]),
        (b"friends: a@x.com, B <b@y.com>;", [("", "a@x.com"), ("B", "b@y.com")]),
        (b"a@x.com; b@y.com", [("", "a@x.com"), ("", "b@y.com")]),
        (b'"Ada <ada@x.com>', [("Ada", "ada@x.com")]),
        (b"=?utf-8?Q?Ad=C3=A4,_L?= <ada@x.com>", [("Adä, L", "ada@x.com")]),
        (b"=?utf-8?Q?Ada_=3Cada=40x.com=3E?=", [("Ada", "ada@x.com")]),
        (b'"a b"@x.com', [("", '"a b"@x.com')]),
        (b"Ada <ada@xn--bcher-kva.example>", [("Ada", "ada@bücher.example")]),
        (b"mailto:ada@x.com", [("", "ada@x.com")]),
        (b"undisclosed-recipients:;", []),
        (b"", []),
    ],
)
def test_address_lists_are_read(raw: bytes, found: list[tuple[str, str]]) -> None:
    assert addresses(raw) == [Address(*one) for one in found]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"attachment; filename*=utf-8'en'%E2%82%AC.txt", "€.txt"),
        (b'attachment; filename="=?iso-8859-1?Q?f=FCr.txt?="', "für.txt"),
        (b"attachment; filename=two words.txt; size=1", "two words.txt"),
        (b'attachment; filename="C:\\temp\\a.txt"', "C:\\temp\\a.txt"),
        (b'attachment; filename*0="a"; filename*1="b.txt"', "ab.txt"),
        (b"attachment; filename=f\xfcr.txt", "für.txt"),
        (b'attachment;; filename="a; b.txt"', "a; b.txt"),
    ],
)
def test_parameters_are_read(raw: bytes, name: str) -> None:
    assert field(raw).parameters["filename"] == name


def test_declared_charsets_mean_what_senders_mean() -> None:
    assert decode(b"\x93quoted\x94", "iso-8859-1") == "“quoted”"
    assert decode("日本".encode("cp932"), "shift_jis") == "日本"
    assert decode("grün".encode(), "us-ascii") == "grün"
    assert decode("ünï".encode() * 50 + b"\xff", "utf-8").startswith("ünï")
    assert decode(b"x\x00y\xed\xa0\x80", "utf-8") == decode(decode(b"x\x00y\xed\xa0\x80").encode())


def test_no_leaf_is_lost() -> None:
    raw = mail(
        b"Content-Type: multipart/mixed; boundary=wrong\n",
        b"--right\n\nfirst\n--right\nContent-Type: image/png\n\nPNG\n--right--\n",
    )
    found = message(raw)
    assert found.text == "first"
    assert [one.name for one in found.attachments] == ["image.png"]


def test_a_nested_mail_is_one_attachment_byte_for_byte() -> None:
    inner = b"Subject: =?utf-8?Q?=C3=84rger?=\n\n--b\nnot ours\n"
    raw = mail(
        b"Content-Type: multipart/mixed; boundary=b1\n",
        b"--b1\n\nsee below\n--b1\nContent-Type: message/rfc822\n\n" + inner + b"\n--b1--\n",
    )
    (file,) = message(raw).attachments
    assert file.name == "Ärger.eml"
    assert cut_out(tree(raw), file.ref) == inner


def test_a_uuencoded_block_in_a_text_is_a_file() -> None:
    raw = mail(body=b"look:\nbegin 644 a.txt\n#0V%T\n`\nend\nbye\n")
    found = message(raw)
    assert found.text.split() == ["look:", "bye"]
    (file,) = found.attachments
    assert (file.name, cut_out(tree(raw), file.ref)) == ("a.txt", b"Cat")


@pytest.mark.parametrize(
    "name", [b"../../etc/passwd", b"C:\\x\\passwd", b"pass\xe2\x80\xaewd", b"pa:ss\x01wd"]
)
def test_a_file_name_leads_nowhere(name: bytes) -> None:
    raw = mail(b'Content-Type: image/png\nContent-Disposition: attachment; filename="%s"\n' % name)
    assert message(raw).attachments[0].name == "passwd"


def test_deep_nesting_ends() -> None:
    body = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    )
    assert message(HEAD + body + b"\nhello\n").external_id == "<1@example.com>"


def test_a_mail_without_a_sender_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no sender"):
        parse(b"From: somebody\nSubject: x\n\nhello", READER)


def test_a_sender_is_one_whatever_the_spelling() -> None:
    raw = mail().replace(b"ada@example.com>", b"Ada@XN--bcher-kva.Example>", 1)
    sender = message(raw).sender
    assert (sender.address, sender.organization) == ("ada@bücher.example", "bücher.example")


def test_others_addressed_are_told_without_us() -> None:
    raw = mail(b"Cc: Bob <bob@x.com>, support+c1@acme.example, hilfe@xn--bcher-kva.example\n")
    assert message(raw).recipients == ("bob@x.com",)


def test_the_case_is_proved_by_our_message_id_only_when_signed() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example")
    assert message(mail(f"References: <x@y> <{own}>\n".encode())).case_id == 42
    forged = own.replace("c.42.", "c.43.")
    found = message(mail(f"In-Reply-To: <{forged}>\n".encode()))
    assert (found.case_id, found.in_reply_to) == (None, (f"<{forged}>",))
    assert threads.token_of("another secret", own) is None


def test_the_case_is_proved_by_our_address_in_any_place() -> None:
    tagged = threads.case_address(KIT.secret, 42, DESK)
    assert message(mail(f"Delivered-To: {tagged}\n".encode())).case_id == 42
    assert message(mail(f"Cc: x@y.z, {tagged.upper()}\n".encode())).case_id == 42
    assert message(mail(f"Cc: {tagged.replace('+c42', '+c43')}\n".encode())).case_id is None
    elsewhere = tagged.replace("acme", "evil")
    assert message(mail(f"Cc: {elsewhere}\n".encode())).case_id is None


def test_answers_come_best_first_and_a_number_is_only_mentioned() -> None:
    found = message(mail(b"In-Reply-To: <3@x>\nReferences: <1@x>\n <2@x>\nSubject: Re: [#1042]\n"))
    assert found.in_reply_to == ("<3@x>", "<2@x>", "<1@x>")
    assert (found.mentions_number, found.case_id) == (1042, None)


def test_one_conversation_has_one_order() -> None:
    first = arrival(mail(), KIT.secret)
    answer = arrival(
        mail(b"References: <1@example.com> <2@x>\n").replace(b"ID: <1@", b"ID: <3@"), KIT.secret
    )
    other = arrival(mail().replace(b"<1@", b"<9@"), KIT.secret)
    assert first.order_key == answer.order_key != other.order_key
    own = threads.message_id(KIT.secret, 42, 7, "acme.example")
    assert arrival(mail(f"In-Reply-To: <{own}>\n".encode()), KIT.secret).order_key == "case:42"


def test_the_way_here_does_not_change_the_key() -> None:
    again = b"Received: from x\n by y\nDelivered-To: a@b\n" + mail()
    assert arrival(again, KIT.secret).dedupe_key == arrival(mail(), KIT.secret).dedupe_key
    other = arrival(mail(body=b"Hello again\n"), KIT.secret)
    assert other.dedupe_key != arrival(mail(), KIT.secret).dedupe_key


def test_a_mail_without_an_id_gets_one_from_its_bytes() -> None:
    raw = mail().replace(b"Message-ID", b"X-Other")
    assert message(raw).external_id == message(b"Received: from x\n" + raw).external_id
    assert message(raw).external_id.startswith("<gen-")


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"Auto-Submitted: auto-replied\n", Automation.AUTO_REPLY),
        (b"Auto-Submitted: auto-generated (x)\n", Automation.BOT),
        (b"Auto-Submitted: no\n", None),
        (b"X-Autoreply: yes\n", Automation.AUTO_REPLY),
        (b"Precedence: bulk\n", Automation.LIST),
        (b"Precedence: auto_reply\n", Automation.AUTO_REPLY),
        (b"List-Id: <x.y>\n", Automation.LIST),
        (b"X-Auto-Response-Suppress: OOF, DR, AutoReply\n", None),
        (b"X-Auto-Response-Suppress: All\nSubject: Out of office: x\n", Automation.AUTO_REPLY),
        (b"X-Auto-Response-Suppress: All\nSubject: Printer\n", None),
        (b"Return-Path: <>\n", Automation.AUTO_REPLY),
        (b"Return-Path: <ada@example.com>\n", None),
    ],
)
def test_automatic_mail_is_told_from_a_persons(head: bytes, why: Automation | None) -> None:
    assert message(mail(head)).automation is why


def test_our_own_mail_come_back_is_a_loop() -> None:
    draft = render.draft(outbound(automatic=True), settings(), KIT.secret)
    raw = render.write(draft, [], datetime(2026, 3, 2, tzinfo=UTC))
    assert message(raw).automation is Automation.LOOP
    marked = mail(f"{threads.LOOP_HEADER}: {threads.loop_mark(KIT.secret, DESK)}\n".encode())
    assert message(marked).automation is Automation.LOOP
    assert message(mail(f"{threads.LOOP_HEADER}: forged\n".encode())).automation is None


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


def test_a_bounce_of_ours_is_a_report() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example")
    (found,) = parse(DSN % (b"failed", own.encode()), READER)
    assert isinstance(found, DeliveryReported)
    assert (found.external_id, found.state, found.address) == (f"<{own}>", "failed", ADA)
    assert "5.1.1" in found.detail
    (found,) = parse(DSN % (b"relayed", own.encode()), READER)
    assert isinstance(found, DeliveryReported)
    assert found.state == "delivered"


def test_a_forged_or_a_passing_bounce_changes_nothing() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example").encode()
    assert message(DSN % (b"failed", b"stranger@x")).automation is Automation.BOUNCE
    assert message(DSN % (b"delayed", own)).automation is Automation.BOUNCE


def test_a_bounce_without_a_report_part_is_known_by_its_words() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example")
    raw = (
        "From: mailer-daemon@x.example\nSubject: failure notice\n\n"
        f"<ada@example.com>: 550 5.1.1 no such user\n\nMessage-ID: <{own}>\n"
    )
    (found,) = parse(raw.encode(), READER)
    assert isinstance(found, DeliveryReported)
    assert found.external_id == f"<{own}>"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Yes.\n\nOn Mon, Mar 2, 2026 at 9:00, Ann <a@x.com> wrote:\n> Try\n", "Yes."),
        ("Ja.\n\nAm 02.03.2026 um 09:00 schrieb Ann:\n> Versuch\n", "Ja."),
        ("Oui\n\nVon: Ann <a@x.com>\nGesendet: Montag\nBetreff: x\n\nText", "Oui"),
        ("Yes\n\n-----Original Message-----\nFrom: Ann\n", "Yes"),
        ("Yes\n\n-- \nAda\nPhone 1", "Yes"),
        ("Yes\n\nSent from my iPhone", "Yes"),
        ("> Try it?\nDid so.\n> And?\nNo.", "> Try it?\nDid so.\n> And?\nNo."),
        ("> only a quote\n", "> only a quote"),
        ("On Monday I wrote:\nit broke", "On Monday I wrote:\nit broke"),
    ],
)
def test_what_is_new_is_kept_and_what_was_answered_is_cut(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_an_html_answer_is_cut_by_its_structure() -> None:
    html = (
        b"<div>Yes</div><div class=gmail_quote>On Mon Ann wrote:<blockquote>Try</blockquote></div>"
    )
    found = message(mail(b"Content-Type: text/html\n", html))
    assert (found.text, found.html) == ("Yes", "<div>Yes</div>")
    assert found.full_text is not None
    assert "Try" in found.full_text


def test_plain_text_with_angle_brackets_survives() -> None:
    assert message(mail(body=b"if a < b && <c>\n")).text == "if a < b && <c>"


def test_html_nested_beyond_reason_is_read_in_time() -> None:
    raw = mail(b"Content-Type: text/html\n", b"<div>" * 100_000 + b"deep")
    assert message(raw).text == "deep"


def test_parts_beyond_counting_are_one() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n"
    found = message(mail(head, b"--b\nContent-Type: image/png\n\nx\n" * 5000))
    assert len(found.attachments) <= 1001
    assert found.attachments[-1].size_bytes > 100_000


def test_a_header_of_one_endless_word_is_read_in_time() -> None:
    assert message(mail(b"Cc: " + b"-" * 200_000 + b"\n")).recipients == ()


def test_html_reads_as_a_person_would() -> None:
    html = "<p>Hi <b>you</b></p><ul><li>a</li><li>b</li></ul>x<br>y<style>z</style>"
    assert to_text(html) == "Hi you\n\n- a\n- b\n\nx\ny"


def test_what_we_send_we_read_back_and_its_answer_finds_the_case() -> None:
    sent = outbound(text="Hello *Ada*\n\n- one\n- two", author=outbound().author)
    draft = render.draft(sent, settings(replies_to_case_address=True), KIT.secret)
    back = read(render.write(draft, [], datetime(2026, 3, 2, tzinfo=UTC)))
    assert back.message_id == draft.message_id
    assert back.bodies.text == draft.text + "\n"
    (reply_to,) = back.addresses("reply-to")
    answer = mail(f"Subject: Re: {back.subject}\n".encode()).replace(
        DESK.encode(), reply_to.address.encode()
    )
    assert message(answer).case_id == 42


def test_the_channel_fetches_what_the_parser_refers_to() -> None:
    inbox = channel(settings())
    assert only(inbox.parse(MIXED)).attachments[0].ref


@given(st.binary(max_size=2000))
def test_any_bytes_have_a_result(raw: bytes) -> None:
    holds_for(raw)
    holds_for(HEAD + raw)


@given(st.integers(0, len(MIXED)), st.binary(max_size=20), st.integers(0, 200))
def test_any_damage_has_a_result(at: int, put: bytes, dropped: int) -> None:
    holds_for(MIXED[:at] + put + MIXED[at + dropped :])


@given(st.lists(st.sampled_from([*(MIXED + DSN).splitlines(), b""]), max_size=60))
def test_any_order_of_lines_has_a_result(lines: list[bytes]) -> None:
    holds_for(b"\n".join(lines))


@given(st.text(max_size=500))
def test_sanitising_twice_is_sanitising_once(html: str) -> None:
    once = sanitise(html)
    assert sanitise(once) == once


def holds_for(raw: bytes) -> None:
    """Parse `raw`: a result in clean Unicode, or the one reason there may be none."""
    one = arrival(raw, KIT.secret)
    one.dedupe_key.encode()
    try:
        found = parse(raw, READER)
    except Unreadable:
        return
    for inbound in found:
        text = str(inbound)
        text.encode()
        assert "\x00" not in text
        if isinstance(inbound, InboundMessage):
            for file in inbound.attachments:
                assert cut_out(tree(raw), file.ref) is not None


needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the mail samples are kept beside the repository, not in it"
)


@needs_samples
def test_truncated_samples_have_a_result() -> None:
    for path in sorted((SAMPLES / "messages").glob("*.eml"))[::12]:
        raw = path.read_bytes()
        for at in range(0, len(raw), max(1, len(raw) // 7)):
            holds_for(raw[:at])


@needs_samples
def test_hostile_html_comes_out_harmless_and_stable() -> None:
    samples = json.loads((SAMPLES / "hostile_html.json").read_text())
    for sample in samples:
        once = sanitise(sample["payload"])
        assert sanitise(once) == once
        tags = {part.partition(">")[0].split(" ")[0].strip("/") for part in once.split("<")[1:]}
        assert not tags & {"script", "svg", "math", "form", "iframe", "object", "style", "input"}
