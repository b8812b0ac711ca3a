"""What must be answered at once: commands, shortcuts and forms, within Slack's three seconds.

Everything here has been committed before. A form that cannot be opened is said so in a sentence.
"""

import asyncio
from collections.abc import Callable, Collection

from channels.richtext import plain, slack
from channels.slack import hub_render
from channels.slack.client import Client
from channels.slack.envelope import Json, mapping, root_of, text
from channels.slack.hub_render import REPLY
from channels.slack.modals import SUBJECT, Draft, errors, form, is_submission
from channels.slack.needs import FROM_MESSAGE, NEW_CASE
from channels.slack.words import Words, words_in
from desk.kit import log
from desk.kit.errors import DeskError

_LOOK = 1 / 3  # of the time there is, for what the form would be poorer without
_SUBJECT_FROM = 80  # characters of a command that are a subject; more is a description

LocaleOf = Callable[[str, str], str]  # of a workspace's person


class Interactive:
    """Answers what a person did in Slack with a form, with its mistakes, or with a sentence."""

    def __init__(
        self,
        client: Client,
        locale_of: LocaleOf,
        hubs: Collection[str] = (),
        *,
        answer_s: float,
    ) -> None:
        self._answer_s = answer_s
        self._look_s = answer_s * _LOOK
        self._client = client
        self._locale_of = locale_of
        self._hubs = hubs
        self._log = log.get(channel="slack")

    async def answer(self, kind: str, payload: Json, *, fresh: bool = True) -> Json | None:
        """Return what the acknowledgement carries; None: nothing. Never raises a DeskError.

        A payload that was here before (`fresh` is False) opens nothing again.
        """
        words = words_in(self._locale(kind, payload))
        if is_submission(payload):
            found = errors(payload, words)
            return {"response_action": "errors", "errors": found} if found else None
        if not fresh or not _opens(kind, payload):
            return None
        try:
            async with asyncio.timeout(self._answer_s):
                await self._open(kind, payload, words)
        except (DeskError, TimeoutError) as refused:
            self._log.warning("slack.form_not_opened", reason=f"{refused}")
            return await self._excuse(kind, payload, words)
        return None

    def refusal(self, kind: str, payload: Json) -> Json | None:
        """Return what says that a command or a form could not be kept; None for anything else."""
        words = words_in(self._locale(kind, payload))
        if is_submission(payload):
            return {"response_action": "errors", "errors": {SUBJECT: words.not_taken}}
        if kind == "slash_commands":
            return {"response_type": "ephemeral", "text": words.not_taken}
        return None

    async def _open(self, kind: str, payload: Json, words: Words) -> None:
        container = mapping(payload, "container")
        place, card = text(container, "channel_id"), text(container, "message_ts")
        if _presses(payload, REPLY):
            if place in self._hubs:
                await self._show(payload, hub_render.form(f"{place}:{card}"))
            return
        draft = await self._draft(kind, payload)
        await self._show(payload, form(draft, words))

    async def _show(self, payload: Json, view: Json) -> None:
        await self._client.tell("views.open", trigger_id=text(payload, "trigger_id"), view=view)

    async def _draft(self, kind: str, payload: Json) -> Draft:
        if kind == "slash_commands":
            said = text(payload, "text").strip()
            short = len(said) <= _SUBJECT_FROM and "\n" not in said
            return Draft(subject=said) if short else Draft(description=said)
        message, channel = mapping(payload, "message"), text(mapping(payload, "channel"), "id")
        ts = text(message, "ts")
        if text(payload, "type") != "message_action" or not channel or not ts:
            return Draft()
        said = plain.render(slack.parse(message.get("blocks"), text(message, "text"))).strip()
        link, is_in = await asyncio.gather(
            self._permalink(payload, channel, ts), self._is_in(channel)
        )
        return Draft(
            subject=said.partition("\n")[0][:_SUBJECT_FROM],
            description=f"{said[:2_000]}\n\n{link}".strip(),
            place=f"{channel}:{ts}:{root_of(message)}" if is_in else "",
        )

    async def _permalink(self, payload: Json, channel: str, ts: str) -> str:
        try:
            async with asyncio.timeout(self._look_s):
                found = await self._client.ask("chat.getPermalink", channel=channel, message_ts=ts)
        except (DeskError, TimeoutError):
            home = text(mapping(payload, "team"), "domain") or "app"
            return f"https://{home}.slack.com/archives/{channel}/p{ts.replace('.', '')}"
        return text(found, "permalink")

    async def _is_in(self, channel: str) -> bool:
        """Return whether the app can answer there; where it cannot tell it answers directly."""
        try:
            async with asyncio.timeout(self._look_s):
                told = await self._client.ask("conversations.info", channel=channel)
        except (DeskError, TimeoutError):
            return False
        place = mapping(told, "channel")
        return bool(place.get("is_member") or place.get("is_im"))

    async def _excuse(self, kind: str, payload: Json, words: Words) -> Json | None:
        """Say that the form did not open: in the answer to a command, else as a direct message."""
        if kind == "slash_commands":
            return {"response_type": "ephemeral", "text": words.not_opened}
        person = text(mapping(payload, "user"), "id")
        try:
            async with asyncio.timeout(self._look_s):
                await self._client.tell("chat.postMessage", channel=person, text=words.not_opened)
        except (DeskError, TimeoutError) as refused:
            self._log.warning("slack.excuse_not_said", reason=f"{refused}")
        return None

    def _locale(self, kind: str, payload: Json) -> str:
        if kind == "slash_commands":
            return self._locale_of(text(payload, "team_id"), text(payload, "user_id"))
        person = mapping(payload, "user")
        team = text(person, "team_id") or text(mapping(payload, "team"), "id")
        return self._locale_of(team, text(person, "id"))


def _opens(kind: str, payload: Json) -> bool:
    """Return whether what was done asks for the form: the command, a shortcut, a button of ours."""
    if kind == "slash_commands":
        return bool(text(payload, "command"))
    if text(payload, "type") in ("shortcut", "message_action"):
        return text(payload, "callback_id") in (NEW_CASE, FROM_MESSAGE)
    return _presses(payload, NEW_CASE) or _presses(payload, REPLY)


def _presses(payload: Json, action_id: str) -> bool:
    actions = payload.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions else {}
    is_it = isinstance(pressed, dict) and text(pressed, "action_id") == action_id
    return text(payload, "type") == "block_actions" and is_it
