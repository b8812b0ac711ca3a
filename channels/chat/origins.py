"""Which sites may embed an inbox's chat, and the guard before each of its doors."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from desk.kit.errors import DeskError, Forbidden, Invalid, NotSignedIn

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Origins:
    """The allowed sites of one inbox; our own public address is always one.

    A site without `https://` or `http://` before it means https.
    """

    def __init__(
        self, patterns: Sequence[str], public_url: str, blocked: Sequence[str] = ()
    ) -> None:
        networks(tuple(blocked))  # a word that names none is told at the start
        self._blocked = blocked
        own = urlsplit(public_url)
        sites = [s if "://" in s or s == "*" else f"https://{s}" for s in patterns]
        self._patterns = [*sites, f"{own.scheme}://{own.netloc}"]

    def allow(self, origin: str) -> bool:
        """Return whether pages of `origin` may talk to this inbox."""
        return any(_fits(origin.lower(), pattern.lower()) for pattern in self._patterns)

    def check(self, request: web.Request, *, required: bool) -> None:
        """Raise Forbidden unless the request comes from an allowed site.

        Browsers name it on sockets and whatever changes something; only plain reads of our own
        pages come without, so `required` is False for those.
        """
        origin = request.headers.get("Origin")
        if (origin is None and required) or (origin is not None and not self.allow(origin)):
            raise Forbidden("This site is not among those that may embed this chat.")

    def check_address(self, request: web.Request) -> None:
        """Raise Forbidden when the request comes from a network that is kept out."""
        if is_blocked(request.remote, self._blocked):
            raise Forbidden("This chat is not open to your network.")

    def guard(self, handler: Handler, *, required: bool = True) -> Handler:
        """Return `handler` behind the check, its errors as JSON, its answer readable by the site.

        There is no cookie anywhere here, so sites are answered without credentials.
        """

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self.check(request, required=required)
                self.check_address(request)
                response = await handler(request)
            except DeskError as refused:
                response = problem(refused)
            except web.RequestPayloadError:  # cut off, or not packed as it says
                response = problem(Invalid("This request cannot be read."))
            if not response.prepared:
                response.headers.update(self.headers(request))
            return response

        return guarded

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return the CORS headers for the site that asks; none of them for any other."""
        origin = request.headers.get("Origin", "")
        if not self.allow(origin):
            return {"Vary": "Origin"}
        return {
            "Vary": "Origin",
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": (
                "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
            ),
            "Access-Control-Max-Age": "600",
        }


def _fits(origin: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    scheme, _, host = pattern.partition("://")
    if not host.startswith("*."):
        return origin == pattern.rstrip("/")
    return origin.startswith(f"{scheme}://") and origin.endswith(host[1:].rstrip("/"))


def is_blocked(address: str | None, blocked: Sequence[str]) -> bool:
    """Return whether an address lies in one of these networks (`203.0.113.7`, `2001:db8::/32`)."""
    try:
        at = ip_address(address or "")
    except ValueError:
        return False
    at = at.ipv4_mapped or at if isinstance(at, IPv6Address) else at
    return any(at in network for network in networks(tuple(blocked)))


@cache
def networks(blocked: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks that these words name. Raises Invalid."""
    try:
        return tuple(ip_network(one, strict=False) for one in blocked)
    except ValueError as wrong:
        raise Invalid(f"blocked_addresses: {wrong}.") from wrong


def bearer(request: web.Request) -> str:
    """Return the session token of a request. Raises NotSignedIn when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("This request carries no session token.")
    return token.strip()


def problem(refused: DeskError) -> web.Response:
    """Return an error as the widget reads it: a reason, and when to try again."""
    body: dict[str, object] = {"error": refused.reason, "retry_after_s": refused.retry_after_s}
    if puzzle := getattr(refused, "puzzle", ""):
        body["puzzle"] = puzzle
    response = json_response(body, status=refused.status)
    if refused.retry_after_s is not None:
        response.headers["Retry-After"] = str(int(refused.retry_after_s) + 1)
    return response


def json_response(body: object, status: int = 200) -> web.Response:
    """Return `body` as JSON that nothing on the way may keep."""
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
