"""The form for a new case: by command and shortcut, over sockets and over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import Struct

from channels.sandbox.door import MemoryDoor
from channels.sandbox.slack import SlackPerson, SlackSandbox
from channels.sandbox.slack.faults import Fault
from channels.sandbox.slack.forms import PersonForms
from channels.slack import words
from channels.slack.channel import SlackChannel
from channels.slack.modals import Draft, form
from channels.slack.needs import FROM_MESSAGE, NEW_CASE
from desk.kit.errors import ChannelBusy
from desk.ports.messages import InboundMessage
from tests.channels.slack_world import answer, slack_world
from tests.channels.test_slack_http import http_world

WAYS = ["socket", "http"]


class Formed(Struct):
    """A running channel, and Ada with her Slack open."""

    slack: SlackSandbox
    channel: SlackChannel
    door: MemoryDoor
    ada: SlackPerson
    forms: PersonForms

    async def said(self) -> InboundMessage:
        """Return the one message that all arrivals together say."""
        found = [one for each in self.door.arrivals for one in self.channel.parse(each.raw)]
        (message,) = found
        assert isinstance(message, InboundMessage)
        return message


@asynccontextmanager
async def formed(way: str = "socket", **settings: Any) -> AsyncIterator[Formed]:
    """Start all of it, with events by socket or over HTTP."""
    opened = slack_world(**settings) if way == "socket" else http_world(**settings)
    async with opened as world:
        yield Formed(world.slack, world.channel, world.door, world.ada, world.ada.forms)


def begun(forms: PersonForms) -> dict[str, str]:
    """Return what stands in the open form."""
    view = forms.view
    assert view is not None
    return {
        block["block_id"]: block["element"].get("initial_value", "")
        for block in view["blocks"]
        if block["type"] == "input"
    }


@pytest.mark.parametrize("way", WAYS)
async def test_the_command_opens_a_form_that_becomes_one_message(way: str) -> None:
    async with formed(way) as world:
        assert await world.forms.command("The printer is on fire") == ""
        assert begun(world.forms)["subject"] == "The printer is on fire"
        assert await world.forms.submit(description="Since *noon*.", kind="incident") == {}
        assert world.forms.view is None
        message = await world.said()
        assert (message.subject, message.text) == ("The printer is on fire", "Since *noon*.")
        assert (message.kind, message.wants_new_case, message.unseen) == ("incident", True, True)
        assert message.sender.address == "T0PARLEY:U1ADA"
        assert message.sender.name == "Ada Obi"


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_wrong_is_said_in_the_form_and_nothing_is_made_of_it(way: str) -> None:
    async with formed(way) as world:
        await world.forms.shortcut(NEW_CASE)
        wrong = await world.forms.submit(subject=" ", description="\n")
        assert set(wrong) == {"subject", "description"}
        assert world.forms.view is not None
        assert await world.forms.submit(subject="Lamp", description="It is broken") == {}
        assert (await world.said()).subject == "Lamp"


async def test_a_form_sent_twice_is_the_same_message() -> None:
    async with formed() as world:
        await world.forms.shortcut(NEW_CASE)
        await world.forms.submit(subject="Lamp", description="It is broken", again=True)
        await world.forms.submit(subject="Lamp", description="It is broken")
        kept = [one for each in world.door.arrivals for one in world.channel.parse(each.raw)]
        assert len(kept) == 2
        assert len({getattr(one, "external_id", None) for one in kept}) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_a_form_about_a_message_holds_its_words_and_its_link(way: str) -> None:
    async with formed(way) as world:
        world.slack.channel("C1HELP", "help")
        ts = await world.ada.post("C1HELP", "My order is late\nplease look")
        await world.forms.message_shortcut("C1HELP", ts, FROM_MESSAGE)
        link = f"https://parley.slack.example/archives/C1HELP/p{ts.replace('.', '')}"
        held = begun(world.forms)
        assert held["subject"] == "My order is late"
        assert held["description"] == f"My order is late\nplease look\n\n{link}"
        assert await world.forms.submit() == {}
        message = await world.said()
        assert message.thread == f"T0PARLEY:C1HELP:{ts}"
        assert message.external_id.startswith(f"C1HELP:{ts}#V")
        assert message.in_reply_to == (f"C1HELP:{ts}",)
        assert not message.unseen


async def test_about_a_message_in_a_channel_without_the_app_the_answer_comes_directly() -> None:
    async with formed() as world:
        world.slack.channel("C1HELP", "help")
        ts = await world.ada.post("C1HELP", "My order is late")
        world.slack.workspace.conversations["C1HELP"].members.discard("U0PARLEY")
        await world.forms.message_shortcut("C1HELP", ts, FROM_MESSAGE)
        assert f"/archives/C1HELP/p{ts.replace('.', '')}" in begun(world.forms)["description"]
        await world.forms.submit()
        message = await world.said()
        assert message.unseen
        assert message.thread.startswith("T0PARLEY:@V")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "fault",
    [
        Fault(error="expired_trigger_id"),
        Fault(error="invalid_arguments"),
        Fault(error="not_found"),
        Fault(retry_after_s=30),
        Fault(drop=True),
        Fault(status=503),
        Fault(html=True),
    ],
    ids=lambda fault: fault.error or repr(fault)[6:20],
)
async def test_a_command_is_answered_even_if_no_form_opens(way: str, fault: Fault) -> None:
    async with formed(way) as world:
        world.slack.fail("views.open", fault)
        assert "could not be opened" in await world.forms.command("The printer is on fire")
        assert world.forms.view is None


async def test_a_shortcut_that_opens_nothing_is_answered_directly() -> None:
    async with formed() as world:
        world.slack.fail("views.open", Fault(error="expired_trigger_id"))
        await world.forms.shortcut(NEW_CASE)
        shown = await world.ada.wait_for(lambda each: each.from_app)
        assert "could not be opened" in shown.text


@pytest.mark.parametrize("way", WAYS)
async def test_what_cannot_be_kept_is_said_before_the_form_closes(way: str) -> None:
    async with formed(way) as world:
        await world.forms.command("Lamp")
        world.door.trouble = ChannelBusy("the disk is full")
        assert "could not be kept" in (await world.forms.submit(description="Broken"))["subject"]
        assert "could not be kept" in await world.forms.command("Lamp")
        world.door.trouble = None
        assert await world.forms.submit(description="Broken") == {}
        assert (await world.said()).subject == "Lamp"


async def test_a_press_that_slack_brings_again_opens_no_second_form() -> None:
    async with formed() as world:
        payload = {
            "type": "shortcut",
            "callback_id": NEW_CASE,
            "trigger_id": world.slack.views.trigger("U1ADA"),
            "user": {"id": "U1ADA", "team_id": "T0PARLEY"},
        }
        for _ in range(2):
            await world.slack.events.ask("interactive", payload)
        assert [method for method, _ in world.slack.calls].count("views.open") == 1
        assert world.ada.messages() == []


async def test_what_somebody_typed_is_kept_under_his_name_for_who_erases_him() -> None:
    async with formed() as world:
        await world.forms.command("My own secret")
        await world.forms.submit(description=" ")  # refused: it becomes no message
        kept = [one.raw for one in world.door.arrivals if b"secret" in one.raw]
        assert len(kept) == 2
        assert all(b'"by":"T0PARLEY:U1ADA"' in raw for raw in kept)


async def test_the_form_speaks_the_language_of_the_person() -> None:
    async with formed() as world:
        world.ada.profile.language = "de-DE"
        await world.forms.command("Lampe")
        assert (world.forms.view or {})["title"]["text"] == "Neuer Fall"
        await world.forms.submit(description="Kaputt")
        assert (await world.said()).language == "de"


async def test_what_we_write_after_a_form_begins_its_thread_and_goes_on_in_it() -> None:
    async with formed() as world:
        await world.forms.command("Lamp")
        await world.forms.submit(description="Broken")
        message = await world.said()
        first = await world.channel.send(answer(message, "Your case is #1."), 0)
        second = await world.channel.send(answer(message, "Which lamp?", id="out-2"), 0)
        shown = {f"D1ADA:{one.ts}": one for one in world.ada.messages()}
        assert shown[first].thread_ts == ""
        assert f"D1ADA:{shown[second].thread_ts}" == first


async def test_after_a_crash_the_thread_of_a_form_is_found_again() -> None:
    async with formed() as world:
        await world.forms.command("Lamp")
        await world.forms.submit(description="Broken")
        told = answer(await world.said(), "Your case is #1.")
        first = await world.channel.send(told, 0)
        world.door.state = {key: v for key, v in world.door.state.items() if "root:" not in key}
        world.channel._posting._roots._known.clear()  # type: ignore[union-attr]
        assert await world.channel.find_sent(told, 0) == first
        second = await world.channel.send(answer(await world.said(), "Which?", id="out-2"), 0)
        shown = {f"D1ADA:{one.ts}": one for one in world.ada.messages()}
        assert f"D1ADA:{shown[second].thread_ts}" == first


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_language_fits_into_slacks_form(language: str) -> None:
    said = words.words_in(language)
    view = form(Draft(subject="x" * 500, description="y" * 9_000), said)
    assert all(0 < len(view[name]["text"]) <= 24 for name in ("title", "submit", "close"))
    assert set(said.kinds) == {"question", "incident", "request", "complaint"}
    assert said.too_long.format(most=3) != said.too_long
    fields = {block["block_id"]: block["element"] for block in view["blocks"][:2]}
    assert len(fields["subject"]["initial_value"]) <= 150
    assert len(fields["description"]["initial_value"]) == 3_000
