"""Who hears of what, once, and who is written to when he does not look; on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from desk.agents.actions import AgentDraft, create_agent, set_presence
from desk.agents.rules import Presence
from desk.cases import actions as cases
from desk.cases import talk
from desk.db.engine import Database
from desk.db.tables import jobs
from desk.events import log
from desk.events.actors import SYSTEM, Actor, agent
from desk.events.log import START
from desk.http.permissions import Role
from desk.kit.clock import FrozenClock
from desk.kit.errors import Invalid
from desk.messages.actions import NoteDraft
from desk.notices import actions, handlers, letters, queries
from desk.notices.queries import NoticeView, Wishes
from desk.notices.rules import Kind
from tests.desk import small_desk

AFTER = timedelta(minutes=5)
DESK = letters.Desk(public_url="https://desk.example", secret="a secret", name="Parley")


class Room:
    """A small desk whose notices are read as they come."""

    def __init__(self, db: Database, clock: FrozenClock) -> None:
        self.db = db
        self.clock = clock
        self.cursor = START

    async def furnish(self) -> None:
        """Hire Alice and Bob, and let Ada open a case."""
        self.desk = await self.db.write(small_desk.furnish, self.clock.now())
        self.case_id = await self.db.write(small_desk.write, self.desk, self.clock.now())

    async def do(self, work: object, *given: object, **more: object) -> None:
        """Do something, and let whom it concerns hear of it."""
        await self.db.write(work, *given, now=self.clock.now(), **more)  # type: ignore[arg-type]
        await self.db.write(self._hear)

    def _hear(self, c: Connection) -> None:
        for event in log.read(c, self.cursor, 500):
            self.cursor = event.cursor
            handlers.on_event(c, event, self.clock.now(), letters_after=AFTER)

    async def of(self, agent_id: int) -> list[NoticeView]:
        """Return what an agent heard, the newest first."""
        return await self.db.read(queries.newest, agent_id)

    async def due(self, agent_id: int) -> letters.Due:
        """Return what is to be written to an agent now."""
        return await self.db.read(letters.due, agent_id, DESK)


@pytest.fixture
async def room(database: Database, clock: FrozenClock) -> Room:
    made = Room(database, clock)
    await made.furnish()
    return made


async def assign(room: Room, to: int, by: Actor = SYSTEM) -> None:
    await room.do(cases.assign, room.case_id, to, actor=by)


async def note(room: Room, text: str, by: int) -> None:
    draft = NoteDraft(case_id=room.case_id, text=text, html=f"<p>{text}</p>")
    await room.do(talk.note, draft, actor=agent(by))


async def test_who_gets_a_case_hears_of_it_but_not_of_what_he_did_himself(room: Room) -> None:
    alice, bob = room.desk.alice_id, room.desk.bob_id
    await assign(room, alice, by=agent(alice))
    assert await room.of(alice) == []
    await assign(room, bob, by=agent(alice))
    (one,) = await room.of(bob)
    assert (one.kind, one.by, one.number, one.seen) == (Kind.ASSIGNED, "Alice", 1001, False)


async def test_who_is_called_in_a_note_hears_of_it(room: Room) -> None:
    alice, bob = room.desk.alice_id, room.desk.bob_id
    await note(room, "@Bob and @Alice: look here", by=alice)
    (one,) = await room.of(bob)
    assert (one.kind, one.detail) == (Kind.MENTIONED, "@Bob and @Alice: look here")
    assert await room.of(alice) == []


async def test_a_case_that_needs_attention_tells_its_owner_once_until_he_looks(room: Room) -> None:
    alice = room.desk.alice_id
    await assign(room, alice)
    for reason in ("Not delivered to ada: full", "Not delivered to ada: gone"):
        await room.do(cases.set_flag, room.case_id, reason, actor=SYSTEM)
    flagged, _ = await room.of(alice)
    assert (flagged.kind, flagged.times) == (Kind.ATTENTION, 2)
    assert flagged.detail.endswith("gone")
    assert await room.db.read(queries.unseen, alice) == 2
    await room.do(actions.see, alice, case_number=1001)
    assert await room.db.read(queries.unseen, alice) == 0


async def test_a_letter_goes_to_who_is_not_online_and_only_once(room: Room) -> None:
    bob = room.desk.bob_id
    await assign(room, bob)
    await note(room, "@Bob see this", by=room.desk.alice_id)
    waiting = await room.db.read(lambda c: c.execute(select(jobs.c.key, jobs.c.due_at)).all())
    assert [(row.key, row.due_at - room.clock.now()) for row in waiting] == [(str(bob), AFTER)]
    due = await room.due(bob)
    assert due.letter is not None
    assert due.letter.subject.startswith("#1001 is yours now: ")
    assert "https://desk.example/workspace/1001" in due.letter.text
    assert "@Bob see this" in due.letter.text
    assert due.letter.case_id == room.case_id
    await room.do(actions.lettered, list(due.notice_ids))
    assert (await room.due(bob)).letter is None


@pytest.mark.parametrize("why", ["online", "seen", "muted", "stopped", "unreachable"])
async def test_no_letter_goes_to_who_knows_or_does_not_want_it(room: Room, why: str) -> None:
    bob = room.desk.bob_id
    await assign(room, bob)
    if why == "online":
        await room.do(set_presence, bob, Presence.ONLINE, actor=agent(bob))
    if why == "seen":
        await room.do(actions.see, bob)
    if why == "muted":
        await room.db.write(actions.wish, bob, Wishes(muted=(Kind.ASSIGNED,)))
    if why == "stopped":
        await room.db.write(actions.wish, bob, Wishes(letters=False))
    if why == "unreachable":
        await room.do(actions.mark_unreachable, bob, "bob@small.example", "no such user")
    assert await room.due(bob) == letters.Due()


async def test_an_address_that_takes_no_mail_is_told_to_the_admins_once(room: Room) -> None:
    draft = AgentDraft(email="root@small.example", name="Root", role=Role.ADMIN)
    root = await room.db.write(create_agent, draft, actor=SYSTEM, now=room.clock.now())
    bob = room.desk.bob_id
    await room.do(actions.mark_unreachable, bob, "old@small.example", "not his any more")
    assert await room.of(root) == []
    for _ in range(2):
        await room.do(actions.mark_unreachable, bob, "BOB@small.example", "no such user")
    (one,) = await room.of(root)
    assert (one.kind, one.detail) == (Kind.UNREACHABLE, "Bob, bob@small.example: no such user")
    assert (await room.db.read(queries.wishes, bob)).unreachable == "no such user"


async def test_old_facts_are_nobodys_news(room: Room, clock: FrozenClock) -> None:
    await room.db.write(cases.assign, room.case_id, room.desk.bob_id, actor=SYSTEM, now=clock.now())
    clock.advance(timedelta(days=2))
    await room.do(actions.see, room.desk.bob_id)
    assert await room.of(room.desk.bob_id) == []


@pytest.mark.parametrize(
    "wrong",
    [Wishes(quiet_from="22:00"), Wishes(quiet_from="x", quiet_to="y")],
)
async def test_wishes_that_make_no_sense_are_refused(room: Room, wrong: Wishes) -> None:
    with pytest.raises(Invalid):
        await room.db.write(actions.wish, room.desk.bob_id, wrong)


def test_a_stop_address_is_only_for_whom_it_was_made() -> None:
    token = letters.stop_token("s", 7)
    assert letters.whom_to_stop("s", token) == 7
    assert letters.whom_to_stop("s", token.replace("7.", "8.", 1)) is None
    assert letters.whom_to_stop("other", token) is None
    assert letters.whom_to_stop("s", "x") is None
