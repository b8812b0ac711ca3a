"""What a fact is. All there are: facts.py, the story of a case, and staff.py, of the agents."""

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True):
    """What all facts share: nothing but being one. Case, customer, actor and time are beside it."""
