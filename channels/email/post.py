"""POST /inbound/email/{inbox}: raw MIME from a relay, believed by token or signature."""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from channels.email.config import EmailSettings
from channels.email.envelope import Envelope
from desk.kit.clock import Clock
from desk.kit.errors import DeskError
from desk.kit.secrets import reveal

Take = Callable[[bytes, Envelope | None], Awaitable[bool]]

_CHUNK_BYTES = 64 * 1024
_SIGNATURE = re.compile(r"^(?:sha256=)?([0-9a-fA-F]{64})$")


class MailPost:
    """The HTTP door of one inbox. `take` returns whether the mail was new, after the commit.

    A caller sends `Authorization: Bearer TOKEN`, or `X-Parley-Timestamp` (seconds since 1970)
    and `X-Parley-Signature`: the hex HMAC-SHA256, keyed with the token, of the timestamp, a
    full stop and the body. `X-Envelope-From` and `X-Envelope-To` (comma separated) tell the
    envelope, when the relay knows it; a signature then covers the timestamp, a full stop,
    X-Envelope-From, a line feed, X-Envelope-To, a line feed and the body. The same mail again is
    the same mail: no idempotency key is needed.
    """

    def __init__(self, settings: EmailSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._take: Take | None = None

    def open(self, take: Take) -> None:
        """Let mail through to `take`."""
        self._take = take

    def close(self) -> None:
        """Answer 503 until opened again."""
        self._take = None

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 202 for a new mail, 200 for one we had; never before the commit."""
        if self._take is None or not self._settings.post.token:
            return _problem(503, "This door is closed.")
        token = reveal(self._settings.post.token)
        bearer = request.headers.get("Authorization", "")
        if bearer and not _same(bearer, f"Bearer {token}"):
            return _problem(401, "The token is not the one of this inbox.")
        raw = await self._body(request)
        if raw is None:
            return _problem(413, f"The mail is larger than {self._settings.largest_bytes} bytes.")
        if not bearer and not self._is_signed(request, token, raw):
            return _problem(401, "The signature is missing, too old or wrong.")
        if not raw.strip():
            return _problem(400, "The body holds no mail.")
        return await self._accept(self._take, raw, _envelope(request))

    async def _accept(self, take: Take, raw: bytes, envelope: Envelope | None) -> web.Response:
        try:
            fresh = await take(raw, envelope)
        except DeskError as trouble:
            problem = _problem(503, "The mail cannot be stored just now; send it again.")
            problem.headers["Retry-After"] = str(int(trouble.retry_after_s or 5))
            return problem
        return web.json_response({"fresh": fresh}, status=202 if fresh else 200)

    async def _body(self, request: web.Request) -> bytes | None:
        # Read from the stream: the application's own limit is far below a mail's.
        chunks = bytearray()
        async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
            chunks += chunk
            if len(chunks) > self._settings.largest_bytes:
                return None
        return bytes(chunks)

    def _is_signed(self, request: web.Request, token: str, raw: bytes) -> bool:
        stamp = request.headers.get("X-Parley-Timestamp", "")
        signature = _SIGNATURE.match(request.headers.get("X-Parley-Signature", ""))
        if not signature or not re.fullmatch(r"[0-9]{1,12}", stamp):
            return False
        age_s = abs(self._clock.now().timestamp() - int(stamp))
        signed = f"{stamp}.{_envelope_words(request)}".encode("utf-8", "surrogateescape") + raw
        wanted = hmac.new(token.encode(), signed, hashlib.sha256).hexdigest()
        return _same(signature[1].lower(), wanted) and age_s <= self._settings.post.skew_s


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _envelope_words(request: web.Request) -> str:
    """Return the envelope as a signature covers it: who signed a mail has not signed any other."""
    told = [request.headers.get(name, "") for name in ("X-Envelope-From", "X-Envelope-To")]
    return "".join(f"{one}\n" for one in told) if any(told) else ""


def _envelope(request: web.Request) -> Envelope | None:
    recipients = request.headers.get("X-Envelope-To", "")
    if not recipients:
        return None
    named = tuple(one.strip().strip("<>") for one in recipients.split(",") if one.strip())
    return Envelope(request.headers.get("X-Envelope-From", "").strip().strip("<>"), named)


def _problem(status: int, detail: str) -> web.Response:
    body = {"title": detail, "status": status}
    return web.json_response(body, status=status, content_type="application/problem+json")
