"""A small puzzle for who begins many chats: costs a page a moment, and a robot its hours.

A solution is the puzzle, a colon and a number, so that the SHA-256 of all begins with as many zero
bits as the puzzle says.
"""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

from desk.kit.errors import TooOften
from desk.kit.ids import is_signed, new_token, sign
from desk.kit.meter import RateLimit

BITS = 16  # some 65,000 tries
LASTS = timedelta(minutes=2)
_PURPOSE = "chat-puzzle"
_LONGEST = 300  # characters of a solution
_SHARE = 6  # times as many may come in by puzzles as without
_KEPT = 10_000


class SolveFirst(TooOften):
    """Too many chats were begun from one address; `puzzle` opens the door at once."""

    def __init__(self, wait_s: float, puzzle: str) -> None:
        super().__init__("Too many chats were begun from here. Try again in a minute.", wait_s)
        self.puzzle = puzzle


def make(secret: str, place: str, now: datetime) -> str:
    """Return a puzzle for whoever asks from `place`."""
    head = f"{int((now + LASTS).timestamp())}.{BITS}.{new_token()[:16]}"
    return f"{head}.{sign(secret, _PURPOSE, f'{place} {head}')}"


def is_solved(secret: str, place: str, solution: str, now: datetime) -> bool:
    """Return whether `solution` solves a puzzle of ours for `place` that has not run out."""
    puzzle, _, nonce = solution.partition(":")
    head, _, signature = puzzle.rpartition(".")
    if len(solution) > _LONGEST or not (nonce.isascii() and nonce.isdecimal()):
        return False
    if not is_signed(secret, _PURPOSE, f"{place} {head}", signature):
        return False
    until, bits, _ = head.split(".")
    digest = int.from_bytes(hashlib.sha256(solution.encode()).digest())
    return now.timestamp() < int(until) and digest >> (256 - int(bits)) == 0


class Gate:
    """Lets new visitors in: some of each address freely, more who solve a puzzle, each once.

    What was used is remembered in this process, for longer than a puzzle lasts.
    """

    def __init__(self, secret: str, inbox: str, per_minute: int) -> None:
        self._secret = secret
        self._inbox = inbox
        self._free = RateLimit(per_minute / 60, per_minute)
        self._paid = RateLimit(per_minute * _SHARE / 60, per_minute * _SHARE)
        self._used: OrderedDict[str, None] = OrderedDict()

    def admit(self, address: str, solution: str, now: datetime, now_s: float) -> None:
        """Let one visitor in. Raises SolveFirst, and TooOften where no puzzle helps any more."""
        wait_s = self._free.wait_s(address, now_s)
        if not wait_s:
            return
        place = f"{self._inbox} {address}"
        puzzle = solution.partition(":")[0]
        if puzzle in self._used or not is_solved(self._secret, place, solution, now):
            raise SolveFirst(wait_s, make(self._secret, place, now))
        self._used[puzzle] = None
        if len(self._used) > _KEPT:
            self._used.popitem(last=False)
        if paid_s := self._paid.wait_s(address, now_s):
            raise TooOften("Too many chats were begun from here. Try again in a minute.", paid_s)
