"""A small desk for tests of the workspace: a few cases on all channels, served to a browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from aiohttp.test_utils import BaseTestServer, TestServer
from msgspec import Struct
from sqlalchemy import Connection, select, update

import bot
from bot.files import FolderBlobs
from bot.flows.phrasebook import all_words, rating_words
from bot.rooms import PAGED, ROUTES
from channels import richtext
from desk.agents import actions as agents
from desk.cases import actions as cases
from desk.cases import held, talk, timeline
from desk.cases.actions import NewCase
from desk.cases.rules import Priority, Status
from desk.cases.talk import Reply
from desk.customers import actions as customers
from desk.customers.tables import customers as customer_rows
from desk.db import jobs
from desk.db.engine import Database
from desk.events import log
from desk.events.actors import BOT, SYSTEM, agent, customer
from desk.http import Role
from desk.http.services import BLOBS, MARKDOWN, SECRET, SHOW_TYPING
from desk.kit.clock import FrozenClock
from desk.messages import deliveries
from desk.messages.actions import NoteDraft, Place, StoredFile
from desk.messages.queries import MessageView
from desk.messages.tables import deliveries as delivery_rows
from desk.ports.messages import Assurance, InboundMessage, Reason, Remark, Sender
from desk.queues import actions as queues
from desk.routing import api as routing_api
from desk.satisfaction import form as rating_form
from desk.satisfaction.rules import TERMS
from desk.sla import actions as sla
from desk.sla.actions import PolicyDraft, TargetDraft
from desk.sla.rules import Metric
from desk.web.app import Shell, build_app
from desk.web.live import FEED, WRITING
from desk.web.settings import WebSettings
from knowledge import api as knowledge_api
from knowledge import handlers as knowledge
from knowledge import intake
from knowledge.index import KnowledgeIndex
from tests.desk.served import MONDAY, hire_cast, quick_passwords
from tests.desk.small_desk import SLOTS, pump

T = TypeVar("T")

ARTICLES = Path(bot.__file__).parent / "demo" / "articles"
MINUTE = timedelta(minutes=1)
PUBLIC_URL = "http://desk.example.org"  # customers reach the desk by it, this browser does not
INBOXES = {"mail": "email", "web": "chat", "phone": "telegram", "works": "slack"}


class Room(Struct):
    """The ids of what a test plays with."""

    queue_id: int
    billing_id: int
    alice_id: int


def furnish(c: Connection, alice_id: int, now: datetime) -> Room:
    """Make two queues open day and night, four inboxes, and a promise of an answer in an hour."""
    support = queues.define_queue(c, "support", "Support", None, now=now)
    billing = queues.define_queue(c, "billing", "Billing", None, now=now)
    for key, channel in INBOXES.items():
        queues.define_inbox(c, key, channel, key.capitalize(), support, bot=False)
    team = agents.create_team(c, "Everyone")
    agents.add_to_team(c, team, alice_id)
    budgets = {Metric.FIRST_RESPONSE: 60, Metric.RESOLUTION: 480}
    targets = tuple(
        TargetDraft(metric=metric, priority=priority, budget=minutes * MINUTE)
        for metric, minutes in budgets.items()
        for priority in Priority
    )
    sla.define_policy(c, PolicyDraft(name="Everybody", position=1, targets=targets))
    return Room(support, billing, alice_id)


class Written(Struct, frozen=True, kw_only=True):
    """A customer's first words."""

    name: str
    text: str
    subject: str = ""
    channel: str = "email"
    html: str | None = None
    full_text: str | None = None
    files: tuple[StoredFile, ...] = ()
    genuine: bool | None = None
    remarks: tuple[Remark, ...] = ()
    recipients: tuple[str, ...] = ()
    trace: tuple[Reason, ...] = ()
    priority: Priority = Priority.NORMAL
    assignee_id: int | None = None
    billing: bool = False
    with_bot: bool = False
    flag: str = ""
    zone: str | None = None


