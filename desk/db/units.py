"""One unit of work on its way between the event loop and a database thread."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


def attempt(call: Callable[..., T], *args: Any) -> tuple[T | None, BaseException | None]:
    """Return what `call` returned, or what it raised."""
    try:
        return call(*args), None
    except BaseException as error:  # it belongs to the caller; a database thread outlives it
        return None, error


class Unit(Generic[T]):
    """A function of a Connection, and the future that its caller awaits. Made in the loop."""

    def __init__(self, call: Callable[[Connection], T]) -> None:
        self._call = call
        self._result: T | None = None
        self.error: BaseException | None = None
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody still waits. A unit that nobody awaits and none began is left out."""
        return not self.future.cancelled()

    def run(self, connection: Connection) -> bool:
        """Run the function, keep its outcome and return whether it returned."""
        self._result, self.error = attempt(self._call, connection)
        return self.error is None

    def settle(self) -> None:
        """Give the outcome to the caller. In the loop's thread only."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self._result)  # type: ignore[arg-type]
        elif isinstance(self.error, StopIteration):  # a future refuses it: it would end an await
            self.future.set_exception(RuntimeError("a unit raised StopIteration"))
        else:
            self.future.set_exception(self.error)


def settle_all(units: Iterable[Unit[Any]], then: Callable[[], None]) -> None:
    """Settle `units` in their own loops, one hop per loop, and call `then` there afterwards."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Unit[Any]]] = {}
    for unit in units:
        by_loop.setdefault(unit.loop, []).append(unit)
    for loop, own in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, own, then)


def _settle(units: list[Unit[Any]], then: Callable[[], None]) -> None:
    for unit in units:
        unit.settle()
    then()
