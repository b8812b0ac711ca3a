"""Every fact that can happen, one frozen struct each: read top to bottom, the story of a case.

Facts are past tense, noun first. A fact is written in the same transaction as the change it
tells of (`desk.events.log.append`), is never changed afterwards, and is the contract of
webhooks, triggers, live view and reports. The tag is its name there.
"""

from datetime import datetime

from desk.events import people, staff  # noqa: F401 - their facts are facts too
from desk.events.fact import Fact

# Arrivals


class ArrivalQuarantined(Fact, frozen=True, tag="arrival.quarantined"):
    """A payload could not be recorded; it is kept for an admin."""

    arrival_id: int
    inbox: str
    reason: str


# Messages and notes


class MessageReceived(Fact, frozen=True, tag="message.received"):
    """A customer wrote."""

    message_id: int
    inbox: str
    channel: str
    automatic: bool = False
    wants_person: bool = False
    unseen: bool = False  # its writer sees it nowhere: it came by a form


class MessageChanged(Fact, frozen=True, tag="message.changed"):
    """A message was edited or taken back by its author."""

    message_id: int
    deleted: bool = False


class MessageReacted(Fact, frozen=True, tag="message.reacted"):
    """Somebody put an emoji on a message, or took it off."""

    message_id: int
    emoji: str
    added: bool = True


class ChoiceTaken(Fact, frozen=True, tag="choice.taken"):
    """A customer pressed a button under one of our messages."""

    message_id: int | None
    value: str
    inbox: str
    label: str = ""  # what stood on the button, where we know


class ReplyWritten(Fact, frozen=True, tag="reply.written"):
    """An agent, the bot or the system wrote to the customer; it is queued, not yet sent."""

    message_id: int
    author: str  # agent | bot | system
    inbox: str


class MessageSent(Fact, frozen=True, tag="message.sent"):
    """The channel took the whole message."""

    message_id: int
    author: str
    inbox: str


class DeliveryFailed(Fact, frozen=True, tag="delivery.failed"):
    """A message did not reach the customer; `state` is failed or uncertain."""

    message_id: int
    delivery_id: int
    state: str
    reason: str


class DeliveryConfirmed(Fact, frozen=True, tag="delivery.confirmed"):
    """The channel reports it delivered or read, or that it is on its way still."""

    message_id: int
    delivery_id: int
    state: str  # delivered | delayed | read


class NoteAdded(Fact, frozen=True, tag="note.added"):
    """An agent wrote something for colleagues only."""

    note_id: int


# Cases


class CaseOpened(Fact, frozen=True, tag="case.opened"):
    """A case began."""

    number: int
    queue_id: int
    inbox: str
    channel: str
    priority: str
    with_bot: bool = False
    automatic: bool = False
    waits_since: datetime | None = None  # asked earlier, in the case it was split off


class CaseReopened(Fact, frozen=True, tag="case.reopened"):
    """A resolved case goes on: a new episode."""

    episode: int
    reason: str


class CaseStatusChanged(Fact, frozen=True, tag="case.status_changed"):
    """The status moved; resolved and closed are told by their own facts besides."""

    before: str
    after: str


class CaseResolved(Fact, frozen=True, tag="case.resolved"):
    """Somebody says that it is done."""

    episode: int


class CaseClosed(Fact, frozen=True, tag="case.closed"):
    """It is final."""


class CasePriorityChanged(Fact, frozen=True, tag="case.priority_changed"):
    """More or less urgent than before."""

    before: str
    after: str


class CaseQueueChanged(Fact, frozen=True, tag="case.queue_changed"):
    """It waits elsewhere now."""

    before: int
    after: int


class CaseAssigned(Fact, frozen=True, tag="case.assigned"):
    """An agent has it; None: nobody has it any more."""

    before: int | None
    after: int | None
    decision_id: int | None = None


class CaseFlagged(Fact, frozen=True, tag="case.flagged"):
    """A person should look at it, and why; "": somebody has."""

    reason: str


