"""What holds for agents: addresses, presence, how long sessions last, when the door locks. Pure."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_network

from desk.kit.errors import Invalid
from desk.kit.text import one_line

SESSION_IDLE = timedelta(days=14)
SESSION_LONGEST = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=5)  # how often "last seen" is written: not on each request
LINK_LASTS = timedelta(minutes=15)
FAILURES_FORGOTTEN = timedelta(hours=1)
LOCK_LONGEST = timedelta(hours=1)
PASSWORD_LEAST = 10

_FREE_FAILURES = {"pair": 5, "ip": 20, "email": 50}
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


class Presence(StrEnum):
    """Whether an agent takes work now."""

    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


class Scope(StrEnum):
    """What an API token may do."""

    READ = "read"
    WRITE = "write"


def fold_email(email: str) -> str:
    """Return the one form under which an agent's address is stored and found.

    Raises:
        Invalid: it is not an address.
    """
    folded = one_line(email).casefold()
    if not _ADDRESS.fullmatch(folded) or len(folded) > 254:
        raise Invalid("This is not an e-mail address.", "/email")
    return folded


def check_password(password: str) -> str:
    """Return `password` if it may be set: long enough counts, its characters do not.

    Raises:
        Invalid: shorter than 10 characters, or longer than 1,000.
    """
    if not PASSWORD_LEAST <= len(password) <= 1000:
        raise Invalid(f"A password has at least {PASSWORD_LEAST} characters.", "/password")
    return password


def session_expiry(created_at: datetime, now: datetime) -> datetime:
    """Return when a session used `now` ends: two weeks unused, ninety days in any case."""
    return min(now + SESSION_IDLE, created_at + SESSION_LONGEST)


def failure_keys(email: str, ip: str) -> dict[str, str]:
    """Return the counters a sign-in attempt falls under, by kind.

    The pair locks early and hurts only who is guessing; the address alone, which anyone
    could lock for its owner, locks late.
    """
    here = network_of(ip)
    return {"pair": f"pair:{email} {here}", "ip": f"ip:{here}", "email": f"email:{email}"}


def network_of(ip: str) -> str:
    """Return whom an address stands for: itself, or of IPv6 the /64 that one household has."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def locked_for(kind: str, failures: int) -> timedelta | None:
    """Return how long the door is shut after so many failures: a minute, doubling to an hour."""
    past = failures - _FREE_FAILURES[kind]
    if past < 0:
        return None
    return min(timedelta(minutes=1 << min(past, 10)), LOCK_LONGEST)


def browser_of(header: str) -> str:
    """Return a User-Agent header as a person would say it: "Firefox on Linux"."""
    browser = next((name for mark, name in _BROWSERS if mark in header), "A program")
    system = next((name for mark, name in _SYSTEMS if mark in header), None)
    return f"{browser} on {system}" if system else browser


def safe_next(path: str) -> str:
    """Return where to go after sign-in: `path` if it stays on this site, else the front page."""
    if not path.startswith("/") or path[1:2] in ("/", "\\") or not path.isprintable():
        return "/"
    return path
