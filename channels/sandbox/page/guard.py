"""Around the page's requests: only this machine's own pages may ask, and browsers are strict."""

from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from desk.kit.errors import DeskError

_NAMES = {"127.0.0.1", "localhost"}
_SAFE = frozenset({"GET", "HEAD"})
_COMMON = (
    "default-src 'none'",
    "base-uri 'none'",
    "style-src 'self'",
    "require-trusted-types-for 'script'",
)


def page_policy(desk: str, own: list[str]) -> str:
    """Return the policy of the page: its own scripts, a look at the desk, forms that lead there."""
    desks = " ".join([desk, *own])
    return "; ".join(
        (
            *_COMMON,
            "script-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self' {desks}",
            "frame-src 'self'",
            f"form-action 'self' {desks}",
            "frame-ancestors 'none'",
        )
    )


def shop_policy(desk: str) -> str:
    """Return the policy of the shop: the strictest that lets the desk's chat in."""
    socket = desk.replace("http", "ws", 1)
    return "; ".join(
        (
            *_COMMON,
            f"script-src 'self' {desk}",
            f"connect-src {desk} {socket}",
            f"img-src 'self' data: blob: {desk}",
            "frame-ancestors 'self'",
        )
    )


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse names that are not this machine's, and other sites' pages; tell errors as JSON."""
    if urlsplit(f"//{request.host}").hostname not in _NAMES:
        raise web.HTTPForbidden(text="The demo answers only on this machine's own address.")
    if request.method not in _SAFE and _is_foreign(request):
        raise web.HTTPForbidden(text="This came from another site's page.")
    try:
        return await handler(request)
    except DeskError as refused:
        return web.json_response({"error": refused.reason}, status=refused.status)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete the headers of an answer."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    # The desk asks which page a sign-in came from: the origin must be told, and no more.
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")


def _is_foreign(request: web.Request) -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get(hdrs.ORIGIN)
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and urlsplit(origin).netloc != request.host


MIDDLEWARES: list[Middleware] = [guarded]
