"""Slack's channels are read by others: what is told in private is not answered in them."""

from pathlib import Path

import pytest

from channels.slack.needs import FROM_MESSAGE
from desk.cases import queries
from desk.messages.queries import messages_of
from tests.stories.test_slack_cases import cases_of, desk


@pytest.mark.parametrize("opened", ["post", "emoji", "form"])
async def test_what_is_told_in_private_is_never_answered_in_a_channel(
    tmp_path: Path, opened: str
) -> None:
    watch = "everyone" if opened == "post" else "emoji"
    async with desk(tmp_path, watch=watch) as parley, parley.hire("Alice") as alice:
        parley.slack.channel("C1SHOP", "shop")
        dora = parley.slack.person("U1DORA", "Dora Lind")
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        if opened != "post":
            await dora.post("C1SHOP", "Morning all")
        asked = await chidi.post("C1SHOP", "Where is my lamp?")
        if opened == "emoji":
            await dora.react(asked, "ticket")
        elif opened == "form":
            await chidi.forms.message_shortcut("C1SHOP", asked, FROM_MESSAGE)
            assert await chidi.forms.submit(subject="Lamp", description="It is late.") == {}
        await cases_of(parley, 1)
        secret = await chidi.dm("My card number is secret")
        public, private = await cases_of(parley, 2)
        await chidi.post("C1SHOP", "any news?", thread_ts=asked)
        await parley.until(lambda c: "any news" in queries.by_id(c, public.id).preview)
        await alice.reply(private.number, "We charged your card 4242.")
        shown = await chidi.wait_for(lambda written: "4242" in written.text)
        assert (shown.channel, shown.thread_ts) == (chidi.dm_channel, secret)
        said = await parley.desk.db.read(messages_of, public.id)
        assert [one.code for one in said[-1].remarks] == ["overheard"]
        assert not any("card" in written.text for written in dora.messages())


async def test_a_mention_in_a_thread_without_a_case_does_not_join_a_private_one(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, watch="mention") as parley:
        parley.slack.channel("C1SHOP", "shop")
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        await chidi.dm("My card number is secret")
        (private,) = await cases_of(parley, 1)
        asked = await chidi.post("C1SHOP", "Where is my lamp?")
        await chidi.post("C1SHOP", "<@U0PARLEY> any news?", thread_ts=asked)
        _, public = await cases_of(parley, 2)
        assert len(await parley.desk.db.read(messages_of, private.id)) == 1
        await chidi.post("C1SHOP", "Hello?", thread_ts=asked)
        await parley.until(lambda c: len(messages_of(c, public.id)) == 2)
        await cases_of(parley, 2)
