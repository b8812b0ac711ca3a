"""Customers over HTTP."""

from desk.customers import queries
from desk.customers.queries import CustomerView
from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.routes import Routes

routes = Routes()


@routes.get("/api/v1/customers/{customer}", needs=Need.AGENT)
async def show_customer(call: Call, customer: int) -> CustomerView:
    """Return a customer; a merged one is answered by the record it became."""
    return await call.db.read(queries.show, customer)
