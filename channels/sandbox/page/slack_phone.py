"""The Slack-like workspace: a direct message with the app, its threads and buttons."""

from collections.abc import Mapping
from typing import Any

from channels.sandbox.page import slack_forms
from channels.sandbox.page.phones import PhoneFile, no_such, words
from channels.sandbox.slack import PersonFile, Shown, SlackPerson, SlackSandbox
from desk.kit.errors import Invalid

_SHOWN = 100  # messages
_COMMAND = "/case"
_NEW_CASE = "case_new"  # the app's shortcut beside the composer


class SlackPhone:
    """Chidi's direct message with the shop's app, its form and its Home."""

    kind = "slack"

    def __init__(self, box: SlackSandbox, person: SlackPerson) -> None:
        self.owner = person.profile.name
        self._box = box
        self._person = person

    def shows(self) -> dict[str, Any]:
        """Return the direct message, oldest first; the page puts threads together."""
        forms = self._person.forms
        return {
            "messages": [_shown(one) for one in self._person.messages()[-_SHOWN:]],
            "form": slack_forms.form(forms.view),
            "home": slack_forms.home(forms.home),
        }

    async def do(self, action: str, asked: Mapping[str, str]) -> None:
        """Write, in a thread or not, press a button, or use a form. Raises Invalid."""
        forms = self._person.forms
        match action:
            case "write" if words(asked).partition(" ")[0] == _COMMAND:
                told = await forms.command(words(asked).partition(" ")[2])
                if told:
                    raise Invalid(told)
            case "new":
                await forms.shortcut(_NEW_CASE)
            case "submit" if forms.view is not None:
                wrong = await forms.submit(asked)
                if wrong:
                    raise Invalid(" ".join(wrong.values()))
            case "leave":
                forms.close()
            case "home":
                await forms.look_home()
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
