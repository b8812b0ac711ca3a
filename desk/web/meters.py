"""How long answers take, for Prometheus: by method, route and status, never by path."""

from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Gauge, Histogram

from desk.web.middleware import route_name

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def metered(registry: CollectorRegistry) -> Middleware:
    """Return a middleware that measures into `registry`. Streams are counted while they last."""
    seconds = Histogram(
        "parley_http_request_seconds",
        "From the request's head to the answer's end.",
        ("method", "route", "status"),
        registry=registry,
        buckets=_BUCKETS_S,
    )
    under_way = Gauge("parley_http_requests", "Requests under way.", registry=registry)

    @web.middleware
    async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = perf_counter()
        with under_way.track_inprogress():
            response = await handler(request)
        if response.content_type != "text/event-stream" and response.status != 101:
            labels = (request.method, route_name(request), str(response.status))
            seconds.labels(*labels).observe(perf_counter() - began)
        return response

    return measured
