"""The composition root: the only place where concrete classes meet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

from aiohttp import web

from bot import consents, links, setup
from bot.amending import Amender
from bot.around import around
from bot.articles import import_at_start
from bot.away import Letters, letter_inboxes
from bot.channels import build_channels, numbering, opened
from bot.config import Config
from bot.doors import InboxDoor, Offers
from bot.files import FolderBlobs, signing_secret
from bot.flows import survey
from bot.flows.handlers import Flows
from bot.flows.phrasebook import rating_words
from bot.health import HealthBoard
from bot.held import HeldReplies, SnoozedCases
from bot.homes import Homes
from bot.hub import pages as hub_pages
from bot.hub.board import HubBoard
from bot.hub.places import hubs
from bot.inbound import Patience, Recorder
from bot.lifetimes import Work, listening, workers
from bot.notices import StaffLetters, letter_inbox
from bot.outbound import Sender
from bot.privacy import Privacy
from bot.ratings import Ratings, survey_of
from bot.requests import Answers
from bot.rooms import PAGED, ROUTES
from bot.switchboard import readers
from bot.timekeeper import Timekeeper
from bot.transcripts import Transcripts
from bot.typing import TypingLine, tells
from channels import registry, richtext
from desk.db import jobs
from desk.db.engine import Database
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.events import log
from desk.events.reader import follow
from desk.http.services import BLOBS, MARKDOWN, SECRET, SHOW_TYPING
from desk.kit.clock import Clock, SystemClock
from desk.notices.letters import Desk as StaffDesk
from desk.ports.optional import HasHttpDoors
from desk.routing import api as routing_api
from desk.satisfaction import form as rating_form
from desk.web.app import Shell, build_app
from desk.web.settings import MIB, WebSettings
from knowledge import pages as knowledge_pages
from knowledge.index import KnowledgeIndex


class Parley:
    """A running desk: what tests, the demo and commands may reach for."""

    def __init__(self, config: Config, db: Database, clock: Clock) -> None:
        folder = Path(config.storage.files)
        self.config = config
        self.db = db
        self.clock = clock
        self.secret = signing_secret(config.storage.secret, folder)
        self.blobs = FolderBlobs(folder)
        self.index = KnowledgeIndex()
        self.health = HealthBoard(db, clock)
        self.channels = build_channels(config, clock, self.secret)
        self.slots = registry.slots()
        self.survey = survey_of(config, self.secret)
        self.talk = Flows(
            index=self.index,
            public_url=config.public_url,
            machines=registry.machine_kinds(),
            limits=config.limits,
            numbering=numbering(self.channels),
            survey=self.survey,
        )
        self.letters = letter_inboxes(config)
        self.staff_inbox = letter_inbox(config)
        self.originals = registry.originals()
        self.hubs = hubs(self.channels)
        self.web = self._web()

    def _web(self) -> web.Application:
        doors = [
            web.route(door.method, door.path, door.handler)
            for channel in self.channels.values()
            if isinstance(channel, HasHttpDoors)
            for door in channel.http_doors()
        ]
        settings = WebSettings(
            public_url=self.config.public_url,
            trusted_origins=tuple(self.config.http.trusted_origins),
            trusted_proxies=self.config.http.trusted_proxies,
            body_most_bytes=self.config.http.body_limit_mb * MIB,
            product=self.config.name,
        )
        rooms = [Path(str(room.__file__)).parent for room in PAGED]
        shell = Shell(
            routes=ROUTES,
            doors=doors,
            templates=[room / "templates" for room in rooms],
            static=[room / "static" for room in rooms],
            copying=registry.copying_kinds(),
            originals=self.originals,
            undo_s=registry.undo_times(self.config.work.undo_s),
            amending=registry.amendments(),
            connectable=consents.connectable(self.channels),
        )
        app = build_app(self.db, self.clock, settings, shell)
        app[BLOBS] = self.blobs
        app[SECRET] = self.secret
        app[MARKDOWN] = lambda text: richtext.render_html(richtext.parse_markdown(text))
        app[routing_api.SLOTS] = self.slots
        app[SHOW_TYPING] = TypingLine(self.db, self.channels).show
        app[links.CHANNELS] = self.channels
        app[hub_pages.HUBS] = self.hubs
        app[rating_form.SPEAK] = rating_words
        app[rating_form.TERMS] = self.config.ratings
        knowledge_pages.keep(app, self.index)
        return app

    def door(self, key: str) -> InboxDoor:
        """Return the desk as the channel of inbox `key` sees it."""
        offers = Offers(
            letters=key in self.letters,
            public_url=self.config.public_url,
            tell_writing=tells(self.web),
        )
        return InboxDoor(key, self.db, self.blobs, self.clock, self.health.report, offers)

    def workers(self) -> dict[str, Work]:
        """Return what begins each thing that runs beside the web server, by name."""
        db, clock, config, work = self.db, self.clock, self.config, self.config.work
        patience = Patience(tries=work.tries, limits=self.config.limits)
        recorder = Recorder(db, self.channels, self.blobs, clock, patience)
        rng = Random()  # noqa: S311 - jitter
        dress = partial(survey.dressed, survey=self.survey)
        sender = Sender(db, self.channels, clock, self.health, rng, self.config.name, dress)
        offered = around(config, self.channels, self.letters, staff=bool(self.staff_inbox))
        handles = readers(self.index, self.talk, self.slots, clock, offered)
        writer = self.channels.get(self.staff_inbox)
        voice = StaffDesk(public_url=config.public_url, secret=self.secret, name=config.name)
        return {
            "recorder": partial(recorder.run, work.recorders),
            "sender": partial(sender.run, work.senders),
            "held": HeldReplies(db, clock).run,
            "snoozed": SnoozedCases(db, clock).run,
            "letters": Letters(db, self.config, self.letters, clock).run,
            "transcript letters": Transcripts(db, self.config, self.letters, clock).run,
            "staff letters": StaffLetters(db, writer, voice, clock).run,
            "answers": Answers(db, self.channels, clock, rng).run,
            "amender": Amender(db, self.channels, clock, rng, dress).run,
            "hub board": HubBoard(db, self.channels, config, clock, rng).run,
            "home pages": Homes(db, self.channels, clock).run,
            "questions": Ratings(db, self.survey, clock).run,
            "privacy": Privacy(db, self.blobs, clock, self.originals).run,
            "health": self.health.run,
            **{name: partial(follow, db, name, one, clock=clock) for name, one in handles.items()},
        }


@asynccontextmanager
async def running(config: Config, clock: Clock | None = None) -> AsyncIterator[Parley]:
    """Run a desk while the context is open.

    Leaving it stops the ingress first, then gives work under way back, then closes the database.

    Raises:
        DeskError: the port is taken, the database is newer than the code or in use, a setting
            is wrong: one sentence with the mend.
    """
    clock = clock or SystemClock()
    await asyncio.to_thread(migrate, config.storage.url)
    async with AsyncExitStack() as stack:
        db = open_database(config.storage.url)
        stack.push_async_callback(db.close)
        if db.dialect == "sqlite":  # nobody else has the file, so whoever held a lease is dead
            await db.write(jobs.reclaim)
        await db.write(log.rebase)
        parley = await asyncio.to_thread(Parley, config, db, clock)  # reads templates and words
        await db.write(setup.apply, config, now=clock.now())
        await import_at_start(config, db, now=clock.now())
        await db.read(parley.index.freshen)
        await stack.enter_async_context(workers(parley.workers()))
        stack.push_async_callback(parley.health.flush)
        close_after = timedelta(days=config.work.close_after_days)
        await stack.enter_async_context(Timekeeper(db, clock, parley.slots, close_after).running())
        await stack.enter_async_context(listening(parley.web, config.http))
        for key, channel in parley.channels.items():
            await stack.enter_async_context(opened(parley.door(key), channel))
        yield parley
