"""How seeded cases go: who waits how long for what, until now cuts the story off."""

from datetime import datetime, timedelta

from msgspec import Struct

from bot.demo import seed_words
from bot.demo.seed_cases import Begun, CaseStory
from bot.demo.seed_clocks import promise_all
from bot.demo.seed_people import Crowd, somebody
from bot.demo.seed_rows import Rows
from bot.demo.seed_words import Words
from desk.cases.rules import Status, closes_at
from desk.events.actors import SYSTEM, agent
from desk.messages.rules import DeliveryState
from desk.sla.rules import Promise

_OPENS, _SHUTS = 7, 19  # hours, UTC, in which somebody answers
_NIGHT = timedelta(hours=24 - _SHUTS + _OPENS)
_PRIORITIES = {"low": 12, "normal": 68, "high": 15, "urgent": 5}  # of a hundred
_KINDS = {"question": 55, "request": 20, "incident": 15, "complaint": 10}
_ASSIGNED = 0.85  # at once; the others when they are answered
_MORE = 0.45  # ask something else
_REOPENED = 0.05
_HELD = 0.06  # wait for the warehouse, for weeks
_SILENT = 0.15  # never answer; resolved after a week
_NOTED = 0.08
_FAILED = 0.01  # of deliveries
_READ = 0.9  # of what arrives in a chat
_ANSWERED_WITHIN = {"email": 2.0, "telegram": 1.0, "slack": 1.0, "chat": 0.4}  # hours, median


class Desk(Struct, frozen=True, kw_only=True):
    """What there is to write to, and what it promises."""

    inboxes: dict[str, tuple[str, int]]  # by channel: key and queue
    agents: tuple[int, ...]
    promise: Promise
    now: datetime


class _Cut(Exception):
    """The next step of the story is after now. No error: it is not yet."""


def tell(rows: Rows, desk: Desk, crowd: Crowd, *, number: int, at: datetime) -> None:
    """Tell one case that began `at`, as far as it has come by now."""
    writer = somebody(rows, crowd, at)
    inbox, queue_id = desk.inboxes[writer.channel]
    person = writer.person
    said = seed_words.choose(rows.rng, crowd.words[person.language], person.name)
    begun = Begun(
        number=number,
        subject=said.subject,
        kind=_pick(rows, _KINDS),
        priority=_pick(rows, _PRIORITIES),
        queue_id=queue_id,
        inbox=inbox,
    )
    told = _Telling(rows, desk, CaseStory(rows, writer, begun, at), said, at)
    told.run()
    promise_all(rows, told.story.case, told.story.happenings, desk.promise, desk.now)


def _pick(rows: Rows, shares: dict[str, int]) -> str:
    return rows.rng.choices(list(shares), list(shares.values()))[0]


class _Telling:
    """Goes through one story with a clock of its own."""

    def __init__(self, rows: Rows, desk: Desk, story: CaseStory, said: Words, at: datetime) -> None:
        self.story = story
        self._rng = rows.rng
        self._desk = desk
        self._said = said
        self._at = at

    def run(self) -> None:
        try:
            self._beginning()
            self._middle()
            self._end()
        except _Cut:
            return

    def _beginning(self) -> None:
        self.story.written(self._said.ask, self._at)
        agent_id = self._rng.choice(self._desk.agents)
        if self._rng.random() < _ASSIGNED:
            self._wait(hours=0.02)
            self.story.assigned(agent_id, self._at)
        self._wait(hours=_ANSWERED_WITHIN[self.story.case["channel"]], at_work=True)
        if self.story.case["assignee_id"] is None:
            self.story.assigned(agent_id, self._at)

    def _middle(self) -> None:
        if self._rng.random() < _NOTED:
            self.story.noted("Called the warehouse, they look into it.", self._at)
        if self._rng.random() < _HELD:
            self._answer(self._said.holding, Status.ON_HOLD)
            self._wait(hours=24 * 12, at_work=True)
        self._answer(self._said.answer, Status.PENDING)
        if self._rng.random() < _MORE:
            self._wait(hours=5)
            self.story.written(self._said.more, self._at)
            self._wait(hours=1.5, at_work=True)
            self._answer(self._said.then, Status.PENDING)

    def _end(self) -> None:
        if self._rng.random() < _SILENT:
            self._wait(hours=24 * 7, at_work=True)
        else:
            self._wait(hours=8)
            self.story.written(self._said.thanks, self._at)
            self._wait(hours=1, at_work=True)
        self._resolve()
        if self._rng.random() < _REOPENED:
            self._wait(hours=20, most_hours=90)
            self.story.written(self._said.more, self._at)
            self._wait(hours=2, at_work=True)
            self._answer(self._said.then, Status.PENDING)
            self._wait(hours=24)
            self._resolve()
        self._move_to(closes_at(self._at))
        self.story.move(Status.CLOSED, SYSTEM, self._at)

    def _answer(self, text: str, then: Status) -> None:
        outcome = DeliveryState.ACCEPTED
        if self._rng.random() < _FAILED:
            outcome = DeliveryState.FAILED
        elif self.story.case["channel"] == "chat" and self._rng.random() < _READ:
            outcome = DeliveryState.READ
        self._move_to(self._at + timedelta(seconds=3))  # what is sent has to arrive before now
        self.story.answered(text, self._at - timedelta(seconds=3), then=then, outcome=outcome)

    def _resolve(self) -> None:
        self.story.move(Status.RESOLVED, agent(self.story.case["assignee_id"]), self._at)

    def _wait(self, *, hours: float, at_work: bool = False, most_hours: float = 24 * 60) -> None:
        """Let about so many hours pass: the median of a skewed lot; agents answer by day."""
        passed = min(hours * self._rng.lognormvariate(0, 0.9), most_hours)
        at = self._at + timedelta(hours=passed)
        if at_work and not _OPENS <= at.hour < _SHUTS:
            at += _NIGHT
        self._move_to(at)

    def _move_to(self, at: datetime) -> None:
        if at > self._desk.now:
            raise _Cut
        self._at = at
