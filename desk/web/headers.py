"""What every answer says to browsers, unless its handler said otherwise."""

from aiohttp import hdrs, web

from desk.web.middleware import DOORS, REQUEST_ID

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "frame-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"

SECURE: web.AppKey[bool] = web.AppKey("secure", bool)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete the headers of an answer. Doors choose their own frame and sharing rules."""
    headers = response.headers
    headers[hdrs.SERVER] = "Parley"  # else versions are told, to whom they are of use
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Request-Id", request.get(REQUEST_ID, ""))
    if request.config_dict[SECURE]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.match_info.route in request.config_dict[DOORS]:
        return
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