class CaseTagged(Fact, frozen=True, tag="case.tagged"):
    """Tags were put on it, or taken off."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class CaseSnoozed(Fact, frozen=True, tag="case.snoozed"):
    """It is put away until then; `keeps`: even when its customer writes."""

    until: datetime
    keeps: bool = False


class CaseWoke(Fact, frozen=True, tag="case.woke"):
    """It is back, because its time has come or somebody wanted it."""

    reason: str


class CaseAcknowledged(Fact, frozen=True, tag="case.acknowledged"):
    """Its customer only said thank you: it stays done."""

    message_id: int
    reason: str


class CasesMerged(Fact, frozen=True, tag="case.merged"):
    """All that was said in one case is in another one now; told in both."""

    move_id: int
    from_number: int
    into_number: int
    into_id: int


class CasesUnmerged(Fact, frozen=True, tag="case.unmerged"):
    """A merge was taken back; told in both cases."""

    move_id: int
    from_number: int
    into_number: int
    into_id: int


class CaseSplit(Fact, frozen=True, tag="case.split"):
    """What was said from some message on is a case of its own now; told in both."""

    move_id: int
    from_number: int
    into_number: int
    into_id: int
    answered_at: datetime | None = None  # when an agent first answered what is in the new one


class HandedOff(Fact, frozen=True, tag="case.handed_off"):
    """The bot gave the case to the people."""

    reason: str


# Promises


class ClockStarted(Fact, frozen=True, tag="clock.started"):
    """A promise of time began to run."""

    clock_id: int
    metric: str
    due_at: datetime | None


class ClockPaused(Fact, frozen=True, tag="clock.paused"):
    """It waits for someone else."""

    clock_id: int
    metric: str
    cause: str


class ClockResumed(Fact, frozen=True, tag="clock.resumed"):
    """It runs again."""

    clock_id: int
    metric: str
    due_at: datetime | None


class ClockMet(Fact, frozen=True, tag="clock.met"):
    """Kept."""

    clock_id: int
    metric: str


class SlaWarned(Fact, frozen=True, tag="sla.warned"):
    """A share of the time is gone."""

    clock_id: int
    metric: str
    share: float


class SlaBreached(Fact, frozen=True, tag="sla.breached"):
    """Broken, at this instant; `late_s` says how long after it we noticed."""

    clock_id: int
    metric: str
    due_at: datetime
    late_s: float = 0.0


# Ratings


class RatingAsked(Fact, frozen=True, tag="rating.asked"):
    """A customer was asked how an episode of his case went."""

    rating_id: int
    episode: int
    message_id: int


class RatingGiven(Fact, frozen=True, tag="rating.given"):
    """He gave a score, changed it (`before`), or said more; `low`: somebody should look at it."""

    rating_id: int
    score: int
    before: int | None = None
    comment: str = ""
    low: bool = False


class RatingFollowedUp(Fact, frozen=True, tag="rating.followed_up"):
    """A supervisor has looked after a low rating."""

    rating_id: int


# Knowledge


class ArticlePublished(Fact, frozen=True, tag="article.published"):
    """A version of an article can be read from now on."""

    article_id: int
    version: int


class ArticleArchived(Fact, frozen=True, tag="article.archived"):
    """An article is no longer shown."""

    article_id: int


class SuggestionsMade(Fact, frozen=True, tag="suggestions.made"):
    """Answers were found for a message."""

    message_id: int
    suggestion_ids: tuple[int, ...]


class SuggestionJudged(Fact, frozen=True, tag="suggestion.judged"):
    """Somebody used a suggestion, or said whether it helps."""

    suggestion_id: int
    outcome: str


# Inboxes


class InboxHealthChanged(Fact, frozen=True, tag="inbox.health_changed"):
    """An inbox connected, is troubled, or needs a person."""

    inbox: str
    state: str
    detail: str = ""


def facts() -> dict[str, type[Fact]]:
    """Return every fact by its tag: of people.py, of staff.py, of this file, in their order."""
    return {str(kind.__struct_config__.tag): kind for kind in Fact.__subclasses__()}


FACTS: dict[str, type[Fact]] = facts()
