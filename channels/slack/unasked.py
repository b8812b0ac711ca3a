"""What is wrong with the settings of one Slack inbox, as far as nobody need ask Slack for it."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from channels.slack.config import Mode, SlackSettings
from desk.kit.errors import Invalid
from desk.kit.secrets import reveal
from desk.ports.channel import Finding

BOT_MEND = (
    "Copy the Bot User OAuth Token (xoxb-), under OAuth & Permissions on the app's page, "
    "into bot_token."
)
APP_MEND = (
    "Switch Socket Mode on and put an app-level token (xapp-) with connections:write, under "
    "Basic Information on the app's page, into app_token."
)
_SIGNING_MEND = (
    "Copy the Signing Secret, under Basic Information on the app's page, into signing_secret."
)
_PUBLIC_MEND = "Set http.public_url to an https address that Slack can reach, or use socket mode."
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
_GROUP = re.compile(r"S[A-Z0-9]+|here|channel|")


def wrong(settings: SlackSettings, url: str) -> list[Finding]:
    """Return what cannot be right; `url` is where Slack posts to in http mode."""
    found = list(_token(settings.bot_token, "Bot token", ("xoxb-", "xoxe.xoxb-"), BOT_MEND))
    if settings.mode is Mode.SOCKET:
        found += _token(settings.app_token, "Socket Mode", ("xapp-",), APP_MEND)
    else:
        found += _http(settings.signing_secret, url)
    return [*found, *_places(settings)]


def is_channel(place: str) -> bool:
    """Return whether these letters can be the id of a channel."""
    return _CHANNEL.fullmatch(place) is not None


def is_public(url: str) -> bool:
    """Return whether Slack could post to `url`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or "." not in host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return True


def _token(reference: str, what: str, starts: tuple[str, ...], mend: str) -> Iterator[Finding]:
    try:
        token = reveal(reference)
    except Invalid as missing:
        yield Finding(what="Tokens", ok=False, detail=missing.reason, mend=f"{what}: set it.")
        return
    if not token:
        yield Finding(what=what, ok=False, detail="There is no token.", mend=mend)
    elif not token.startswith(starts):
        known = ("xoxb-", "xoxp-", "xapp-", "xoxe-", "xoxe.")  # else it may be a secret
        begins = next((f"It begins with {one}, not" for one in known if token.startswith(one)), "")
        detail = f"{begins or 'It does not begin with'} {starts[0]}: it is another token."
        yield Finding(what=what, ok=False, detail=detail, mend=mend)


def _http(reference: str, url: str) -> Iterator[Finding]:
    what = "Events over HTTP"
    try:
        secret = reveal(reference)
    except Invalid as missing:
        yield Finding(what=what, ok=False, detail=missing.reason, mend="Set it.")
    else:
        if not secret:
            detail = "There is no signing secret."
            yield Finding(what=what, ok=False, detail=detail, mend=_SIGNING_MEND)
    if not is_public(url):
        yield Finding(what=what, ok=False, detail=f"Slack cannot call {url}.", mend=_PUBLIC_MEND)


def _places(settings: SlackSettings) -> Iterator[Finding]:
    named = [("channels", one) for one in settings.channels]
    for setting, place in [*named, *(("hubs", one) for one in settings.hubs)]:
        if not is_channel(place):
            detail = f"{place!r} is no channel's id: that begins with C or G."
            mend = "It stands at the end of the channel's details in Slack."
            yield Finding(what=setting, ok=False, detail=detail, mend=mend)
    if not _GROUP.fullmatch(settings.hub_group):
        detail = f"{settings.hub_group!r} is no user group's id (S…), nor here or channel."
        mend = "Copy the group's id from its menu under People, User groups."
        yield Finding(what="hub_group", ok=False, detail=detail, mend=mend)
