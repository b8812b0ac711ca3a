"""The page where an agent connects his accounts on the networks that have a hub."""

from aiohttp import web
from msgspec import Struct

from bot.hub.rules import Hub
from bot.links import CHANNELS
from desk.agents import accounts
from desk.http import Call, Html, Need, Redirect, Routes
from desk.kit.errors import Invalid
from desk.ports.hub import HasHubs

routes = Routes()

HUBS: web.AppKey[tuple[Hub, ...]] = web.AppKey("hubs")


class Connect(Struct, frozen=True):
    """The inbox whose network the agent is on."""

    inbox: str


class Disconnect(Struct, frozen=True):
    """The account that is to be forgotten."""

    account: int


@routes.page("/accounts", needs=Need.AGENT)
async def accounts_page(call: Call) -> Html:
    """Show my accounts, and where I could connect one."""
    return await _page(call)


@routes.form("/accounts/connect", needs=Need.AGENT)
async def connect(call: Call, body: Connect) -> Html:
    """Show, once, what ties my account there to me."""
    channel = call.get(CHANNELS).get(body.inbox)
    if channel is None or not isinstance(channel, HasHubs) or not channel.hubs:
        raise Invalid("Agents do not work there.", pointer="/inbox")
    me, now = call.agent.agent_id, call.clock.now()
    token = await call.db.write(accounts.offer, me, channel.kind, now=now)
    return await _page(call, inbox=body.inbox, link=channel.account_link(token))


@routes.form("/accounts/disconnect", needs=Need.AGENT)
async def disconnect(call: Call, body: Disconnect) -> Redirect:
    """Forget an account of mine: nothing done there is mine any more."""
    await call.db.write(accounts.untie, body.account, call.agent.agent_id)
    return Redirect("/accounts")


async def _page(call: Call, *, inbox: str = "", link: str = "") -> Html:
    data = {
        "accounts": await call.db.read(accounts.of_agent, call.agent.agent_id),
        "inboxes": sorted({(hub.inbox, hub.channel) for hub in call.get(HUBS)}),
        "inbox": inbox,
        "link": link,
        "minutes": int(accounts.VALID.total_seconds() // 60),
    }
    return Html("hub/accounts.html", data)
