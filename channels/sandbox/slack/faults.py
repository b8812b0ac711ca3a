"""Things that go wrong on purpose: the next answers of a Web API method, scripted."""

from collections import deque
from dataclasses import dataclass

ANY = "*"


@dataclass(frozen=True)
class Fault:
    """One bad answer. Give one of the kinds; `after` does the work first and then fails."""

    error: str | None = None  # ok: false with this word
    status: int | None = None  # an HTTP status instead of 200
    retry_after_s: int | None = None  # with status 429
    drop: bool = False  # the connection is cut without an answer
    html: bool = False  # a sign-in page with status 200
    warning: str | None = None  # ok: true with this warning
    after: bool = False
    wait_s: float = 0.0  # answers late


class Faults:
    """Scripted faults by method; each is used once."""

    def __init__(self) -> None:
        self._queued: dict[str, deque[Fault]] = {}

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` calls of `method` (`*` for any) meet `fault`."""
        self._queued.setdefault(method, deque()).extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        """Return the fault this call meets, or None when all is well."""
        for name in (method, ANY):
            queue = self._queued.get(name)
            if queue:
                return queue.popleft()
        return None

    def clear(self) -> None:
        """Let everything be well again."""
        self._queued.clear()
