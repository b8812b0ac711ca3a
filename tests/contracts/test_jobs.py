"""Contract of durable jobs: claiming, order, fencing, lanes, and the runner, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from itertools import chain

import pytest
from sqlalchemy import Connection, func, select

from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.db.tables import jobs as table
from desk.kit.clock import FrozenClock, SystemClock
from desk.kit.errors import Conflict

MINUTE = timedelta(minutes=1)


class Hand:
    """Does one thing with jobs per call, at the time of its clock."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database, self.clock = database, clock

    async def add(
        self, payload: object, *, lane: str = "", order: str = "", key: str | None = None
    ) -> bool:
        enqueue = partial(
            jobs.enqueue, due_at=self.clock.now(), lane=lane, order_key=order, key=key
        )
        return await self.database.write(enqueue, "send", payload)

    async def claim(self, limit: int = 10, lanes: set[str] | None = None) -> list[Job]:
        claim = partial(jobs.claim, limit=limit, lease=MINUTE, now=self.clock.now(), lanes=lanes)
        return await self.database.write(claim, "send")

    async def finish(self, job: Job) -> bool:
        return await self.database.write(jobs.finish, job)

    async def retry(self, job: Job, after: timedelta) -> bool:
        due_at = self.clock.now() + after
        return await self.database.write(partial(jobs.retry, due_at=due_at), job)


@pytest.fixture
def hand(database: Database, clock: FrozenClock) -> Hand:
    return Hand(database, clock)


def payloads(found: list[Job]) -> list[object]:
    return [job.payload for job in found]


async def test_the_oldest_due_jobs_are_claimed_first_and_once(hand: Hand) -> None:
    for number in range(5):
        await hand.add({"number": number})
        hand.clock.advance(timedelta(seconds=1))
    assert payloads(await hand.claim(2)) == [{"number": 0}, {"number": 1}]
    assert payloads(await hand.claim(9)) == [{"number": 2}, {"number": 3}, {"number": 4}]
    assert await hand.claim() == []


async def test_a_job_is_not_claimed_before_it_is_due(hand: Hand) -> None:
    await hand.database.write(
        partial(jobs.enqueue, due_at=hand.clock.now() + MINUTE), "send", "later"
    )
    assert await hand.claim() == []
    assert await hand.database.read(jobs.next_due, "send") == hand.clock.now() + MINUTE
    hand.clock.advance(MINUTE)
    assert payloads(await hand.claim()) == ["later"]


async def test_a_key_is_queued_once_until_it_is_done(hand: Hand) -> None:
    assert await hand.add(1, key="digest")
    assert not await hand.add(2, key="digest")
    (job,) = await hand.claim()
    assert await hand.finish(job)
    assert await hand.add(3, key="digest")


async def test_a_conversation_keeps_its_order_over_retries(hand: Hand) -> None:
    for number in (1, 2, 3):
        await hand.add(number, order="ada")
    await hand.add("other", order="bruno")
    first, other = await hand.claim()
    assert (first.payload, other.payload) == (1, "other")
    assert await hand.finish(other)
    assert await hand.retry(first, MINUTE)
    assert await hand.claim() == []
    hand.clock.advance(MINUTE)
    (again,) = await hand.claim()
    assert (again.payload, again.attempts) == (1, 2)
    assert await hand.finish(again)
    assert payloads(await hand.claim()) == [2]


async def test_a_lost_lease_finishes_nothing(hand: Hand) -> None:
    await hand.add("work")
    (slow,) = await hand.claim()
    hand.clock.advance(MINUTE)
    (fast,) = await hand.claim()
    assert (fast.id, fast.attempts) == (slow.id, 2)
    assert not await hand.finish(slow)
    assert not await hand.retry(slow, MINUTE)
    assert not await hand.database.write(partial(jobs.extend, until=hand.clock.now()), slow)
    assert await hand.finish(fast)
    assert not await hand.finish(fast)


async def test_an_extended_lease_is_not_taken(hand: Hand) -> None:
    await hand.add("long work")
    (job,) = await hand.claim()
    until = hand.clock.now() + 3 * MINUTE
    assert await hand.database.write(partial(jobs.extend, until=until), job)
    hand.clock.advance(2 * MINUTE)
    assert await hand.claim() == []
    assert await hand.database.read(jobs.next_due, "send") == until


async def test_only_the_lanes_asked_for_are_claimed(hand: Hand) -> None:
    await hand.add("mail", lane="mail")
    await hand.add("chat", lane="chat")
    assert await hand.claim(lanes=set()) == []
    assert payloads(await hand.claim(lanes={"chat", "slack"})) == ["chat"]
    assert await hand.database.read(jobs.next_due, "send", {"slack"}) is None
    assert await hand.database.read(jobs.next_due, "send", {"mail"}) == hand.clock.now()


async def test_a_job_that_waits_behind_another_is_not_the_next_due(hand: Hand) -> None:
    await hand.add(1, order="ada")
    (first,) = await hand.claim()
    await hand.add(2, order="ada")
    assert await hand.database.read(jobs.next_due, "send") == hand.clock.now() + MINUTE
    await hand.finish(first)
    assert await hand.database.read(jobs.next_due, "send") == hand.clock.now()


