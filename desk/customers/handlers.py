"""What facts make the record of people do: whoever is met may be somebody we know."""

from datetime import datetime

from sqlalchemy import Connection

from desk.customers import suggesting
from desk.events.log import Event
from desk.events.people import CustomersMerged, CustomersUnmerged, IdentityAdded


def on_event(c: Connection, event: Event, now: datetime) -> None:
    """Keep customers findable, and suggest whom a new identity may belong to. Safe to repeat."""
    match event.fact:
        case IdentityAdded() if event.customer_id is not None:
            suggesting.learn(c, event.customer_id)
            suggesting.suggest(c, event.customer_id, now=now)
        case CustomersMerged(kept_id=kept, merged_id=merged):
            suggesting.learn(c, kept)
            suggesting.learn(c, merged)
        case CustomersUnmerged(kept_id=kept, merged_id=merged):
            suggesting.learn(c, kept)
            suggesting.learn(c, merged)
