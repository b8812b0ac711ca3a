"""From Slack to the journal: payloads get their surroundings and are committed together."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from channels.slack.envelope import Envelope, Json, Us, arrival, sender_of, text
from channels.slack.people import People
from desk.ports.channel import Door

Payload = tuple[str, Json]  # Slack's kind (events_api, interactive, …) and the payload itself


class Ingress:
    """Hands payloads to the desk. What `take` returned from may be acknowledged to Slack."""

    def __init__(self, door: Door, people: People, on_press: Callable[[Json], None]) -> None:
        self.us = Us()
        self._door = door
        self._people = people
        self._on_press = on_press  # of each payload of a pressed button, once

    async def take(self, payloads: Sequence[Payload]) -> None:
        """Commit `payloads`, in this order. Raises ChannelBusy: do not acknowledge any."""
        envelopes = [Envelope(kind=kind, payload=payload, us=self.us) for kind, payload in payloads]
        await self._people.meet({who for who in map(sender_of, envelopes) if who})
        arrivals = [arrival(self._with_profile(each)) for each in envelopes]
        for envelope, kept in zip(envelopes, await self._door.accept(arrivals), strict=True):
            if kept.fresh and text(envelope.payload, "type") == "block_actions":
                self._on_press(envelope.payload)

    def _with_profile(self, envelope: Envelope) -> Envelope:
        who = sender_of(envelope)
        profile = self._people.profile(who) if who else None
        return replace(envelope, profile=profile)
