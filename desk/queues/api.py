"""Queues and inboxes over HTTP."""

from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.routes import Routes
from desk.queues import queries
from desk.queues.queries import InboxView, QueueView

routes = Routes()


@routes.get("/api/v1/queues", needs=Need.AGENT)
async def list_queues(call: Call) -> list[QueueView]:
    """Return every queue by name."""
    return await call.db.read(queries.list_queues)


@routes.get("/api/v1/inboxes", needs=Need.AGENT)
async def list_inboxes(call: Call) -> list[InboxView]:
    """Return every inbox with how it is doing."""
    return await call.db.read(queries.list_inboxes)
