"""What facts make the bot do: one step of the talk per message, as long as the case is its own."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Row

from bot.flows import deflect, places
from bot.flows.engine import BotReply, Place, Step, Turn, next_step
from bot.flows.handoff import HandOver
from bot.flows.phrasebook import all_words, words_for
from bot.flows.survey import NOBODY_ASKS, Survey
from channels import richtext
from desk.cases import actions as cases
from desk.cases import quiet
from desk.cases import talk as said
from desk.cases.erasing import of_customers
from desk.cases.limits import LIMITS, Limits
from desk.cases.rules import DONE, Status
from desk.customers.erasing import person
from desk.events.actors import BOT
from desk.events.facts import ChoiceTaken, MessageReceived
from desk.events.log import Event
from desk.events.people import CustomerErased
from desk.kit.errors import DeskError
from desk.messages import actions as written
from desk.messages import queries as messages
from desk.ports.messages import Reason
from desk.queues import queries as queues
from desk.sla.calendars import business_hours
from knowledge import actions as knowledge
from knowledge import queries as answers
from knowledge.index import KnowledgeIndex
from knowledge.rules import Outcome
from knowledge.suggest import Suggestion

_AHEAD = timedelta(days=21)  # how far the next opening is looked for


class Flows:
    """What the bot talks with. It reads files: run `phrasebook.all_words` in a thread before."""

    def __init__(
        self,
        *,
        index: KnowledgeIndex,
        public_url: str,
        machines: Collection[str] = (),
        limits: Limits = LIMITS,
        numbering: Collection[str] = (),
        survey: Survey = NOBODY_ASKS,
    ) -> None:
        self.index = index
        self.numbering = frozenset(numbering)  # inboxes in which customers are told numbers
        self.machines = frozenset(machines)  # kinds of channels on which machines write
        self.limits = limits
        self.survey = survey
        self.public_url = public_url.rstrip("/")
        self.wish = HandOver(list(all_words().values()))


def on_event(c: Connection, event: Event, *, talk: Flows, now: datetime) -> None:
    """Take the bot's next step when a customer wrote or pressed a button in a case it has."""
    fact = event.fact
    if isinstance(fact, CustomerErased) and event.customer_id is not None:
        places.forget(c, of_customers(c, person(c, event.customer_id).customer_ids))
        return
    if event.case_id is None or not isinstance(fact, MessageReceived | ChoiceTaken):
        return
    if isinstance(fact, MessageReceived) and fact.automatic:
        return
    case = cases.lock(c, event.case_id)
    if not case.with_bot or Status(case.status) in DONE:
        return
    if isinstance(fact, MessageReceived) and not _may_answer(c, talk, case, fact, now=now):
        return
    place = places.load(c, case.id)
    turn, found = _turn(c, talk, case, fact, place)
    turn = replace(turn, closed_until=_closed_until(c, case.queue_id, now))
    step = next_step(turn, place, words_for(case.language), talk.wish)
    _take(c, case, event, step, together=case.channel in talk.machines, now=now)
    if isinstance(fact, MessageReceived) and step.searched:
        knowledge.record_suggestions(
            c, case.id, fact.message_id, found, shown_to="customer", actor=BOT, now=now
        )
    _judge(c, case.id, step, now=now)


def _may_answer(
    c: Connection, talk: Flows, case: Row[Any], fact: MessageReceived, *, now: datetime
) -> bool:
    """Return whether a message may be answered by a machine; if not, hand the case over."""
    if fact.channel not in talk.machines:
        return True
    message = messages.message(c, fact.message_id)
    silent = quiet.silence(c, message, case.id, talk.limits, now=now)
    if silent is None:
        quiet.note_answer(c, message, case.id, now=now)
        return True
    why = f"no automatic answer, because {silent.why}"
    written.explain(c, fact.message_id, Reason("silence", f"{why[0].upper()}{why[1:]}."))
    cases.hand_off(c, case.id, why, actor=BOT, now=now)
    if silent.is_loop:
        why = "Loop suspected: a machine may be answering our automatic answers"
        cases.set_flag(c, case.id, why, actor=BOT, now=now)
    return False


def _turn(
    c: Connection, talk: Flows, case: Row[Any], fact: MessageReceived | ChoiceTaken, place: Place
) -> tuple[Turn, list[Suggestion]]:
    """Return what the customer did, with the articles that may answer it."""
    if isinstance(fact, ChoiceTaken):
        offers = deflect.offers_at(c, place, fact.value, talk.public_url)
        return Turn(pressed=fact.value, offers=offers), []
    found = deflect.found_for(c, talk.index, case.id, fact.message_id)
    offers = deflect.offers_of(c, found, talk.public_url)
    known = {offer.article_id for offer in offers}
    held = deflect.offers_at(c, place, "", talk.public_url)
    turn = Turn(
        text=messages.message(c, fact.message_id).text,
        wants_person=fact.wants_person,
        offers=(*offers, *(offer for offer in held if offer.article_id not in known)),
    )
    return turn, found


def _take(
    c: Connection, case: Row[Any], event: Event, step: Step, *, together: bool, now: datetime
) -> None:
    """Do what a step says: write, hand over or resolve, and remember the place."""
    places.save(c, case.id, step.place, now=now)
    reason = step.hand_off
    replies = _as_one(step.replies) if together else step.replies
    try:
        for number, reply in enumerate(replies):
            last = number == len(replies) - 1
            then = Status.RESOLVED if step.solved and last else None
            client_id = f"bot:{event.seq}:{number}"
            said.reply(c, case.id, _reply(reply, then, client_id), actor=BOT, now=now)
    except DeskError as refused:  # he cannot be reached there: a person has to see it
        reason = reason or refused.reason
    if reason is not None:
        cases.hand_off(c, case.id, reason, actor=BOT, now=now)


def _as_one(replies: Sequence[BotReply]) -> tuple[BotReply, ...]:
    """Return several replies as one: a letter says all, where a chat speaks in turns."""
    if len(replies) < 2:
        return tuple(replies)
    text = "\n\n".join(reply.text for reply in replies)
    return (BotReply(text=text, choices=replies[-1].choices),)


def _reply(reply: BotReply, then: Status | None, client_id: str) -> said.Reply:
    return said.Reply(
        text=reply.text,
        html=richtext.render_html(richtext.parse_markdown(reply.text)),
        author="bot",
        then=then,
        choices=reply.choices,
        client_id=client_id,
    )


def _judge(c: Connection, case_id: int, step: Step, *, now: datetime) -> None:
    """Keep the customer's yes or no about the article he was shown."""
    if step.judged is None:
        return
    article_id, helped = step.judged
    suggestion_id = answers.shown_to_customer(c, case_id, article_id)
    if suggestion_id is not None:
        outcome = Outcome.HELPFUL if helped else Outcome.NOT_HELPFUL
        knowledge.judge(c, suggestion_id, outcome, actor=BOT, now=now)


def _closed_until(c: Connection, queue_id: int, now: datetime) -> str | None:
    """Return when the queue opens, in its own zone, or None while it is open."""
    calendar = queues.calendar_of_queue(c, queue_id)
    if calendar is None:
        return None
    hours = business_hours(calendar.zone, calendar.weekly, calendar.special)
    if hours.is_open(now):
        return None
    openings = hours.openings(now, now + _AHEAD)
    if not openings:
        return None
    local = openings[0][0].astimezone(hours.zone)
    return f"{local:%Y-%m-%d, %H:%M} ({calendar.zone})"
