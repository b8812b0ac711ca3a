"""From Slack to the journal: payloads get their surroundings and are committed together."""

from collections.abc import Sequence

from msgspec.structs import replace

from channels.slack.envelope import Envelope, Json, Us, arrival, sender_of
from channels.slack.interactive import Interactive
from channels.slack.people import People
from desk.ports.channel import Door

Payload = tuple[str, Json]  # Slack's kind (events_api, interactive, …) and the payload itself


class Ingress:
    """Hands payloads to the desk. What `take` returned from may be acknowledged to Slack."""

    def __init__(self, door: Door, people: People, interactive: Interactive) -> None:
        self.us = Us()
        self.interactive = interactive
        self._door = door
        self._people = people

    async def take(self, payloads: Sequence[Payload]) -> list[bool]:
        """Commit `payloads`, in this order, and return of each whether it is new.

        Raises ChannelBusy: do not acknowledge any.
        """
        envelopes = [Envelope(kind=kind, payload=payload, us=self.us) for kind, payload in payloads]
        await self._people.meet({who for who in map(sender_of, envelopes) if who})
        arrivals = [arrival(self._with_profile(each)) for each in envelopes]
        return [one.fresh for one in await self._door.accept(arrivals)]

    def _with_profile(self, envelope: Envelope) -> Envelope:
        who = sender_of(envelope)
        profile = self._people.profile(who) if who else None
        return replace(envelope, profile=profile)
