"""What passes between a channel and the desk: plain frozen data, no foreign type, no table."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Assurance(StrEnum):
    """How sure we are that an identity is who it says."""

    NONE = "none"  # typed by whoever (a name in a chat form)
    CHANNEL = "channel"  # the provider vouches for it (a Telegram user id)
    VERIFIED = "verified"  # proved by a code, a link or a signed token


class Automation(StrEnum):
    """Why a message is not taken as a person's word. Such a one is never answered by itself."""

    AUTO_REPLY = "auto_reply"
    LIST = "list"
    LOOP = "loop"
    BOT = "bot"
    CALENDAR = "calendar"  # an invitation accepted or declined
    REPEATED = "repeated"  # the same words, again and again
    HISTORY = "history"  # it was there before we were: kept at its own time, nobody waits for us


class Remark(Struct, frozen=True):
    """What a reader should know before he believes a message. `detail` is what it is about.

    Codes: unverified_sender, mixed_scripts, looks_like_us, named_like_us, named_like_agent,
    forwarded_by, written_for, also_to, subject_changed, passed_around, no_reply, not_addressed,
    overheard (the group, "" for a channel), calendar, invitation, misleading_link, encrypted,
    signed, incomplete, more_files, back_on, away_until (an ISO date), told (an answer in a
    form), on_page.
    """

    code: str
    detail: str = ""


class Reason(Struct, frozen=True):
    """One step of a message's way into the record, and why it was taken; for people.

    Codes: case, automatic, silence, language, acknowledged.
    """

    code: str
    words: str


class Sender(Struct, frozen=True, kw_only=True):
    """Who wrote, as the channel tells it. Everything but `address` is a claim."""

    address: str  # the identity: a mail address, Telegram user id, Slack `team:user`, visitor id
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    username: str | None = None
    language: str | None = None
    zone: str | None = None
    avatar_url: str | None = None
    organization: str | None = None  # a Slack team id, a mail domain
    assurance: Assurance = Assurance.CHANNEL
    external_id: str | None = None  # the host site's id for him (`sub` of a signed chat token)


class Attachment(Struct, frozen=True, kw_only=True):
    """A file that came with a message; `ref` is what the channel's `fetch` takes."""

    name: str
    mime: str
    size_bytes: int
    ref: str
    content_id: str | None = None
    inline: bool = False


class Forwarded(Struct, frozen=True, kw_only=True):
    """The mail inside a forwarded one; `note` is what the forwarder wrote above it."""

    sender: Sender
    text: str
    subject: str | None = None
    note: str = ""
    believed: bool = False  # the inbox's settings trust the forwarder


class InboundMessage(Struct, frozen=True, kw_only=True, tag="message"):
    """One message of a customer, whole."""

    external_id: str  # unique per inbox: a second one with the same id is the same message
    sender: Sender
    thread: str = ""  # the conversation on the channel; "" where only ids tell (e-mail)
    text: str  # what was written now, plain, without quotes of older messages
    html: str | None = None  # the same, sanitised; None: show the text
    full_text: str | None = None  # with quotes and signature, where they were cut
    signature: str = ""  # what was cut from below the words: name, title, phone number
    subject: str | None = None
    sent_at: datetime | None = None  # as the sender's clock had it: shown, never reckoned with
    in_reply_to: tuple[str, ...] = ()  # external ids it answers, best first
    attachments: tuple[Attachment, ...] = ()
    recipients: tuple[str, ...] = ()  # others addressed (To, Cc), without our own addresses
    automation: Automation | None = None
    genuine: bool | None = None  # its server vouches for the sender (True) or warns (False)
    remarks: tuple[Remark, ...] = ()
    trace: tuple[Reason, ...] = ()  # why it is where it is
    forwarded: Forwarded | None = None  # believed of colleagues and trusted forwarders
    case_id: int | None = None  # proved by a signed token of ours found in the message
    token: str = ""  # that token
    mentions_number: int | None = None  # a case number merely quoted: proves nothing
    link_token: str | None = None  # a one-time token that ties this identity to a customer
    same_subject: str = ""  # joins the sender's case about this, if it is as fresh as that:
    same_subject_s: int = 0
    came_at: datetime | None = None  # of history: when it came; None: just now
    still_waits: bool = False  # of history: nobody has read it, and it is not old
    one_of_copies: bool = False  # the same, come to another inbox of its channel, is this one
    wants_new_case: bool = False  # said so: /new, a form, a fresh top-level Slack message
    opens_case: bool = True  # False: joins the case it belongs to, else is nobody's (chatter)
    wants_person: bool = False  # said so: /human, the button
    unseen: bool = False  # written in a form: it stands nowhere on the network
    kind: str | None = None  # chosen in a form: question, incident, request or complaint
    overheard: bool = False  # others read along: it has nothing to do with private cases
    context: dict[str, str] = {}  # page, start payload, form fields
    language: str | None = None


