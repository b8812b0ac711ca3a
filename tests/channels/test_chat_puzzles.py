"""Who begins many chats from one address solves a puzzle for each, once."""

import hashlib
from datetime import timedelta
from itertools import count

import pytest

from channels.chat import puzzles
from channels.chat.puzzles import BITS, LASTS, Gate, SolveFirst, is_solved
from desk.kit.errors import TooOften
from tests.channels.chat_page import NOON, open_shop

SECRET = "s" * 32


def solved(puzzle: str) -> str:
    """Return a solution, found as a page finds it."""
    for number in count():
        solution = f"{puzzle}:{number}"
        if int(hashlib.sha256(solution.encode()).hexdigest(), 16) >> (256 - BITS) == 0:
            return solution
    raise AssertionError


def test_a_solution_is_good_for_a_while_and_for_one_place() -> None:
    solution = solved(puzzles.make(SECRET, "here", NOON))
    assert is_solved(SECRET, "here", solution, NOON)
    assert is_solved(SECRET, "here", solution, NOON + LASTS - timedelta(seconds=1))
    assert not is_solved(SECRET, "here", solution, NOON + LASTS)
    assert not is_solved(SECRET, "there", solution, NOON)
    assert not is_solved("t" * 32, "here", solution, NOON)


@pytest.mark.parametrize("nonsense", ["", ":", "1.1.x:1", "9999999999.0.x.y:0", "x" * 999, "é:٣"])
def test_what_is_none_of_ours_solves_nothing(nonsense: str) -> None:
    assert not is_solved(SECRET, "here", nonsense, NOON)


def test_an_easier_puzzle_than_ours_is_none_of_ours() -> None:
    until, _, salt, signature = puzzles.make(SECRET, "here", NOON).split(".")
    assert not is_solved(SECRET, "here", f"{until}.0.{salt}.{signature}:0", NOON)


def test_an_address_gets_in_by_puzzles_only_so_often() -> None:
    gate = Gate(SECRET, "web", 1)
    gate.admit("192.0.2.1", "", NOON, 0)
    for _ in range(6):
        with pytest.raises(SolveFirst) as refused:
            gate.admit("192.0.2.1", "", NOON, 0)
        gate.admit("192.0.2.1", solved(refused.value.puzzle), NOON, 0)
    with pytest.raises(SolveFirst) as refused:
        gate.admit("192.0.2.1", "", NOON, 0)
    with pytest.raises(TooOften) as over:
        gate.admit("192.0.2.1", solved(refused.value.puzzle), NOON, 0)
    assert not isinstance(over.value, SolveFirst)
    gate.admit("192.0.2.2", "", NOON, 0)


async def test_a_refused_page_comes_in_by_its_puzzle_and_by_none_twice() -> None:
    async with open_shop(sessions_per_minute=1) as shop:
        await shop.session()
        status, refused = await shop.post("session", {})
        assert status == 429
        solution = solved(refused["puzzle"])
        assert (await shop.session(solution=solution))["token"]
        status, again = await shop.post("session", {"solution": solution})
        assert (status, again["puzzle"] != refused["puzzle"]) == (429, True)
