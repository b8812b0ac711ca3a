"""For Prometheus: how long answers take, by route and never by path; how each inbox is doing."""

from collections.abc import Callable, Iterable
from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Gauge, Histogram

from desk.reports.inboxes import InboxWork
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


_OF_INBOXES: dict[str, tuple[str, Callable[[InboxWork], float]]] = {
    "up": ("1 while the inbox is connected.", lambda one: one.inbox.health == "connected"),
    "waiting": ("Payloads to be recorded.", lambda one: one.waiting),
    "lag_seconds": ("How long the oldest of them waits.", lambda one: one.lag_s),
    "to_send": ("Messages on their way out.", lambda one: one.to_send),
    "received_day": ("Customers' messages in the last 24 hours.", lambda one: one.received),
    "automatic_day": ("Those of them that machines wrote.", lambda one: one.automatic),
    "failed_day": ("Not delivered, or uncertain, in the last 24 hours.", lambda one: one.failed),
    "set_aside": ("Payloads that could not be recorded.", lambda one: one.set_aside),
    "unmatched": ("Reports about unknown messages.", lambda one: one.unmatched),
}


class InboxMeters:
    """Gauges by inbox, set when they are looked at."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauges = {
            name: Gauge(f"parley_inbox_{name}", told, ("inbox",), registry=registry)
            for name, (told, _) in _OF_INBOXES.items()
        }

    def show(self, work: Iterable[InboxWork]) -> None:
        """Set every gauge to what an inbox has now."""
        for one in work:
            for name, (_, figure) in _OF_INBOXES.items():
                self._gauges[name].labels(one.inbox.key).set(figure(one))
