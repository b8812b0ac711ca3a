"""What the people who write are called: users.info, kept for a day, never in anybody's way."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from channels.slack.client import Client
from channels.slack.config import SlackSettings
from channels.slack.envelope import Json, Profile, mapping, text
from desk.kit.clock import Clock
from desk.kit.errors import DeskError
from desk.ports.channel import Door

Who = tuple[str, str]  # workspace and person

_REMEMBERED = 10_000  # in memory; what Slack told stays in the desk's state
_AFTER_FAILURE = timedelta(minutes=1)


class Kept(msgspec.Struct, frozen=True):
    """A profile and how long it is good for; None when Slack would not tell."""

    until: datetime
    profile: Profile | None = None


class People:
    """Knows profiles. Whom it does not know it asks for, and waits only as long as allowed."""

    def __init__(self, client: Client, door: Door, settings: SlackSettings, clock: Clock) -> None:
        self._client = client
        self._door = door
        self._clock = clock
        self._wait_s = settings.name_wait_s
        self._keep = timedelta(hours=settings.name_keep_hours)
        self._kept: OrderedDict[Who, Kept] = OrderedDict()
        self._asking: dict[Who, asyncio.Task[None]] = {}

    async def meet(self, whom: Iterable[Who]) -> None:
        """Make these people known if that takes no longer than `name_wait_s`. Never raises.

        The lookups go on afterwards: the next message of the same person brings his name.
        """
        strangers = {who for who in whom if not self._is_fresh(who)}
        for who in strangers - self._asking.keys():
            self._asking[who] = asyncio.ensure_future(self._look_up(who))
        waiting = [self._asking[who] for who in strangers if who in self._asking]
        if waiting and self._wait_s > 0:
            await asyncio.wait(waiting, timeout=self._wait_s)

    def profile(self, who: Who) -> Profile | None:
        """Return what is known of him now, however old."""
        kept = self._kept.get(who)
        return kept.profile if kept else None

    def locale(self, team: str, person: str) -> str:
        """Return his language as Slack writes it, "" when it is not known."""
        known = self.profile((team, person))
        return known.language if known else ""

    async def close(self) -> None:
        """End the lookups."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_fresh(self, who: Who) -> bool:
        return who in self._kept and self._kept[who].until > self._clock.now()

    async def _look_up(self, who: Who) -> None:
        key = f"person:{who[0]}:{who[1]}"
        try:
            if who not in self._kept:
                self._kept[who] = await self._remembered(key)
            if self._is_fresh(who):
                return
            answer = await self._client.ask("users.info", user=who[1], include_locale=True)
            kept = Kept(self._clock.now() + self._keep, _profile(mapping(answer, "user")))
            self._kept[who] = kept
            await self._door.save(key, msgspec.json.encode(kept))
        except DeskError:
            until = self._clock.now() + _AFTER_FAILURE
            if not self._is_fresh(who):
                self._kept[who] = Kept(until, self.profile(who))
        finally:
            self._asking.pop(who, None)
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)

    async def _remembered(self, key: str) -> Kept:
        saved = await self._door.load(key)
        try:
            return msgspec.json.decode(saved or b"", type=Kept)
        except msgspec.DecodeError:
            return Kept(self._clock.now())


def _profile(person: Json) -> Profile:
    shown = mapping(person, "profile")
    names: tuple[Any, ...] = (
        text(shown, "real_name"),
        text(person, "real_name"),
        text(shown, "display_name"),
        text(person, "name"),
    )
    return Profile(
        name=next(filter(None, names), ""),
        email=text(shown, "email"),
        zone=text(person, "tz"),
        language=text(person, "locale"),
        avatar_url=text(shown, "image_72"),
        team=text(person, "team_id"),
        guest=bool(person.get("is_restricted") or person.get("is_ultra_restricted")),
    )
