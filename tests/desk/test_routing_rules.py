"""Who gets a case, as a supervisor would check it by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from desk.agents.rules import Presence
from desk.routing.rules import assign, decide, in_turn
from desk.routing.weighing import Candidate, WaitingCase, crew_of, held_for, weigh

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
        "Bob: 3 of 8 points in use. Next best: Alice (6 of 8 points in use)."
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


def expert(agent_id: int, *, level: int = 2, languages: tuple[str, ...] = ("en",)) -> Candidate:
    return msgspec.structs.replace(
        someone(agent_id), skills={"billing": level}, languages=languages
    )


def waits(number: int = 1, *, minutes: float = 0, **more: Any) -> WaitingCase:
    return WaitingCase(
        **{
            "id": number,
            "queue_id": 1,
            "channel": "email",
            "priority": "normal",
            "opened_at": NOW,
            "points": 1.0,
            "age_s": minutes * 60,
            "promised_s": 3600.0,
            **more,
        }
    )


def test_an_expert_goes_before_one_who_knows_and_the_sentence_says_so() -> None:
    decision = decide(waits(skill="billing"), [expert(1, level=1), expert(2)], NOW)
    assert decision.sentence == (
        "Bob: is an expert for billing, 0 of 8 points in use. "
        "Next best: Alice (knows billing, 0 of 8 points in use). 60 of 60 min are left."
    )


def test_a_case_waits_for_who_fits_until_its_time_runs_out() -> None:
    busy = msgspec.structs.replace(expert(2), load=8.0)
    people = [someone(1), busy]
    early = decide(waits(skill="billing", minutes=10), people, NOW)
    assert early.agent_id is None
    assert "Alice does not know billing, and Bob does" in early.sentence
    assert decide(waits(skill="billing", minutes=40), people, NOW).agent_id == 1
    spoken = [expert(1), msgspec.structs.replace(expert(2, languages=("de",)), load=8.0)]
    assert decide(waits(language="de", minutes=40), spoken, NOW).agent_id is None
    assert decide(waits(language="de", minutes=50), spoken, NOW).agent_id == 1
    assert decide(waits(language="fi"), spoken, NOW).agent_id == 1  # nobody speaks it


def test_whoever_had_the_last_case_goes_first_and_the_named_contact_before_him() -> None:
    people = [someone(1), someone(2), someone(3)]
    assert decide(waits(last_agent_id=3), people, NOW).agent_id == 3
    assert decide(waits(last_agent_id=3, manager_id=2), people, NOW).agent_id == 2


def test_a_chat_goes_to_nobody_who_is_in_two() -> None:
    talking = msgspec.structs.replace(someone(1), live=2)
    assert decide(waits(live=True), [talking], NOW).agent_id is None
    assert decide(waits(), [talking], NOW).agent_id == 1


def test_rare_skills_are_kept_for_those_who_need_them() -> None:
    rare = [waits(n, skill="billing") for n in range(5, 10)]
    assert decide(waits(), [expert(1), someone(2)], NOW, waiting=rare).agent_id == 2


def test_what_is_late_goes_before_what_is_old_and_urgent_before_both() -> None:
    late = waits(1, minutes=50)
    old = waits(2, minutes=60, promised_s=86_400.0)
    urgent = waits(3, minutes=50, priority="urgent")
    one_place = [msgspec.structs.replace(someone(1), capacity=1.0)]
    order = []
    left = [late, old, urgent]
    while left:
        (pair,) = assign(left, one_place, NOW)
        order.append(pair.case_id)
        left = [case for case in left if case.id != pair.case_id]
    assert order == [3, 1, 2]


cases = st.builds(
    waits,
    minutes=st.floats(0, 120),
    skill=st.sampled_from(["", "billing"]),
    priority=st.sampled_from(["low", "normal", "urgent"]),
)


@given(
    waiting=st.lists(cases, max_size=4),
    people=st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=4),
)
def test_always_taking_the_best_pair_is_never_far_from_the_best_of_all(
    waiting: list[WaitingCase], people: list[int]
) -> None:
    waiting = [msgspec.structs.replace(case, id=n) for n, case in enumerate(waiting)]
    crew = [
        msgspec.structs.replace(expert(n, level=level), capacity=1.0, name=f"Agent {n}")
        for n, level in enumerate(people)
    ]
    pairs = assign(waiting, crew, NOW)
    assert len({pair.case_id for pair in pairs}) == len(pairs) == len({p.agent_id for p in pairs})
    common = crew_of(crew, waiting)
    value = {
        (case.id, one.agent_id): weigh(case, one, common, NOW).index
        for case in waiting
        for one in crew
        if held_for(case, one, common, NOW) is None
    }
    best = max(
        (
            sum(
                value.get((case, one.agent_id), 0.0)
                for case, one in zip(chosen, crew, strict=False)
            )
            for chosen in permutations([case.id for case in waiting] + [-1] * len(crew), len(crew))
        ),
        default=0.0,
    )
    assert sum(pair.index for pair in pairs) >= 0.5 * best - 1e-9


def test_who_asks_for_the_next_case_gets_what_is_kept_for_others_last() -> None:
    ours = msgspec.structs.replace(a_case(), id=2)
    french = msgspec.structs.replace(
        a_case(), id=3, language="fr", priority="urgent", age_s=2000.0, promised_s=3600.0
    )
    me = msgspec.structs.replace(someone(1, load=8), languages=("en",))
    speaker = msgspec.structs.replace(someone(2), languages=("fr",))
    turns = in_turn(me, [french, ours], [me, speaker], NOW)
    assert [case.id for case, _ in turns] == [2, 3]
    alone = in_turn(me, [french, ours], [me], NOW)
    assert [case.id for case, _ in alone] == [3, 2]
    assert turns[1][1].sentence.startswith("Alice asked for the next case: does not speak fr,")
