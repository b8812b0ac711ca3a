"""What can be said of a customer without asking the database. Pure."""

from desk.kit.text import one_line, shorten
from desk.ports.messages import Assurance, Sender

LINK_TOKEN_MINUTES = 15

# Whose mail says nothing of whom somebody works with.
_FREE_MAIL_DOMAINS = """
126.com 163.com aol.com bluewin.ch fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de
gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it
icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru mailbox.org me.com msn.com
naver.com orange.fr outlook.com outlook.de outlook.fr pm.me posteo.de proton.me protonmail.com
qq.com rocketmail.com t-online.de tutanota.com web.de wanadoo.fr yahoo.co.jp yahoo.co.uk
yahoo.com yahoo.de yahoo.fr yandex.ru ymail.com zoho.com
"""
_FREE_MAIL = frozenset(_FREE_MAIL_DOMAINS.split())

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


def is_organization(domain: str | None) -> bool:
    """Return whether people who share this mail domain or workspace work together."""
    return bool(domain) and domain not in _FREE_MAIL


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
