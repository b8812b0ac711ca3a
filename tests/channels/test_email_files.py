"""What a mail brings besides words: pictures, sealed parts, winmail.dat, links that lie."""

import base64
from pathlib import Path

import pytest
from asn1crypto import cms
from msgspec.structs import replace

from channels.email.files import fetch
from channels.email.links import misleading
from channels.email.parse import parse
from channels.email.tnef import unpacked
from desk.kit.filetypes import picture_type, risk
from desk.ports.messages import InboundMessage, Remark
from tests.channels.email_mails import HEAD, READER, mail, message
from tests.channels.email_world import only

PNG = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def html_mail(html: str, *parts: bytes) -> bytes:
    body = b"--b\nContent-Type: text/html; charset=utf-8\n\n" + html.encode() + b"\n"
    body += b"".join(b"--b\n" + part + b"\n" for part in parts)
    return HEAD + b"Content-Type: multipart/related; boundary=b\n\n" + body + b"--b--\n"


def picture(content_id: str) -> bytes:
    return (
        f"Content-Type: image/png; name={content_id}.png\nContent-ID: <{content_id}>\n"
        f"Content-Disposition: inline\nContent-Transfer-Encoding: base64\n\n"
    ).encode() + base64.b64encode(PNG)


def codes(raw: bytes) -> dict[str, str]:
    return {one.code: one.detail for one in message(raw).remarks}


def test_a_picture_is_inline_only_where_the_html_shows_it() -> None:
    raw = html_mail('<p>Look <img src="cid:shown@x"></p>', picture("shown@x"), picture("other@x"))
    found = {one.content_id: one.inline for one in message(raw).attachments}
    assert found == {"shown@x": True, "other@x": False}


def test_a_picture_carried_in_the_html_becomes_a_file_of_its_own() -> None:
    data = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    raw = html_mail(f'<p>One <img src="{data}"> and two <img alt="x" src="{data}"></p>')
    found = message(raw)
    assert found.html is not None
    assert "data:" not in found.html
    assert [(one.name, one.mime, one.inline) for one in found.attachments] == [
        ("image-1.png", "image/png", True),
        ("image-2.png", "image/png", True),
    ]
    for one in found.attachments:
        assert f'src="cid:{one.content_id}"' in found.html
        assert fetch(raw, one.ref) == PNG
    assert fetch(raw, "e9") is None
    assert fetch(raw, "ex") is None


def test_more_files_than_anybody_sends_stay_in_the_original() -> None:
    part = b"Content-Type: application/pdf; name=x.pdf\n\nx"
    found = message(html_mail("<p>x</p>", *[part] * (READER.most_files + 7)))
    assert len(found.attachments) == READER.most_files
    assert Remark("more_files", "7") in found.remarks


def test_how_many_files_and_people_a_mail_brings_is_a_setting() -> None:
    part = b"Content-Type: application/pdf; name=x.pdf\n\nx"
    raw = b"Cc: a@x.example, b@x.example, c@x.example\n" + html_mail("<p>x</p>", *[part] * 3)
    found = only(parse(raw, replace(READER, most_files=1, most_people=2)))
    assert isinstance(found, InboundMessage)
    assert (len(found.attachments), found.recipients) == (1, ("a@x.example", "b@x.example"))
    assert Remark("more_files", "2") in found.remarks


@pytest.mark.parametrize(
    ("shown", "href", "lie"),
    [
        ("www.bank.example", "https://evil.example/login", ("bank.example", "evil.example")),
        (
            "https://bank.example/a",
            "http://bank.example.evil.example",
            ("bank.example", "bank.example.evil.example"),
        ),
        ("bank.example", "https://www.bank.example/x?y", None),
        ("bank.example", "https://login.bank.example", None),
        ("here", "https://evil.example", None),
        ("Version 2.0", "https://shop.example", None),
        ("ada@bank.example", "mailto:ada@bank.example", None),
        ("bücher.example", "https://evil.example", ("bücher.example", "evil.example")),
    ],
)
def test_a_link_that_names_another_host_than_it_leads_to_is_told(
    shown: str, href: str, lie: tuple[str, str] | None
) -> None:
    found = misleading(f'<p>Go to <a href="{href}">{shown}</a></p>')
    assert (None if found is None else (found.shown, found.leads_to)) == lie