class MessageSent(Struct, frozen=True, kw_only=True, tag="sent"):
    """One of us wrote to a customer outside of the desk: in his mail program."""

    external_id: str
    writer: Sender
    text: str
    thread: str = ""
    html: str | None = None
    full_text: str | None = None
    subject: str | None = None
    sent_at: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    genuine: bool | None = None  # as of InboundMessage; found in our own Sent folder it is True
    case_id: int | None = None


class MessageEdited(Struct, frozen=True, kw_only=True, tag="edited"):
    """The customer changed a message he sent."""

    external_id: str
    sender: Sender
    thread: str = ""
    text: str
    html: str | None = None


class MessageDeleted(Struct, frozen=True, kw_only=True, tag="deleted"):
    """The customer took a message back."""

    external_id: str
    thread: str = ""


class MessageReacted(Struct, frozen=True, kw_only=True, tag="reacted"):
    """A customer put emoji on a message, or took them off it."""

    external_id: str  # of the message
    sender: Sender
    thread: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class ButtonPressed(Struct, frozen=True, kw_only=True, tag="pressed"):
    """A choice under one of our messages was taken; `value` is the Choice's value."""

    external_id: str  # of the press itself
    source_external_id: str | None = None  # the message the button was under
    sender: Sender
    thread: str = ""
    value: str


class AuthorKind(StrEnum):
    """Who speaks in a message."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class Author(Struct, frozen=True, kw_only=True):
    """The voice an outgoing message speaks with."""

    kind: AuthorKind
    name: str
    avatar_url: str | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """A button under a message: `value` comes back in ButtonPressed (≤ 40 ASCII characters)."""

    label: str
    value: str
    url: str | None = None  # opens this instead of answering


class Telling(Struct, frozen=True, kw_only=True):
    """A few words to a customer that belong to no case: the answer to a CustomerAsked."""

    recipient: str
    thread: str = ""
    text: str  # Markdown
    choices: tuple[Choice, ...] = ()  # values begin with "ask:"


class OutboundFile(Struct, frozen=True, kw_only=True):
    """A file to send; its bytes are behind `blob` in the blob store."""

    name: str
    mime: str
    size_bytes: int
    blob: str


class OutboundMessage(Struct, frozen=True, kw_only=True):
    """One message of ours to one recipient on one channel. Never a note: notes are another type."""

    id: str  # idempotency key: the same id is the same message, however often it is sent
    case_id: int
    case_number: int
    message_id: int
    recipient: str  # the identity's address
    recipient_name: str | None = None
    thread: str = ""  # where on the channel; "" lets the channel choose
    text: str  # Markdown
    written_at: datetime | None = None
    author: Author
    subject: str | None = None
    in_reply_to: str | None = None  # external id of the customer's last message
    references: tuple[str, ...] = ()  # older external ids of the case, oldest first
    cc: tuple[str, ...] = ()
    attachments: tuple[OutboundFile, ...] = ()
    choices: tuple[Choice, ...] = ()
    automatic: bool = False  # written by no person: the channel marks it so
    stop_url: str = ""  # one click there stops messages like this one
    plain: bool = False  # degraded: the channel refused the formatted one
    language: str | None = None


class StaffLetter(Struct, frozen=True, kw_only=True):
    """A letter to an agent, about what waits for him: never to a customer."""

    agent_id: int
    key: int  # the same key is the same letter
    address: str
    name: str
    subject: str
    text: str
    case_id: int | None = None  # all of it is about this one; answers lead into it
    stop_url: str = ""  # one click there stops these letters
