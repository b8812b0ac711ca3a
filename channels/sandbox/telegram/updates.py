"""Updates waiting for the bot: kept until a poll confirms them or a webhook answers 2xx."""

import asyncio
from typing import Any

import aiohttp
from msgspec import Struct

from channels.sandbox.telegram.refused import ApiError
from desk.kit.clock import Clock

_USUAL = ("chat_member", "message_reaction", "message_reaction_count")  # not sent unless asked
_WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
_OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


class Hook(Struct):
    """Where updates are delivered, and how the last delivery went."""

    url: str = ""
    secret: str = ""
    error: str = ""
    error_at: int = 0


class Updates:
    """The queue of one bot."""

    def __init__(self, clock: Clock, *, first_id: int, retry_s: float) -> None:
        self.pending: list[Any] = []
        self.hook = Hook()
        self.allowed: list[str] | None = None
        self._clock = clock
        self.next_id = first_id
        self._retry_s = retry_s
        self._poll = 0
        self._closed = False
        self._changed = asyncio.Event()

    def add(self, kind: str, body: dict[str, Any]) -> int | None:
        """Queue an update and return its number; None when the bot did not ask for its kind."""
        if self.allowed and kind not in self.allowed:
            return None
        if not self.allowed and kind in _USUAL:
            return None
        return self.add_raw({kind: body})

    def add_raw(self, update: Any) -> int:
        """Queue anything; an object without `update_id` gets the next one."""
        number = self.next_id
        self.next_id += 1
        self.pending.append({"update_id": number, **update} if isinstance(update, dict) else update)
        self._changed.set()
        return number

    async def get(self, offset: int | None, limit: int, timeout_s: int) -> list[Any]:
        """Answer one poll: confirm what is before `offset`, wait for the first update."""
        if self.hook.url:
            raise ApiError(409, _WEBHOOK_ACTIVE)
        self._poll += 1
        mine = self._poll
        self._changed.set()  # ends the poll before this one
        self._confirm(offset)
        try:
            async with asyncio.timeout(min(timeout_s, 50)):
                while not (self.pending or self._closed or self._poll != mine):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        if self._poll != mine:
            raise ApiError(409, _OTHER_POLLER)
        return self.pending[: min(max(limit, 1), 100)]

    def _confirm(self, offset: int | None) -> None:
        if offset is None:
            return
        if offset < 0:
            self.pending = self.pending[offset:]
        else:
            self.pending = [u for u in self.pending if _number(u) >= offset]

    def set_hook(self, url: str, secret: str) -> None:
        """Deliver to `url` from now on; "" goes back to polling."""
        self.hook = Hook(url, secret)
        self._changed.set()

    def close(self) -> None:
        """Let waiting polls go."""
        self._closed = True
        self._changed.set()

    async def deliver(self) -> None:
        """Call the webhook for each update in order, again until it answers 2xx; for ever."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            while True:
                if not (self.hook.url and self.pending):
                    self._changed.clear()
                    await self._changed.wait()
                elif await self._delivered(session, self.hook, self.pending[0]):
                    self.pending.pop(0)
                else:
                    await asyncio.sleep(self._retry_s)

    async def _delivered(self, session: aiohttp.ClientSession, hook: Hook, update: Any) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        try:
            async with session.post(hook.url, json=update, headers=headers) as answer:
                if 200 <= answer.status < 300:
                    return True
                words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError):
            words = "Connection failed"
        hook.error, hook.error_at = words, int(self._clock.now().timestamp())
        return False


def _number(update: Any) -> int:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) else 0
