"""Customers over HTTP."""

from msgspec import Struct

from desk.customers import actions, blocking, describing, queries
from desk.customers.queries import CustomerView
from desk.events.actors import agent
from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.routes import Routes

routes = Routes()


class Blocking(Struct, frozen=True, kw_only=True):
    """Whether somebody is not heard any more; `domain`: nor anybody else at his mail domain."""

    blocked: bool
    domain: bool = False


class Kept(Struct, frozen=True):
    """Whether something offered belongs on a customer's record."""

    kept: bool


class ImagesShown(Struct, frozen=True):
    """Whether remote pictures in somebody's mail are loaded: that tells him that it is read."""

    shown: bool


@routes.get("/api/v1/customers/{customer}", needs=Need.AGENT)
async def show_customer(call: Call, customer: int) -> CustomerView:
    """Return a customer; a merged one is answered by the record it became."""
    return await call.db.read(queries.show, customer)


@routes.put("/api/v1/customer-facts/{fact}", needs=Need.AGENT)
async def describe(call: Call, fact: int, body: Kept) -> None:
    """Keep what a customer's words say of him, as a phone number, or drop it."""
    who, now = agent(call.agent.agent_id), call.clock.now()
    await call.db.write(describing.answer, fact, kept=body.kept, actor=who, now=now)


@routes.put("/api/v1/identities/{identity}/images", needs=Need.AGENT)
async def show_images(call: Call, identity: int, body: ImagesShown) -> None:
    """Load remote pictures in what this identity writes, for every agent, or no more."""
    await call.db.write(actions.show_images, identity, shown=body.shown)


@routes.put("/api/v1/identities/{identity}/blocked", needs=Need.AGENT)
async def block(call: Call, identity: int, body: Blocking) -> None:
    """Set aside what this identity writes, or hear it again. Nobody outside is told."""
    await call.db.write(
        blocking.set_blocked,
        identity,
        blocked=body.blocked,
        domain=body.domain,
        actor=agent(call.agent.agent_id),
        now=call.clock.now(),
    )