def write(c: Connection, room: Room, said: Written, now: datetime) -> int:
    """Let a customer open a case; return its id."""
    inbox = next(key for key, channel in INBOXES.items() if channel == said.channel)
    handle = said.name.split()[0].lower()
    address = f"{handle}@example.org" if said.channel == "email" else f"{said.channel}-{handle}"
    sender = Sender(address=address, name=said.name, language="en", assurance=Assurance.CHANNEL)
    known = customers.identify(c, said.channel, sender, actor=BOT, now=now)
    if said.zone:
        c.execute(
            update(customer_rows)
            .where(customer_rows.c.id == known.customer_id)
            .values(zone=said.zone)
        )
    new = NewCase(
        subject=said.subject,
        customer_id=known.customer_id,
        queue_id=room.billing_id if said.billing else room.queue_id,
        inbox=inbox,
        channel=said.channel,
        thread=f"thread-{handle}" if said.channel != "email" else "",
        priority=said.priority,
        with_bot=said.with_bot,
        flag=said.flag,
    )
    actor = customer(known.customer_id)
    case_id = cases.open_case(c, new, actor=actor, now=now)
    add(c, case_id, known.identity_id, said, now)
    if said.assignee_id is not None:
        cases.assign(c, case_id, said.assignee_id, actor=agent(said.assignee_id), now=now)
    return case_id


def add(c: Connection, case_id: int, identity_id: int, said: Written, now: datetime) -> int:
    """Let a customer write in a case he has; return the message."""
    inbox = next(key for key, channel in INBOXES.items() if channel == said.channel)
    handle = said.name.split()[0].lower()
    place = Place(
        case_id=case_id,
        identity_id=identity_id,
        inbox=inbox,
        channel=said.channel,
        thread=f"thread-{handle}" if said.channel != "email" else "",
    )
    message = InboundMessage(
        external_id=f"{case_id}-{now.timestamp()}-{said.text}"[:200],
        sender=Sender(address=handle),
        text=said.text,
        subject=said.subject or None,
        html=said.html,
        full_text=said.full_text,
        genuine=said.genuine,
        remarks=said.remarks,
        recipients=said.recipients,
        trace=said.trace,
    )
    actor = customer(1)
    return talk.take_in(c, message, place, said.files, actor=actor, arrival_id=None, now=now)


def answer(
    c: Connection, case_id: int, agent_id: int, text: str, now: datetime, **more: Any
) -> int:
    """Let an agent reply; the network takes it at once unless told otherwise by `refusal`."""
    refusal, uncertain = more.get("refusal"), more.get("uncertain", False)
    words = Reply(text=text, html=f"<p>{text}</p>", then=more.get("then", Status.PENDING))
    message_id = talk.reply(c, case_id, words, actor=agent(agent_id), now=now)
    settle(c, message_id, now, refusal=refusal, uncertain=uncertain)
    return message_id


def settle(
    c: Connection,
    message_id: int,
    now: datetime,
    *,
    refusal: str | None = None,
    uncertain: bool = False,
) -> None:
    """Let the network take a message, or refuse it for a reason."""
    parts = select(delivery_rows.c.id).where(delivery_rows.c.message_id == message_id)
    for delivery_id in c.scalars(parts).all():
        deliveries.begin(c, delivery_id)
        if refusal is None:
            deliveries.arrived(c, delivery_id, f"net-{delivery_id}", now=now)
        else:
            deliveries.fail(c, delivery_id, refusal, now=now, uncertain=uncertain)


def remark(c: Connection, case_id: int, agent_id: int, text: str, now: datetime) -> int:
    """Let an agent leave a note."""
    draft = NoteDraft(case_id=case_id, text=text, html=f"<p>{text}</p>")
    return talk.note(c, draft, actor=agent(agent_id), now=now)


