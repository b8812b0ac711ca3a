"""Being called by Telegram: a secret path, a secret header, stored before it is answered."""

import asyncio
import hmac
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from channels.telegram.config import ALLOWED_UPDATES, TelegramSettings
from channels.telegram.ingress import Ingress
from desk.kit.errors import ChannelBroken, ChannelBusy, DeskError
from desk.kit.ids import sign
from desk.ports.channel import ChannelKit, Door, Health, HealthState

if TYPE_CHECKING:
    from channels.telegram.client import Client

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_BODY_BYTES = 1024 * 1024


class Webhook:
    """One inbox's address for Telegram. Closed until `ingress` is set."""

    def __init__(self, inbox: str, kit: ChannelKit) -> None:
        self.path = "/webhooks/telegram/" + sign(kit.secret, "telegram.webhook.path", inbox)
        self.url = kit.public_url + self.path
        self.ingress: Ingress | None = None
        self._secret = sign(kit.secret, "telegram.webhook.header", inbox, 64)

    async def receive(self, request: web.Request) -> web.Response:
        """Store one update and answer 200; 403 without the secret, 503 when it is not stored."""
        claimed = request.headers.get(_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(claimed, self._secret.encode()):
            return web.Response(status=403)
        if self.ingress is None:
            return web.Response(status=503)
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        try:
            await self.ingress.take([_decoded(body)], body)
        except ChannelBusy:
            return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response()

    async def register(self, client: "Client", settings: TelegramSettings, door: Door) -> None:
        """Tell Telegram the address; tries until it is taken."""
        while True:
            try:
                async with client.translated():
                    await client.bot.set_webhook(
                        self.url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
                    )
            except DeskError as trouble:
                broken = isinstance(trouble, ChannelBroken)
                state = HealthState.BROKEN if broken else HealthState.TROUBLED
                door.report(Health(state=state, detail=trouble.reason))
                await asyncio.sleep(settings.backoff_cap_s if broken else settings.backoff_first_s)
            else:
                door.report(Health(state=HealthState.CONNECTED))
                return


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
