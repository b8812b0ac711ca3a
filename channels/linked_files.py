"""Files too large for a network: a link instead, signed, for some weeks."""

from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from aiohttp import web

from desk.kit.errors import NotFound
from desk.kit.ids import is_signed, sign
from desk.ports.channel import Blobs, ChannelKit, HttpDoor
from desk.ports.messages import OutboundFile


class LinkedFiles:
    """The files of one inbox that are linked to; `blobs` is set while it runs."""

    def __init__(self, kind: str, inbox: str, days: int, kit: ChannelKit) -> None:
        self.blobs: Blobs | None = None
        self._purpose = f"{kind}.file"
        self._days = days
        self._kit = kit
        self._path = f"/sent/{kind}/{inbox}"

    @property
    def door(self) -> HttpDoor:
        """Where the links lead."""
        return HttpDoor(method="GET", path=self._path, handler=self.handle)

    def link(self, one: OutboundFile, written_at: datetime | None) -> str:
        """Return a line of Markdown that leads to a file, the same every time."""
        since = written_at or self._kit.clock.now()
        until = int((since + timedelta(days=self._days)).timestamp())
        signature = sign(self._kit.secret, self._purpose, f"{one.blob} {until} {one.name}")
        query = {"file": one.blob, "until": until, "name": one.name, "sign": signature}
        size = f"{one.size_bytes / 1_000_000:.1f} MB"
        words = _plain(one.name)
        return f"- [{words}]({self._kit.public_url}{self._path}?{urlencode(query)}) ({size})"

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a link with its file, to be saved; 404 for one that is over or forged."""
        blob, name = request.query.get("file", ""), request.query.get("name", "")
        until, signature = request.query.get("until", ""), request.query.get("sign", "")
        payload = f"{blob} {until} {name}"
        right = is_signed(self._kit.secret, self._purpose, payload, signature)
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


def _plain(name: str) -> str:
    return "".join("_" if one in "[]()\\`*<>" else one for one in name)