def test_a_lying_link_is_remarked_on_its_message() -> None:
    raw = html_mail('<p><a href="https://evil.example/x">https://bank.example</a></p>')
    assert codes(raw)["misleading_link"] == "bank.example → evil.example"


def test_html_with_thousands_of_links_is_shown_as_text() -> None:
    many = message(html_mail('<a href="https://x.example">x</a> ' * 5001))
    assert (many.html, many.text.startswith("x x x")) == (None, True)


def signed(inner: bytes) -> bytes:
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {"content_type": "data", "content": inner},
            "signer_infos": [],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())


def smime(content: bytes) -> bytes:
    head = (
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n"
        b"Content-Transfer-Encoding: base64\nSubject: Sealed\n"
    )
    return mail(head, base64.encodebytes(content))


def test_what_a_signature_wraps_is_read_with_its_files() -> None:
    inner = (
        b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\n"
        b"Signed words\r\n--i\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nPDF\r\n--i--\r\n"
    )
    raw = smime(signed(inner))
    found = message(raw)
    assert (found.text, found.subject, found.sender.address) == (
        "Signed words",
        "Sealed",
        "ada@example.com",
    )
    assert [one.name for one in found.attachments] == ["a.pdf"]
    assert fetch(raw, found.attachments[0].ref) == b"PDF"


