"""Asking Telegram for updates: the next question confirms the last, so it waits for the commit."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

from channels.telegram.client import Client
from channels.telegram.config import TelegramSettings
from channels.telegram.ingress import Ingress, update_id
from desk.kit import log
from desk.kit.errors import ChannelBroken, DeskError
from desk.kit.retry import backoff_s
from desk.ports.channel import Door, Health, HealthState

_CONFLICT = (
    "Another process uses this token: Telegram gives each update to one asker only. "
    "Stop the other one, or give this inbox a bot of its own."
)


class Poller:
    """Polls for one bot until cancelled. No failure and no payload ends it."""

    def __init__(
        self, client: Client, settings: TelegramSettings, ingress: Ingress, door: Door
    ) -> None:
        self._client = client
        self._settings = settings
        self._ingress = ingress
        self._door = door
        self._offset: int | None = None
        self._prepared = False
        self._failures = 0
        self._rng = Random()  # noqa: S311 - spreads retries, guards nothing
        self._log = log.get(channel="telegram")

    async def run(self) -> None:
        """Poll for ever, whenever no other process of the desk does."""
        while True:
            try:
                async with self._door.owning("polling"):
                    await self._poll()
            except DeskError as lost:
                await self._pause(lost)

    async def _poll(self) -> None:
        while True:
            try:
                await self._once()
            except DeskError as trouble:
                await self._pause(trouble)
            else:
                if self._failures:
                    self._door.report(Health(state=HealthState.CONNECTED))
                self._failures = 0

    async def _once(self) -> None:
        if not self._prepared:
            async with self._client.translated():
                await self._client.bot.delete_webhook(drop_pending_updates=False)
            if not self._failures:
                self._door.report(Health(state=HealthState.CONNECTED))
            self._prepared = True
        # After a failure the first question does not wait, so that health is told at once.
        timeout_s = 0 if self._failures else self._settings.poll_timeout_s
        updates = await self._client.updates(self._offset, timeout_s)
        await self._ingress.take(updates)
        await self._confirm(updates)

    async def _confirm(self, updates: Sequence[Any]) -> None:
        """Move the offset past what is committed; the next question tells Telegram."""
        known = [number for update in updates if (number := update_id(update)) is not None]
        if known:
            self._offset = max(known) + 1
        elif updates:  # nothing to confirm them by: they come again; do not spin
            self._log.warning("telegram.updates_without_number", count=len(updates))
            await asyncio.sleep(self._settings.backoff_first_s)

    async def _pause(self, trouble: DeskError) -> None:
        self._failures += 1
        state, detail = HealthState.TROUBLED, trouble.reason
        wait_s = backoff_s(
            self._failures,
            self._rng,
            first_s=self._settings.backoff_first_s,
            cap_s=self._settings.backoff_cap_s,
        )
        status = getattr(trouble.__cause__, "status", None)
        if status == 429:
            wait_s = max(wait_s, trouble.retry_after_s or 0.0)
        elif status == 409:
            self._prepared, detail = False, _CONFLICT  # it may be a webhook that somebody set
        elif isinstance(trouble, ChannelBroken):
            state, wait_s = HealthState.BROKEN, self._settings.backoff_cap_s
        self._door.report(Health(state=state, detail=detail))
        self._log.warning("telegram.poll_failed", reason=detail, again_in_s=round(wait_s, 1))
        await asyncio.sleep(wait_s)
