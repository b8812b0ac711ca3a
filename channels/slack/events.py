"""Slack's door over HTTP: signed events and interactions, committed before they are answered."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from channels.slack.config import SlackSettings
from channels.slack.ingress import Ingress, Payload
from channels.slack.signatures import is_genuine
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import DeskError, Invalid, Unreadable
from desk.kit.secrets import reveal

MAX_BODY_BYTES = 1024 * 1024

_MAX_FIELDS = 50


class EventsDoor:
    """One route. `ingress()` is where payloads go, None while the inbox is not running."""

    def __init__(
        self, settings: SlackSettings, clock: Clock, ingress: Callable[[], Ingress | None]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ingress = ingress
        self._log = log.get(channel="slack")

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request of Slack: 200 committed, 401 not Slack's, 400 no payload, 503 later.

        While no signing secret is set, Slack's check of the address is answered unsigned, and
        nothing else: the secret and the address are often entered in this order.
        """
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return web.Response(status=413)
        try:
            body = await request.read()
        except web.RequestPayloadError:  # cut off, or not packed as it says
            return web.Response(status=400)
        try:
            secret = reveal(self._settings.signing_secret)
        except Invalid as missing:
            self._log.error("slack.secret_missing", reason=missing.reason)
            return web.Response(status=503)
        if secret and not self._is_genuine(request, body, secret):
            return web.Response(status=401)
        try:
            kind, payload = payload_of(body, request.headers.get("Content-Type", ""))
        except Unreadable:
            return web.Response(status=400 if secret else 401)
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": str(payload.get("challenge", ""))})
        return await self._take((kind, payload)) if secret else web.Response(status=401)

    def _is_genuine(self, request: web.Request, body: bytes, secret: str) -> bool:
        return is_genuine(
            body,
            secret=secret,
            timestamp=request.headers.get("X-Slack-Request-Timestamp"),
            signature=request.headers.get("X-Slack-Signature"),
            now=self._clock.now(),
        )

    async def _take(self, payload: Payload) -> web.Response:
        ingress = self._ingress()
        if ingress is None:
            return web.Response(status=503)
        try:
            (fresh,) = await ingress.take([payload])
        except DeskError as trouble:
            self._log.warning("slack.not_taken", reason=trouble.reason)
            told = ingress.interactive.refusal(*payload)
            return web.json_response(told) if told else web.Response(status=503)
        if payload[0] == "events_api":
            return web.Response()
        told = await ingress.interactive.answer(*payload, fresh=fresh)
        return web.json_response(told) if told else web.Response()


def payload_of(body: bytes, content_type: str) -> Payload:
    """Return kind and payload of a body: JSON, a form with JSON in it, or a command's form.

    The charset of `content_type` is not looked at: Slack writes UTF-8. Raises Unreadable.
    """
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return "events_api", _object(body)
    try:
        fields = dict(parse_qsl(body.decode(), strict_parsing=True, max_num_fields=_MAX_FIELDS))
    except ValueError as trouble:
        raise Unreadable("This is no form.") from trouble
    if "payload" in fields:
        return "interactive", _object(fields["payload"])
    return "slash_commands", fields


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as trouble:
        raise Unreadable("This is no JSON.") from trouble
    if not isinstance(found, dict):
        raise Unreadable("This is no JSON object.")
    return found
