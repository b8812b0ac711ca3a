"""Writes letters to those who left a chat before reading our answer."""

from collections.abc import Mapping

from bot.config import Config
from bot.flows.phrasebook import words_for
from channels import registry
from desk.cases import away
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit.clock import Clock


def letter_inboxes(config: Config) -> dict[str, str]:
    """Return for each live inbox the one that writes letters to who has left it, if any does.

    It looks for channels on the disk: ask before a loop runs.
    """
    inboxes = config.inboxes.items()
    can = {key: registry.channel_class(one.channel).capabilities for key, one in inboxes}
    writing = [key for key, capability in can.items() if capability.letters]
    only = writing[0] if len(writing) == 1 else ""
    wanted = {key: only if one.away_to is None else one.away_to for key, one in inboxes}
    return {key: to for key, to in wanted.items() if can[key].live and to in writing}


class Letters:
    """Looks when a customer has had time to read, and writes what he has not."""

    def __init__(
        self, db: Database, config: Config, letters: Mapping[str, str], clock: Clock
    ) -> None:
        self._db = db
        self._clock = clock
        self._inboxes = {live: (to, config.inboxes[to].channel) for live, to in letters.items()}

    async def run(self) -> None:
        """Work until cancelled."""
        await run_jobs(self._db, away.AWAY, self.work, clock=self._clock)

    async def work(self, job: Job) -> None:
        """Write one letter, or none, and finish the job, in one commit."""
        language = await self._db.read(away.language_of, job)
        words = words_for(language).sentences.away
        await self._db.write(away.write, job, self._inboxes, words, now=self._clock.now())
