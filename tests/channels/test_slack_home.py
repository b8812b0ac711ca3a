"""The app's Home: what stands on it, and that Slack takes it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.sandbox.slack.faults import Fault
from channels.slack import words
from channels.slack.home import view
from channels.slack.needs import NEW_CASE
from desk.kit.errors import ChannelBusy, Undeliverable
from desk.ports.homes import Home, OwnCase, ShowsHome
from desk.ports.inbound import HomeOpened
from tests.channels.slack_world import slack_world

ADA = "T0PARLEY:U1ADA"
WHEN = datetime(2026, 3, 27, 16, tzinfo=UTC)
LAMP = OwnCase(number=1042, subject="Lamp", last_answer="It **came**", touched_at=WHEN)


def shown(home: Any) -> str:
    """Return all texts of a Home, line by line."""
    texts = []
    for block in (home or {}).get("blocks", []):
        parts = [block.get("text"), *block.get("elements", [])]
        texts += [
            part["text"] if isinstance(part["text"], str) else part["text"]["text"]
            for part in parts
            if part
        ]
    return "\n".join(texts)  # fmt: skip


async def test_somebody_who_looks_at_his_home_is_told_to_the_desk() -> None:
    async with slack_world() as world:
        await world.ada.forms.look_home()
        (looks,) = await world.heard(1)
        assert isinstance(looks, HomeOpened)
        assert looks.sender.address == ADA


async def test_a_home_shows_cases_and_a_button_that_opens_the_form() -> None:
    async with slack_world() as world:
        assert isinstance(world.channel, ShowsHome)
        await world.channel.show_home(ADA, Home(cases=(LAMP,), more=3))
        told = shown(world.ada.forms.home)
        assert "*#1042* Lamp\n> It came" in told
        assert "We are on it" in told
        assert "And 3 more." in told
        await world.ada.forms.press_home(NEW_CASE)
        assert (world.ada.forms.view or {})["title"]["text"] == "New case"
        assert [one for each in world.door.arrivals for one in world.channel.parse(each.raw)] == []


async def test_a_home_that_slack_refuses_is_told_as_a_send_is() -> None:
    async with slack_world() as world:
        world.slack.fail("views.publish", Fault(error="not_enabled"))
        with pytest.raises(Undeliverable):
            await world.channel.show_home(ADA, Home())
        world.slack.fail("views.publish", Fault(retry_after_s=7))
        with pytest.raises(ChannelBusy):
            await world.channel.show_home(ADA, Home())


@pytest.mark.parametrize("language", words.LANGUAGES)
async def test_a_full_home_is_taken_in_every_language(language: str) -> None:
    async with slack_world() as world:
        hostile = OwnCase(
            number=1,
            subject="<!channel> " * 100,
            last_answer="<@U1ADA> & *so* `on`\n" * 100,
            waits_for_customer=True,
            touched_at=WHEN,
        )
        others = OwnCase(number=2, subject="x", waits_for_others=True, touched_at=WHEN)
        home = Home(cases=(hostile, others, LAMP) * 7, more=5, language=language)
        await world.channel.show_home("T0PARLEY:U1ADA", home)
        told = shown(world.ada.forms.home)
        assert words.words_in(language).my_cases in told
        assert "<!channel>" not in told
        assert "<@U1ADA>" not in told


def test_a_home_without_cases_says_so() -> None:
    told = shown(view(Home(), words.words_in("en-US"), "https://desk.example.org/help"))
    assert "You have no open case." in told
