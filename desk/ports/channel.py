"""What a channel is to the desk, and what the desk is to a channel.

A channel speaks one foreign protocol for one configured inbox. It knows nothing of cases,
customers or tables: it hands over raw payloads (`Door.accept`), says what they mean (`parse`),
and sends what it is given (`send`). Its only judgement is permanent, retryable or uncertain,
told by which error of desk.kit.errors it raises.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from msgspec import Struct

from desk.kit.clock import Clock
from desk.ports.articles import Article
from desk.ports.inbound import Inbound
from desk.ports.messages import OutboundMessage
from desk.ports.outlook import Outlook


class Arrival(Struct, frozen=True, kw_only=True):
    """One raw payload to be journalled before the provider is told that we have it.

    `dedupe_key` is unique per inbox: the same key again is the same payload. Arrivals with
    one `order_key` are recorded one after the other, in the order accepted; "" means that
    order does not matter.
    """

    dedupe_key: str
    order_key: str
    raw: bytes
    line: bytes | None = None  # appended to the transcript `order_key` in the same commit


class Accepted(Struct, frozen=True):
    """What became of one arrival: `fresh` is False for one we already had."""

    fresh: bool
    seq: int | None = None  # its place in the transcript, when it brought a line


class TranscriptLine(Struct, frozen=True):
    """One line of a conversation on a channel whose provider we are ourselves (web chat)."""

    seq: int  # 1, 2, 3 … without a gap, per thread
    key: str  # idempotency key it was appended with
    at: datetime
    body: bytes  # the channel's own JSON


class HealthState(StrEnum):
    """How an inbox is doing."""

    STARTING = "starting"
    CONNECTED = "connected"
    TROUBLED = "troubled"  # trying again by itself
    BROKEN = "broken"  # needs a person: token revoked, password wrong
    STOPPED = "stopped"


class Health(Struct, frozen=True, kw_only=True):
    """The state of one inbox, in words an admin can act on."""

    state: HealthState
    detail: str = ""


class Finding(Struct, frozen=True, kw_only=True):
    """One line of a doctor's report: what was checked, whether it is well, and the mend."""

    what: str
    ok: bool
    detail: str = ""
    mend: str = ""


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a channel's network offers, as data. Core and screens ask this, never the kind."""

    text_limit: int | None  # characters of one part; None: none practical
    rich: bool = True
    subject: bool = False
    threads: bool = False  # one peer can hold several conversations
    files_in_bytes: int | None = None
    files_out_bytes: int | None = None
    choices: int = 0  # buttons under one message
    sees_edits: bool = False
    sees_deletes: bool = False
    edits_own: bool = False  # what we sent can be changed there: see Amends
    deletes_own: bool = False  # and taken back
    reactions: bool = False  # emoji on messages, both ways: see Reacts
    typing_in: bool = False
    typing_out: bool = False
    receipts: bool = False
    proactive: bool = False  # can write first
    machines_write: bool = False  # programs answer here too: limits against loops hold
    join_minutes: int = 0  # a new conversation joins its customer's case touched this lately
    copies: bool = False  # others than the recipient can be addressed (Cc)
    repeats_safely: bool = False  # the same send twice is one message at the other end
    retry_s: tuple[int, ...] = ()  # pauses between tries, the last repeated; (): the house's
    patience_hours: int = 24  # then a message that the network does not take has failed
    undo_s: int = 5
    slots: float = 1.0  # points of an agent's capacity that a case on it takes
    original: str = ""  # how a file with a payload of it ends, where programs open such: "eml"
    letters: bool = False  # what it carries waits for its reader: e-mail
    live: bool = False  # the customer waits before the screen


class Part(Struct, frozen=True, kw_only=True):
    """One send of a rendered message; `summary` is shown in the composer."""

    index: int
    body: Any  # the channel's own, JSON-compatible or bytes
    summary: str = ""


class RenderPlan(Struct, frozen=True, kw_only=True):
    """A message as the channel will carry it: its parts, and what it could not keep."""

    parts: tuple[Part, ...]
    dropped: tuple[str, ...] = ()


class HttpDoor(Struct, frozen=True, kw_only=True):
    """An HTTP route a channel needs; `handler` takes and returns the web server's types."""

    method: str
    path: str
    handler: Callable[[Any], Awaitable[Any]]


