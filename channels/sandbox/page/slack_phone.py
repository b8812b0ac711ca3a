"""The Slack-like workspace: a direct message with the app, its threads and buttons."""

from collections.abc import Mapping
from typing import Any

from channels.sandbox.page.phones import PhoneFile, no_such, words
from channels.sandbox.slack import PersonFile, Shown, SlackPerson, SlackSandbox

_SHOWN = 100  # messages


class SlackPhone:
    """Chidi's direct message with the shop's app."""

    kind = "slack"

    def __init__(self, box: SlackSandbox, person: SlackPerson) -> None:
        self.owner = person.profile.name
        self._box = box
        self._person = person

    def shows(self) -> dict[str, Any]:
        """Return the direct message, oldest first; the page puts threads together."""
        return {"messages": [_shown(one) for one in self._person.messages()[-_SHOWN:]]}

    async def do(self, action: str, asked: Mapping[str, str]) -> None:
        """Write, in a thread or not, or press a button. Raises Invalid."""
        match action:
            case "write":
                await self._person.dm(words(asked), thread_ts=asked.get("thread") or None)
            case "press":
                await self._press(asked)
            case _:
                raise no_such(action)

    async def send_file(self, file: PhoneFile) -> None:
        """Send a file into the direct message."""
        sent = PersonFile(name=file.name, content=file.content, mime=file.mime)
        await self._person.dm("", file=sent)

    def file(self, file_id: str) -> PhoneFile | None:
        """Return a file of the direct message."""
        shown = {file.id for message in self._person.messages() for file in message.files}
        if file_id not in shown:
            return None
        kept = self._person.file(file_id)
        return PhoneFile(name=kept.name, mime=kept.mime, content=kept.content)

    async def changed(self) -> None:
        """Return after the next change of the workspace."""
        await self._box.changed()

    async def _press(self, asked: Mapping[str, str]) -> None:
        ts, value = asked.get("message", ""), words(asked, "value")
        seen = next((one for one in self._person.messages() if one.ts == ts), None)
        if seen is None or all(button.value != value for button in seen.buttons):
            raise no_such("press")
        await self._person.press(ts, value)


def _shown(message: Shown) -> dict[str, Any]:
    return {
        "id": message.ts,
        "thread": message.thread_ts,
        "name": message.name,
        "mine": not message.from_app,
        "at_s": float(message.ts),
        "text": message.text,
        "blocks": message.blocks,
        "buttons": [
            {"text": one.label, "value": one.value, "url": one.url} for one in message.buttons
        ],
        "files": [
            {"id": one.id, "name": one.name, "mime": one.mime, "size_bytes": one.size_bytes}
            for one in message.files
        ],
        "edited": message.edited,
    }
