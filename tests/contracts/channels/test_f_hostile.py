"""Against hostile input."""

from html import unescape

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from channels.chat.channel import ChatChannel
from channels.chat.config import ChatSettings
from channels.richtext import parse_markdown, render_plain
from channels.slack.channel import SlackChannel
from channels.slack.config import SlackSettings
from channels.telegram.channel import TelegramChannel
from channels.telegram.config import TelegramSettings
from desk.kit.errors import Undeliverable
from desk.ports.channel import Channel, RenderPlan
from desk.ports.messages import InboundMessage, OutboundMessage
from tests.channels import email_world
from tests.contracts.channels.gates import Gate
from tests.contracts.channels.house import Side
from tests.contracts.channels.lines import ALICE, Line
from tests.contracts.channels.phones import File
from tests.contracts.channels.table import CAPABILITIES, contract

ODD = "\x07Bell\x08, \u202eslower\u202c, 🪑👩\u200d👩\u200d👧 e\u0301"
SPELLS = "<!channel> <@U1BOB> <#C1|x> @everyone <b>bold</b> <script>alert(1)</script> &amp;"
NONSENSE = (b"", b"{", b"[1]", b"null", b"\xff\xfe\x00", b"[" * 20_000, b'{"text": 1}')
SIGNS = st.text(st.sampled_from("ab1 \n*_~`#>-<&🪑é\u202e|") | st.characters(codec="utf-8"))


@contract("Control characters are left out; letters beyond the BMP stay; a subject turns nothing")
async def test_odd_characters_do_no_harm(side: Side) -> None:
    heard = await side.heard(await side.write(ODD))
    assert "Bell" in heard.text
    assert "🪑👩\u200d👩\u200d👧" in heard.text
    assert not {"\x07", "\x08", "\x00"} & set(heard.text)
    assert "\u202e" not in (await side.case()).subject


@contract("A customer's markup and mentions stay words, on the way in and when quoted back")
async def test_markup_and_mentions_stay_words(side: Side) -> None:
    heard = await side.heard(await side.write(SPELLS))
    assert "<script" not in (heard.html or "")
    assert "alert(1)" in heard.text
    await side.arrived(await side.answer(f"You wrote: {SPELLS}"))
    shown = await side.phone.reads("You wrote:")
    for word in ("<!channel>", "<@U1BOB>", "@everyone", "<script>alert(1)</script>"):
        assert word in shown.text
    assert shown.links == ()


@contract("A stranger at the door is refused, and nothing is kept")
async def test_a_stranger_at_the_door_is_refused(gate: Gate) -> None:
    assert await gate.post(gate.good, forged=True) in (401, 403)
    assert gate.door.offered == 0
    assert await gate.post(gate.good) in (200, 202)
    assert gate.door.offered == 1


@contract("What was signed long ago is refused", only=("email", "slack"))
async def test_what_was_signed_long_ago_is_refused(gate: Gate) -> None:
    for age_s in (3600, -3600):
        assert await gate.post(gate.good, age_s=age_s) == 401
    assert gate.door.offered == 0
    assert await gate.post(gate.good, age_s=1) in (200, 202)


@contract("Nonsense at the door is never an error of ours, and the next call is heard")
async def test_nonsense_at_the_door_is_no_error_of_ours(gate: Gate) -> None:
    statuses = [await gate.post(body) for body in NONSENSE]
    assert [status for status in statuses if status >= 500] == []
    kept = len(gate.door.arrivals)
    assert await gate.post(gate.good) in (200, 202)
    assert len(gate.door.arrivals) == kept + 1


@contract("What is too large for the door is turned away, and nothing is kept")
async def test_what_is_too_large_for_the_door_is_turned_away(gate: Gate) -> None:
    assert await gate.post(b'{"text": "' + b"x" * 1_200_000 + b'"}') in (413, 422)
    assert gate.door.offered == 0


@contract(
    "What we wrote never comes back as a customer's word", only=("email", "telegram", "slack")
)
async def test_what_we_wrote_never_comes_back(side: Side) -> None:
    asked = await side.write("When does it come?")
    await side.arrived(await side.answer("On Monday."))
    await side.phone.reads("On Monday.")
    await side.phone.echo()
    await side.write("Thanks.", answering=asked)
    told = [one for one in await side.said() if one.author == "customer" and not one.automation]
    assert [one.text for one in told] == ["When does it come?", "Thanks."]


@contract(
    "A program's mail is recorded as one, and is answered by nobody by itself",
    needs="machines_write",
)
async def test_a_programs_mail_is_recorded_as_one(side: Side) -> None:
    sent = await side.phone.automatic("I am away until Monday.")
    assert (await side.heard(sent)).automation == "auto_reply"
    assert await side.phone.seen() == []


@contract("A sign-in page in place of a file is not taken for the file", only=("slack",))
async def test_a_sign_in_page_is_not_taken_for_the_file(line: Line) -> None:
    await line.phone.write("The bill:", [File("bill.pdf", b"%PDF 12 EUR")])
    (said,) = await line.heard(1)
    assert isinstance(said, InboundMessage)
    line.networks.revoked = True
    with pytest.raises(Undeliverable, match="sign-in"):
        await line.channel.fetch(line.door.arrivals[0].raw, said.attachments[0])  # type: ignore[attr-defined]


@contract("Whatever is written, no visible character is lost and no limit is broken")
def test_no_visible_character_is_lost(kind: str) -> None:
    channel = _channel(kind)
    limit = CAPABILITIES[kind].text_limit
    recipient = email_world.ADA if kind == "email" else "4711"

    @examples(max_examples=60, deadline=None)
    @given(SIGNS)
    def holds(text: str) -> None:
        message = OutboundMessage(
            id="o",
            case_id=1,
            case_number=1,
            message_id=1,
            recipient=recipient,
            text=text,
            author=ALICE,
        )
        texts = _texts(channel.plan(message))
        wanted = _letters(render_plain(parse_markdown(text)))
        assert _letters("".join(texts))[: len(wanted)] == wanted
        assert limit is None or all(len(one) <= limit for one in texts)

    holds()


def _channel(kind: str) -> Channel:
    match kind:
        case "email":
            return email_world.channel(email_world.settings())
        case "chat":
            return ChatChannel("web", ChatSettings(), email_world.KIT)
        case "telegram":
            return TelegramChannel("bot", TelegramSettings(), email_world.KIT)
    return SlackChannel("slack", SlackSettings(), email_world.KIT)


def _texts(plan: RenderPlan) -> list[str]:
    bodies = [part.body for part in plan.parts]
    escaped = any("blocks" in body for body in bodies)  # Slack's
    texts = [str(body["text"]) for body in bodies if "text" in body]
    return list(map(unescape, texts)) if escaped else texts


def _letters(text: str) -> list[str]:
    return [one for one in text if one.isalnum() or one == "🪑"]
