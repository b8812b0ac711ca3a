"""What a failed call to the Bot API means for whoever sent: Telegram's errors as ours."""

import httpx
import msgspec
from telegram.error import TelegramError

from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    DeskError,
    Refusal,
    Uncertain,
    Undeliverable,
)

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_CONTEXT_GONE = (
    "message to be replied not found",
    "message to reply not found",
    "replied message not found",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
)
_PEER_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "deactivated",
    "user_is_blocked",
    "chat_write_forbidden",
    "chat_restricted",
    "chat was deleted",
    "not enough rights",
    "have no rights",
    "need administrator rights",
)
_FLOOD_MARGIN_S = 0.1
_OUTAGE_S = 5.0


class _Hints(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Answer(msgspec.Struct):
    description: str = ""
    parameters: _Hints | None = None


class Refused(TelegramError):
    """Any answer that is not 2xx, as it came.

    The library's own classes hide what we must know: 401 and 404 are one class, 413 and 5xx
    another, and BadRequest is a NetworkError.
    """

    def __init__(self, status: int, payload: bytes) -> None:
        answer = _read(payload)
        hints = answer.parameters or _Hints()
        super().__init__(answer.description or f"HTTP {status}")
        self.status = status
        self.retry_after_s = hints.retry_after
        self.moved_to = hints.migrate_to_chat_id


def _read(payload: bytes) -> _Answer:
    try:
        return msgspec.json.decode(payload, type=_Answer)
    except (ValueError, RecursionError):  # a proxy's page, or anything
        return _Answer()


def meaning(trouble: TelegramError) -> DeskError:
    """Return the error of ours that says what to do about `trouble`.

    401 and 404 are not judged here: whether the token is dead only getMe can tell.
    """
    if isinstance(trouble, Refused):
        return _refused(trouble)
    cause = trouble.__cause__
    if isinstance(cause, _NEVER_LEFT):
        return ChannelBusy("Telegram cannot be reached.", _OUTAGE_S)
    kind = type(cause or trouble).__name__
    return Uncertain(f"The connection to Telegram failed in the middle ({kind}).")


def _refused(refused: Refused) -> DeskError:
    words = f"Telegram: {refused.message}"
    if refused.moved_to is not None:
        return Undeliverable(words, Refusal.MOVED, str(refused.moved_to))
    if refused.status == 429:
        return ChannelBusy(words, (refused.retry_after_s or 1.0) + _FLOOD_MARGIN_S)
    if refused.status >= 500:
        return ChannelBusy(words, _OUTAGE_S)
    if refused.status == 409:
        return ChannelBroken("Another process uses this token.")
    if refused.status == 403:
        return Undeliverable(words, Refusal.GONE)
    return Undeliverable(words, _bad_request(refused.message.lower()))


def _bad_request(description: str) -> Refusal:
    if any(words in description for words in _CONTEXT_GONE):
        return Refusal.CONTEXT
    if any(words in description for words in _PEER_GONE):
        return Refusal.GONE
    return Refusal.CONTENT