class WorkDesk:
    """A desk that is served: its record, its clock, its address, and Alice who signs in."""

    def __init__(
        self, db: Database, clock: FrozenClock, room: Room, server: BaseTestServer, files: Path
    ) -> None:
        self.files = files
        self.server = server
        self.db = db
        self.clock = clock
        self.room = room
        self.url = str(server.make_url("")).rstrip("/")

    async def write(self, said: Written, *, minutes_ago: float = 0) -> int:
        """Let a customer open a case; return its id."""
        return await self._told(write, self.room, said, self.clock.now() - minutes_ago * MINUTE)

    async def write_again(self, case_id: int, said: Written) -> int:
        """Let the customer of a case say more in it; return the message."""
        identity_id = (await self.last_message(1000 + case_id)).identity_id
        return await self._told(add, case_id, identity_id, said, self.clock.now())

    def writes(self, case_id: int) -> None:
        """Let the customer of a case begin to write, as his page tells."""
        self.server.app[FEED].pass_on(WRITING, case_id)  # type: ignore[attr-defined]

    async def answer(self, case_id: int, text: str, **more: Any) -> int:
        """Let Alice reply from elsewhere."""
        alice = self.room.alice_id
        return await self._told(answer, case_id, alice, text, self.clock.now(), **more)

    async def remark(self, case_id: int, text: str) -> int:
        """Let Alice leave a note from elsewhere."""
        return await self._told(remark, case_id, self.room.alice_id, text, self.clock.now())

    async def take(self, message_id: int, refusal: str | None = None) -> None:
        """Let the network take a message, or refuse it."""
        await self._told(settle, message_id, self.clock.now(), refusal=refusal)

    async def suggest(self, case_id: int) -> None:
        """Learn the demo's articles, and suggest some for the last words of a case."""
        now, index = self.clock.now(), KnowledgeIndex()
        await intake.import_folder(self.db, ARTICLES, actor=SYSTEM, now=now)
        await self.db.read(index.freshen)
        for event in await self.db.read(log.of_case, case_id, kinds=["message.received"]):
            await self._told(knowledge.on_event, event, index, now=now)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and write the replies that were held until then."""
        self.clock.advance(timedelta(seconds=seconds))
        claim = partial(jobs.claim, limit=10, lease=MINUTE, now=self.clock.now())
        for job in await self.db.write(claim, held.HELD):
            await self._told(held.write, job, now=self.clock.now())

    def cut(self) -> None:
        """Drop every connection to the desk, as a network that fails does."""
        assert self.server.runner
        assert self.server.runner.server
        for connection in self.server.runner.server.connections:
            if connection.transport:
                connection.transport.abort()

    async def last_message(self, number: int = 1001) -> MessageView:
        """Return the last message of a case."""
        detail = await self.db.read(timeline.show, number)
        return [line for line in detail.timeline if isinstance(line, MessageView)][-1]

    async def _told(self, unit: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        done = await self.db.write(unit, *args, **kwargs)
        await pump(self.db, self.clock.now())
        return done


@asynccontextmanager
async def open_desk(db: Database, folder: Path) -> AsyncIterator[WorkDesk]:
    """Serve a desk on a port of its own."""
    clock, passwords = FrozenClock(MONDAY), quick_passwords()
    hired = await hire_cast(db, passwords)
    room = await db.write(furnish, hired[Role.AGENT], clock.now())
    rooms = [Path(str(one.__file__)).parent for one in PAGED]
    shell = Shell(
        routes=ROUTES,
        templates=[one / "templates" for one in rooms],
        static=[one / "static" for one in rooms if (one / "static").is_dir()],
        copying=frozenset({"email"}),
        originals={"email": "eml"},
        undo_s={"telegram": 30},
        amending={"telegram": ("edit", "take_back", "react")},
    )
    web = WebSettings(public_url=PUBLIC_URL)
    app = await asyncio.to_thread(build_app, db, clock, web, shell, passwords=passwords)
    app[BLOBS] = FolderBlobs(folder)
    app[SECRET] = "a secret of the tests"
    app[MARKDOWN] = lambda text: richtext.render_html(richtext.parse_markdown(text))
    app[SHOW_TYPING] = _nobody_sees
    app[knowledge_api.INDEX] = KnowledgeIndex()
    app[routing_api.SLOTS] = SLOTS
    await asyncio.to_thread(all_words)  # read once
    app[rating_form.SPEAK] = rating_words
    app[rating_form.TERMS] = TERMS
    async with TestServer(app) as server:
        yield WorkDesk(db, clock, room, server, folder)


async def _nobody_sees(case_id: int) -> None:
    """Show typing to nobody."""
