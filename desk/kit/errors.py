"""What can go wrong, in our words; foreign exceptions become these at their door."""

from enum import StrEnum


class DeskError(Exception):
    """Anything Parley refuses or fails at, said in a sentence for whoever can act on it.

    `status` is the HTTP status a screen or an API client gets; `retry_after_s` is set when
    trying again later makes sense.
    """

    status = 500

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class Invalid(DeskError):
    """The input cannot be accepted; `pointer` is a JSON pointer to the field."""

    status = 422

    def __init__(self, reason: str, pointer: str | None = None) -> None:
        super().__init__(reason)
        self.pointer = pointer


class NeverOpen(Invalid):
    """A calendar has too few openings to spend a target within a year."""


class Unreadable(Invalid):
    """A payload from outside is not what its channel speaks; it is kept and quarantined."""


class NotSignedIn(DeskError):
    """The caller has not said who he is, or his session or token is gone."""

    status = 401


class Forbidden(DeskError):
    """The caller is known and may not do this."""

    status = 403


class TooOften(Forbidden):
    """The caller may do this, but not so many times; `retry_after_s` says when again."""

    status = 429


class NotFound(DeskError):
    """There is no such thing, or the caller may not know of it."""

    status = 404


class Conflict(DeskError):
    """The record has moved on: somebody else was faster, or the status does not allow it."""

    status = 409


class ChannelBusy(DeskError):
    """Nothing was sent; the same send may be tried again after `retry_after_s`."""

    status = 503


class Uncertain(DeskError):
    """The bytes may have arrived: never repeat silently, ask the channel or a person."""

    status = 504


class ChannelBroken(DeskError):
    """The inbox itself is refused (token revoked): stop it, keep the queue, tell an admin."""

    status = 503


class Refusal(StrEnum):
    """Why a channel will never take this send as it is."""

    GONE = "gone"  # blocked us, left, no such address: mark the identity, try the next channel
    PLACE = "place"  # the group, not the person, is out of reach: he can be written elsewhere
    CONTENT = "content"  # too long or malformed for the channel: degrade once, then fail
    CONTEXT = "context"  # the message or thread answered to is gone: send again without it
    MOVED = "moved"  # the conversation has another address now: rewrite it, send once more


class Undeliverable(DeskError):
    """The channel refused for good: do not retry this send unchanged."""

    status = 502

    def __init__(
        self,
        reason: str,
        refusal: Refusal = Refusal.GONE,
        moved_to: str | None = None,
        place: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.refusal = refusal
        self.moved_to = moved_to
        self.place = place  # of MOVED: where several people write; None: the recipient moved
