"""Whether the app may still be who it is: asked now and then, and at once when Slack says not."""

import asyncio
import contextlib

from channels.slack.client import Client
from channels.slack.config import Mode, SlackSettings
from channels.slack.envelope import Us, text
from channels.slack.health import Voices
from channels.slack.ingress import Ingress
from desk.kit.errors import ChannelBroken, DeskError, Invalid
from desk.kit.secrets import reveal
from desk.ports.channel import Health, HealthState

LIMITED_S = 300.0  # so long it is shown that Slack left events out

_REMOVED = {"tokens_revoked", "app_uninstalled"}
_LIMITED = "Slack leaves events out: more than 30,000 came within an hour."


class Watcher:
    """Learns who we are, beside the rest, and sees now and then whether we still are.

    Payloads mostly tell it too, so nothing waits for this; but a revoked token shows nowhere
    else: sockets live on without it.
    """

    def __init__(
        self, client: Client, ingress: Ingress, settings: SlackSettings, voices: Voices
    ) -> None:
        self._client = client
        self._ingress = ingress
        self._settings = settings
        self._voices = voices
        self._look_now = asyncio.Event()
        self._limited_until_s = 0.0

    def told(self, event: str) -> None:
        """Take note of an event that has come: some of them are about the app itself."""
        if event in _REMOVED:
            self._look_now.set()
        elif event == "app_rate_limited":
            self._limited_until_s = asyncio.get_running_loop().time() + LIMITED_S
            self._voices.say("events", Health(state=HealthState.TROUBLED, detail=_LIMITED))

    async def keep(self) -> None:
        """Look again and again, for ever."""
        while True:
            if self._settings.mode is Mode.HTTP:  # it is read anew with each event, too
                secret_of(self._settings.signing_secret, "signing_secret", self._voices)
            self._look_now.clear()
            await self._look()
            if asyncio.get_running_loop().time() >= self._limited_until_s:
                self._voices.say("events", Health(state=HealthState.CONNECTED))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), self._settings.look_every_s)

    async def _look(self) -> None:
        try:
            who = await self._client.ask("auth.test")
        except DeskError as trouble:
            broken = isinstance(trouble, ChannelBroken)
            state = HealthState.BROKEN if broken else HealthState.TROUBLED
            self._voices.say("token", Health(state=state, detail=trouble.reason))
            return
        team, person = text(who, "team_id"), text(who, "user_id")
        self._ingress.us = Us(team=team, person=person, bot=text(who, "bot_id"))
        self._voices.say("token", Health(state=HealthState.CONNECTED))


def secret_of(reference: str, setting: str, voices: Voices) -> str:
    """Return a secret; without one the inbox says which it lacks, and goes on as it can."""
    reason = f"There is no {setting.replace('_', ' ')}: set {setting}."
    try:
        secret = reveal(reference)
    except Invalid as missing:
        secret, reason = "", missing.reason
    state = HealthState.CONNECTED if secret else HealthState.BROKEN
    voices.say(setting, Health(state=state, detail="" if secret else reason))
    return secret
