"""Reads server-sent events as a browser does, for tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import ClientResponse


@dataclass(frozen=True)
class Sent:
    """One dispatched event; `kind` is empty for a bare id (a heartbeat)."""

    id: str
    kind: str
    data: str


async def sent(response: ClientResponse) -> AsyncIterator[Sent]:
    """Yield each block as it arrives, until the stream ends."""
    fields: dict[str, str] = {}
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        yield Sent(fields.get("id", ""), fields.get("event", ""), fields.get("data", ""))
        fields = {}
