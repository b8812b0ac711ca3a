"""Who an agent is on the networks where he works: accounts, tied to him by a token of one use.

The token is made in his session and told by his account, which proves both.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from desk.agents.tables import account_links, agent_accounts, agents
from desk.kit.ids import hash_token, new_token

PREFIX = "agent-"  # of a token, so that nobody takes it for a customer's
VALID = timedelta(minutes=15)


class AccountView(Struct, frozen=True, kw_only=True):
    """One account of an agent."""

    id: int
    channel: str
    address: str
    name: str
    linked_at: datetime


def offer(c: Connection, agent_id: int, channel: str, *, now: datetime) -> str:
    """Return a token that ties the account which tells it to this agent, once, for a while."""
    c.execute(delete(account_links).where(account_links.c.expires_at <= now))
    token = PREFIX + new_token()
    link = {"token_hash": hash_token(token), "agent_id": agent_id, "channel": channel}
    c.execute(insert(account_links).values(**link, expires_at=now + VALID))
    return token


def tie(
    c: Connection, token: str, channel: str, address: str, name: str, *, now: datetime
) -> int | None:
    """Tie an account to the agent a token is for and return him; None: the token is worth nothing.

    Whose account it was before, it is no longer.
    """
    agent_id = c.execute(
        delete(account_links)
        .where(
            account_links.c.token_hash == hash_token(token),
            account_links.c.channel == channel,
            account_links.c.expires_at > now,
        )
        .returning(account_links.c.agent_id)
    ).scalar_one_or_none()
    if agent_id is None:
        return None
    here = agent_accounts.c.channel == channel, agent_accounts.c.address == address
    c.execute(delete(agent_accounts).where(*here))
    account = {"agent_id": agent_id, "channel": channel, "address": address, "name": name}
    c.execute(insert(agent_accounts).values(**account, linked_at=now))
    return int(agent_id)


def untie(c: Connection, account_id: int, agent_id: int) -> None:
    """Forget an account of an agent's; one that is not his stays."""
    mine = agent_accounts.c.id == account_id, agent_accounts.c.agent_id == agent_id
    c.execute(delete(agent_accounts).where(*mine))


def agent_of(c: Connection, channel: str, address: str) -> int | None:
    """Return the agent behind an account, if he still works here."""
    found: int | None = c.scalar(
        select(agent_accounts.c.agent_id)
        .join(agents, agents.c.id == agent_accounts.c.agent_id)
        .where(agent_accounts.c.channel == channel, agent_accounts.c.address == address)
        .where(agents.c.active)
    )
    return found


def of_agent(c: Connection, agent_id: int) -> list[AccountView]:
    """Return an agent's accounts, the oldest first."""
    mine = agent_accounts.c.agent_id == agent_id
    rows = c.execute(select(agent_accounts).where(mine).order_by(agent_accounts.c.id))
    return [
        AccountView(
            id=row.id,
            channel=row.channel,
            address=row.address,
            name=row.name,
            linked_at=row.linked_at,
        )
        for row in rows
    ]


def addresses(c: Connection, channel: str, agent_ids: Collection[int]) -> list[str]:
    """Return the accounts of these agents on a network."""
    asked = agent_accounts.c.channel == channel, agent_accounts.c.agent_id.in_(agent_ids)
    return list(
        c.scalars(select(agent_accounts.c.address).where(*asked).order_by(agent_accounts.c.id))
    )
