"""Our words into Telegram's: which sends one message becomes, and what cannot be kept. Pure."""

from itertools import groupby
from typing import Any

from channels.richtext import markdown
from channels.richtext import telegram as richtext
from desk.ports.channel import Part, RenderPlan
from desk.ports.messages import Choice, OutboundFile, OutboundMessage, Telling

UPLOAD_BYTES = 50 * 1024 * 1024
PHOTO_BYTES = 10 * 1024 * 1024
ALBUM = 10  # files together
BUTTONS = 100  # under one message
_VALUE_BYTES = 64
_PHOTOS = ("image/jpeg", "image/png", "image/webp")
_SHORT = 3  # labels this short (the numbers of a rating) share a row
_IN_A_ROW = 8


def plan(message: OutboundMessage) -> RenderPlan:
    """Return the sends `message` becomes: its text in parts, then its files, in albums of ten.

    The buttons stand under the last part of the text. A body is a dictionary: `send` names the
    way (text, photo, document, album, nothing); the rest is what that way needs.
    """
    dropped: list[str] = []
    bodies = [_text(text, entities) for text, entities in _parts(message)]
    fitting = [file for file in message.attachments if _fits(file, dropped)]
    bodies += _together([_file(file, plain=message.plain) for file in fitting], message)
    if not bodies:
        bodies = [{"send": "nothing"}]  # one part that is refused: a message never just vanishes
    keyboard = _keyboard(message.choices, dropped)
    if keyboard:
        texts = [body for body in bodies if body["send"] == "text"]
        (texts or bodies)[-1]["keyboard"] = keyboard
    parts = (
        Part(index=index, body=body, summary=_summary(body)) for index, body in enumerate(bodies)
    )
    return RenderPlan(parts=tuple(parts), dropped=tuple(dropped))


def told(telling: Telling) -> list[dict[str, Any]]:
    """Return the sends that a few words to a customer become, the buttons under the last."""
    bodies = [_text(*part) for part in richtext.render(markdown.parse(telling.text))]
    keyboard = _keyboard(telling.choices, [])
    if bodies and keyboard:
        bodies[-1]["keyboard"] = keyboard
    return bodies


def _parts(message: OutboundMessage) -> list[richtext.Part]:
    parts = richtext.render(markdown.parse(message.text))
    # Plain ones are cut at the same places: some may have been sent already, formatted.
    return [(text, []) for text, _ in parts] if message.plain else parts


def _text(text: str, entities: list[richtext.Entity]) -> dict[str, Any]:
    return {"send": "text", "text": text, "entities": entities}


def _fits(file: OutboundFile, dropped: list[str]) -> bool:
    if file.size_bytes <= UPLOAD_BYTES:
        return True
    dropped.append(f"The file {file.name} is larger than 50 MB, the most a Telegram bot can send.")
    return False


def _file(file: OutboundFile, *, plain: bool) -> dict[str, Any]:
    """Return a picture as a photo; `plain`, after Telegram could not show it, as a document."""
    is_photo = file.mime in _PHOTOS and file.size_bytes <= PHOTO_BYTES and not plain
    way = "photo" if is_photo else "document"
    return {"send": way, "blob": file.blob, "name": file.name, "mime": file.mime}


def _together(files: list[dict[str, Any]], message: OutboundMessage) -> list[dict[str, Any]]:
    """Return files as albums where there are several of a kind: documents stand among their own.

    One by one after a refusal, so that one bad file does not keep the others; and where buttons
    must stand under the last of them, for an album has none.
    """
    if message.plain or (message.choices and not message.text.strip()):
        return files
    bodies = []
    for _, kind in groupby(files, lambda file: str(file["send"])):
        run = list(kind)
        chunks = (run[at : at + ALBUM] for at in range(0, len(run), ALBUM))
        bodies += [
            {"send": "album", "files": some} if len(some) > 1 else some[0] for some in chunks
        ]
    return bodies


def _keyboard(choices: tuple[Choice, ...], dropped: list[str]) -> list[list[dict[str, str]]]:
    buttons = [_button(choice) for choice in choices if _is_possible(choice, dropped)]
    if len(buttons) > BUTTONS:
        dropped.append(
            f"There are more than {BUTTONS} buttons; the rest cannot be shown on Telegram."
        )
        buttons = buttons[:BUTTONS]
    if all(len(button["text"]) <= _SHORT for button in buttons):
        return [buttons[at : at + _IN_A_ROW] for at in range(0, len(buttons), _IN_A_ROW)]
    return [[button] for button in buttons]


def _is_possible(choice: Choice, dropped: list[str]) -> bool:
    if choice.url is not None:
        possible = choice.url.startswith(("https://", "http://"))
    else:
        possible = 1 <= len(choice.value.encode()) <= _VALUE_BYTES
    if not possible or not choice.label.strip():
        dropped.append(f"The button {choice.label} cannot be shown on Telegram.")
        return False
    return True


def _button(choice: Choice) -> dict[str, str]:
    if choice.url is not None:
        return {"text": choice.label, "url": choice.url}
    return {"text": choice.label, "callback_data": choice.value}


def _summary(body: dict[str, Any]) -> str:
    if body["send"] == "nothing":
        return "nothing that Telegram can carry"
    if body["send"] == "text":
        return f"message, {len(body['text'])} characters"
    if body["send"] == "album":
        return f"album of {len(body['files'])}"
    return f"{body['send']} {body['name']}"
