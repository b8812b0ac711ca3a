"""Links to cases that agents post: which cases they mean, and the job that shows them."""

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from bot.hub import queries
from bot.hub.queries import CaseLink
from bot.intake import Desk
from desk.agents import accounts
from desk.cases import queries as cases
from desk.db import jobs
from desk.kit.errors import NotFound
from desk.ports.hub import HubCard
from desk.ports.inbound import CaseLinked

LINKS = "hub-links"  # the kind of job

_MOST = 5  # links under one message
_CASE = re.compile(r"/workspace/(\d{1,15})/?(?:[?#].*)?")


def take(c: Connection, desk: Desk, linked: CaseLinked, *, now: datetime) -> bool:
    """Let an agent's links show their cases; anybody else's show nothing."""
    if accounts.agent_of(c, desk.inbox.channel, linked.sender.address) is None:
        return False
    payload = {"external_id": linked.external_id, "urls": list(linked.urls[:_MOST])}
    inbox, key = desk.inbox.key, f"{desk.inbox.key} {linked.external_id}"
    return jobs.enqueue(c, LINKS, payload, due_at=now, lane=inbox, key=key)


def cards(
    c: Connection, urls: Collection[str], public_url: str, now: datetime
) -> dict[str, HubCard]:
    """Return for each URL of this desk the case it leads to."""
    found = {}
    for url in urls:
        meant = (
            _CASE.fullmatch(url.removeprefix(public_url)) if url.startswith(public_url) else None
        )
        if meant is None:
            continue
        try:
            case = cases.by_number(c, int(meant[1]))
        except NotFound:
            continue
        found[url] = queries.face(c, CaseLink(case.id, url), public_url, now)
    return found
