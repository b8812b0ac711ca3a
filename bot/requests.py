"""What a customer asks the desk for beside his messages: his cases, his language, quiet.

Taken in the unit that records the asking; answered by a job that looks things up only when it
speaks, so that nothing about anybody waits in it. Told twice after a crash is no harm here.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from typing import Any

from sqlalchemy import Connection

from bot.flows.phrasebook import Words, all_words, words_for
from desk.cases import actions as cases
from desk.cases import own, queries, transcripts
from desk.cases.rules import Status
from desk.customers import actions as customers
from desk.customers import queries as people
from desk.customers import wishes
from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.events import actors
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBroken, ChannelBusy, DeskError
from desk.kit.locales import zone_of
from desk.kit.retry import backoff_s
from desk.kit.text import shorten
from desk.ports.channel import Channel
from desk.ports.homes import Home, OwnCase
from desk.ports.inbound import CustomerAsked, Wish
from desk.ports.messages import ButtonPressed, Choice, Telling
from desk.ports.optional import Tells
from desk.queues.queries import InboxView
from desk.satisfaction import queries as ratings
from knowledge.text import tokens

ANSWER = "answer"  # the kind of job that tells somebody what he asked for
PRESS = "ask:"  # begins the value of a button that asks for something
_TRIES = 8
_SHOWN = 10  # cases
_QUOTED = 120  # characters of the last answer

_log = log.get(part="requests")


def of_press(press: ButtonPressed) -> CustomerAsked | None:
    """Return what a press of a button of ours asks for: `ask:language:fr`."""
    if not press.value.startswith(PRESS):
        return None
    wish, _, value = press.value.removeprefix(PRESS).partition(":")
    if wish not in set(Wish):
        return None
    return CustomerAsked(
        external_id=press.external_id,
        sender=press.sender,
        thread=press.thread,
        wish=Wish(wish),
        value=value,
    )


def take(c: Connection, inbox: InboxView, asked: CustomerAsked, *, now: datetime) -> None:
    """Do what a customer asks for and queue the answer to it."""
    known = people.find_identity(c, inbox.channel, asked.sender.address)
    if asked.wish is Wish.TRANSCRIPT:
        case_id = queries.of_thread(c, inbox.key, asked.thread)
        if known is not None and case_id is not None:
            transcripts.ask(c, case_id, known.id, inbox.key, now=now)
        return
    language = language_named(asked.value) if asked.wish is Wish.LANGUAGE else None
    match asked.wish:
        case Wish.LANGUAGE if language is not None:
            met = customers.identify(c, inbox.channel, asked.sender, actor=actors.SYSTEM, now=now)
            wishes.choose_language(c, met.identity_id, language)
            own.speak(c, met.customer_id, inbox.channel, language)
        case Wish.QUIET if known is not None:
            wishes.be_quiet(c, known.id, now=now)
            for case_id in own.with_bot(c, known.customer_id, inbox.channel):
                why = "the customer wants nothing automatic"
                cases.hand_off(c, case_id, why, actor=actors.customer(known.customer_id), now=now)
        case Wish.NEW if known is not None:
            wishes.begin_anew(c, known.id, now=now)
        case Wish.BEGIN if known is not None:
            wishes.heard(c, known.id, now=now)
    if asked.wish is Wish.BEGIN:
        return  # the channel has said its welcome
    payload = {
        "address": asked.sender.address,
        "thread": asked.thread,
        "wish": asked.wish.value,
        "done": language is not None,
        "overheard": asked.overheard,
        "language": asked.sender.language,
    }
    key = f"{inbox.key}:{asked.external_id}"
    jobs.enqueue(c, ANSWER, payload, due_at=now, lane=inbox.key, order_key=key, key=key)


def language_named(words: str) -> str | None:
    """Return the language of ours that somebody means: `fr`, `français`, `fr-CA`."""
    said = " ".join(tokens(words[:40]))
    for code, book in all_words().items():
        names = {code, " ".join(tokens(book.replies.name))}
        if said in names or said.split(" ")[:1] == [code]:
            return code
    return None


class Answers:
    """Tells customers what they asked for, through the channel on which they did."""

    def __init__(
        self, db: Database, channels: Mapping[str, Channel], clock: Clock, rng: Random
    ) -> None:
        self._db = db
        self._channels = channels
        self._clock = clock
        self._rng = rng

    async def run(self) -> None:
        """Work until cancelled."""
        lanes = self._channels.keys()
        await run_jobs(self._db, ANSWER, self.work, clock=self._clock, lanes=lanes)

    async def work(self, job: Job) -> None:
        """Answer one; what the network does not take is dropped, for he can ask again."""
        channel = self._channels[job.lane]
        try:
            if isinstance(channel, Tells):
                kind, asked = channel.kind, job.payload
                zone = await zone_for(self._db, kind, asked["address"])
                await channel.tell(await self._db.read(telling, kind, asked, zone))
        except (ChannelBusy, ChannelBroken) as later:
            if job.attempts < _TRIES:
                wait_s = later.retry_after_s or backoff_s(job.attempts, self._rng)
                due = self._clock.now() + timedelta(seconds=wait_s)
                await self._db.write(jobs.retry, job, due_at=due)
                return
            _log.warning("request.not_answered", reason=later.reason)
        except DeskError as refused:
            _log.warning("request.not_answered", reason=refused.reason)
        await self._db.write(jobs.finish, job)


async def zone_for(db: Database, channel: str, address: str) -> tzinfo:
    """Return the zone of somebody who asks; UTC where it is not known."""

    def name(c: Connection) -> str | None:
        known = people.find_identity(c, channel, address)
        return people.show(c, known.customer_id).zone if known is not None else None

    return await asyncio.to_thread(zone_of, await db.read(name)) or UTC  # reads a file


def telling(c: Connection, channel: str, asked: Mapping[str, Any], zone: tzinfo = UTC) -> Telling:
    """Return the answer to what was asked, in the asker's language, with his days."""
    known = people.find_identity(c, channel, asked["address"])
    words = words_for((known.language if known else None) or asked["language"])
    replies, choices = words.replies, tuple[Choice, ...]()
    match Wish(asked["wish"]):
        case Wish.CASES if asked["overheard"]:
            text = replies.alone
        case Wish.CASES:
            home = own.home_of(
                c, channel, asked["address"], most=_SHOWN, besides=ratings.questions()
            )
            text = _cases(home, words, zone)
        case Wish.LANGUAGE if asked["done"]:
            text = replies.language
        case Wish.LANGUAGE:
            text = replies.which
            choices = tuple(
                Choice(label=book.replies.name, value=f"{PRESS}{Wish.LANGUAGE}:{code}")
                for code, book in all_words().items()
            )
        case Wish.QUIET:
            text = replies.quiet
        case _:
            text = replies.new
    return Telling(recipient=asked["address"], thread=asked["thread"], text=text, choices=choices)


