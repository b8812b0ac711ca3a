"""A customer's page in Slack follows his cases, and shows nobody else's."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection

from channels.sandbox.slack import SlackPerson
from channels.sandbox.slack.faults import Fault
from desk.cases import people
from desk.cases.own import home_of
from desk.events.actors import SYSTEM
from tests.channels.test_slack_home import shown
from tests.stories.test_slack_cases import cases_of, desk


async def sees(person: SlackPerson, words: str, *, not_: str = "\0") -> str:
    """Return his Home as soon as it shows these words, and not those."""
    async with asyncio.timeout(15):
        while True:
            told = shown(person.forms.home)
            if words in told and not_ not in told:
                return told
            await person._around.changed()


async def test_a_home_follows_its_customers_cases(tmp_path: Path) -> None:
    async with desk(tmp_path, join_minutes=0) as parley, parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        dora = parley.slack.person("U1DORA", "Dora Lind")
        await dora.dm("My own secret")
        await cases_of(parley, 1)
        await chidi.forms.look_home()
        await sees(chidi, "You have no open case.")
        await chidi.dm("Where is my lamp?")
        await sees(chidi, "*#1002* Where is my lamp?")
        await alice.reply(1002, "It comes on **Monday**.")
        told = await sees(chidi, "> It comes on Monday.")
        assert "Waits for your answer" in told
        assert "secret" not in told
        await alice.put("/api/v1/cases/1002/status", status="resolved")
        await sees(chidi, "You have no open case.", not_="lamp")
        assert dora.forms.home is None


async def test_what_is_only_believed_to_be_his_is_not_on_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as parley:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        bruno = parley.telegram.customer(7, "Bruno", "Rossi")
        await chidi.dm("Where is my lamp?")
        await bruno.send("Where is my bed?")
        one, other = await cases_of(parley, 2)

        def merged(c: Connection) -> None:  # an agent took the two for one
            ids = {one.customer_id, other.customer_id}
            people.merge(c, max(ids), min(ids), proof="agent", actor=SYSTEM, now=parley.clock.now())

        await parley.desk.db.write(merged)
        home = await parley.desk.db.read(home_of, "slack", "T0PARLEY:U1CHIDI")
        assert [case.subject for case in home.cases] == ["Where is my lamp?"]
        assert (await parley.desk.db.read(home_of, "slack", "T0PARLEY:U1NOBODY")).cases == ()


async def test_a_home_that_could_not_be_shown_is_shown_later(tmp_path: Path) -> None:
    async with desk(tmp_path) as parley:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        parley.slack.fail("views.publish", Fault(retry_after_s=1))
        await chidi.forms.look_home()
        await sees(chidi, "You have no open case.")
