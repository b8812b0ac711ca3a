"""Forms and the app's Home as the page draws them: labels, fields, lines. Pure."""

from typing import Any

from channels.sandbox.slack.screen import lines
from channels.sandbox.slack.workspace import Json


def form(view: Json | None) -> dict[str, Any] | None:
    """Return an open form: its words and its fields."""
    if view is None:
        return None
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    return {
        "id": view["id"],
        "title": view["title"]["text"],
        "send": view["submit"]["text"],
        "close": view["close"]["text"],
        "fields": [_field(block) for block in inputs],
        "notes": lines([block for block in view["blocks"] if block["type"] == "context"]),
    }


def home(view: Json | None) -> list[str]:
    """Return what the app's Home says, line by line."""
    return [line.replace("*", "") for line in lines(view["blocks"])] if view else []


def _field(block: Json) -> dict[str, Any]:
    element = block["element"]
    options = [(one["value"], one["text"]["text"]) for one in element.get("options", [])]
    return {
        "name": block["block_id"],
        "label": block["label"]["text"],
        "value": element.get("initial_value", ""),
        "many": bool(element.get("multiline")),
        "options": options,
    }
