"""Who did it: the actor that every action takes and every event keeps."""

from enum import StrEnum

from msgspec import Struct


class ActorKind(StrEnum):
    """What kind of doer."""

    AGENT = "agent"
    CUSTOMER = "customer"
    BOT = "bot"
    SYSTEM = "system"


class Actor(Struct, frozen=True):
    """Who acts; `id` is the agent's or customer's, None for bot and system."""

    kind: ActorKind
    id: int | None = None


SYSTEM = Actor(ActorKind.SYSTEM)
BOT = Actor(ActorKind.BOT)


def agent(agent_id: int) -> Actor:
    """Return the actor for an agent."""
    return Actor(ActorKind.AGENT, agent_id)


def customer(customer_id: int) -> Actor:
    """Return the actor for a customer."""
    return Actor(ActorKind.CUSTOMER, customer_id)
