"""What the doctor looks at in one Slack inbox, and how each trouble is mended."""

from collections.abc import AsyncIterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from channels.slack.client import Client
from channels.slack.config import Mode, SlackSettings, Watch
from channels.slack.envelope import mapping, text
from channels.slack.needs import SCOPES
from desk.kit.errors import DeskError
from desk.kit.secrets import reveal
from desk.ports.channel import Finding

_REINSTALL = "Add {} under OAuth & Permissions, then reinstall the app to the workspace."
_UNSEEN = (
    "Slack tells nobody whether its Home, its command, its shortcuts and its events are set; "
    "`parley slack manifest` prints them all."
)


class Doctor:
    """Checks one inbox by asking Slack; `app` is the client with the app-level token."""

    def __init__(self, settings: SlackSettings, *, bot: Client, app: Client, url: str) -> None:
        self._settings = settings
        self._bot = bot
        self._app = app
        self._url = url

    async def findings(self) -> list[Finding]:
        """Return what is well and what is not. Never raises."""
        found = [finding async for finding in self._token()]
        if not found[0].ok:
            return found
        found += self._scopes()
        found.append(await self._socket() if self._settings.mode is Mode.SOCKET else self._http())
        found.append(Finding(what="The app's page", ok=True, detail=_UNSEEN))
        return found + [finding async for finding in self._channels()]

    async def _token(self) -> AsyncIterator[Finding]:
        try:
            who = await self._bot.ask("auth.test")
        except DeskError as trouble:
            mend = "Copy the Bot User OAuth Token (xoxb-) from the app's page into bot_token."
            yield Finding(what="Bot token", ok=False, detail=trouble.reason, mend=mend)
            return
        yield Finding(what="Bot token", ok=True, detail=f"Workspace {text(who, 'team')}")
        if self._settings.team and self._settings.team != text(who, "team_id"):
            detail = f"The token is for {text(who, 'team_id')}, the setting says another."
            mend = "Correct the team, or take the token of the other workspace."
            yield Finding(what="Workspace", ok=False, detail=detail, mend=mend)

    def _scopes(self) -> list[Finding]:
        granted = self._bot.scopes
        if granted is None:
            return [Finding(what="Scopes", ok=True, detail="Slack did not tell them.")]
        absent = [scope for scope in SCOPES if scope.name not in granted]
        missing = [scope.name for scope in absent if scope.is_required]
        told = f"Missing: {', '.join(missing)}" if missing else "All that are needed"
        mend = _REINSTALL.format("them") if missing else ""
        found = [Finding(what="Scopes", ok=not missing, detail=told, mend=mend)]
        for scope in absent:
            if not scope.is_required:
                detail = f"Absent: {scope.without}. {_REINSTALL.format('it')}"
                found.append(Finding(what=f"Scope {scope.name}", ok=True, detail=detail))
        return found

    async def _socket(self) -> Finding:
        try:
            await self._app.ask("apps.connections.open")
        except DeskError as trouble:
            mend = (
                "Switch Socket Mode on and put an app-level token (xapp-) with "
                "connections:write into app_token."
            )
            return Finding(what="Socket Mode", ok=False, detail=trouble.reason, mend=mend)
        return Finding(what="Socket Mode", ok=True, detail="Slack gives a connection.")

    def _http(self) -> Finding:
        what = "Events over HTTP"
        try:
            secret = reveal(self._settings.signing_secret)
        except DeskError as trouble:
            return Finding(what=what, ok=False, detail=trouble.reason, mend="Set it.")
        if not secret:
            mend = "Copy the Signing Secret from the app's page into signing_secret."
            return Finding(what=what, ok=False, detail="There is no signing secret.", mend=mend)
        if not _is_public(self._url):
            mend = "Set public_url to an https address that Slack can reach, or use socket mode."
            detail = f"Slack cannot call {self._url}."
            return Finding(what=what, ok=False, detail=detail, mend=mend)
        return Finding(what=what, ok=True, detail=f"Slack posts to {self._url}.")

    async def _channels(self) -> AsyncIterator[Finding]:
        for channel, watch in self._settings.channels.items():
            if watch is Watch.NOBODY:
                continue
            what = f"Channel {channel}"
            try:
                told = mapping(
                    await self._bot.ask("conversations.info", channel=channel), "channel"
                )
            except DeskError as trouble:
                mend = "Check the id, and invite the app when the channel is private."
                yield Finding(what=what, ok=False, detail=trouble.reason, mend=mend)
                continue
            member = bool(told.get("is_member"))
            name = f"#{text(told, 'name')}"
            mend = "" if member else f"Write /invite in {name} and choose the app."
            detail = name if member else f"The app is not in {name}."
            yield Finding(what=what, ok=member, detail=detail, mend=mend)


def _is_public(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or "." not in host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return True
