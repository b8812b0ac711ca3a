"""Links that lead elsewhere than they say, as phishing has them; and too many to be a letter."""

import re
from urllib.parse import urlsplit

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser

MOST = 5000  # beyond, only the text of a mail is shown
_SHOWN = re.compile(
    r"^\s*(?:https?://)?((?:[a-z0-9\u00a1-\uffff-]{1,63}\.){1,8}[a-z\u00a1-\uffff]{2,24})"
    r"(?:[/:?#]\S*)?\s*$",
    re.I,
)


class Misleading(Struct, frozen=True):
    """A link whose words name one host and that leads to another."""

    shown: str
    leads_to: str


def misleading(html: str) -> Misleading | None:
    """Return the first link of `html` that says one host and leads to another, if any does."""
    if "<a" not in html.lower():
        return None
    for node in LexborHTMLParser(html).css("a[href]")[:MOST]:
        shown = _SHOWN.match(node.text()[:500])
        leads_to = _host(node.attributes.get("href") or "")
        if shown and leads_to and not _are_one(_bare(shown[1]), leads_to):
            return Misleading(_bare(shown[1]), leads_to)
    return None


def has_too_many(html: str) -> bool:
    """Return whether `html` has more links than anybody writes."""
    return html.count("href") > MOST


def _host(href: str) -> str:
    try:
        return _bare(urlsplit(href.strip()).hostname or "") if href[:4].lower() == "http" else ""
    except ValueError:
        return ""


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")


def _are_one(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
