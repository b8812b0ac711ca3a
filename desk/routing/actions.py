"""Every write of routing: the decision kept, the case claimed, the backlog drained.

Two dispatchers never cross: each holds the rows of the agents it considers while it counts
their work (PostgreSQL), or is the only writer (SQLite); the case itself goes to whoever's
UPDATE hits it while it has no owner.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, insert, select, update

from desk.agents import actions as agents
from desk.agents.rules import Presence
from desk.agents.tables import agents as agent_rows
from desk.cases.actions import claim
from desk.events.actors import SYSTEM, Actor, agent
from desk.queues.queries import list_queues
from desk.routing import queries
from desk.routing.queries import Slots
from desk.routing.rules import Decision, Trigger, decide, in_turn
from desk.routing.tables import routing_decisions
from desk.routing.weighing import Candidate, WaitingCase, urgency

_IN_SIGHT = 500  # cases that are compared for an agent who asks for the next


def route_case(
    c: Connection,
    case_id: int,
    *,
    slots: Slots,
    now: datetime,
    trigger: Trigger = Trigger.ARRIVAL,
) -> Decision | None:
    """Give the case to an agent if it waits for one; return the decision, None when it does not.

    The decision is kept whether somebody can take it or not.
    """
    if queries.waiting_case(c, case_id, slots, now=now) is None:
        return None
    held = _hold_agents(c)
    case = queries.waiting_case(c, case_id, slots, now=now)
    if case is None:
        return None
    people = queries.candidates(c, case.queue_id, slots, case_id)
    decision = decide(case, _known(people, held), now)
    if decision.agent_id is None:
        if queries.last_sentence(c, case_id) != decision.sentence:
            _keep(c, case, decision, trigger, now=now)
        return decision
    return decision if _give(c, case, decision, trigger, now=now) else None


def drain(
    c: Connection,
    *,
    slots: Slots,
    now: datetime,
    limit: int = 50,
    trigger: Trigger = Trigger.BACKLOG,
) -> int:
    """Give waiting cases to agents with room, where waiting costs most first; return how many.

    Looks at no more than `limit` cases; call again while it returns any.
    """
    if not queries.has_backlog(c):
        return 0
    room = _room(c, slots, _hold_agents(c))
    given = 0
    waiting = queries.backlog(c, room.too_large(slots), slots, limit, now=now)
    for case in sorted(waiting, key=lambda one: -urgency(one, now)):
        decision = decide(case, room.candidates_for(c, case), now, waiting=waiting)
        if decision.agent_id is None or not _give(c, case, decision, trigger, now=now):
            continue
        room.take(decision.agent_id, case.points, now)
        given += 1
    return given


def take_next(c: Connection, agent_id: int, *, slots: Slots, now: datetime) -> int | None:
    """Give an agent who asks what he should do next; return its id, None when nothing waits.

    Any number of agents may ask at once: each gets another case.
    """
    _hold(c, agent_rows.c.id == agent_id)  # before any case: as drain, which would wait crosswise
    served, crew = list[int](), dict[int, Candidate]()
    for queue in list_queues(c):
        people = {one.agent_id: one for one in queries.candidates(c, queue.id, slots)}
        if agent_id in people:
            served.append(queue.id)
            crew |= people
    waiting = queries.backlog(c, dict.fromkeys(served, ()), slots, _IN_SIGHT, now=now)
    if not waiting:
        return None
    for case, decision in in_turn(crew[agent_id], waiting, list(crew.values()), now):
        if agent_id in queries.gave_back(c, case.id, case.queue_id):
            continue
        if _give(c, case, decision, Trigger.NEXT, actor=agent(agent_id), now=now):
            return case.id
    return None


@dataclass
class _Room:
    """Who serves which queue, with the work they have, kept up while a backlog is drained."""

    people: dict[int, Candidate] = field(default_factory=dict)
    queues: dict[int, list[int]] = field(default_factory=dict)

    def too_large(self, slots: Slots) -> dict[int, set[str]]:
        """Return for each queue with room the channels whose cases none of its agents can take."""
        most = {queue_id: self._most(agent_ids) for queue_id, agent_ids in self.queues.items()}
        return {
            queue_id: {channel for channel in slots if slots[channel] > room}
            for queue_id, room in most.items()
            if room > 0
        }

    def candidates_for(self, c: Connection, case: WaitingCase) -> list[Candidate]:
        """Return who serves the case's queue, marked where he gave this very case back."""
        back = queries.gave_back(c, case.id, case.queue_id)
        found = [self.people[agent_id] for agent_id in self.queues.get(case.queue_id, [])]
        return [msgspec.structs.replace(one, gave_it_back=one.agent_id in back) for one in found]

    def take(self, agent_id: int, points: float, now: datetime) -> None:
        """Count a case just given."""
        one = self.people[agent_id]
        self.people[agent_id] = msgspec.structs.replace(
            one, load=one.load + points, last_assigned_at=now
        )

    def _most(self, agent_ids: Iterable[int]) -> float:
        online = (self.people[agent_id] for agent_id in agent_ids)
        return max(
            (one.capacity - one.load for one in online if one.presence is Presence.ONLINE),
            default=0.0,
        )


def _room(c: Connection, slots: Slots, held: Collection[int]) -> _Room:
    room = _Room()
    for queue in list_queues(c):
        if queue.pulls:
            continue
        found = _known(queries.candidates(c, queue.id, slots), held)
        room.people.update({one.agent_id: one for one in found})
        room.queues[queue.id] = [one.agent_id for one in found]
    return room


def _hold_agents(c: Connection) -> set[int]:
    """Hold who takes work until this unit ends, so that nobody else counts their load meanwhile.

    Weak enough to let messages and cases that refer to an agent pass.
    """
    return _hold(c, agent_rows.c.active, agent_rows.c.presence == Presence.ONLINE.value)


def _hold(c: Connection, *which: ColumnElement[bool]) -> set[int]:
    rows = select(agent_rows.c.id).where(*which).order_by(agent_rows.c.id)
    return set(c.scalars(rows.with_for_update(key_share=True)))


def _known(people: list[Candidate], held: Collection[int]) -> list[Candidate]:
    """Leave out who came online after the others were held: his turn is the next decision."""
    return [one for one in people if one.presence is not Presence.ONLINE or one.agent_id in held]


def _give(
    c: Connection,
    case: WaitingCase,
    decision: Decision,
    trigger: Trigger,
    *,
    now: datetime,
    actor: Actor = SYSTEM,
) -> bool:
    agent_id = decision.agent_id
    if agent_id is None:
        return False
    decision_id = _keep(c, case, decision, trigger, now=now)
    if not claim(c, case.id, agent_id, actor=actor, now=now, decision_id=decision_id):
        lost = update(routing_decisions).where(routing_decisions.c.id == decision_id)
        c.execute(lost.values(won=False))
        return False
    agents.note_assigned(c, agent_id, now=now)
    return True


def _keep(
    c: Connection, case: WaitingCase, decision: Decision, trigger: Trigger, *, now: datetime
) -> int:
    kept: int = c.execute(
        insert(routing_decisions)
        .values(
            case_id=case.id,
            queue_id=case.queue_id,
            agent_id=decision.agent_id,
            at=now,
            trigger=trigger.value,
            candidates=msgspec.to_builtins(decision.candidates),
            sentence=decision.sentence,
            won=decision.agent_id is not None,
        )
        .returning(routing_decisions.c.id)
    ).scalar_one()
    return kept
