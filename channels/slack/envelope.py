"""What is journalled of one Slack payload: the payload, who we are, who wrote. Pure.

The payload alone does not tell the sender's name nor, for a pressed button, whose workspace
the app lives in. The ingress writes beside it what it knows at that moment, so that `parse`
needs nothing else, today or when the arrival is replayed in a year.
"""

import hashlib
import json
import re
from typing import Any

from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace

from desk.kit.errors import Unreadable
from desk.ports.channel import Arrival

Json = dict[str, Any]

_KEY = re.compile(r"[A-Za-z0-9_.:|-]{1,200}")
MARKED = "marked"  # our own kind: a message that an emoji makes a case of, fetched for that
_PERSONS = ("message", "app_mention")


class Us(Struct, frozen=True, kw_only=True):
    """The app as its workspace knows it; empty where not known yet."""

    team: str = ""
    person: str = ""  # the app's own user id
    bot: str = ""


class Profile(Struct, frozen=True, kw_only=True):
    """What Slack says of a person, kept for a day. All of it is a claim but the id."""

    name: str = ""
    email: str = ""
    zone: str = ""
    language: str = ""
    avatar_url: str = ""
    team: str = ""
    guest: bool = False


class Envelope(Struct, frozen=True, kw_only=True):
    """One payload with its surroundings. `kind` is Slack's: events_api, interactive, …"""

    kind: str
    payload: Json
    us: Us = Us()
    by: str = ""  # the address of who did it: an erasure finds all that is his by it
    profile: Profile | None = None


def as_raw(envelope: Envelope) -> bytes:
    """Return the bytes to journal; ASCII, so that no odd character can stop a commit."""
    return json.dumps(to_builtins(envelope), separators=(",", ":")).encode()


def read(raw: bytes) -> Envelope:
    """Return the envelope in journalled bytes. Raises Unreadable."""
    try:
        return convert(json.loads(raw), Envelope)
    except (ValueError, RecursionError) as trouble:
        raise Unreadable("This is no Slack payload.") from trouble


def arrival(envelope: Envelope) -> Arrival:
    """Return the arrival for `envelope`: what makes it the same as another, what it follows.

    A text in a channel that mentions the app comes as `message` and as `app_mention`, under
    two event ids: for new texts the key is team, channel and timestamp instead.
    """
    try:
        raw = as_raw(envelope)
    except RecursionError:  # read at the limit of depth, too deep to be written again
        raw = as_raw(replace(envelope, payload={"unreadable": "nested too deeply"}))
    known = _key(envelope.kind, envelope.payload)
    key = known if known and _KEY.fullmatch(known) else f"raw:{hashlib.sha256(raw).hexdigest()}"
    order = _order(envelope)
    return Arrival(dedupe_key=key, order_key=order if _KEY.fullmatch(order) else "", raw=raw)


def sender_of(envelope: Envelope) -> tuple[str, str] | None:
    """Return the workspace and id of the person a payload comes from, when it has one."""
    if envelope.kind == "slash_commands":  # its fields stand side by side
        person = text(envelope.payload, "user_id")
        return (text(envelope.payload, "team_id"), person) if person else None
    event = said(envelope.payload)
    source = event if envelope.kind in ("events_api", MARKED) else mapping(envelope.payload, "user")
    person = text(source, "user") or text(source, "id")
    if not person or text(source, "bot_id"):
        return None
    team = text(source, "user_team") or text(source, "team_id") or text(source, "team")
    return team or text(envelope.payload, "team_id") or envelope.us.team, person


def said(payload: Json) -> Json:
    """Return the event in a payload of the Events API; of an edit, the message as it is now."""
    event = mapping(payload, "event")
    return mapping(event, "message") or event if text(event, "subtype") else event


def mapping(value: Json, name: str) -> Json:
    """Return the object under `name`, or an empty one."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def text(value: Json, name: str) -> str:
    """Return the string under `name`, or an empty one."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _key(kind: str, payload: Json) -> str:
    event = mapping(payload, "event")
    if kind == MARKED:
        return f"marked:{text(payload, 'team_id')}:{text(event, 'channel')}:{text(event, 'ts')}"
    if kind == "events_api":
        fresh = text(event, "subtype") not in {"message_changed", "message_deleted"}
        place, ts = text(event, "channel"), text(event, "ts")
        if text(event, "type") in _PERSONS and fresh and place and ts:
            return f"message:{text(payload, 'team_id')}:{place}:{ts}"
        return f"event:{payload['event_id']}" if text(payload, "event_id") else ""
    if text(payload, "trigger_id"):
        return f"{text(payload, 'type')}:{payload['trigger_id']}"
    actions = payload.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else {}
    stamp = text(first, "action_ts") if isinstance(first, dict) else ""
    person = text(mapping(payload, "user"), "id")
    return f"press:{stamp}:{person}" if stamp and person else ""


def _order(envelope: Envelope) -> str:
    payload = envelope.payload
    event = mapping(payload, "event")
    container = mapping(payload, "container")
    channel = text(event, "channel") or text(container, "channel_id")
    if not channel:
        return ""
    if channel.startswith("D"):  # a new direct message may join the case of the one before
        return channel
    message = mapping(event, "message") or mapping(event, "previous_message") or event or container
    return f"{channel}:{root_of(message)}"


def root_of(message: Json) -> str:
    """Return the timestamp of the message that begins the thread `message` is in."""
    return text(message, "thread_ts") or text(message, "ts") or text(message, "message_ts")
