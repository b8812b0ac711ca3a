"""What can be said of a customer without asking the database. Pure."""

from desk.kit.text import one_line, shorten
from desk.ports.messages import Assurance, Sender

LINK_TOKEN_MINUTES = 15

_RANK = {Assurance.NONE: 0, Assurance.CHANNEL: 1, Assurance.VERIFIED: 2}


def display_name(sender: Sender) -> str | None:
    """Return the name to show for a new customer: his own, else his handle, else None.

    "Last, First" is kept as written: turning it around is a guess.
    """
    for claim in (sender.name, sender.username, sender.email):
        if claim and one_line(claim):
            return shorten(claim, 120)
    return None


def stronger(known: str, claimed: str) -> str:
    """Return the stronger of two assurances: what was proved once is not lost by a mere claim."""
    return max(Assurance(known), Assurance(claimed), key=_RANK.__getitem__).value


def may_merge(kept_external: str | None, merged_external: str | None) -> bool:
    """Return whether proof may merge two records: never two that a host site tells apart."""
    return not (kept_external and merged_external and kept_external != merged_external)


def profile(sender: Sender) -> dict[str, str]:
    """Return what the channel claims about the sender, without empty fields."""
    claims = {
        "email": sender.email,
        "phone": sender.phone,
        "username": sender.username,
        "avatar_url": sender.avatar_url,
        "organization": sender.organization,
    }
    return {name: one_line(value)[:300] for name, value in claims.items() if value}
