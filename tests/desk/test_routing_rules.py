"""Who gets a case, as a supervisor would check it by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desk.agents.rules import Presence
from desk.routing.rules import Candidate, WaitingCase, decide

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ONLINE = Presence.ONLINE


def a_case(points: float = 1.0) -> WaitingCase:
    return WaitingCase(
        id=1, queue_id=1, channel="email", priority="normal", opened_at=NOW, points=points
    )


def someone(
    agent_id: int,
    *,
    load: float = 0.0,
    presence: Presence = ONLINE,
    idle: timedelta | None = None,
    gave_it_back: bool = False,
) -> Candidate:
    return Candidate(
        agent_id=agent_id,
        name={1: "Alice", 2: "Bob", 3: "Sam"}.get(agent_id, f"Agent {agent_id}"),
        presence=presence,
        capacity=8.0,
        load=load,
        last_assigned_at=NOW - idle if idle is not None else None,
        gave_it_back=gave_it_back,
    )


def test_whoever_has_most_room_gets_the_case() -> None:
    decision = decide(a_case(), [someone(1, load=6), someone(2, load=3)], NOW)
    assert decision.agent_id == 2
    assert decision.sentence == (
        "Bob: 3 of 8 points in use, the least of 2. Next best: Alice (6 of 8 points in use)."
    )


def test_a_tie_goes_to_whoever_got_a_case_longest_ago() -> None:
    recent, long_ago = timedelta(minutes=1), timedelta(hours=1)
    pair = [someone(1, load=3, idle=recent), someone(2, load=3, idle=long_ago)]
    decision = decide(a_case(), pair, NOW)
    assert decision.agent_id == 2
    assert decision.sentence == (
        "Bob: 3 of 8 points in use, as Alice, but longer without a new case."
    )


def test_the_only_one_is_named_as_such() -> None:
    decision = decide(a_case(), [someone(1), someone(2, presence=Presence.AWAY)], NOW)
    assert decision.sentence == ("Alice: 0 of 8 points in use, the only one who can take it now.")


def test_when_nobody_can_every_reason_is_given() -> None:
    people = [
        someone(1, presence=Presence.OFFLINE),
        someone(2, load=6),
        someone(3, gave_it_back=True),
    ]
    decision = decide(a_case(points=3), people, NOW)
    assert decision.agent_id is None
    assert decision.sentence == (
        "Nobody can take it now: Alice is offline; "
        "Bob has no room: 6 of 8 points in use, this case takes 3; Sam gave it back."
    )


def test_a_queue_that_nobody_serves_says_so() -> None:
    assert "no agent serves this queue" in decide(a_case(), [], NOW).sentence


@dataclass(frozen=True)
class Drawn:
    """A desk as hypothesis draws it."""

    case: WaitingCase
    people: list[Candidate]


desks = st.builds(
    Drawn,
    st.builds(a_case, st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0])),
    st.lists(
        st.builds(
            Candidate,
            agent_id=st.integers(1, 9),
            name=st.just("Someone"),
            presence=st.sampled_from(Presence),
            capacity=st.sampled_from([0.0, 1.0, 4.0, 8.0]),
            load=st.sampled_from([0.0, 1.0, 3.5, 4.0, 8.0, 12.0]),
            last_assigned_at=st.none() | st.just(NOW) | st.just(NOW + timedelta(days=1)),
            gave_it_back=st.booleans(),
        ),
        max_size=8,
        unique_by=lambda one: one.agent_id,
    ),
)


@given(desk=desks)
def test_everyone_is_listed_and_only_somebody_with_room_is_chosen(desk: Drawn) -> None:
    decision = decide(desk.case, desk.people, NOW)
    assert {one.agent_id for one in decision.candidates} == {one.agent_id for one in desk.people}
    able = {one.agent_id for one in decision.candidates if one.score is not None}
    assert (decision.agent_id in able) if able else (decision.agent_id is None)
    for one in desk.people:
        if one.agent_id == decision.agent_id:
            assert one.presence is ONLINE
            assert one.load + desk.case.points <= one.capacity