class Blobs(Protocol):
    """Where files live, by the SHA-256 of their content."""

    async def put(self, content: bytes) -> str:
        """Store `content` and return its key. The same bytes have the same key."""
        ...

    async def get(self, key: str) -> bytes:
        """Return the bytes behind `key`. Raises NotFound."""
        ...

    async def remove(self, key: str) -> None:
        """Forget a file for good; one that is gone already is gone."""
        ...


class Door(Protocol):
    """The desk as one inbox's channel sees it."""

    blobs: Blobs

    async def accept(
        self, arrivals: Sequence[Arrival], *, state: Mapping[str, bytes] | None = None
    ) -> list[Accepted]:
        """Journal `arrivals` and the channel's own `state` in one commit; committed on return.

        Only now may the provider be told (offset, 2xx, envelope ack). Raises ChannelBusy when
        the database cannot take it: do not acknowledge, the provider will bring it again.
        """
        ...

    async def load(self, key: str) -> bytes | None:
        """Return what was last saved under `key` for this inbox (a cursor, a session)."""
        ...

    async def save(self, key: str, value: bytes | None) -> None:
        """Keep `value` under `key` for this inbox; None forgets it. Committed on return."""
        ...

    async def append(self, thread: str, key: str, body: bytes) -> TranscriptLine:
        """Add one line to a transcript and return it; the same `key` again returns the first."""
        ...

    async def transcript(
        self, thread: str, after_seq: int = 0, limit: int = 200
    ) -> list[TranscriptLine]:
        """Return the lines of `thread` after `after_seq`, in order."""
        ...

    async def outlook(self, thread: str = "") -> Outlook:
        """Return when an answer can be expected, here and in this conversation."""
        ...

    async def writes(self, thread: str) -> None:
        """Show those who answer that the customer of a conversation is writing; kept nowhere."""
        ...

    async def article(self, slug: str, language: str | None = None) -> Article | None:
        """Return an article that anybody may read, in `language` if it is there; None: none."""
        ...

    def owning(self, what: str) -> AbstractAsyncContextManager[None]:
        """Wait until no other process of the desk does `what` for this inbox, and do it alone.

        For what a provider gives to one asker only: long polling, a mailbox, a socket. Whoever
        waits reports nothing. Raises DeskError when the hold is lost: begin again.
        """
        ...

    def report(self, health: Health) -> None:
        """Say how the inbox is doing; shown to supervisors, kept until the next word."""
        ...


class ChannelKit(Struct, frozen=True, kw_only=True):
    """What the composition root hands every channel when it is built."""

    clock: Clock
    secret: (
        str  # signs what leaves (thread tokens, file links): use desk.kit.ids.sign with a purpose
    )
    public_url: str  # of the desk, without a slash at the end
    product: str = "Parley"


@runtime_checkable
class Channel(Protocol):
    """One inbox on one network. Built as `Class(inbox, settings, kit)`."""

    kind: ClassVar[str]  # email | chat | telegram | slack
    Settings: ClassVar[type[Struct]]  # its part of config.yaml
    capabilities: ClassVar[Capabilities]

    def __init__(self, inbox: str, settings: Any, kit: ChannelKit) -> None: ...

    def parse(self, raw: bytes) -> Sequence[Inbound]:
        """Return what a journalled payload says; nothing for kinds we do not use. Pure.

        Raises:
            Unreadable: it is not what this network speaks. The arrival is quarantined.
        """
        ...

    def plan(self, message: OutboundMessage) -> RenderPlan:
        """Return how `message` will leave, part by part. Pure, and the same every time."""
        ...

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Send one part of the plan and return the network's id for it, or several by spaces.

        The first is the one to edit and take back by; answers may name any of them.

        Raises:
            ChannelBusy: nothing left the house; try again after `retry_after_s`.
            Uncertain: it may have arrived; it is not repeated by itself.
            Undeliverable: never as it is; `refusal` says what may help.
            ChannelBroken: the inbox is refused; it is paused and an admin is told.
        """
        ...

    def run(self, door: Door) -> AbstractAsyncContextManager[None]:
        """Open the ingress; leaving the context closes it and waits until it is quiet."""
        ...

    async def check(self) -> list[Finding]:
        """Connect once and say in words what is well and what is not. Never raises."""
        ...
