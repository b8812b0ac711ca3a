"""What a person sees in his Slack: messages as text with their buttons, files and threads."""

import html
import re
from typing import Any

from msgspec import Struct

from channels.sandbox.slack.workspace import BOT, Json

_LINK = re.compile(r"<([^>|]+)\|([^>]*)>|<([^>]+)>")


class ShownButton(Struct, frozen=True):
    """One button under a message; `url` opens instead of answering."""

    label: str
    value: str
    url: str = ""


class ShownFile(Struct, frozen=True):
    """One file in a message."""

    id: str
    name: str
    mime: str
    size_bytes: int


class Shown(Struct, frozen=True, kw_only=True):
    """One message on the screen; `thread_ts` is its thread's first message, "" outside of one."""

    channel: str
    ts: str
    thread_ts: str = ""
    sender: str
    name: str
    from_app: bool = False
    text: str
    buttons: tuple[ShownButton, ...] = ()
    files: tuple[ShownFile, ...] = ()
    reactions: tuple[str, ...] = ()
    edited: bool = False
    blocks: list[dict[str, Any]] = []


def show(channel: str, message: Json, name: str) -> Shown:
    """Return `message` as its channel shows it; `name` is its sender's."""
    blocks = message.get("blocks") or []
    return Shown(
        channel=channel,
        ts=message["ts"],
        thread_ts=message.get("thread_ts", ""),
        sender=message.get("user", ""),
        name=message.get("username") or name,
        from_app=message.get("bot_id") == BOT,
        text=_text(blocks) if blocks else _unescaped(message.get("text", "")),
        buttons=tuple(_buttons(blocks)),
        files=tuple(map(_file, message.get("files") or [])),
        reactions=tuple(reaction["name"] for reaction in message.get("reactions", [])),
        edited="edited" in message,
        blocks=blocks,
    )


def lines(blocks: list[Json]) -> list[str]:
    """Return the texts of blocks, without their buttons."""
    return [line for block in blocks if (line := _block(block))]


def _file(file: Json) -> ShownFile:
    size = int(file.get("size", 0))
    return ShownFile(file["id"], file.get("name", ""), file.get("mimetype", ""), size)


def _buttons(blocks: list[Json]) -> list[ShownButton]:
    rows = (block["elements"] for block in blocks if block["type"] == "actions")
    elements = [e for row in rows for e in row if e["type"] == "button"]
    return [ShownButton(e["text"]["text"], e.get("value", ""), e.get("url", "")) for e in elements]


def _text(blocks: list[Json]) -> str:
    return "\n".join(line for block in blocks if (line := _block(block)))


def _block(block: Json) -> str:
    match block["type"]:
        case "rich_text":
            return "\n".join(_rich(element) for element in block["elements"]).rstrip("\n")
        case "section" | "header":
            held = [block.get("text"), *block.get("fields", [])]
            return "\n".join(_unescaped(one["text"]) for one in held if one)
        case "context":
            return " ".join(_unescaped(str(e.get("text", ""))) for e in block["elements"])
        case "markdown":
            return str(block["text"])
        case "divider":
            return "———"
        case _:
            return ""


def _rich(element: Json) -> str:
    inside = element["elements"]
    match element["type"]:
        case "rich_text_list":
            indent = "  " * int(element.get("indent", 0))
            ordered, start = element.get("style") == "ordered", int(element.get("offset", 0)) + 1
            return "\n".join(
                f"{indent}{f'{start + at}.' if ordered else '•'} {_rich(item)}"
                for at, item in enumerate(inside)
            )
        case "rich_text_quote":
            return "\n".join("> " + line for line in _inlines(inside).split("\n"))
        case _:
            return _inlines(inside)


def _inlines(inlines: list[Json]) -> str:
    return "".join(map(_inline, inlines))


def _inline(inline: Json) -> str:
    match inline["type"]:
        case "text":
            return str(inline["text"])
        case "link":
            return str(inline.get("text") or inline["url"])
        case "user":
            return f"@{inline['user_id']}"
        case "emoji":
            return f":{inline['name']}:"
        case kind:
            return f"@{kind}"


def _unescaped(text: str) -> str:
    return html.unescape(_LINK.sub(lambda found: found[2] or found[1] or found[3], text))
