"""Asking how it went: after a case is done, once per episode, where its customer is.

The record holds no address that gives a score: those are put in when the question leaves, so
that nobody who reads a case can answer for its customer.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from bot.flows.phrasebook import rating_words
from channels import richtext
from desk.cases import actions as cases
from desk.cases import queries as case_queries
from desk.cases.merging import is_overheard
from desk.cases.outgoing import Outgoing
from desk.customers import queries as people
from desk.db import jobs
from desk.db.jobs import Job
from desk.events import actors
from desk.events.facts import CaseReopened, CaseResolved, ChoiceTaken, RatingGiven
from desk.events.log import Event
from desk.kit.errors import Conflict, NeverOpen
from desk.messages import amending, places
from desk.messages.actions import Written
from desk.ports.messages import Choice
from desk.queues import queries as queues
from desk.satisfaction import actions, links, queries
from desk.satisfaction.actions import Answer
from desk.satisfaction.rules import SCORES, TERMS, Terms, refusal, score_of, value_of
from desk.satisfaction.words import RatingWords
from desk.sla.calendars import business_hours
from desk.sla.hours import due_at

ASK = "rating-ask"  # the kind of job that asks about one case
_NEWS = timedelta(days=1)  # older facts, as after an upgrade, are asked about no more
_FACES = ("😞", "🙁", "😐", "🙂", "😀")


class Survey(Struct, frozen=True, kw_only=True):
    """What asking needs to know of the desk: which inboxes ask, and how their channels are."""

    inboxes: frozenset[str] = frozenset()
    live: frozenset[str] = frozenset()  # kinds of channels whose customers wait at the screen
    letters: frozenset[str] = frozenset()  # whose messages wait for their reader
    changing: frozenset[str] = frozenset()  # on which what was sent can be changed
    terms: Terms = TERMS
    public_url: str = ""
    secret: str = ""


NOBODY_ASKS = Survey()


def on_event(c: Connection, event: Event, *, survey: Survey, now: datetime) -> None:
    """Plan to ask when a case is done, call it off when it goes on, and take the answers."""
    match event.fact:
        case CaseResolved(episode=episode) if event.case_id and event.at > now - _NEWS:
            _plan(c, event.case_id, episode, survey, event.at)
        case CaseReopened() if event.case_id:
            jobs.cancel(c, ASK, str(event.case_id))
        case ChoiceTaken() as choice:
            _pressed(c, event, choice, survey, now=now)
        case RatingGiven(rating_id=rating_id, score=score):
            _show(c, rating_id, score, survey, now=now)


def ask(c: Connection, job: Job, survey: Survey, *, now: datetime) -> str | None:
    """Ask what a job is about and finish it; return why nobody was asked, None when one was.

    Raises:
        Conflict: another worker has the job, or the case went on in the same moment.
    """
    jobs.conclude(c, job)
    case = cases.lock(c, job.payload["case"])
    actions.hold(c, case.customer_id)
    place = places.last_of_customer(c, case.id, case.customer_id)
    episode = job.payload["episode"]
    standing = queries.standing(c, case, place, episode=episode, due_at=job.due_at, now=now)
    asks = place is None or place.inbox in survey.inboxes
    why = refusal(replace(standing, inbox_asks=asks), survey.terms)
    if why is not None or place is None:
        return why or "nobody wrote"
    _, words = rating_words(case.language or people.show(c, case.customer_id).language)
    written = question(words, by_letter=place.channel in survey.letters)
    actions.ask(c, case, written, place, survey.terms, now=now)
    return None


def dressed(c: Connection, out: Outgoing, survey: Survey) -> Outgoing:
    """Return a message as it leaves: a question about a case with the addresses to answer at."""
    message = out.message
    rating = queries.by_message(c, message.message_id) if message.automatic else None
    if rating is None:
        return out
    _, words = rating_words(queries.language_of(c, rating))
    base = f"{survey.public_url}/rate"
    page = f"{base}/{links.token(survey.secret, links.ANSWER, rating.id, rating.expires_at)}"
    if rating.score is not None:
        if is_overheard(c, message.case_id):
            return replace(out, is_courtesy=True)  # whoever reads along could change the score
        more = replace(message, text=f"{message.text}\n\n[{words.more}]({page})")
        return replace(out, message=more, is_courtesy=True)
    if rating.channel not in survey.letters:
        return replace(out, is_courtesy=True)
    until = rating.asked_at + links.STOP_FOR
    stop = f"{base}/{links.token(survey.secret, links.STOP, rating.id, until)}/stop"
    scored = zip(SCORES, message.choices, strict=False)  # an erased message has none
    choices = (replace(one, url=f"{page}?score={score}") for score, one in scored)
    text = f"{message.text}\n\n[{words.stop}]({stop})"
    letter = replace(message, text=text, choices=tuple(choices), stop_url=stop)
    return replace(out, message=letter, is_courtesy=True)


def question(words: RatingWords, *, by_letter: bool) -> Written:
    """Return the question with its five choices; a letter has words where a screen has faces."""
    text = words.ask_by_letter if by_letter else words.ask
    faces = zip(SCORES, _FACES, words.scale, strict=True)
    choices = tuple(
        Choice(label=name if by_letter else f"{score} {face}", value=value_of(score))
        for score, face, name in faces
    )
    return Written(text=text, html=_html(text), author="bot", choices=choices)


def _plan(c: Connection, case_id: int, episode: int, survey: Survey, since: datetime) -> None:
    case = case_queries.by_ids(c, [case_id])[0]
    if case.inbox not in survey.inboxes:
        return
    payload = {"case": case_id, "episode": episode}
    due = _due(c, case.channel, case.queue_id, survey, since)
    jobs.enqueue(c, ASK, payload, due_at=due, key=str(case_id))


def _due(c: Connection, channel: str, queue_id: int, survey: Survey, since: datetime) -> datetime:
    """Return when to ask: at once who is still there, a letter after so much working time."""
    terms = survey.terms
    if channel in survey.live:
        return since + timedelta(minutes=terms.live_after_minutes)
    if channel not in survey.letters:
        return since + timedelta(minutes=terms.after_minutes)
    budget = timedelta(hours=terms.letter_after_hours)
    calendar = queues.calendar_of_queue(c, queue_id)
    if calendar is None:
        return since + budget
    try:
        return due_at(
            since, budget, business_hours(calendar.zone, calendar.weekly, calendar.special)
        )
    except NeverOpen:
        return since + budget


def _pressed(
    c: Connection, event: Event, choice: ChoiceTaken, survey: Survey, *, now: datetime
) -> None:
    """Take a score from a button: once, and of nobody but him who was asked."""
    score = score_of(choice.value)
    if score is None or event.case_id is None or event.customer_id is None:
        return
    rating = (
        queries.last_of_case(c, event.case_id)
        if choice.message_id is None
        else queries.by_message(c, choice.message_id)
    )
    if rating is None or rating.score is not None:
        return
    asked = people.identity(c, rating.identity_id).customer_id
    if people.current_id(c, event.customer_id) != people.current_id(c, asked):
        amending.show(c, rating.message_id, now=now)  # his press may have taken the buttons away
        return
    who = actors.customer(asked)
    try:
        actions.answer(c, rating.id, Answer(score=score), survey.terms, actor=who, now=now)
    except Conflict:
        return  # too late


def _show(c: Connection, rating_id: int, score: int, survey: Survey, *, now: datetime) -> None:
    """Let the score stand where its buttons were, where the network can change a message."""
    rating = queries.by_id(c, rating_id)
    if rating.channel not in survey.changing:
        return
    _, words = rating_words(queries.language_of(c, rating))
    text = words.given.format(score=score)
    amending.settle(c, rating.message_id, text, _html(text), now=now)


def _html(text: str) -> str:
    return richtext.render_html(richtext.parse_markdown(text))
