"""How places are shared: no lane has more than half, and none waits for another's backlog."""

from hypothesis import given
from hypothesis import strategies as st

from desk.db.turns import room

lanes = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 8), min_size=1)


def test_one_lane_alone_has_every_place() -> None:
    assert room({"mail": 3}, 16) == {"mail": 13}


def test_a_busy_lane_has_half_of_the_places_at_most() -> None:
    assert room({"mail": 0, "chat": 0}, 16) == {"mail": 8, "chat": 8}
    assert room({"mail": 8, "chat": 0}, 16) == {"mail": 0, "chat": 8}


def test_the_last_places_are_for_lanes_that_have_nothing() -> None:
    assert room({"mail": 2, "post": 1, "chat": 0}, 4) == {"mail": 0, "post": 0, "chat": 1}


@given(running=lanes, places=st.integers(1, 32))
def test_nobody_gets_a_place_that_is_not_there(running: dict[str, int], places: int) -> None:
    free = places - sum(running.values())
    found = room(running, places)
    assert found.keys() == running.keys()
    assert all(0 <= more <= max(0, free) for more in found.values())


@given(running=lanes, places=st.integers(7, 32))
def test_whoever_has_nothing_finds_a_place_however_the_others_take_theirs(
    running: dict[str, int], places: int
) -> None:
    held = dict.fromkeys(running, 0)
    for lane, wanted in running.items():  # the others come first and take all they may
        if wanted:
            held[lane] += room(held, places)[lane]
    for lane, wanted in running.items():
        assert wanted or room(held, places)[lane] >= 1
