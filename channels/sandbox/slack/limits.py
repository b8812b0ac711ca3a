"""What Slack refuses in a message: the published limits, and the unpublished one of all blocks."""

from typing import Any

from channels.sandbox.slack.workspace import Json, Refused

TEXT_CHARS = 40_000
ALL_BLOCKS_CHARS = 13_200
BLOCKS = 50
_KINDS = {"rich_text", "section", "header", "divider", "image", "actions", "context", "markdown"}
_RICH = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}


def check(text: str, blocks: Any) -> None:
    """Look at what a chat.postMessage brings. Raises Refused as Slack words it."""
    if not text and not blocks:
        raise Refused("no_text")
    if not blocks:
        return
    if not isinstance(blocks, list) or len(blocks) > BLOCKS:
        raise Refused("invalid_blocks")
    for block in blocks:
        if not isinstance(block, dict) or not _is_valid(block):
            raise Refused("invalid_blocks")
    if sum(_weight(block) for block in blocks) > ALL_BLOCKS_CHARS:
        raise Refused("msg_blocks_too_long")


def _is_valid(block: Json) -> bool:
    match block.get("type"):
        case "section":
            return _is_section(block)
        case "header":
            return 0 < len(block.get("text", {}).get("text", "")) <= 150
        case "actions":
            elements = block.get("elements", [])
            names = [element.get("action_id") for element in elements]
            unique = len(set(names)) == len(names)
            return 0 < len(elements) <= 25 and unique and all(map(_is_element, elements))
        case "rich_text":
            return bool(block.get("elements")) and all(map(_is_rich, block["elements"]))
        case kind:
            return kind in _KINDS


def _is_section(block: Json) -> bool:
    fields = block.get("fields", [])
    if len(fields) > 10 or any(not 0 < len(one.get("text", "")) <= 2_000 for one in fields):
        return False
    shown = len(block.get("text", {}).get("text", ""))
    return shown <= 3_000 and bool(shown or fields)


def _is_element(element: Json) -> bool:
    return _is_select(element) if element.get("type") == "static_select" else _is_button(element)


def _is_select(element: Json) -> bool:
    options, first = element.get("options", []), element.get("initial_option")
    well = all(
        0 < len(one.get("text", {}).get("text", "")) <= 75 and 0 < len(one.get("value", "")) <= 150
        for one in options
    )
    return well and 0 < len(options) <= 100 and (first is None or first in options)


def _is_button(element: Json) -> bool:
    label = element.get("text", {}).get("text", "")
    return (
        element.get("type") == "button"
        and 0 < len(label) <= 75
        and len(element.get("value", "")) <= 2_000
        and len(element.get("url", "")) <= 3_000
        and 0 < len(element.get("action_id", "")) <= 255
    )


def _is_rich(element: Json) -> bool:
    if element.get("type") not in _RICH or not isinstance(element.get("elements"), list):
        return False
    if element["type"] == "rich_text_list":
        return all(_is_rich(item) for item in element["elements"])
    return all(_is_inline(inline) for inline in element["elements"])


def _is_inline(inline: Json) -> bool:
    match inline.get("type"):
        case "text":
            return bool(inline.get("text"))
        case "link":
            return bool(inline.get("url"))
        case kind:
            return kind in {"user", "channel", "emoji", "broadcast", "usergroup", "date", "color"}


def _weight(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        kept = (part for key, part in value.items() if key in {"text", "url", "elements"})
        return sum(map(_weight, kept))
    return sum(map(_weight, value)) if isinstance(value, list) else 0
