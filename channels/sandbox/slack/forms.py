"""What a person does beside writing: commands, shortcuts, forms, the app's Home."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from channels.sandbox.slack.events import Events
from channels.sandbox.slack.views import Views, filled
from channels.sandbox.slack.workspace import APP, TEAM, Json, Profile, Workspace

_PATIENCE_S = 30.0  # Slack has 3


class Around(Protocol):
    """What it takes of the sandbox."""

    workspace: Workspace
    events: Events
    views: Views

    @property
    def base(self) -> str:
        """Where the sandbox is served, without a slash at the end."""
        ...

    def ring(self) -> None:
        """Tell that the workspace changed."""
        ...


class PersonForms:
    """One person's forms. Whatever the app does not answer is a TimeoutError in the end."""

    def __init__(self, around: Around, profile: Profile) -> None:
        self._around = around
        self._profile = profile

    @property
    def view(self) -> Json | None:
        """The form that stands open before him."""
        return self._around.views.open.get(self._profile.id)

    @property
    def home(self) -> Json | None:
        """What the app's Home shows him."""
        return self._around.views.homes.get(self._profile.id)

    async def command(self, text: str = "", *, name: str = "/case", channel: str = "C0ANY") -> str:
        """Give the app's command and return what only he is told, "" for nothing."""
        payload = {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "parley",
            "channel_id": channel,
            "channel_name": "any",
            "user_id": self._profile.id,
            "user_name": self._profile.name,
            "command": name,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": f"{self._around.base}/commands/{APP}",
            "trigger_id": self._around.views.trigger(self._profile.id),
        }
        told = await self._ask("slash_commands", payload)
        return str((told or {}).get("text", ""))

    async def shortcut(self, callback_id: str) -> None:
        """Choose one of the app's shortcuts beside the composer."""
        await self._ask("interactive", self._done("shortcut", callback_id=callback_id))

    async def message_shortcut(self, channel: str, ts: str, callback_id: str) -> None:
        """Choose one of the app's shortcuts under a message."""
        room = self._around.workspace.conversations[channel]
        payload = self._done(
            "message_action",
            callback_id=callback_id,
            message=room.find(ts),
            message_ts=ts,
            channel={"id": room.id, "name": room.name or "directmessage"},
            response_url=f"{self._around.base}/app/{APP}",
        )
        await self._ask("interactive", payload)

    async def submit(
        self, values: Mapping[str, str] | None = None, *, again: bool = False, **more: str
    ) -> dict[str, str]:
        """Send the open form and return what is wrong in it, by block; a good one closes.

        `again` leaves it open all the same, as a second press in the same moment finds it.
        """
        view = self.view
        if view is None:
            raise LookupError(f"{self._profile.name} has no form open")
        sent = {**view, "state": filled(view, {**(values or {}), **more})}
        told = await self._ask("interactive", self._done("view_submission", view=sent))
        found: dict[str, str] = (told or {}).get("errors", {})
        if not found and not again:
            self._around.views.open.pop(self._profile.id, None)
            self._around.ring()
        return found

    def close(self) -> None:
        """Leave the open form."""
        self._around.views.open.pop(self._profile.id, None)
        self._around.ring()

    async def look_home(self) -> None:
        """Open the app's Home."""
        direct = self._around.workspace.direct(self._profile.id).id
        event: Json = {"type": "app_home_opened", "user": self._profile.id, "channel": direct}
        event |= {"tab": "home", "event_ts": self._around.workspace.stamp()}
        self._around.events.tell(event | ({"view": self.home} if self.home else {}))

    async def press_home(self, action_id: str) -> None:
        """Press a button on the app's Home."""
        home = self.home or {}
        elements = [e for block in home.get("blocks", []) for e in block.get("elements", [])]
        button = next(one for one in elements if one.get("action_id") == action_id)
        action = {**button, "action_ts": self._around.workspace.stamp()}
        container = {"type": "view", "view_id": home["id"]}
        payload = self._done("block_actions", container=container, view=home, actions=[action])
        await self._ask("interactive", payload)

    def _done(self, kind: str, **more: object) -> Json:
        who = {"id": self._profile.id, "username": self._profile.name}
        return {
            "type": kind,
            "token": "deprecated",
            "team": {"id": TEAM, "domain": "parley"},
            "user": {**who, "name": self._profile.name, "team_id": self._profile.team},
            "api_app_id": APP,
            "trigger_id": self._around.views.trigger(self._profile.id),
            **more,
        }

    async def _ask(self, kind: str, payload: Json) -> Json | None:
        async with asyncio.timeout(_PATIENCE_S):
            return await self._around.events.ask(kind, payload)
