"""What the doctor looks at in one Slack inbox, and how each trouble is mended."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from channels.slack.client import Client
from channels.slack.config import Mode, SlackSettings, Watch
from channels.slack.envelope import mapping, text
from channels.slack.needs import SCOPES
from channels.slack.unasked import APP_MEND, BOT_MEND, is_channel, wrong
from desk.kit.errors import ChannelBusy, DeskError, Uncertain
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
        """Return what is well and what is not; first what need not be asked. Never raises."""
        found = wrong(self._settings, self._url)
        bad = {finding.what for finding in found}
        if not self._bot.token or "Bot token" in bad:
            return found
        found += [finding async for finding in self._token()]
        if any(finding.what == "Bot token" and not finding.ok for finding in found):
            return found
        found += self._scopes()
        if self._settings.mode is Mode.HTTP:
            if "Events over HTTP" not in bad:
                detail = f"Slack posts to {self._url}."
                found.append(Finding(what="Events over HTTP", ok=True, detail=detail))
        elif self._app.token and "Socket Mode" not in bad:
            found.append(await self._socket())
        found.append(Finding(what="The app's page", ok=True, detail=_UNSEEN))
        return found + [finding async for finding in self._channels()]

    async def _token(self) -> AsyncIterator[Finding]:
        try:
            who = await self._bot.ask("auth.test")
        except DeskError as trouble:
            mend = _mend(trouble, self._settings, BOT_MEND)
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
            mend = _mend(trouble, self._settings, APP_MEND)
            return Finding(what="Socket Mode", ok=False, detail=trouble.reason, mend=mend)
        return Finding(what="Socket Mode", ok=True, detail="Slack gives a connection.")

    async def _channels(self) -> AsyncIterator[Finding]:
        heard = [one for one, watch in self._settings.channels.items() if watch is not Watch.NOBODY]
        for channel in dict.fromkeys([*heard, *self._settings.hubs]):
            if not is_channel(channel):
                continue  # that is told already
            what = f"Channel {channel}"
            try:
                told = mapping(
                    await self._bot.ask("conversations.info", channel=channel), "channel"
                )
            except DeskError as trouble:
                mend = "Check the id, and invite the app when the channel is private."
                mend = _mend(trouble, self._settings, mend)
                yield Finding(what=what, ok=False, detail=trouble.reason, mend=mend)
                continue
            member = bool(told.get("is_member"))
            name = f"#{text(told, 'name')}"
            mend = "" if member else f"Write /invite in {name} and choose the app."
            detail = name if member else f"The app is not in {name}."
            yield Finding(what=what, ok=member, detail=detail, mend=mend)


def _mend(trouble: DeskError, settings: SlackSettings, refused: str) -> str:
    """Return what helps: against silence the network, against a refusal `refused`."""
    if not isinstance(trouble, ChannelBusy | Uncertain):
        return refused
    address = urlsplit(settings.api_base)
    if not address.hostname:
        return "Correct api_base, or leave it out."
    return f"See whether {address.scheme}://{address.netloc} can be reached from here."
