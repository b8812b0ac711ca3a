"""Files too large to mail: a link instead, signed, for some weeks."""

from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from aiohttp import web
from msgspec.structs import replace

from channels.email.config import EmailSettings
from desk.kit.errors import NotFound
from desk.kit.ids import is_signed, sign
from desk.ports.channel import Blobs, ChannelKit
from desk.ports.messages import OutboundFile, OutboundMessage

_PURPOSE = "email.file"


class LargeFiles:
    """The files of one inbox that are linked to; `blobs` is set while it runs."""

    def __init__(self, inbox: str, settings: EmailSettings, kit: ChannelKit) -> None:
        self._settings = settings
        self._kit = kit
        self.path = f"/sent/email/{inbox}"
        self.blobs: Blobs | None = None

    def fitted(self, message: OutboundMessage) -> OutboundMessage:
        """Return `message` as it can be mailed: with links where its files are too large."""
        if sum(one.size_bytes for one in message.attachments) <= self._settings.largest_files_bytes:
            return message
        since = message.written_at or self._kit.clock.now()
        links = "\n".join(self._link(one, since) for one in message.attachments)
        return replace(message, text=f"{message.text}\n\n{links}".strip(), attachments=())

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a link with its file, to be saved; 404 for one that is over or forged."""
        blob, name = request.query.get("file", ""), request.query.get("name", "")
        until, signature = request.query.get("until", ""), request.query.get("sign", "")
        payload = f"{blob} {until} {name}"
        right = is_signed(self._kit.secret, _PURPOSE, payload, signature)
        if not right or not until.isdecimal() or int(until) < self._kit.clock.now().timestamp():
            return web.Response(status=404, text="This link is over.\n")
        if self.blobs is None:
            return web.Response(status=503, text="Not now.\n")
        try:
            content = await self.blobs.get(blob)
        except NotFound:
            return web.Response(status=404, text="This file is gone.\n")
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)

    def _link(self, one: OutboundFile, since: datetime) -> str:
        until = int((since + timedelta(days=self._settings.links_days)).timestamp())
        signature = sign(self._kit.secret, _PURPOSE, f"{one.blob} {until} {one.name}")
        query = {"file": one.blob, "until": until, "name": one.name, "sign": signature}
        size = f"{one.size_bytes / 1_000_000:.1f} MB"
        words = _plain(one.name)
        return f"- [{words}]({self._kit.public_url}{self.path}?{urlencode(query)}) ({size})"


def _plain(name: str) -> str:
    return "".join("_" if one in "[]()\\`*<>" else one for one in name)
