"""Around every request: its id, where it really comes from, cross-origin refusal, problems."""

from urllib.parse import quote, urlsplit

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from desk.http.call import bearer
from desk.http.problems import Problem, problem_of, respond, set_retry_after
from desk.http.replies import Html
from desk.http.routes import Kind
from desk.http.serve import html, route_of
from desk.kit import log
from desk.kit.errors import DeskError, Forbidden, NotSignedIn
from desk.kit.ids import new_id
from desk.web.settings import WebSettings

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
DOORS: web.AppKey[frozenset[web.AbstractRoute]] = web.AppKey("doors")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_log = log.get()


def middlewares(settings: WebSettings) -> list[Middleware]:
    """Return what stands around every handler, the outermost first."""
    return [identified, problems, _from_proxies(settings), _same_origin(settings)]


@web.middleware
async def identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id that its log lines and its problem carry."""
    request[REQUEST_ID] = new_id()
    with structlog.contextvars.bound_contextvars(request=request[REQUEST_ID]):
        return await handler(request)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what goes wrong into a problem for programs or a page for people."""
    try:
        return await handler(request)
    except DeskError as error:
        return _told(request, problem_of(error, request[REQUEST_ID]), error)
    except web.HTTPException as refused:
        if refused.status < 400:
            raise
        problem = Problem(
            refused.reason, refused.status, _detail(refused), request_id=request[REQUEST_ID]
        )
        return _told(request, problem, allow=refused.headers.get(hdrs.ALLOW))
    except ConnectionResetError:  # the browser has left: nobody to tell
        raise
    # The last line: whatever else happens is our fault, logged here once, and not shown.
    except Exception:  # whatever a handler does, its caller gets an answer and we a traceback
        _log.exception("http.failed", method=request.method, route=route_name(request))
        problem = Problem(
            "Internal Server Error",
            500,
            "Something went wrong on our side. It is in our log under this request id.",
            request_id=request[REQUEST_ID],
        )
        return _told(request, problem)


def route_name(request: web.Request) -> str:
    """Return the route without what stood in its place: paths may carry secrets."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "-"


def _told(
    request: web.Request,
    problem: Problem,
    error: DeskError | None = None,
    allow: str | None = None,
) -> web.StreamResponse:
    """Return `problem` in the form its reader understands."""
    if not _wants_page(request):
        response = respond(problem)
    elif isinstance(error, NotSignedIn):
        response = _to_sign_in(request)
    else:
        response = html(request, Html("problem.html", {"problem": problem}, problem.status))
        set_retry_after(response, problem)
    if allow:
        response.headers[hdrs.ALLOW] = allow
    return response


def _wants_page(request: web.Request) -> bool:
    route = route_of(request)
    if route is not None:
        return route.kind is not Kind.API
    if request.path.startswith("/api/") or request.match_info.route in request.config_dict[DOORS]:
        return False
    return "text/html" in request.headers.get(hdrs.ACCEPT, "")


def _to_sign_in(request: web.Request) -> web.Response:
    onward = request.path_qs if request.method in _SAFE_METHODS else "/"
    return web.Response(
        status=303, headers={hdrs.LOCATION: f"/sign-in?next={quote(onward, safe='/')}"}
    )


def _detail(refused: web.HTTPException) -> str:
    plain = {
        404: "There is nothing at this address.",
        405: "This address does not take that method.",
        413: "This is larger than the desk takes.",
    }
    return plain.get(refused.status, refused.text or refused.reason)


def _from_proxies(settings: WebSettings) -> Middleware:
    hops = settings.trusted_proxies

    @web.middleware
    async def from_proxies(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Believe as many entries of X-Forwarded-For as there are proxies of ours, no more."""
        if hops:
            # A proxy may add a line instead of an entry: the last one is the nearest proxy's.
            named = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, [])).split(",")
            if len(named) >= hops and named[-hops].strip():
                request = request.clone(remote=named[-hops].strip())
        return await handler(request)

    return from_proxies


def _same_origin(settings: WebSettings) -> Middleware:
    trusted = settings.origins

    @web.middleware
    async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what another site's page makes a signed-in browser send.

        A request with a bearer token is exempt: the cookie counts for nothing beside it. Doors
        are exempt: no cookie opens them.
        """
        if _is_cross_origin(request, trusted):
            raise Forbidden("This came from another site's page and was not carried out.")
        return await handler(request)

    return same_origin


def _is_cross_origin(request: web.Request, trusted: frozenset[str]) -> bool:
    if request.method in _SAFE_METHODS or bearer(request) is not None:
        return False
    if request.match_info.route in request.config_dict[DOORS]:
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get(hdrs.ORIGIN)
    if site in ("same-origin", "none") or origin in trusted:
        return False
    if site is not None:
        return True
    return origin is not None and _host_of(origin) != request.host


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no browser says so
        return None
