"""Who may do what: roles, what a handler needs, and the one function that decides."""

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """What an agent is on this desk."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Need(StrEnum):
    """What a handler asks of its caller."""

    NOBODY = "nobody"  # open to everyone, signed in or not
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Who(Struct, frozen=True):
    """The agent on whose behalf a call is made."""

    agent_id: int
    name: str
    role: Role


_RANK = {Role.AGENT: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3}
_LEAST = {Need.NOBODY: 0, Need.AGENT: 1, Need.SUPERVISOR: 2, Need.ADMIN: 3}


def permits(role: Role | None, need: Need) -> bool:
    """Return whether a caller in `role` (None: not signed in) may call what needs `need`."""
    return (_RANK[role] if role else 0) >= _LEAST[need]
