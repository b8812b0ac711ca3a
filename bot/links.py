"""Inviting a customer to another channel: a link that, opened there, proves it is him."""

from collections.abc import Mapping

from aiohttp import web
from msgspec import Struct
from sqlalchemy import Connection

from desk.cases import queries as cases
from desk.customers import actions as customers
from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.routes import Routes
from desk.kit.errors import Invalid
from desk.messages import queries as said
from desk.ports.channel import Channel
from desk.ports.optional import LinksIdentities

routes = Routes()

CHANNELS: web.AppKey[Mapping[str, Channel]] = web.AppKey("channels")


class NewLink(Struct, frozen=True):
    """The inbox the customer is invited to."""

    inbox: str


class Link(Struct, frozen=True, kw_only=True):
    """What to send him: it works once, for 15 minutes, for whoever reads it where he writes now."""

    link: str
    minutes: int = 15


@routes.post("/api/v1/cases/{number}/links", needs=Need.AGENT, status=201)
async def create_link(call: Call, number: int, body: NewLink) -> Link:
    """Make a link that ties the customer's identity on another channel to this customer.

    Put it into a reply: only who reads the conversation as it is now can use it, which is the
    proof.
    """
    channel = call.get(CHANNELS).get(body.inbox)
    if channel is None or not isinstance(channel, LinksIdentities):
        raise Invalid("Customers cannot be invited to that inbox.", pointer="/inbox")

    def unit(c: Connection) -> str:
        case = cases.by_number(c, number)
        place = said.last_place(c, case.id, None)
        if place is None:
            raise Invalid("This customer has not written yet.")
        return customers.create_link_token(c, place.identity_id, now=call.clock.now())

    return Link(link=channel.identity_link(await call.db.write(unit)))
