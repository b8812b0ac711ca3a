"""Pages of notices: mine, how I hear of things, and the one click that stops letters."""

import asyncio

from msgspec import Struct
from msgspec.structs import replace

from desk.http import Call, Html, Need, Redirect, Routes
from desk.http.permissions import Role
from desk.http.services import SECRET
from desk.kit.errors import Invalid, NotFound
from desk.kit.locales import zone_of
from desk.notices import actions, letters, queries
from desk.notices.api import Older, page_of
from desk.notices.queries import Wishes
from desk.notices.rules import FOR_ADMINS, WORDS, Kind

routes = Routes()


class WishForm(Struct, frozen=True, kw_only=True):
    """How I want to hear of things; the boxes that are ticked."""

    letters: str = ""
    kinds: list[Kind] = []
    quiet_from: str = ""
    quiet_to: str = ""
    zone: str = "UTC"


class Nothing(Struct, frozen=True):
    """Whatever fields a mail program sends."""


@routes.page("/notices", needs=Need.AGENT)
async def notices_page(call: Call, query: Older) -> Html:
    """Show my notices and my wishes."""
    data = {
        "page": await page_of(call, query),
        "wishes": await call.db.read(queries.wishes, call.agent.agent_id),
        "kinds": [(kind.value, WORDS[kind]) for kind in Kind if not _is_hidden(call, kind)],
    }
    return Html("notices/list.html", data)


@routes.form("/notices/wishes", needs=Need.AGENT)
async def keep_wishes(call: Call, body: WishForm) -> Redirect:
    """Keep how I want to hear of things; an address that took no mail is tried again."""
    zone = body.zone.strip() or "UTC"
    if await asyncio.to_thread(zone_of, zone) is None:  # reads the disk
        raise Invalid(f"There is no time zone {zone!r}.", pointer="/zone")
    wishes = Wishes(
        letters=bool(body.letters),
        muted=tuple(kind for kind in Kind if kind not in body.kinds and not _is_hidden(call, kind)),
        quiet_from=body.quiet_from.strip(),
        quiet_to=body.quiet_to.strip(),
        zone=zone,
    )
    await call.db.write(actions.wish, call.agent.agent_id, wishes)
    return Redirect("/notices")


@routes.form("/notices/seen", needs=Need.AGENT)
async def all_seen(call: Call, body: Nothing) -> Redirect:
    """Mark all my notices as seen."""
    await call.db.write(actions.see, call.agent.agent_id, now=call.clock.now())
    return Redirect("/notices")


@routes.page("/notices/stop/{token}", needs=Need.NOBODY)
async def ask_to_stop(call: Call, token: str) -> Html:
    """Ask before letters are stopped: mail scanners follow links, they press no buttons."""
    _agent(call, token)
    return Html("notices/stop.html", {"token": token, "done": False})


@routes.form("/notices/stop/{token}", needs=Need.NOBODY)
async def stop(call: Call, token: str, body: Nothing) -> Html:
    """Stop letters to an agent, by the button or by his mail program (RFC 8058)."""
    agent_id = _agent(call, token)
    wishes = await call.db.read(queries.wishes, agent_id)
    await call.db.write(actions.wish, agent_id, replace(wishes, letters=False))
    return Html("notices/stop.html", {"token": token, "done": True})


def _is_hidden(call: Call, kind: Kind) -> bool:
    return kind in FOR_ADMINS and call.agent.role is not Role.ADMIN


def _agent(call: Call, token: str) -> int:
    agent_id = letters.whom_to_stop(call.get(SECRET), token)
    if agent_id is None:
        raise NotFound("There is nothing at this address.")
    return agent_id
