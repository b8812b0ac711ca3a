"""From Slack to the journal: payloads get their surroundings and are committed together."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from channels.slack.envelope import Envelope, Json, Us, arrival, mapping, sender_of, text
from channels.slack.interactive import Interactive
from channels.slack.people import People
from desk.ports.channel import Door

Payload = tuple[str, Json]  # Slack's kind (events_api, interactive, …) and the payload itself


class Beside(Protocol):
    """Fetches what belongs to a payload, though Slack does not bring it."""

    def lacks(self, payload: Json) -> bool:
        """Return whether Slack must be asked for something before `payload` is committed."""
        ...

    async def beside(self, payload: Json) -> Payload | None:
        """Return what belongs to a payload. Raises ChannelBusy: not to be had now."""
        ...


class Ingress:
    """Hands payloads to the desk. What `take` returned from may be acknowledged to Slack."""

    def __init__(self, door: Door, people: People, interactive: Interactive) -> None:
        self.us = Us()
        self.beside: Beside | None = None
        self.told: Callable[[str], None] | None = None  # of each event that has come, its type
        self.interactive = interactive
        self._door = door
        self._people = people

    async def take(self, payloads: Sequence[Payload]) -> list[bool]:
        """Commit `payloads`, in this order, and return of each whether it is new.

        Raises ChannelBusy: do not acknowledge any. What `lacks` something is best taken alone.
        """
        count, payloads = len(payloads), [*payloads, *await self._brought(payloads)]
        envelopes = [Envelope(kind=kind, payload=payload, us=self.us) for kind, payload in payloads]
        await self._people.meet({who for who in map(sender_of, envelopes) if who})
        arrivals = [arrival(self._with_profile(each)) for each in envelopes]
        accepted = await self._door.accept(arrivals)
        if self.told is not None:
            for _, payload in payloads:
                self.told(text(mapping(payload, "event"), "type") or text(payload, "type"))
        return [one.fresh for one in accepted[:count]]

    def lacks(self, kind: str, payload: Json) -> bool:
        """Return whether to take a payload asks Slack first, which may take its time or fail."""
        return self.beside is not None and kind == "events_api" and self.beside.lacks(payload)

    async def _brought(self, payloads: Sequence[Payload]) -> list[Payload]:
        if self.beside is None:
            return []
        lacking = [payload for kind, payload in payloads if self.lacks(kind, payload)]
        found = [await self.beside.beside(payload) for payload in lacking]
        return [one for one in found if one is not None]

    def _with_profile(self, envelope: Envelope) -> Envelope:
        who = sender_of(envelope)
        if who is None:
            return envelope
        return replace(envelope, profile=self._people.profile(who), by=f"{who[0]}:{who[1]}")
