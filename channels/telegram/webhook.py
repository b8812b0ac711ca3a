"""Being called by Telegram: a secret path, a secret header, stored before it is answered."""

import asyncio
import hmac
import json
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from aiohttp import web

from channels.telegram.config import ALLOWED_UPDATES, TelegramSettings
from channels.telegram.ingress import Ingress
from desk.kit.errors import ChannelBroken, ChannelBusy, DeskError
from desk.kit.ids import sign
from desk.kit.retry import backoff_s
from desk.ports.channel import ChannelKit, Door, Health, HealthState

if TYPE_CHECKING:
    from telegram import WebhookInfo

    from channels.telegram.client import Client

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_BODY_BYTES = 1024 * 1024


class Webhook:
    """One inbox's address for Telegram. Closed until `ingress` is set."""

    def __init__(self, inbox: str, kit: ChannelKit) -> None:
        self.path = "/webhooks/telegram/" + sign(kit.secret, "telegram.webhook.path", inbox)
        self.url = kit.public_url + self.path
        self.ingress: Ingress | None = None
        self._clock = kit.clock
        self._rng = Random()  # noqa: S311 - spreads retries, guards nothing
        self._secret = sign(kit.secret, "telegram.webhook.header", inbox, 64)

    async def receive(self, request: web.Request) -> web.Response:
        """Store one update and answer 200; 403 without the secret, 503 when it is not stored."""
        claimed = request.headers.get(_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(claimed, self._secret.encode()):
            return web.Response(status=403)
        if self.ingress is None:
            return web.Response(status=503)
        try:
            body = await _body(request)
        except web.RequestPayloadError:  # cut off, or not packed as it says
            return web.Response(status=400)
        if body is None:
            return web.Response(status=413)
        try:
            await self.ingress.take([_decoded(body)], body)
        except ChannelBusy:
            return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response()

    async def keep(self, client: "Client", settings: TelegramSettings, door: Door) -> None:
        """Tell Telegram the address, and see now and then that it still calls it; for ever."""
        failures, known = 0, False
        while True:
            try:
                async with client.translated():
                    info = await client.bot.get_webhook_info()
                    if not known or info.url != self.url:
                        await client.bot.set_webhook(
                            self.url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
                        )
            except DeskError as trouble:
                failures, known = failures + 1, False
                broken = isinstance(trouble, ChannelBroken)
                state = HealthState.BROKEN if broken else HealthState.TROUBLED
                door.report(Health(state=state, detail=trouble.reason))
                await asyncio.sleep(self._pause_s(settings, failures, trouble))
            else:
                failures, known = 0, True
                door.report(self._health(info, settings))
                await asyncio.sleep(settings.look_every_s)

    def _pause_s(self, settings: TelegramSettings, failures: int, trouble: DeskError) -> float:
        first_s, cap_s = settings.backoff_first_s, settings.backoff_cap_s
        wait_s = backoff_s(failures, self._rng, first_s=first_s, cap_s=cap_s)
        return max(wait_s, min(trouble.retry_after_s or 0.0, cap_s))

    def _health(self, info: "WebhookInfo", settings: TelegramSettings) -> Health:
        """Return how the calls go: an error lately, while updates wait, is trouble."""
        lately = self._clock.now() - timedelta(seconds=2 * settings.look_every_s)
        failed = info.last_error_date is not None and info.last_error_date > lately
        if failed and info.pending_update_count and info.url == self.url:
            detail = f"Telegram cannot reach the desk: {info.last_error_message}."
            return Health(state=HealthState.TROUBLED, detail=detail)
        return Health(state=HealthState.CONNECTED)


async def _body(request: web.Request) -> bytes | None:
    """Return the body, or None when it is longer than an update can be."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_chunked(64 * 1024):
        size += len(chunk)
        if size > _BODY_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _decoded(body: bytes) -> Any:
    """Return the JSON in `body`; None when it is none: it is stored all the same."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
