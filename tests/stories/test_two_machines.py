"""Two machines write to each other, and stop: the desk's bot, and one that answers everything.

*The other desk strips every header that would tell it for a machine, invents Message-IDs, and
never says the same twice. Nobody is there to see it.*
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from bot.config import Config
from desk.cases import queries
from desk.cases.queries import Filter
from desk.cases.rules import Status
from tests.world import HELP, World, world

ROBOT = "robot@machines.example"
FEW = 5


class Answering(World):
    """A world whose mail inbox has a bot that talks first."""

    def config(self) -> Config:
        """Return the world's settings with a bot on the mail inbox."""
        config = super().config()
        mail = replace(config.inboxes["mail"], bot=True)
        return replace(config, inboxes={**config.inboxes, "mail": mail})


@pytest.fixture
async def parley(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite:///{tmp_path}/parley.db"
    async with world(tmp_path, url) as plain:
        boxes = plain.mail, plain.telegram, plain.slack
        made = Answering(tmp_path, plain.url, plain.clock, plain.port, *boxes)
        async with made.open():
            yield made


@pytest.mark.parametrize("threads", [False, True])
async def test_a_machine_that_answers_everything_gets_few_answers_and_is_told_of(
    parley: World, threads: bool
) -> None:
    await parley.publish_returns()
    await parley.mail.add_mailbox(ROBOT, "pass")

    async def robot() -> None:
        answered = 0
        while True:
            for mail in parley.mail.inbox_of(ROBOT)[answered:]:
                answered += 1
                answers = mail.message_id if threads else None
                words = f"Your message number {answered * 7919 % 104729} was received, thank you."
                await parley.mail.send(
                    ROBOT, HELP, f"Received {answered}", words, in_reply_to=answers
                )
            await asyncio.sleep(0.05)

    working = asyncio.create_task(robot())
    await parley.mail.send(ROBOT, HELP, "How do I return a chair?", "How do I return a chair?")
    await parley.until(_is_flagged)
    sent = len(parley.mail.inbox_of(ROBOT))
    await asyncio.sleep(1.5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert 1 <= len(parley.mail.inbox_of(ROBOT)) <= FEW
    assert len(parley.mail.inbox_of(ROBOT)) == sent  # it has stopped


def _is_flagged(c: Connection) -> bool:
    rows = queries.list_cases(c, Filter(statuses=tuple(Status)))
    return any("Loop suspected" in row.flag for row in rows)
