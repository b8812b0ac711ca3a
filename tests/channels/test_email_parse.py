"""A mail is taken apart by rule: headers, charsets, addresses, bodies, files, quotes."""

import pytest

from channels.email.addresses import Address, addresses
from channels.email.bodies import cut_out
from channels.email.charsets import decode
from channels.email.envelope import digest
from channels.email.headers import decode_words, field
from channels.email.html import to_text
from channels.email.mail import read
from channels.email.mime import tree
from channels.email.parse import parse
from channels.email.quotes import visible
from desk.kit.errors import Unreadable
from tests.channels.email_mails import MIXED, READER, mail, message
from tests.channels.email_world import channel, only, settings


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


def test_a_mail_without_a_sender_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no sender"):
        parse(b"From: somebody\nSubject: x\n\nhello", READER)


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


def test_html_reads_as_a_person_would() -> None:
    html = "<p>Hi <b>you</b></p><ul><li>a</li><li>b</li></ul>x<br>y<style>z</style>"
    assert to_text(html) == "Hi you\n\n- a\n- b\n\nx\ny"


def test_the_channel_fetches_what_the_parser_refers_to() -> None:
    inbox = channel(settings())
    assert only(inbox.parse(MIXED)).attachments[0].ref


def test_headers_that_others_lose_are_read() -> None:
    spaced = read(b"From : Ada <ada@x.example>\nSubject : Chair\n\nHello")
    assert (spaced.sender, spaced.subject) == (Address("Ada", "ada@x.example"), "Chair")
    torn = read(b"From: ada@x.example\nSubject: A long\nsubject\nTo: bob@x.example\n\nHello")
    assert (torn.subject, torn.bodies.text) == ("A long subject", "Hello")
    assert [one.address for one in torn.addresses("to")] == ["bob@x.example"]
    (twice,) = read(b"From: Ada <<ada@x.example>>\n\nHello").addresses("from")
    assert twice == Address("Ada", "ada@x.example")


def test_words_with_commands_are_shown_without_them() -> None:
    raw = b"From: a@x.example\nContent-Type: text/enriched\n\n<bold>Hi</bold> 1 << 2"
    assert read(raw).bodies.text == "Hi 1 < 2"


def test_plain_parts_beside_html_are_shown_and_kept_apart() -> None:
    raw = MIXED.replace(
        b"--b\nContent-Type: application/pdf", b"--b\n\nfooter\n--b\nContent-Type: a/b"
    )
    bodies = read(raw).bodies
    assert "footer" not in (bodies.html or "")
    assert "footer" in (bodies.whole_html or "")
