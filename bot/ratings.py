"""Asks customers how it went, when it is time to."""

from bot.config import Config
from bot.flows import survey
from bot.flows.survey import Survey
from channels import registry
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit import log
from desk.kit.clock import Clock

_log = log.get(part="ratings")


def survey_of(config: Config, secret: str) -> Survey:
    """Return what asking needs to know. It looks for channels on the disk: before a loop runs."""
    can = {kind: registry.channel_class(kind).capabilities for kind in registry.kinds()}
    return Survey(
        inboxes=frozenset(key for key, one in config.inboxes.items() if one.ratings),
        live=frozenset(kind for kind, one in can.items() if one.live),
        letters=frozenset(kind for kind, one in can.items() if one.letters),
        changing=frozenset(kind for kind, one in can.items() if one.edits_own),
        terms=config.ratings,
        public_url=config.public_url,
        secret=secret,
    )


class Ratings:
    """Asks about cases as they fall due."""

    def __init__(self, db: Database, about: Survey, clock: Clock) -> None:
        self._db = db
        self._about = about
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        await run_jobs(self._db, survey.ASK, self.work, clock=self._clock, concurrency=2)

    async def work(self, job: Job) -> None:
        """Ask about one case, or find why not."""
        why = await self._db.write(survey.ask, job, self._about, now=self._clock.now())
        if why is not None:
            _log.info("rating.not_asked", case=job.payload["case"], reason=why)