async def test_a_cancelled_job_is_gone_and_its_worker_learns_it(hand: Hand) -> None:
    await hand.add("work", key="one")
    (job,) = await hand.claim()
    assert await hand.database.write(jobs.cancel, "send", "one")
    assert not await hand.database.write(jobs.cancel, "send", "one")
    assert not await hand.finish(job)


async def test_after_a_restart_leases_of_the_dead_are_reclaimed(hand: Hand) -> None:
    await hand.add("work")
    await hand.claim()
    assert await hand.database.write(jobs.reclaim) == 1
    assert payloads(await hand.claim()) == ["work"]


async def test_many_claimers_share_the_work_without_doubling_it(hand: Hand) -> None:
    for number in range(60):
        await hand.add(number, order=f"thread {number % 7}" if number % 2 else "")

    async def work_all() -> list[object]:
        done: list[object] = []
        while found := await hand.claim(3):
            for job in found:
                assert await hand.finish(job)
            done += payloads(found)
        return done

    shares = await asyncio.gather(*(work_all() for _ in range(8)))
    left = [job.payload for job in await hand.claim(60)]  # behind what was leased at the end
    assert sorted([*chain(*shares), *left], key=str) == sorted(range(60), key=str)


@asynccontextmanager
async def running(
    database: Database, work: Callable[[Job], Awaitable[None]], concurrency: int = 4
) -> AsyncIterator[None]:
    task = asyncio.create_task(
        run_jobs(database, "send", work, clock=SystemClock(), concurrency=concurrency)
    )
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def enqueue_now(c: Connection, payload: object, order: str = "") -> None:
    jobs.enqueue(c, "send", payload, due_at=SystemClock().now(), order_key=order)


def left(c: Connection) -> int:
    return c.execute(select(func.count()).select_from(table)).scalar_one()


async def test_the_runner_works_what_is_there_and_what_comes(database: Database) -> None:
    done: asyncio.Queue[object] = asyncio.Queue()

    async def work(job: Job) -> None:
        assert await database.write(jobs.finish, job)
        done.put_nowait(job.payload)

    await database.write(enqueue_now, "before")
    async with running(database, work):
        assert await done.get() == "before"
        for number in range(10):
            await database.write(enqueue_now, number, "ada")
        assert [await done.get() for _ in range(10)] == list(range(10))
    assert await database.read(left) == 0


async def test_the_runner_retries_what_fails_and_goes_on_with_the_rest(database: Database) -> None:
    done: asyncio.Queue[object] = asyncio.Queue()

    async def work(job: Job) -> None:
        if job.payload == "bad" and job.attempts == 1:
            raise Conflict("try again")
        await database.write(jobs.finish, job)
        done.put_nowait(job.payload)

    await database.write(enqueue_now, "bad")
    await database.write(enqueue_now, "good")
    async with running(database, work):
        assert [await done.get(), await done.get()] == ["good", "bad"]


async def test_stopping_the_runner_gives_its_jobs_back(database: Database) -> None:
    started = asyncio.Event()

    async def work(job: Job) -> None:
        started.set()
        await asyncio.Event().wait()

    await database.write(enqueue_now, "long")
    async with running(database, work):
        await started.wait()
    claim = partial(jobs.claim, limit=1, lease=MINUTE, now=SystemClock().now())
    assert payloads(await database.write(claim, "send")) == ["long"]


async def test_the_runner_keeps_to_its_concurrency(database: Database) -> None:
    at_once, most, finished = 0, 0, 0
    all_done = asyncio.Event()

    async def work(job: Job) -> None:
        nonlocal at_once, most, finished
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.005)
        await database.write(jobs.finish, job)
        at_once -= 1
        finished += 1
        if finished == 12:
            all_done.set()

    for number in range(12):
        await database.write(enqueue_now, number)
    async with running(database, work, concurrency=3):
        await all_done.wait()
    assert most <= 3


async def test_lanes_are_claimed_in_turn_and_keep_a_place(hand: Hand) -> None:
    for number in range(20):
        await hand.add(f"mail {number}", lane="mail")
    take = partial(jobs.claim_in_turn, places=6, lease=MINUTE, now=hand.clock.now())
    first = await hand.database.write(take, "send", {"mail": 0, "chat": 0})
    assert payloads(first) == ["mail 0", "mail 1", "mail 2"]
    await hand.add("chat", lane="chat")
    then = await hand.database.write(take, "send", {"mail": 3, "chat": 0})
    assert payloads(then) == ["chat"]
    assert await hand.database.write(take, "send", {"mail": 3, "chat": 1}) == []


async def test_one_lane_that_hangs_holds_up_no_other(database: Database, hand: Hand) -> None:
    for number in range(10):
        await hand.add(f"slow {number}", lane="slow")
    stuck, done = asyncio.Event(), asyncio.Event()
    hanging = 0

    async def work(job: Job) -> None:
        nonlocal hanging
        if job.lane == "slow":
            hanging += 1
            await stuck.wait()
        await hand.finish(job)
        if job.lane == "quick":
            done.set()

    running = asyncio.create_task(
        run_jobs(database, "send", work, clock=hand.clock, lanes={"slow", "quick"}, concurrency=4)
    )
    async with asyncio.timeout(10):
        while not hanging:  # noqa: ASYNC110 - the runner tells nobody what it has begun
            await asyncio.sleep(0.01)
        await hand.add("quick", lane="quick")
        await done.wait()
    assert hanging == 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
