"""What happens to agents and their doors, one frozen struct each."""

from datetime import datetime

from desk.events.fact import Fact


class AgentCreated(Fact, frozen=True, tag="agent.created"):
    """Somebody may answer from now on."""

    agent_id: int
    name: str
    role: str


class AgentChanged(Fact, frozen=True, tag="agent.changed"):
    """An agent's role, password, teams or right to sign in changed; `what` names it."""

    agent_id: int
    what: str  # role | password | active | abilities | teams


class PresenceChanged(Fact, frozen=True, tag="agent.presence_changed"):
    """An agent came, left, or is busy."""

    agent_id: int
    presence: str
    reason: str = ""


class SignedIn(Fact, frozen=True, tag="agent.signed_in"):
    """An agent opened a session."""

    agent_id: int
    ip: str = ""


class SignInRefused(Fact, frozen=True, tag="agent.sign_in_refused"):
    """A password was wrong, or the door is locked for a while."""

    email: str
    ip: str = ""
    reason: str = ""


class SignInLinkCreated(Fact, frozen=True, tag="agent.sign_in_link_created"):
    """Whoever holds the link may sign in once as this agent."""

    agent_id: int
    expires_at: datetime


class SessionRevoked(Fact, frozen=True, tag="agent.session_revoked"):
    """A session ended before its time; `session_id` None: all of the agent's."""

    agent_id: int
    session_id: str | None


class ApiTokenCreated(Fact, frozen=True, tag="agent.api_token_created"):
    """A program may act for this agent from now on."""

    agent_id: int
    token_id: int
    scopes: tuple[str, ...]


class ApiTokenRevoked(Fact, frozen=True, tag="agent.api_token_revoked"):
    """A program may no longer act for this agent."""

    agent_id: int
    token_id: int


class NoticeRaised(Fact, frozen=True, tag="notice.raised"):
    """An agent should know something; `notice` is its kind."""

    agent_id: int
    notice_id: int
    notice: str


class NoticesSeen(Fact, frozen=True, tag="notice.seen"):
    """An agent has seen notices of his."""

    agent_id: int


class AgentUnreachable(Fact, frozen=True, tag="notice.agent_unreachable"):
    """A letter to an agent came back: his address takes no mail."""

    agent_id: int
    detail: str
