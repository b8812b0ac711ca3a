"""Finds channels by entry point and builds one per configured inbox."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

from msgspec import Struct

from desk.kit.errors import Invalid
from desk.ports.channel import Capabilities, Channel, ChannelKit

GROUP = "parley.channels"

Decode = Callable[[Any, type[Struct], str], Any]  # raw settings, struct, where they stand


def kinds() -> list[str]:
    """Return the kinds of channel that are installed, by name."""
    return sorted(point.name for point in entry_points(group=GROUP))


def machine_kinds() -> frozenset[str]:
    """Return the kinds of channels on which programs write too."""
    return frozenset(kind for kind in kinds() if channel_class(kind).capabilities.machines_write)


def slots() -> dict[str, float]:
    """Return for each kind of channel how many points of an agent's capacity a case on it takes."""
    return {kind: channel_class(kind).capabilities.slots for kind in kinds()}


def originals() -> dict[str, str]:
    """Return the kinds of channels whose payloads are files, with the ending of such a file."""
    found = {kind: channel_class(kind).capabilities.original for kind in kinds()}
    return {kind: ending for kind, ending in found.items() if ending}


def amendments() -> dict[str, tuple[str, ...]]:
    """Return what can be done to what was sent, by kind of channel: edit, take_back, react."""
    return {kind: _amendments(channel_class(kind).capabilities) for kind in kinds()}


def _amendments(can: Capabilities) -> tuple[str, ...]:
    asked = {"edit": can.edits_own, "take_back": can.deletes_own, "react": can.reactions}
    return tuple(what for what, is_possible in asked.items() if is_possible)


def undo_times(wanted_s: int | None = None) -> dict[str, int]:
    """Return for how many seconds a reply can be undone, by kind of channel."""
    own = {kind: channel_class(kind).capabilities.undo_s for kind in kinds()}
    return own if wanted_s is None else dict.fromkeys(own, wanted_s)


def copying_kinds() -> frozenset[str]:
    """Return the kinds of channels on which others can be addressed besides the recipient."""
    return frozenset(kind for kind in kinds() if channel_class(kind).capabilities.copies)


def channel_class(kind: str) -> type[Channel]:
    """Return the class behind a kind of channel; only now is its library imported.

    Raises:
        Invalid: no such channel is installed.
    """
    for point in entry_points(group=GROUP, name=kind):
        loaded: type[Channel] = point.load()
        return loaded
    raise Invalid(f"There is no channel called {kind}. Installed here: {', '.join(kinds())}.")


def build(
    inbox: str, kind: str, settings: Mapping[str, Any], kit: ChannelKit, decode: Decode
) -> Channel:
    """Return the channel of one inbox. Raises Invalid naming the inbox and the wrong setting."""
    made = channel_class(kind)
    where = f"inboxes.{inbox}.settings"
    decoded = decode(dict(settings), made.Settings, where)
    try:
        return made(inbox, decoded, kit)
    except Invalid as wrong:
        if wrong.reason.startswith("inboxes."):
            raise
        raise Invalid(f"{where}: {wrong.reason}") from wrong
