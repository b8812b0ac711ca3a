"""What happens to customers and their handles, one frozen struct each."""

from desk.events.fact import Fact


class CustomerCreated(Fact, frozen=True, tag="customer.created"):
    """Somebody wrote whom we did not know."""

    name: str | None = None


class IdentityAdded(Fact, frozen=True, tag="identity.added"):
    """A customer got a handle on a channel."""

    identity_id: int
    channel: str
    address: str
    assurance: str


class IdentityReachabilityChanged(Fact, frozen=True, tag="identity.reachability_changed"):
    """A handle stopped working (blocked, bounced) or works again."""

    identity_id: int
    reachable: bool
    reason: str = ""


class IdentityBlocked(Fact, frozen=True, tag="identity.blocked"):
    """What he writes is set aside from now on, or heard again."""

    identity_id: int
    blocked: bool
    domain: str = ""  # everybody at this mail domain


class IdentityComplained(Fact, frozen=True, tag="identity.complained"):
    """He called a message of ours spam: nothing automatic is sent to him any more."""

    identity_id: int


class CustomersMerged(Fact, frozen=True, tag="customers.merged"):
    """Two records were proved to be one person; `kept_id` goes on, the other redirects."""

    merge_id: int
    kept_id: int
    merged_id: int
    proof: str


class CustomersUnmerged(Fact, frozen=True, tag="customers.unmerged"):
    """Two records are two again, each with what is its own."""

    merge_id: int
    kept_id: int
    merged_id: int


class MergeSuggested(Fact, frozen=True, tag="customers.merge_suggested"):
    """Somebody new may be a customer we know; nothing is merged by that."""

    suggestion_id: int
    other_id: int
    score: float


class CustomerErased(Fact, frozen=True, tag="customer.erased"):
    """All that says who he was is gone; `counts` says how much that was."""

    counts: dict[str, int]


class CustomerDescribed(Fact, frozen=True, tag="customer.described"):
    """An agent kept, or dropped, what a customer's words say of him: a phone number, a title."""

    fact_id: int
    kind: str
    value: str
    kept: bool
