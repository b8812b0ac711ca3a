"""Whose words a payload brings, and of which workspace. Pure."""

from channels.slack.envelope import Envelope, Json, mapping, sender_of, text
from desk.kit.locales import language_of
from desk.kit.text import one_line
from desk.ports.messages import Sender


def team_of(envelope: Envelope) -> str:
    """Return the workspace the app lives in: threads are named by it."""
    payload = envelope.payload
    given = text(payload, "team_id") or text(mapping(payload, "team"), "id")
    return envelope.us.team or given


def person_of(envelope: Envelope, source: Json) -> Sender | None:
    """Return who wrote; an allowed bot is a sender of its own. Claims come from the profile."""
    found = sender_of(envelope)
    if found is None:
        bot = text(source, "bot_id")
        team = team_of(envelope)
        name = one_line(text(source, "username")) or None
        return Sender(address=f"{team}:{bot}", name=name, organization=team) if bot else None
    team, person = found
    known = envelope.profile
    if known is None:
        return Sender(address=f"{team}:{person}", organization=team or None)
    return Sender(
        address=f"{team}:{person}",
        name=one_line(known.name) or None,
        email=one_line(known.email) or None,
        language=language_of(known.language),
        zone=known.zone or None,
        avatar_url=known.avatar_url or None,
        organization=team or None,
    )