def _cases(home: Home, words: Words, zone: tzinfo) -> str:
    """Return a customer's own open cases in words, the last active first."""
    if not home.cases:
        return words.replies.none
    lines = [words.replies.cases, *(_case(one, words, zone) for one in home.cases)]
    if home.more:
        lines.append(words.replies.more.format(count=home.more))
    return "\n\n".join(lines)


def _case(one: OwnCase, words: Words, zone: tzinfo) -> str:
    replies = words.replies
    last = replies.unanswered
    if one.answered_at is not None:
        last = replies.answered.format(
            when=f"{one.answered_at.astimezone(zone):%Y-%m-%d}",
            words=_plain(one.last_answer, _QUOTED),
        )
    state = replies.states[_status(one)]
    subject = _plain(one.subject, _QUOTED)
    return replies.case.format(number=one.number, subject=subject, state=state, last=last)


def _status(one: OwnCase) -> Status:
    if one.waits_for_customer:
        return Status.PENDING
    if one.waits_for_others:
        return Status.ON_HOLD
    return Status.NEW if one.is_new else Status.OPEN


def _plain(text: str, most: int) -> str:
    """Return a text that may have been anything as one line without formatting."""
    return shorten(text.translate(_MARKS), most)


_MARKS = str.maketrans(dict.fromkeys("*_`[]<>|~\\"))
