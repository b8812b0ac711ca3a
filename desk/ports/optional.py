"""What a channel may do beyond the port: one method wide each, asked for by `isinstance`."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from desk.ports.channel import HttpDoor
from desk.ports.elsewhere import SaidElsewhere, Shown
from desk.ports.messages import Attachment, OutboundMessage, StaffLetter, Telling


@runtime_checkable
class FetchesFiles(Protocol):
    """A channel whose attachments are not in the payload itself, or must be cut out of it."""

    async def fetch(self, raw: bytes, attachment: Attachment) -> bytes:
        """Return the attachment's bytes. Raises ChannelBusy or Undeliverable."""
        ...


@runtime_checkable
class HasHttpDoors(Protocol):
    """A channel that is called over HTTP (webhooks, the chat widget)."""

    def http_doors(self) -> Sequence[HttpDoor]:
        """Return the routes to mount; they work only while `run` is open."""
        ...


@runtime_checkable
class KeepsSent(Protocol):
    """A channel whose messages leave as payloads that somebody may want to see later."""

    async def keep(self, message: OutboundMessage, part: int) -> str:
        """Store exactly what `send` will hand over and return its blob. Raises as `send` does."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    """A channel that can show the customer that an agent is writing."""

    async def show_typing(self, recipient: str, thread: str) -> None:
        """Show it for a few seconds. Never raises: it is a courtesy."""
        ...


@runtime_checkable
class Amends(Protocol):
    """A channel on which what we sent can be changed, or taken back (see Capabilities)."""

    async def edit(self, message: OutboundMessage, external_id: str) -> None:
        """Show `message`, of one part, in place of what was sent. Raises as `send` does."""
        ...

    async def take_back(self, external_id: str) -> None:
        """Remove one part of what was sent; what is gone already is gone. Raises as `send` does."""
        ...


@runtime_checkable
class Reacts(Protocol):
    """A channel on which we can put emoji on a message, as its people do."""

    async def react(self, external_id: str, emoji: Sequence[str], gone: Sequence[str] = ()) -> None:
        """Let these emoji of ours stand on a message and no `gone` one. Raises as `send` does."""
        ...


@runtime_checkable
class ShowsElsewhere(Protocol):
    """A channel whose transcript shows too what was said of a conversation by letter."""

    def shown(self, said: SaidElsewhere) -> Shown:
        """Return the transcript's line for it. Pure."""
        ...


@runtime_checkable
class Reconciles(Protocol):
    """A channel that can be asked whether a send of unknown outcome arrived."""

    async def find_sent(self, message: OutboundMessage, part: int) -> str | None:
        """Return the network's id of that part if it is there, else None. Raises ChannelBusy."""
        ...


@runtime_checkable
class TakesTurns(Protocol):
    """A channel that lets us write only so fast: `send` may wait, where `turn` has not yet."""

    async def turn(self, message: OutboundMessage, part: int) -> None:
        """Wait until that part may be sent; a crash meanwhile leaves no doubt that it was not.

        Raises ChannelBusy when that is too long to wait for, and what else `send` raises.
        """
        ...


@runtime_checkable
class NeedsConsent(Protocol):
    """A channel whose account an admin may have to connect in the browser, at its provider."""

    @property
    def needs_consent(self) -> bool:
        """Whether this inbox is set up so."""
        ...

    async def consent_url(self) -> str:
        """Return where he says yes. Raises Invalid when this inbox is not connected so."""
        ...


@runtime_checkable
class LinksIdentities(Protocol):
    """A channel that can offer a link which, opened there, proves who the customer is."""

    def identity_link(self, token: str) -> str:
        """Return the URL (or the words to type) that carries `token` into this channel."""
        ...


@runtime_checkable
class WritesToStaff(Protocol):
    """A channel that can write to the agents themselves."""

    async def tell_staff(self, letter: StaffLetter) -> None:
        """Send a letter to an agent. Raises as `send` does."""
        ...


@runtime_checkable
class Tells(Protocol):
    """A channel whose customers can ask the desk for something beside their messages."""

    async def tell(self, telling: Telling) -> None:
        """Say it. Raises as `send` does."""
        ...


@runtime_checkable
class TitlesThreads(Protocol):
    """A channel whose threads have titles, which can say that what they are about is done."""

    async def title(self, message: OutboundMessage, *, done: bool) -> None:
        """Let the thread that `message` went to say so. Raises as `send` does."""
        ...


@runtime_checkable
class MarksCases(Protocol):
    """A channel with emoji on messages that may say that a case is seen, and that it is done."""

    @property
    def marks_cases(self) -> bool:
        """Whether this inbox wants it."""
        ...


@runtime_checkable
class TellsNumbers(Protocol):
    """A channel on which a customer may be told the number of his case, in a line of its own."""

    @property
    def tells_numbers(self) -> bool:
        """Whether this inbox wants it."""
        ...
