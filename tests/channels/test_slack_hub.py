"""A hub in Slack, without a desk: what a card may look like, and what agents do there."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sandbox.slack import limits
from channels.sandbox.slack.faults import Fault
from channels.slack import hub_parse, hub_render
from channels.slack.config import SlackSettings
from desk.kit.errors import ChannelBusy
from desk.ports.hub import HubCard, HubLine, HubOption
from desk.ports.inbound import HubSaid
from desk.ports.messages import Author, AuthorKind, Sender
from tests.channels.slack_world import slack_world

ALICE = Sender(address="T1:U1ALICE", name="Alice")
SETTINGS = SlackSettings(hubs={"C1": ""})
FORMS = ("<!channel>", "<!here>", "<@U1ALICE>", "<#C1>", "<!subteam^S123|team>", "<http://x|y>")


def card(**changed: object) -> HubCard:
    given = {
        "key": "k",
        "number": 1042,
        "subject": "A lamp",
        "url": "https://desk.example/workspace/1042",
        "customer": "Ada",
        "channel": "email",
        "queue": "Support",
        "status": "open",
        "priority": "normal",
        "due_at": datetime(2026, 3, 30, 11, tzinfo=UTC),
        "promise": "first response",
        "statuses": (HubOption("open", "Open"),),
        "priorities": (HubOption("normal", "Normal"),),
        "naps": (HubOption("1", "1 hour"),),
        "agents": (HubOption("0", "Nobody"),),
    }
    return HubCard(**{**given, **changed})  # type: ignore[arg-type]


def said(text: str, settings: SlackSettings = SETTINGS, **more: object) -> HubSaid:
    event = {"channel": "C1", "ts": "2.0", "thread_ts": "1.0", "text": text, **more}
    (found,) = hub_parse.said(event, ALICE, (), settings)
    return found


@given(words=st.text(max_size=400), agents=st.integers(0, 300))
def test_slack_takes_every_card(words: str, agents: int) -> None:
    people = (HubOption("0", words), *(HubOption(str(n + 1), words) for n in range(agents)))
    shown = card(subject=words, customer=words, flag=words, queue=words, agents=people)
    body = hub_render.card(shown)
    limits.check(body["text"], body["blocks"])


@pytest.mark.parametrize("form", FORMS)
def test_what_a_customer_names_mentions_nobody(form: str) -> None:
    body = hub_render.card(card(subject=form, customer=form, flag=form, queue=form))
    assert form not in str(body["blocks"])
    assert form not in body["text"]
    line = HubLine(key="l", text=form, author=Author(kind=AuthorKind.CUSTOMER, name=form))
    for body in hub_render.lines(line, "S123456"):
        kinds = {one["type"] for block in body["blocks"] for one in _inlines(block)}
        assert kinds <= {"text", "link"}
        assert form not in body["text"]


def _inlines(block: object) -> list[dict[str, object]]:
    if isinstance(block, list):
        return [found for one in block for found in _inlines(one)]
    if not isinstance(block, dict):
        return []
    inner = block.get("elements")
    return _inlines(inner) if inner is not None else [block]


def test_a_broken_promise_calls_the_owner_and_the_group() -> None:
    line = HubLine(
        key="l",
        text="Late.",
        author=Author(kind=AuthorKind.SYSTEM, name=""),
        call=("T1:U1ALICE",),
        call_group=True,
    )
    (body,) = hub_render.lines(line, "S123456")
    assert "<@U1ALICE> <!subteam^S123456>" in str(body["blocks"])
    (quiet,) = hub_render.lines(line, "")
    assert "subteam" not in str(quiet)


@pytest.mark.parametrize(
    ("text", "words", "to_customer"),
    [
        ("Seen before", "Seen before", False),
        ("!reply Hello", "Hello", True),
        ("!Reply\nHello", "Hello", True),
        ("!replying is hard", "!replying is hard", False),
        ("!note only us", "only us", False),
    ],
)
def test_words_go_to_the_customer_only_when_they_say_so(
    text: str, words: str, to_customer: bool
) -> None:
    found = said(text)
    assert (found.text.replace("\\", ""), found.to_customer) == (words, to_customer)


def test_the_setting_turns_it_around() -> None:
    flipped = SlackSettings(hubs={"C1": ""}, hub_replies=True)
    assert said("Hello", flipped).to_customer
    assert not said("!note Hello", flipped).to_customer


def test_formatting_made_in_slack_reaches_the_customer_as_such() -> None:
    elements = [
        {"type": "text", "text": "!reply Use the "},
        {"type": "text", "text": "red", "style": {"bold": True}},
        {"type": "text", "text": " plug"},
    ]
    inside = [{"type": "rich_text_section", "elements": elements}]
    found = said("!reply Use the *red* plug", blocks=[{"type": "rich_text", "elements": inside}])
    assert found.text == "Use the **red** plug"


def test_chatter_beside_the_cards_is_nobodys() -> None:
    event = {"channel": "C1", "ts": "2.0", "text": "!reply Lunch?"}
    assert not list(hub_parse.said(event, ALICE, (), SETTINGS))


async def test_a_long_line_that_is_cut_short_goes_on_where_it_was() -> None:
    async with slack_world(hubs={"C1": ""}) as world:
        world.slack.channel("C1", "cases")
        thread = await world.channel.show_card("C1", card(), "")
        line = HubLine(
            key="l1",
            text="\n\n".join(f"{n} " + "word " * 700 for n in range(3)),
            author=Author(kind=AuthorKind.CUSTOMER, name="Ada"),
        )
        world.slack.fail("chat.postMessage", Fault(status=503, after=True))
        with pytest.raises(ChannelBusy):
            await world.channel.say("C1", thread, line)
        ids = await world.channel.say("C1", thread, line)
        said = [one for one in world.ada.messages("C1") if one.thread_ts]
        assert len(said) == len(ids.split()) == 3
        assert [one.text[0] for one in said] == ["0", "1", "2"]
