"""Who plays in the demo: the customers of a furniture shop and the people who answer them."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from desk.agents import actions, queries
from desk.agents.actions import AgentDraft
from desk.agents.rules import Presence
from desk.events.actors import SYSTEM, agent
from desk.http.permissions import Role

SHOP = "Tulip & Oak"
TEAM = "Service"
HELP = "help@tulipandoak.example"

ADA = ("Ada Lund", "ada@lund.example")
DORA = ("Dora Weiss", "dora@weiss.example")
BRUNO = (48_211, "Bruno", "Costa", "brunocosta")  # his number on Telegram and his names
CHIDI = ("U0CHIDI", "Chidi Okafor", "chidi@okafor.example")


class Colleague(Struct, frozen=True, kw_only=True):
    """One of those who answer; `key` is the word for them in addresses of the demo page."""

    key: str
    name: str
    role: Role = Role.AGENT
    languages: tuple[str, ...] = ("en",)
    answers: bool = True

    @property
    def email(self) -> str:
        """What they would sign in with."""
        return f"{self.key}@tulipandoak.example"


COLLEAGUES = (
    Colleague(key="alice", name="Alice", languages=("en", "fr", "pt")),
    Colleague(key="bob", name="Bob", languages=("en", "de", "it")),
    Colleague(key="sam", name="Sam", role=Role.SUPERVISOR, answers=False),
)


def hire(c: Connection, *, now: datetime) -> dict[str, int]:
    """Make the colleagues, at work, and return their ids by key.

    Those who answer are in the team that serves the queue; Sam looks on.
    """
    team_id = actions.create_team(c, TEAM)
    return {one.key: _hire(c, one, team_id, now) for one in COLLEAGUES}


def hired(c: Connection) -> dict[str, int]:
    """Return the ids of those who are on the record already, by key."""
    found = {one.key: queries.agent_id_of(c, one.email) for one in COLLEAGUES}
    return {key: agent_id for key, agent_id in found.items() if agent_id is not None}


def _hire(c: Connection, one: Colleague, team_id: int, now: datetime) -> int:
    draft = AgentDraft(
        email=one.email,
        name=one.name,
        role=one.role,
        languages=one.languages,
        capacity=14,  # beside the past there is room for a message from every phone
    )
    agent_id = actions.create_agent(c, draft, actor=SYSTEM, now=now)
    if one.answers:
        actions.add_to_team(c, team_id, agent_id)
    actions.set_presence(c, agent_id, Presence.ONLINE, actor=agent(agent_id), now=now)
    return agent_id
