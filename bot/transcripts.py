"""Writes conversations as letters: to who asks for his, and to whose case is resolved."""

from collections.abc import Mapping

from bot.config import Config
from bot.flows.phrasebook import words_for
from channels import richtext
from desk.cases import transcripts
from desk.cases.transcripts import Style
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit.clock import Clock


def at_resolve(config: Config, letters: Mapping[str, str]) -> frozenset[str]:
    """Return the live inboxes whose conversations are written when a case is resolved."""
    return frozenset(key for key in letters if config.inboxes[key].transcripts)


class Transcripts:
    """Writes each conversation that is wanted, once as it stands."""

    def __init__(
        self, db: Database, config: Config, letters: Mapping[str, str], clock: Clock
    ) -> None:
        self._db = db
        self._clock = clock
        self._voice = config.name
        self._inboxes = {live: (to, config.inboxes[to].channel) for live, to in letters.items()}

    async def run(self) -> None:
        """Work until cancelled."""
        await run_jobs(self._db, transcripts.TRANSCRIPT, self.work, clock=self._clock)

    async def work(self, job: Job) -> None:
        """Write one conversation, or nothing, and finish the job, in one commit."""
        words = words_for(await self._db.read(transcripts.language_of, job)).sentences
        style = Style(words=words.transcript, you=words.you, voice=self._voice, plain=plain)
        unit = transcripts.write
        await self._db.write(unit, job, self._inboxes, style, now=self._clock.now())


def plain(text: str) -> tuple[str, str]:
    """Return plain text as Markdown that says the same, and as HTML."""
    document = richtext.parse_plain(text)
    return richtext.render_markdown(document), richtext.render_html(document)