def test_what_is_encrypted_says_so_and_is_kept() -> None:
    sealed = cms.ContentInfo({"content_type": "enveloped_data", "content": None})
    found = message(smime(bytes(sealed.dump())))
    assert Remark("encrypted") in found.remarks
    assert [one.name for one in found.attachments] == ["smime.p7m"]
    assert Remark("encrypted") in message(smime(b"\x30\x80broken")).remarks
    pgp = mail(b"", b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n")
    assert Remark("encrypted") in message(pgp).remarks


def test_a_detached_signature_is_told_and_is_no_file() -> None:
    raw = mail(
        b"Content-Type: multipart/signed; boundary=s; protocol=application/pkcs7-signature\n",
        b"--s\nContent-Type: text/plain\n\nHello\n--s\n"
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMIIB\n--s--\n",
    )
    found = message(raw)
    assert (found.text, found.attachments) == ("Hello", ())
    assert Remark("signed") in found.remarks


@pytest.mark.parametrize("kind", ["message/partial; id=x; number=1", "message/external-body"])
def test_a_message_that_is_not_all_here_says_so(kind: str) -> None:
    raw = mail(f"Content-Type: {kind}\n".encode(), b"Subject: inner\n\nhalf a\n")
    assert "incomplete" in codes(raw)


def test_an_invitation_tells_what_when_and_who() -> None:
    calendar = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\n"
        "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY:Planning\\, part\r\n  two\r\n"
        "DTSTART;TZID=Europe/Paris:20261127T100000\r\nORGANIZER;CN=Ada:mailto:ada@x.example\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    head = b"Content-Type: text/calendar; charset=utf-8; method=REQUEST\n"
    told = codes(mail(head, calendar.encode()))["invitation"]
    assert told == "Planning, part two, 2026-11-27 10:00 Europe/Paris, by ada@x.example"
    cancelled = calendar.replace("REQUEST", "CANCEL")
    assert codes(mail(head, cancelled.encode()))["invitation"].endswith("(cancelled)")


def tnef(text: bytes, name: bytes, content: bytes) -> bytes:
    """Write a winmail.dat as Outlook does (MS-OXTNEF): a body, and one file."""

    def attribute(level: int, number: int, data: bytes) -> bytes:
        head = bytes([level]) + number.to_bytes(4, "little") + len(data).to_bytes(4, "little")
        return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")

    return (
        (0x223E9F78).to_bytes(4, "little")
        + (1).to_bytes(2, "little")
        + attribute(1, 0x00089006, (0x00010000).to_bytes(4, "little"))
        + attribute(1, 0x00069007, (1252).to_bytes(4, "little") + bytes(4))
        + attribute(1, 0x0002800C, text + b"\0")
        + attribute(2, 0x00069002, b"\x01\x00" + b"\xff" * 4 + bytes(8))
        + attribute(2, 0x00018010, name + b"\0")
        + attribute(2, 0x0006800F, content)
    )


def test_what_outlook_packed_is_unpacked_and_the_pack_is_kept() -> None:
    packed = base64.encodebytes(tnef(b"Packed words", b"Plan.doc", b"D0C"))
    head = (
        b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n"
    )
    raw = mail(head, packed)
    found = message(raw)
    assert found.text == "Packed words"
    assert [one.name for one in found.attachments] == ["winmail.dat", "Plan.doc"]
    assert fetch(raw, found.attachments[1].ref) == b"D0C"
    assert fetch(raw, "0t9") is None


def test_the_files_of_a_mail_that_is_attached_are_files_too() -> None:
    inner = (
        b"From: bob@x.example\nSubject: The plan\nContent-Type: multipart/mixed; boundary=i\n\n"
        b"--i\nContent-Type: text/plain\n\nHello\n--i\nContent-Type: application/pdf; name=plan.pdf"
        b"\n\nPDF\n--i--\n"
    )
    head = b"Content-Type: multipart/mixed; boundary=b\n"
    body = b"--b\n\nSee below\n--b\nContent-Type: message/rfc822\n\n" + inner + b"\n--b--\n"
    raw = mail(head, body)
    found = {one.name: one.ref for one in message(raw).attachments}
    assert list(found) == ["The plan.eml", "plan.pdf"]
    assert (fetch(raw, found["plan.pdf"]) or b"").strip() == b"PDF"
    assert (fetch(raw, found["The plan.eml"]) or b"").startswith(b"From: bob@x.example")
    assert fetch(raw, "1m99") is None


@pytest.mark.parametrize("cut", [0, 3, 8, 20, 47, 80])
def test_a_broken_pack_is_a_file_like_any_other(cut: int) -> None:
    broken = tnef(b"words", b"a.doc", b"D0C")[:cut]
    unpacked(broken)  # never raises
    head = (
        b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n"
    )
    names = [one.name for one in message(mail(head, base64.encodebytes(broken))).attachments]
    assert names[:1] == ["winmail.dat"]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("photo.jpg", b"MZ\x90\x00", "program"),
        ("run.exe", b"", "program"),
        ("invoice.pdf.js", b"", "program"),
        ("open.lnk", b"", "shortcut"),
        ("disk.iso", b"", "disk"),
        ("table.xlsm", b"", "macros"),
        ("letter.docx", b"PK\x03\x04" + bytes(40) + b"word/vbaProject.bin", "macros"),
        ("page.html", b"", "page"),
        ("picture.png", b"<svg xmlns='x'>", "page"),
        ("secret.zip", b"PK\x03\x04\x14\x00\x01\x00" + bytes(40), "locked"),
        ("open.zip", b"PK\x03\x04\x14\x00\x00\x00" + bytes(40), ""),
        ("letter.pdf", b"%PDF-1.7", ""),
        ("photo.png", PNG, ""),
    ],
)
def test_a_file_is_judged_by_its_bytes_and_its_name(name: str, content: bytes, kind: str) -> None:
    assert risk(name, content) == kind


def test_only_true_pictures_are_shown() -> None:
    assert picture_type(PNG) == "image/png"
    assert picture_type(b"GIF89a...") == "image/gif"
    assert picture_type(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "image/webp"
    assert picture_type(b"<svg onload=alert(1)>") is None
    assert picture_type(b"") is None
    assert picture_type(Path(__file__).read_bytes()) is None
