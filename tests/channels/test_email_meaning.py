"""What a mail means: whose it is, which case it belongs to, and whether a person wrote it."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

from datetime import UTC, datetime

import pytest

from channels.email import render, threads
from channels.email.html import without_quotes
from channels.email.intake import arrival
from channels.email.mail import read
from channels.email.parse import Reader, parse
from desk.ports.inbound import Complained, DeliveryReported
from desk.ports.messages import Automation
from tests.channels.email_mails import DSN, READER, mail, message
from tests.channels.email_world import ADA, DESK, KIT, outbound, settings


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


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Chair",
        "Automatische Antwort: Stuhl",
        "Abwesenheitsnotiz: Stuhl",
        "Réponse automatique : Chaise",
        "Respuesta automática: Silla",
        "Risposta automatica: Sedia",
        "Resposta automática: Cadeira",
        "Automatisch antwoord: Stoel",
        "Autosvar: Stol",
        "Automatiskt svar: Stol",
        "Automaattinen vastaus: Tuoli",
        "Odpowiedź automatyczna: Krzesło",
        "Automatická odpověď: Židle",
        "Автоматический ответ: Стул",
        "Автоматична відповідь: Стілець",
        "Automatikus válasz: Szék",
        "Răspuns automat: Scaun",
        "Otomatik yanıt: Sandalye",
        "Αυτόματη απάντηση: Καρέκλα",
        "自動応答: 椅子",
        "自动回复：椅子",
        "자동 회신: 의자",
        "Trả lời tự động: Ghế",
        "תשובה אוטומטית: כיסא",
        "رد تلقائي: كرسي",
    ],
)
def test_an_automatic_answer_says_so_in_any_language(subject: str) -> None:
    assert message(mail(f"Subject: {subject}\n".encode())).automation is Automation.AUTO_REPLY
    assert message(mail(f"Subject: Re: {subject}\n".encode())).automation is None


@pytest.mark.parametrize(
    "subject",
    ["Out of office chairs", "Absence of screws", "Automatic door", "Vacation in June", "Re: x"],
)
def test_a_person_may_write_about_absence(subject: str) -> None:
    head = f"Subject: {subject}\nX-Auto-Response-Suppress: OOF, AutoReply\n"
    assert message(mail(head.encode())).automation is None


def test_a_forward_is_shown_whole_and_a_receipt_is_no_bounce() -> None:
    forwarded = (
        b"FYI\n\n---------- Forwarded message ---------\nFrom: Bob <b@x.y>\nDate: 1.1.2026\n\nHi\n"
    )
    assert message(mail(b"Subject: Fwd: x\n", forwarded)).text.endswith("Hi")
    receipt = DSN.replace(b"delivery-status", b"disposition-notification") % (b"x", b"y@z")
    assert message(receipt).automation is Automation.AUTO_REPLY


def test_the_person_behind_a_list_is_the_sender() -> None:
    head = b"List-Id: <team.x.example>\nReply-To: Bob <bob@y.example>\n"
    raw = mail(head).replace(b"Ada <ada@example.com>", b"Bob via Team <team@x.example>", 1)
    sender = message(raw).sender
    assert (sender.name, sender.address) == ("Bob", "bob@y.example")
    original = raw.replace(b"Reply-To: Bob ", b"X-Original-From: ")
    assert message(original).sender.name == "Bob"
    no_list = message(raw.replace(b"List-Id", b"X-List"))
    assert no_list.sender.address == "team@x.example"
    to_list = message(raw.replace(b"Bob <bob@y.example>", b"support@acme.example"))
    assert to_list.sender.address == "team@x.example"


@pytest.mark.parametrize("title", ["Forwarded message", "Weitergeleitete Nachricht", "转发的邮件"])
def test_a_forward_in_html_is_no_quote(title: str) -> None:
    html = f'<p>FYI</p><div class="gmail_quote">------ {title} ------<br>Hello</div>'
    assert without_quotes(html) == html
    assert "Hello" not in without_quotes(html.replace(title, "x"))


def test_our_own_mail_come_back_is_a_loop() -> None:
    draft = render.draft(outbound(automatic=True), settings(), KIT.secret)
    raw = render.write(draft, [], datetime(2026, 3, 2, tzinfo=UTC))
    assert message(raw).automation is Automation.LOOP
    marked = mail(f"{threads.LOOP_HEADER}: {threads.loop_mark(KIT.secret, DESK)}\n".encode())
    assert message(marked).automation is Automation.LOOP
    assert message(mail(f"{threads.LOOP_HEADER}: forged\n".encode())).automation is None


def test_a_bounce_of_ours_is_a_report() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example")
    (found,) = parse(DSN % (b"failed", own.encode()), READER)
    assert isinstance(found, DeliveryReported)
    assert (found.external_id, found.state, found.address) == (f"<{own}>", "failed", ADA)
    assert "5.1.1" in found.detail
    (found,) = parse(DSN % (b"relayed", own.encode()), READER)
    assert isinstance(found, DeliveryReported)
    assert found.state == "delivered"


def test_a_bounce_that_no_signature_of_ours_proves_says_so() -> None:
    (found,) = parse(DSN % (b"failed", b"stranger@x"), READER)
    assert isinstance(found, DeliveryReported)
    assert (found.external_id, found.about, found.proved) == ("", ("<stranger@x>",), False)
    forged = threads.message_id("another secret", 42, 7, "acme.example")
    (found,) = parse(DSN % (b"failed", forged.encode()), READER)
    assert isinstance(found, DeliveryReported)
    assert not found.proved


def test_a_bounce_tells_in_plain_words_why_and_whether_for_good() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example").encode()
    (found,) = parse(DSN % (b"failed", own), READER)
    assert isinstance(found, DeliveryReported)
    assert found.detail.startswith("There is no such address. 5.1.1 550")
    assert (found.proved, found.final) == (True, True)
    full = DSN.replace(b"5.1.1", b"5.2.2").replace(b"User unknown", b"mailbox full")
    (found,) = parse(full % (b"failed", own), READER)
    assert isinstance(found, DeliveryReported)
    assert found.detail.startswith("The mailbox is full.")
    assert not found.final
    (found,) = parse(DSN % (b"delayed", own), READER)
    assert isinstance(found, DeliveryReported)
    assert (found.state, found.final) == ("delayed", False)


def test_a_bounce_names_its_message_by_the_address_it_came_back_to() -> None:
    desk = settings(bounces_to="bounces@back.example")
    draft = render.draft(outbound(), desk, KIT.secret)
    assert draft.sender.startswith("bounces+c.42.")
    silent = DSN.replace(b"To: support@acme.example", f"To: {draft.sender}".encode())
    reader = Reader(addresses=desk.addresses, secret=KIT.secret, bounces_to=desk.bounces_to)
    (found,) = parse(silent % (b"failed", b"rewritten@provider"), reader)
    assert isinstance(found, DeliveryReported)
    assert (found.external_id, found.proved) == (f"<{draft.message_id}>", True)
    stray = silent.replace(b"bounces+c.42.", b"bounces+c.43.")
    (found,) = parse(stray % (b"failed", b"rewritten@provider"), reader)
    assert isinstance(found, DeliveryReported)
    assert not found.proved


def test_a_complaint_names_the_message_it_is_about() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example")
    raw = (DSN % (b"failed", own.encode())).replace(b"delivery-status", b"feedback-report")
    (found,) = parse(raw, READER)
    assert found == Complained(external_id=f"<{own}>", address=None, proved=True)


def test_only_people_are_addressed_besides_us() -> None:
    head = (
        b"Cc: Bob <Bob@x.example>, no-reply@x.example, list@x.example, MAILER-DAEMON@x.example,\n"
        b" team-bounces@x.example, support+tag@acme.example\nList-Post: <mailto:list@x.example>\n"
    )
    assert message(mail(head)).recipients == ("bob@x.example",)


def test_a_bounce_without_a_report_part_is_known_by_its_words() -> None:
    own = threads.message_id(KIT.secret, 42, 7, "acme.example")
    raw = (
        "From: mailer-daemon@x.example\nSubject: failure notice\n\n"
        f"<ada@example.com>: 550 5.1.1 no such user\n\nMessage-ID: <{own}>\n"
    )
    (found,) = parse(raw.encode(), READER)
    assert isinstance(found, DeliveryReported)
    assert found.external_id == f"<{own}>"


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


def test_the_case_is_found_by_the_reference_in_a_quoted_body() -> None:
    draft = render.draft(outbound(), settings(reference_in_body=True), KIT.secret)
    assert draft.html is not None
    assert threads.reference(draft.message_id) in draft.html
    quoted = "".join(f"> {line}\n" for line in draft.text.splitlines())
    answer = mail(b"In-Reply-To: <rewritten@ses.example>\n", f"Thanks\n\n{quoted}".encode())
    found = message(answer)
    assert (found.case_id, found.text) == (outbound().case_id, "Thanks")
    assert "ref:" not in (found.full_text or "")
    forged = answer.replace(f"c.{outbound().case_id}.".encode(), b"c.99.")
    assert message(forged).case_id is None


def test_no_reference_stands_in_a_body_unless_asked_for() -> None:
    draft = render.draft(outbound(), settings(), KIT.secret)
    assert "ref:" not in f"{draft.text}{draft.html}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Mon, 2 Mar 2026 09:58:00 +0100", "2026-03-02T09:58:00+01:00"),
        ("Wed, 25 Feb 2026 09:58:00 +0100", "2026-02-25T09:58:00+01:00"),
        ("Thu, 1 Jan 1970 00:00:00 +0000", "2026-03-02T10:00:00+01:00"),
        ("Wed, 4 Mar 2026 10:00:00 +0100", "2026-03-02T10:00:00+01:00"),
        ("no date", "2026-03-02T10:00:00+01:00"),
    ],
)
def test_a_senders_clock_is_believed_within_a_week(written: str, shown: str) -> None:
    trace = b"Received: from a by b\n with SMTP id 1; Mon, 2 Mar 2026 10:00:00 +0100\n"
    found = message(trace + mail(f"Date: {written}\n".encode()))
    assert found.sent_at is not None
    assert found.sent_at.isoformat() == shown
