"""What a customer sees of his cases at home: on a page of his own within the network."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct


class OwnCase(Struct, frozen=True, kw_only=True):
    """One open case, as its customer may see it."""

    number: int
    subject: str
    is_new: bool = False  # nobody has looked at it yet
    waits_for_customer: bool = False
    waits_for_others: bool = False
    last_answer: str = ""  # Markdown; "" before there is one
    answered_at: datetime | None = None
    touched_at: datetime


class Home(Struct, frozen=True, kw_only=True):
    """All of it: the cases touched last first, and how many more there are."""

    cases: tuple[OwnCase, ...] = ()
    more: int = 0
    language: str | None = None


@runtime_checkable
class ShowsHome(Protocol):
    """A channel on which each customer has a page of his own that the desk may fill."""

    async def show_home(self, address: str, home: Home) -> None:
        """Show it to whoever has this address. Raises as `send` does."""
        ...
