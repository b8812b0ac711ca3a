"""Modals and Home tabs: what Slack refuses in them, and which stand open."""

import asyncio
import json
from typing import Any

from channels.sandbox.slack.workspace import Json, Refused, Workspace

TRIGGER_S = 3.0  # a form has to be opened within that time of what the person did

_WHOLE_CHARS = 250_000
_BLOCKS = 100
_TITLE_CHARS, _BUTTON_CHARS = 24, 75
_METADATA_CHARS = 3_000
_INPUT_CHARS = 3_000


class Views:
    """The forms that people have open and the Homes the app has published, one per person."""

    def __init__(self, workspace: Workspace) -> None:
        self.open: dict[str, Json] = {}  # by person: the form before him
        self.homes: dict[str, Json] = {}
        self.trigger_s = TRIGGER_S
        self._workspace = workspace
        self._triggers: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()

    def trigger(self, person: str) -> str:
        """Return the word with which one form can be opened before a person, soon."""
        trigger_id = self._workspace.number("1.2.trigger")
        self._triggers[trigger_id] = (person, asyncio.get_running_loop().time())
        return trigger_id

    def show(self, args: Json) -> Json:
        """Answer views.open. Raises Refused."""
        view = _checked(args, "modal")
        person = self._exchange(str(args.get("trigger_id") or ""))
        kept = {"id": self._workspace.number("V"), "state": {"values": {}}, **view}
        self.open[person] = kept
        return {"view": kept}

    def publish(self, args: Json) -> Json:
        """Answer views.publish. Raises Refused."""
        view, person = _checked(args, "home"), str(args.get("user_id") or "")
        if person not in self._workspace.people:
            raise Refused("user_not_found")
        known = self.homes.get(person, {}).get("id")
        kept = {"id": known or self._workspace.number("V"), **view}
        self.homes[person] = kept
        return {"view": kept}

    def _exchange(self, trigger_id: str) -> str:
        if trigger_id not in self._triggers:
            raise Refused("invalid_trigger_id")
        if trigger_id in self._used:
            raise Refused("exchanged_trigger_id")
        person, at_s = self._triggers[trigger_id]
        if asyncio.get_running_loop().time() - at_s > self.trigger_s:
            raise Refused("expired_trigger_id")
        self._used.add(trigger_id)
        return person


def filled(view: Json, values: dict[str, str]) -> Json:
    """Return the state of a form in which a person has typed `values`, by block."""
    state: dict[str, Json] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        held: Json = {"type": element["type"]}
        if element["type"] == "static_select":
            chosen = values.get(name) or element.get("initial_option", {}).get("value")
            options = {one["value"]: one for one in element["options"]}
            held["selected_option"] = options.get(chosen)
        else:
            held["value"] = values.get(name, element.get("initial_value")) or None
        state[name] = {element["action_id"]: held}
    return {"values": state}


def _checked(args: Json, kind: str) -> Json:
    given = args.get("view")
    view = json.loads(given) if isinstance(given, str) else given
    wrong = list(_faults(view, kind))
    if wrong:
        raise Refused("invalid_arguments", response_metadata={"messages": wrong})
    if len(json.dumps(view)) > _WHOLE_CHARS:
        raise Refused("view_too_large")
    return dict(view or {})


def _faults(view: Any, kind: str) -> list[str]:
    if not isinstance(view, dict) or view.get("type") != kind:
        return [f"[ERROR] this is no {kind}"]
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not 0 < len(blocks) <= _BLOCKS:
        return [f"[ERROR] 1 to {_BLOCKS} blocks are expected"]
    found = [f"[ERROR] {block.get('type')}: {block}" for block in blocks if not _is_block(block)]
    names = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(set(names)) != len(names):
        found.append("[ERROR] block_id must be unique")
    if len(view.get("private_metadata", "")) > _METADATA_CHARS:
        found.append("[ERROR] private_metadata is too long")
    if kind == "modal":
        texts = [view.get(name) for name in ("title", "submit", "close")]
        found += [f"[ERROR] {one}" for one in texts if not _is_plain(one, _TITLE_CHARS)]
    return found


def _is_block(block: Json) -> bool:
    match block.get("type"):
        case "input":
            return _is_plain(block.get("label"), 2_000) and _is_field(block.get("element", {}))
        case "section":
            shown = block.get("text", {})
            button = block.get("accessory")
            return 0 < len(shown.get("text", "")) <= 3_000 and (not button or _is_button(button))
        case "header":
            return _is_plain(block.get("text"), 150)
        case "context":
            elements = block.get("elements", [])
            return 0 < len(elements) <= 10 and all(one.get("text") for one in elements)
        case "actions":
            elements = block.get("elements", [])
            return 0 < len(elements) <= 25 and all(map(_is_button, elements))
        case kind:
            return kind == "divider"


def _is_field(element: Json) -> bool:
    if not element.get("action_id"):
        return False
    if element.get("type") == "static_select":
        options = element.get("options", [])
        first = element.get("initial_option")
        return 0 < len(options) <= 100 and (first is None or first in options)
    most = element.get("max_length", _INPUT_CHARS)
    begun = element.get("initial_value")
    well = begun is None or 0 < len(begun) <= most
    return element.get("type") == "plain_text_input" and 0 < most <= _INPUT_CHARS and well


def _is_button(element: Json) -> bool:
    well = element.get("type") == "button" and bool(element.get("action_id"))
    return well and _is_plain(element.get("text"), _BUTTON_CHARS)


def _is_plain(text: Any, most: int) -> bool:
    if not isinstance(text, dict) or text.get("type") != "plain_text":
        return False
    return 0 < len(text.get("text", "")) <= most
