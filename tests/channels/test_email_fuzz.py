"""Any bytes have a result, soon, and nothing hostile comes through."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.automatic import automation_of
from channels.email.bodies import cut_out
from channels.email.bounces import complaint, reports
from channels.email.forwards import split
from channels.email.html import sanitise
from channels.email.intake import arrival
from channels.email.mail import read
from channels.email.mime import tree
from channels.email.parse import parse
from desk.kit.errors import Unreadable
from desk.ports.messages import InboundMessage, Remark
from tests.channels.email_mails import DSN, HEAD, MIXED, READER, mail, message
from tests.channels.email_world import KIT

SAMPLES = Path("../shared/data/mail")


def test_deep_nesting_ends() -> None:
    body = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    )
    assert message(HEAD + body + b"\nhello\n").external_id == "<1@example.com>"


def test_html_nested_beyond_reason_is_read_in_time() -> None:
    raw = mail(b"Content-Type: text/html\n", b"<div>" * 100_000 + b"deep")
    assert message(raw).text == "deep"


def test_parts_beyond_counting_are_one() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n"
    raw = mail(head, b"--b\nContent-Type: image/png\n\nx\n" * 5000)
    files = read(raw).bodies.files
    assert len(files) <= 1001
    assert files[-1].size_bytes > 100_000
    found = message(raw)
    assert len(found.attachments) == 50
    assert Remark("more_files", str(len(files) - 50)) in found.remarks


def test_a_header_of_one_endless_word_is_read_in_time() -> None:
    assert message(mail(b"Cc: " + b"-" * 200_000 + b"\n")).recipients == ()


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
    mail_read = read(raw)
    forwarded = split(mail_read.bodies.text, mail_read.subject)
    told = (reports(mail_read), complaint(mail_read), automation_of(mail_read), forwarded)
    str(told).encode()
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
