"""JSON of agents: signing in and out, oneself, presence, colleagues, sessions and API tokens."""

from typing import Annotated

from msgspec import Meta, Struct

from desk.agents import actions, queries, sessions, tokens
from desk.agents.doorkeeper import DOORKEEPER, place_of
from desk.agents.queries import AgentView, SessionView, TeamView, TokenView
from desk.agents.rules import Presence, Scope
from desk.agents.sign_in import SIGN_IN
from desk.events import actors
from desk.http import Call, Need, Page, Routes, decode_cursor, encode_cursor
from desk.http.call import bearer
from desk.kit.errors import Forbidden
from desk.kit.ids import hash_token

routes = Routes()


class SignInBody(Struct, frozen=True):
    """An agent's address and password."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


class PresenceBody(Struct, frozen=True):
    """Whether the caller takes work, and why not."""

    presence: Presence
    reason: Annotated[str, Meta(max_length=200)] = ""


Ability = Annotated[str, Meta(min_length=1, max_length=64)]


class Abilities(Struct, frozen=True, kw_only=True):
    """What an agent speaks (two-letter codes) and knows, and his room in points.

    A skill is `billing`, or `billing:1` for somebody who knows a little of it.
    """

    languages: Annotated[list[Ability], Meta(max_length=50)]
    skills: Annotated[list[Ability], Meta(max_length=100)] = []
    capacity: Annotated[float, Meta(ge=0, le=1000)] = 8.0


class TokenBody(Struct, frozen=True):
    """A token to be made; without `write` it may only read."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=2)]


class TokenMade(Struct, frozen=True):
    """A new token. `token` is shown here and never again."""

    id: int
    token: str


class ListAgents(Struct, frozen=True):
    """Where a page of agents begins and how long it is."""

    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


@routes.post("/api/v1/session", needs=Need.NOBODY)
async def sign_in(call: Call, body: SignInBody) -> AgentView:
    """Sign in by password; the session is in the cookie of the answer."""
    token = await call.get(SIGN_IN).by_password(body.email, body.password, place_of(call.request))
    call.set_cookie(call.get(DOORKEEPER).cookie(token))
    held = await call.db.read(sessions.find_session, hash_token(token), call.clock.now())
    return await call.db.read(queries.show_agent, held.who.agent_id if held else 0)


@routes.delete("/api/v1/session", needs=Need.AGENT)
async def sign_out(call: Call) -> None:
    """Sign out: end the session of the cookie."""
    await end_session(call)


@routes.get("/api/v1/me", needs=Need.AGENT)
async def show_me(call: Call) -> AgentView:
    """Return the caller."""
    return await call.db.read(queries.show_agent, call.agent.agent_id)


@routes.put("/api/v1/me/presence", needs=Need.AGENT)
async def put_presence(call: Call, body: PresenceBody) -> AgentView:
    """Say whether the caller takes work."""
    me = call.agent.agent_id
    await call.db.write(
        actions.set_presence,
        me,
        body.presence,
        body.reason,
        actor=actors.agent(me),
        now=call.clock.now(),
    )
    return await call.db.read(queries.show_agent, me)


@routes.get("/api/v1/me/sessions", needs=Need.AGENT)
async def list_sessions(call: Call) -> list[SessionView]:
    """Return the caller's open sessions."""
    own = call.get(DOORKEEPER).session_hash(call.request)
    return await call.db.read(queries.list_sessions, call.agent.agent_id, call.clock.now(), own)


@routes.delete("/api/v1/me/sessions/{session_id}", needs=Need.AGENT)
async def revoke_session(call: Call, session_id: str) -> None:
    """End one of the caller's sessions."""
    me = call.agent.agent_id
    await call.db.write(
        sessions.revoke_session, me, session_id, actor=actors.agent(me), now=call.clock.now()
    )
    call.get(DOORKEEPER).forget(me)


@routes.get("/api/v1/agents", needs=Need.AGENT)
async def list_agents(call: Call, query: ListAgents) -> Page[AgentView]:
    """Return the agents of this desk, with presence."""
    after_id = decode_cursor(query.after, tuple[int])[0] if query.after else 0
    found = await call.db.read(queries.list_agents, after_id, query.limit + 1)
    items = found[: query.limit]
    return Page(items, encode_cursor(items[-1].id) if len(found) > query.limit else None)


@routes.put("/api/v1/agents/{agent}/abilities", needs=Need.SUPERVISOR)
async def put_abilities(call: Call, agent: int, body: Abilities) -> AgentView:
    """Say what an agent speaks and knows, and how much work he has room for."""
    await call.db.write(
        actions.set_abilities,
        agent,
        languages=body.languages,
        skills=body.skills,
        capacity=body.capacity,
        actor=actors.agent(call.agent.agent_id),
        now=call.clock.now(),
    )
    return await call.db.read(queries.show_agent, agent)


@routes.get("/api/v1/teams", needs=Need.SUPERVISOR)
async def list_teams(call: Call) -> list[TeamView]:
    """Return the teams with their members. A team comes with the queue that names it."""
    return await call.db.read(queries.list_teams)


@routes.put("/api/v1/teams/{team}/members/{agent}", needs=Need.SUPERVISOR)
async def put_member(call: Call, team: int, agent: int) -> None:
    """Make an agent a member of a team; routing knows it from the next case on."""
    actor = actors.agent(call.agent.agent_id)
    await call.db.write(actions.put_in_team, team, agent, actor=actor, now=call.clock.now())


@routes.delete("/api/v1/teams/{team}/members/{agent}", needs=Need.SUPERVISOR)
async def remove_member(call: Call, team: int, agent: int) -> None:
    """Take an agent out of a team; the cases he has stay his."""
    actor = actors.agent(call.agent.agent_id)
    await call.db.write(actions.take_out_of_team, team, agent, actor=actor, now=call.clock.now())


@routes.get("/api/v1/tokens", needs=Need.AGENT)
async def list_tokens(call: Call) -> list[TokenView]:
    """Return the caller's API tokens that still work."""
    return await call.db.read(queries.list_tokens, call.agent.agent_id)


@routes.post("/api/v1/tokens", needs=Need.AGENT, status=201)
async def create_token(call: Call, body: TokenBody) -> TokenMade:
    """Make an API token that acts for the caller, who has signed in himself.

    A token makes no other: who holds a stolen one is out when it is revoked.
    """
    if bearer(call.request) is not None:
        raise Forbidden("Tokens are made by somebody signed in, not by another token.")
    me = call.agent.agent_id
    token_id, token = await call.db.write(
        tokens.create_token,
        me,
        body.name,
        body.scopes,
        actor=actors.agent(me),
        now=call.clock.now(),
    )
    return TokenMade(token_id, token)


@routes.delete("/api/v1/tokens/{token_id}", needs=Need.AGENT)
async def revoke_token(call: Call, token_id: int) -> None:
    """End one of the caller's API tokens."""
    me = call.agent.agent_id
    await call.db.write(
        tokens.revoke_token, me, token_id, actor=actors.agent(me), now=call.clock.now()
    )
    call.get(DOORKEEPER).forget(me)


async def end_session(call: Call) -> None:
    """End the session of the call's cookie, here and in the browser."""
    keeper = call.get(DOORKEEPER)
    session = keeper.session_hash(call.request)
    if session is not None and call.who is not None:
        actor = actors.agent(call.who.agent_id)
        await call.db.write(sessions.close_session, session, actor=actor, now=call.clock.now())
        keeper.forget(call.who.agent_id)
    call.set_cookie(keeper.cookie(""))
