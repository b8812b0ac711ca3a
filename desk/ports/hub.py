"""A hub: a place on a network where agents work, with a card and a thread for every case.

Plain data, and what a channel that has hubs does. Such a channel says which thread of which
place it is about; what a thread stands for, only the desk knows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from msgspec import Struct

from desk.ports.messages import Author, OutboundFile


class HubOption(Struct, frozen=True):
    """One of few that can be chosen on a card: `value` comes back in HubPressed."""

    value: str
    label: str


class HubCard(Struct, frozen=True, kw_only=True):
    """A case as its card shows it. The same `key` is the same card."""

    key: str
    number: int
    subject: str
    url: str  # of the case in the workspace
    customer: str
    channel: str
    queue: str
    status: str
    priority: str
    assignee: HubOption | None = None
    promise: str = ""  # what is promised next, "first response"; "": nothing runs
    due_at: datetime | None = None
    broken: bool = False  # it is late already
    snoozed_until: datetime | None = None
    flag: str = ""  # why a person should look
    note: str = ""  # "merged into #12"
    done: bool = False
    agents: tuple[HubOption, ...] = ()  # whom it can be given to
    statuses: tuple[HubOption, ...] = ()  # what it can become
    priorities: tuple[HubOption, ...] = ()
    naps: tuple[HubOption, ...] = ()  # how long it can be put away


class HubLine(Struct, frozen=True, kw_only=True):
    """Something said in the thread of a card. The same `key` is the same line."""

    key: str
    text: str  # Markdown
    author: Author
    note: bool = False  # for colleagues only: shown apart from what the customer reads
    attachments: tuple[OutboundFile, ...] = ()
    call: tuple[str, ...] = ()  # addresses of people who should look now
    call_group: bool = False  # and whoever the channel's settings name for broken promises


@runtime_checkable
class HasHubs(Protocol):
    """A channel with places where agents work."""

    kind: ClassVar[str]

    @property
    def hubs(self) -> Mapping[str, str]:
        """Each place, with the name of the team whose cases it shows; "" is every case."""
        ...

    async def show_card(self, place: str, card: HubCard, thread: str) -> str:
        """Show a card as it is now, in a new thread when `thread` is "", and return its thread.

        Raises as `Channel.send` does; Undeliverable of a gone context: that card is no more.
        """
        ...

    async def find_card(self, place: str, card: HubCard) -> str | None:
        """Return the thread of a card that arrived though nobody said so; None: nobody knows."""
        ...

    async def say(self, place: str, thread: str, line: HubLine) -> str:
        """Say a line in a thread, "" for the place itself, and return its id. Raises as above."""
        ...

    async def find_line(self, place: str, thread: str, line: HubLine) -> str | None:
        """Return the id of a line that arrived though nobody said so; None: nobody knows."""
        ...

    async def whisper(self, place: str, thread: str, address: str, words: str) -> None:
        """Tell one person something in a thread, alone where the network can. Raises as `say`."""
        ...

    def account_link(self, token: str) -> str:
        """Return the URL, or the words to write to the app, that tie an account to an agent."""
        ...


@runtime_checkable
class ShowsLinks(Protocol):
    """A channel that can show under a message what its links lead to."""

    async def show_links(self, external_id: str, cards: Mapping[str, HubCard]) -> None:
        """Show under a message what each of its URLs leads to. Raises as `Channel.send` does."""
        ...
