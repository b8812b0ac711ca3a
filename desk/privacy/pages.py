"""Pages of privacy, for admins: a customer's archive or erasure, and all that was asked for."""

from msgspec import Struct

from desk.customers import queries as customers
from desk.http import Call, Html, Need, Redirect, Routes
from desk.privacy import actions
from desk.privacy.api import Confirmed, Older, page_of

routes = Routes()


class Nothing(Struct, frozen=True):
    """A button alone."""


@routes.page("/privacy", needs=Need.ADMIN)
async def privacy_page(call: Call, query: Older) -> Html:
    """Show what was asked for, and how far it is."""
    return Html("privacy/list.html", {"page": await page_of(call, query)})


@routes.page("/privacy/customers/{customer}", needs=Need.ADMIN)
async def customer_page(call: Call, customer: int) -> Html:
    """Ask what is to be done about one customer."""
    found = await call.db.read(customers.show, customer)
    return Html("privacy/customer.html", {"customer": found})


@routes.form("/privacy/customers/{customer}/archive", needs=Need.ADMIN)
async def archive(call: Call, customer: int, body: Nothing) -> Redirect:
    """Let an archive be made."""
    me, now = call.agent.agent_id, call.clock.now()
    await call.db.write(actions.ask_archive, customer, agent_id=me, now=now)
    return Redirect("/privacy")


@routes.form("/privacy/customers/{customer}/erasure", needs=Need.ADMIN)
async def erasure(call: Call, customer: int, body: Confirmed) -> Redirect:
    """Let a customer be erased, if his name was typed as it is shown."""
    me, now = call.agent.agent_id, call.clock.now()
    await call.db.write(actions.ask_erasure, customer, body.name, agent_id=me, now=now)
    return Redirect("/privacy")


@routes.form("/privacy/requests/{request}/cancel", needs=Need.ADMIN)
async def call_off(call: Call, request: int, body: Nothing) -> Redirect:
    """Call off what has not begun."""
    await call.db.write(actions.cancel, request)
    return Redirect("/privacy")
