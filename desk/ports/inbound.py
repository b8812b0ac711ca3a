"""All that comes in from a channel: messages, and what people and networks tell beside them."""

from enum import StrEnum

from msgspec import Struct

from desk.ports.messages import (
    Attachment,
    ButtonPressed,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
    MessageSent,
    Sender,
)


class Wish(StrEnum):
    """What a customer can ask the desk for without writing a message: by a command, a button."""

    BEGIN = "begin"  # he opened the conversation anew
    CASES = "cases"  # which of his cases are open
    NEW = "new"  # what he writes next is another matter
    LANGUAGE = "language"  # the language to speak with him
    TRANSCRIPT = "transcript"  # the conversation by letter
    QUIET = "quiet"  # nothing automatic any more, until he writes


class CustomerAsked(Struct, frozen=True, kw_only=True, tag="asked"):
    """A customer asked the desk for something that is no message and belongs to no case."""

    external_id: str
    sender: Sender
    thread: str = ""  # where to answer
    wish: Wish
    value: str = ""  # of a language: how he named it
    overheard: bool = False  # others read along where he asked


class ReachabilityChanged(Struct, frozen=True, kw_only=True, tag="reachability"):
    """An identity blocked us, left, or came back."""

    address: str
    reachable: bool
    reason: str = ""


class ThreadOpened(Struct, frozen=True, kw_only=True, tag="thread_opened"):
    """The channel gave a conversation of ours a thread of its own while it sent a message."""

    thread: str  # what is written there belongs to the message's case
    message_id: int  # as of OutboundMessage


class PlaceLost(Struct, frozen=True, kw_only=True, tag="place_lost"):
    """We were taken out of a place where several people write; they themselves are still there."""

    place: str  # threads there are called so, or begin with it and a colon
    reason: str = ""


class PlaceMoved(Struct, frozen=True, kw_only=True, tag="place_moved"):
    """A place where several people write has another address now."""

    before: str  # threads there are called so, or begin with it and a colon
    after: str


class DeliveryReported(Struct, frozen=True, kw_only=True, tag="report"):
    """What became of a message we sent: delivered, read, under way still, or failed (a bounce)."""

    external_id: str  # "" when only `about` and `address` may tell which
    state: str  # delivered | delayed | read | failed
    detail: str = ""  # in plain words, then the server's own
    address: str | None = None  # the recipient it is about
    about: tuple[str, ...] = ()  # other external ids it may be about, surest first
    proved: bool = False  # a signature of ours in it names the message
    final: bool = False  # the address is wrong for good


class Complained(Struct, frozen=True, kw_only=True, tag="complaint"):
    """A recipient told his provider that a message of ours is spam."""

    external_id: str
    about: tuple[str, ...] = ()
    address: str | None = None
    proved: bool = False


class StaffUnreachable(Struct, frozen=True, kw_only=True, tag="staff"):
    """A letter to an agent came back for good: his address takes no mail."""

    agent_id: int
    address: str
    detail: str = ""


class HubSaid(Struct, frozen=True, kw_only=True, tag="hub_said"):
    """Somebody wrote in the thread of a case, in a place where agents work (desk.ports.hub)."""

    external_id: str
    sender: Sender
    place: str
    thread: str
    text: str  # Markdown
    to_customer: bool  # False: for colleagues
    marked: bool = False  # it says itself for whom it is
    attachments: tuple[Attachment, ...] = ()
    edits: bool = False  # words of that id are these now; "": they were taken back
    stands: bool = True  # it stands in the thread; False: written into a form


class HubPressed(Struct, frozen=True, kw_only=True, tag="hub_pressed"):
    """Somebody chose something on the card of a case, or did there what means the same."""

    external_id: str
    sender: Sender
    place: str
    thread: str
    action: str  # take | assign | status | priority | snooze | command (nothing we know)
    value: str = ""  # one of the card's options


class CaseLinked(Struct, frozen=True, kw_only=True, tag="case_linked"):
    """Somebody put links to the desk into a message where agents work."""

    external_id: str  # of the message
    sender: Sender
    place: str
    urls: tuple[str, ...]


class PlaceRenamed(Struct, frozen=True, kw_only=True, tag="renamed"):
    """The network calls a place otherwise now: what names of it began with, and begin with."""

    threads: tuple[str, str]
    ids: tuple[str, str]


class HomeOpened(Struct, frozen=True, kw_only=True, tag="home"):
    """A customer looks at the page he has within the network: see desk.ports.homes."""

    sender: Sender


Inbound = (
    InboundMessage
    | MessageSent
    | MessageEdited
    | MessageDeleted
    | MessageReacted
    | ButtonPressed
    | CustomerAsked
    | ReachabilityChanged
    | ThreadOpened
    | PlaceLost
    | PlaceMoved
    | DeliveryReported
    | Complained
    | StaffUnreachable
    | HubSaid
    | HubPressed
    | CaseLinked
    | HomeOpened
    | PlaceRenamed
)
