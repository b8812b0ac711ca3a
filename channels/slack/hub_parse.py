"""What agents do in a channel where cases have cards, in our words. Pure."""

import re
from collections.abc import Iterator

from channels.richtext import markdown, slack
from channels.slack.config import SlackSettings
from channels.slack.emoji import shown
from channels.slack.envelope import Envelope, Json, mapping, root_of, text
from channels.slack.hub_render import REPLY, written
from desk.ports.inbound import CaseLinked, HubPressed, HubSaid
from desk.ports.messages import Attachment, Sender

_TOLD = re.compile(r"\\?!(reply|note)\b[ \t]*\n?", re.IGNORECASE)
_EMOJI = {"👀": ("take", ""), "✅": ("status", "resolved")}
_ACTIONS = ("take", "assign", "status", "priority", "snooze")


def said(
    event: Json, sender: Sender, files: tuple[Attachment, ...], settings: SlackSettings
) -> Iterator[HubSaid]:
    """Return what was written in the thread of a card: for colleagues, unless it says otherwise."""
    channel, root = event["channel"], root_of(event)
    if root == event["ts"]:
        return  # colleagues among themselves
    words, to_customer, marked = _worded(event, settings)
    yield HubSaid(
        external_id=f"{channel}:{event['ts']}",
        sender=sender,
        place=channel,
        thread=f"{channel}:{root}",
        text=words,
        to_customer=to_customer,
        marked=marked,
        attachments=files,
    )


def changed(event: Json, sender: Sender, settings: SlackSettings) -> Iterator[HubSaid]:
    """Return what became of words written before; "" when they were taken back."""
    now = mapping(event, "message")
    gone = text(event, "subtype") == "message_deleted" or text(now, "subtype") == "tombstone"
    before = mapping(event, "previous_message")
    ts = text(event, "deleted_ts") if gone else text(now, "ts")
    root = root_of(before if gone else now)
    if not ts or not root or root == ts:
        return
    words, to_customer, _ = ("", True, False) if gone else _worded(now, settings)
    yield HubSaid(
        external_id=f"{event['channel']}:{ts}",
        sender=sender,
        place=event["channel"],
        thread=f"{event['channel']}:{root}",
        text=words,
        to_customer=to_customer,
        edits=True,
    )


def felt(event: Json, sender: Sender) -> Iterator[HubPressed]:
    """Return what an emoji on a card means: 👀 takes the case, ✅ resolves it."""
    item = mapping(event, "item")
    meant = _EMOJI.get(shown(text(event, "reaction")))
    if meant is None or text(event, "type") != "reaction_added":
        return
    action, value = meant
    place, ts = text(item, "channel"), text(item, "ts")
    stamp = text(event, "event_ts")
    yield HubPressed(
        external_id=f"{stamp}:{sender.address}",
        sender=sender,
        place=place,
        thread=f"{place}:{ts}",
        action=action,
        value=value,
    )


def pressed(payload: Json, place: str, source: str, sender: Sender) -> Iterator[HubPressed]:
    """Return what was chosen on a card; opening a form or the desk changes nothing."""
    actions = payload.get("actions")
    for action in actions if isinstance(actions, list) else []:
        if not isinstance(action, dict):
            continue
        name = text(action, "action_id").removeprefix("hub:")
        if name in _ACTIONS:
            yield HubPressed(
                external_id=f"{text(action, 'action_ts')}:{sender.address}",
                sender=sender,
                place=place,
                thread=f"{place}:{source}",
                action=name,
                value=text(mapping(action, "selected_option"), "value"),
            )


def submitted(envelope: Envelope, sender: Sender, settings: SlackSettings) -> Iterator[HubSaid]:
    """Return the answer written into the form of a card."""
    view = mapping(envelope.payload, "view")
    thread = text(view, "private_metadata")
    place = thread.partition(":")[0]
    if text(view, "callback_id") != REPLY or place not in settings.hubs:
        return
    yield HubSaid(
        external_id=f"view:{text(view, 'id')}",
        sender=sender,
        place=place,
        thread=thread,
        text=written(view),
        to_customer=True,
        stands=False,
    )


def linked(event: Json, sender: Sender, settings: SlackSettings) -> Iterator[CaseLinked]:
    """Return which links to the desk stand in a message; only in hubs they show anything."""
    place, links = text(event, "channel"), event.get("links")
    found = (
        [text(one, "url") for one in links if isinstance(one, dict)]
        if isinstance(links, list)
        else []
    )
    ts = text(event, "message_ts")
    if place in settings.hubs and ts and any(found):
        yield CaseLinked(
            external_id=f"{place}:{ts}", sender=sender, place=place, urls=tuple(filter(None, found))
        )


def _worded(message: Json, settings: SlackSettings) -> tuple[str, bool, bool]:
    """Return words as Markdown, whether they go to the customer, and whether they say so."""
    words = markdown.render(slack.parse(message.get("blocks"), text(message, "text")))
    told = _TOLD.match(words)
    if told is None:
        return words, settings.hub_replies, False
    return words[told.end() :], told[1].lower() == "reply", True
