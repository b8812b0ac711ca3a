"""Slack's words into ours. Pure: a journalled payload in, what it says out."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.richtext import html, plain, slack
from channels.richtext.model import Document
from channels.slack import hub_parse
from channels.slack.config import SlackSettings, Watch
from channels.slack.emoji import shown
from channels.slack.envelope import MARKED, Envelope, Json, mapping, read, root_of, sender_of, text
from channels.slack.home import opened
from channels.slack.modals import is_submission, submitted
from channels.slack.persons import person_of, team_of
from channels.slack.words import words_in
from desk.kit.errors import Unreadable
from desk.kit.text import clean, file_name
from desk.ports.inbound import Inbound, PlaceRenamed
from desk.ports.messages import (
    Attachment,
    Automation,
    ButtonPressed,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
    Remark,
    Sender,
)

_KEPT = {"", "file_share", "thread_broadcast", "me_message", "bot_message"}
_REACTIONS = {"reaction_added", "reaction_removed"}
_SLACK_ITSELF = "USLACKBOT"
_MAX_SIZE = 2**53
_TOKEN = re.compile(r"link (agent-[A-Za-z0-9_-]{20,100})", re.IGNORECASE)


def parse(raw: bytes, settings: SlackSettings) -> Sequence[Inbound]:
    """Return what a journalled payload says; nothing for what is not a customer's word.

    Passed over: our own messages, Slackbot's, other bots' unless allowed, joins, topics, pins,
    unfurled links, other workspaces, channels nobody watches.

    Raises:
        Unreadable: it is not what `channels.slack.envelope` writes.
    """
    envelope = read(raw)
    team = team_of(envelope)
    if settings.team and team and team != settings.team:
        return ()
    if envelope.kind == "interactive" and is_submission(envelope.payload):
        form = submitted(envelope, words_in(None))
        return () if form is None else (form,)
    if envelope.kind == "interactive":
        return tuple(_chosen(envelope, settings))
    event = mapping(envelope.payload, "event")
    if envelope.kind == "events_api" and text(event, "type") in _REACTIONS:
        return tuple(_reacted(envelope, event, settings))
    if envelope.kind == "events_api" and text(event, "type") == "link_shared":
        writer = person_of(envelope, event)
        return tuple(hub_parse.linked(event, writer, settings)) if writer else ()
    if envelope.kind == "events_api" and text(event, "type") == "app_home_opened":
        looks = opened(envelope, event)
        return () if looks is None else (looks,)
    if envelope.kind == "events_api" and text(event, "type") == "channel_id_changed":
        return tuple(_renamed(envelope, event))
    if envelope.kind not in ("events_api", MARKED) or text(event, "type") not in {
        "message",
        "app_mention",
    }:
        return ()
    if not text(event, "channel") or not text(event, "ts"):
        raise Unreadable("A Slack message without a channel or a timestamp.")
    if event["channel"] in settings.hubs:
        return tuple(_in_hub(envelope, event, settings))
    return tuple(_said(envelope, event, settings))


def _in_hub(envelope: Envelope, event: Json, settings: SlackSettings) -> Iterator[Inbound]:
    """Return what an agent wrote where agents work; machines and the app itself say nothing."""
    now, before = mapping(event, "message"), mapping(event, "previous_message")
    kind = text(event, "subtype")
    if kind == "message_deleted" or text(now, "subtype") == "tombstone":
        writer = Sender(address=f"{team_of(envelope)}:{text(before, 'user')}")
        if text(before, "user") and not _is_machines(envelope, before):
            yield from hub_parse.changed(event, writer, settings)
        return
    source = now if kind == "message_changed" else event
    sender = person_of(envelope, source)
    if sender is None or _is_machines(envelope, source):
        return
    if kind == "message_changed" and not _same(now, before):
        yield from hub_parse.changed(event, sender, settings)
    elif kind in _KEPT and text(event, "type") == "message":
        yield from hub_parse.said(event, sender, tuple(_files(event)), settings)


def _is_machines(envelope: Envelope, message: Json) -> bool:
    return bool(text(message, "bot_id")) or _is_ours(envelope, message)


def _said(envelope: Envelope, event: Json, settings: SlackSettings) -> Iterator[Inbound]:
    match text(event, "subtype"):
        case "message_changed":
            if text(mapping(event, "message"), "subtype") == "tombstone":
                yield from _deleted(envelope, event)  # it had replies: Slack leaves a stone
            else:
                yield from _edited(envelope, event, settings)
        case "message_deleted":
            yield from _deleted(envelope, event)
        case kind if kind in _KEPT and not _is_ours(envelope, event):
            yield from _message(envelope, event, settings)


def _is_ours(envelope: Envelope, message: Json) -> bool:
    """Return whether the app wrote `message`: three guards, for Slack marks them unevenly."""
    app = text(envelope.payload, "api_app_id")
    seats = envelope.payload.get("authorizations")
    seats = seats if isinstance(seats, list) else []
    persons = {text(s, "user_id") for s in seats if isinstance(s, dict) and s.get("is_bot")}
    ours = {envelope.us.person, *persons} - {""}
    return (
        text(message, "user") in {*ours, _SLACK_ITSELF}
        or (bool(app) and text(message, "app_id") == app)
        or (bool(envelope.us.bot) and text(message, "bot_id") == envelope.us.bot)
    )


def _message(envelope: Envelope, event: Json, settings: SlackSettings) -> Iterator[InboundMessage]:
    bot = text(event, "bot_id")
    by_bot = bool(bot) or text(event, "subtype") == "bot_message"
    if by_bot and bot not in settings.allowed_bots:
        return
    sender = person_of(envelope, event)
    channel, root = event["channel"], root_of(event)
    opens = _opens_case(envelope, event, settings)
    if sender is None or (not opens and root == event["ts"]):
        return
    said = _document(event)
    direct, top = channel.startswith("D"), root == event["ts"]
    space = f"{team_of(envelope)}:{channel}"
    joins = direct and top and settings.join_minutes > 0
    words = plain.render(said)
    token = _TOKEN.fullmatch(words.strip()) if direct else None
    yield InboundMessage(
        external_id=f"{channel}:{event['ts']}",
        sender=sender,
        thread=f"{space}:{root}",
        text=words,
        html=html.render(said),
        link_token=token[1] if token else None,
        sent_at=_instant(event["ts"]),
        in_reply_to=() if top else (f"{channel}:{root}",),
        attachments=tuple(_files(event)),
        automation=Automation.BOT if by_bot else None,
        wants_new_case=top and not joins,
        opens_case=opens,
        overheard=not direct,
        remarks=() if direct else (Remark("overheard"),),
        context={"space": space} | ({"join_minutes": f"{settings.join_minutes}"} if joins else {}),
        language=sender.language,
    )


def _opens_case(envelope: Envelope, event: Json, settings: SlackSettings) -> bool:
    """Return whether this message may open a case; replies of colleagues may only join one."""
    channel = event["channel"]
    if channel.startswith("D") or envelope.kind == MARKED:
        return True
    watch = settings.channels.get(channel, settings.watch)
    if watch in (Watch.NOBODY, Watch.EMOJI):
        return False
    if text(event, "type") == "app_mention" or _mentions_us(envelope, event):
        return True
    if "thread_ts" in event and root_of(event) != event["ts"]:
        return False
    return watch is Watch.EVERYONE or (watch is Watch.EXTERNAL and _is_external(envelope, event))


def _mentions_us(envelope: Envelope, event: Json) -> bool:
    seats = envelope.payload.get("authorizations")
    first = seats[0] if isinstance(seats, list) and seats else {}
    known = text(first, "user_id") if isinstance(first, dict) else ""
    person = envelope.us.person or known
    return bool(person) and f"<@{person}>" in text(event, "text")


def _is_external(envelope: Envelope, event: Json) -> bool:
    person = sender_of(envelope)
    guest = envelope.profile is not None and envelope.profile.guest
    return guest or (person is not None and person[0] != team_of(envelope))


def _edited(envelope: Envelope, event: Json, settings: SlackSettings) -> Iterator[MessageEdited]:
    now, before = mapping(event, "message"), mapping(event, "previous_message")
    if _is_ours(envelope, now) or (text(now, "bot_id") not in ("", *settings.allowed_bots)):
        return
    if not text(now, "ts") or _same(now, before):
        return
    sender = person_of(envelope, now)
    if sender is None:
        return
    said = _document(now)
    yield MessageEdited(
        external_id=f"{event['channel']}:{now['ts']}",
        sender=sender,
        thread=f"{team_of(envelope)}:{event['channel']}:{root_of(now)}",
        text=plain.render(said),
        html=html.render(said),
    )


def _same(now: Json, before: Json) -> bool:
    """Return whether only unfurled links or reply counts differ: that is no edit."""
    return bool(before) and (
        text(now, "text") == text(before, "text")
        and _file_ids(now) == _file_ids(before)
        and (text(now, "text") != "" or now.get("blocks") == before.get("blocks"))
    )


def _deleted(envelope: Envelope, event: Json) -> Iterator[MessageDeleted]:
    before = mapping(event, "previous_message")
    ts = text(event, "deleted_ts") or text(before, "ts") or text(mapping(event, "message"), "ts")
    if ts and not _is_ours(envelope, before):
        root = root_of(before) or ts
        place = f"{team_of(envelope)}:{event['channel']}:{root}"
        yield MessageDeleted(external_id=f"{event['channel']}:{ts}", thread=place)


def _reacted(envelope: Envelope, event: Json, settings: SlackSettings) -> Iterator[Inbound]:
    item, sender = mapping(event, "item"), person_of(envelope, event)
    name, channel, ts = text(event, "reaction"), text(item, "channel"), text(item, "ts")
    if text(item, "type") != "message" or sender is None or not (name and channel and ts):
        return
    if text(event, "user") == envelope.us.person:
        return
    if channel in settings.hubs:
        yield from hub_parse.felt(event, sender)
        return
    put = (shown(name),)
    is_new = text(event, "type") == "reaction_added"
    yield MessageReacted(
        external_id=f"{channel}:{ts}",
        sender=sender,
        thread=f"{team_of(envelope)}:{channel}:{ts}",
        added=put if is_new else (),
        removed=() if is_new else put,
    )


def _chosen(envelope: Envelope, settings: SlackSettings) -> Iterator[Inbound]:
    payload, sender = envelope.payload, person_of(envelope, mapping(envelope.payload, "user"))
    container = mapping(payload, "container")
    place = text(container, "channel_id")
    if sender is not None and text(payload, "type") == "view_submission":
        yield from hub_parse.submitted(envelope, sender, settings)
    elif sender is not None and text(payload, "type") == "block_actions" and place in settings.hubs:
        yield from hub_parse.pressed(payload, place, text(container, "message_ts"), sender)
    else:
        yield from _presses(envelope)


def _renamed(envelope: Envelope, event: Json) -> Iterator[PlaceRenamed]:
    before, after = text(event, "old_channel_id"), text(event, "new_channel_id")
    if before and after:
        team = team_of(envelope)
        threads = (f"{team}:{before}:", f"{team}:{after}:")
        yield PlaceRenamed(threads=threads, ids=(f"{before}:", f"{after}:"))


def _presses(envelope: Envelope) -> Iterator[ButtonPressed]:
    payload, sender = envelope.payload, person_of(envelope, mapping(envelope.payload, "user"))
    container, message = mapping(payload, "container"), mapping(payload, "message")
    channel = text(container, "channel_id") or text(mapping(payload, "channel"), "id")
    source = text(container, "message_ts") or text(message, "ts")
    if text(payload, "type") != "block_actions" or sender is None or not channel or not source:
        return
    root = text(container, "thread_ts") or text(message, "thread_ts") or source
    for action in _dicts(payload.get("actions")):
        if text(action, "value"):
            yield ButtonPressed(
                external_id=f"{text(action, 'action_ts')}:{sender.address}",
                source_external_id=f"{channel}:{source}",
                sender=sender,
                thread=f"{team_of(envelope)}:{channel}:{root}",
                value=clean(action["value"]),
            )


def _document(message: Json) -> Document:
    return slack.parse(message.get("blocks"), text(message, "text"))


def _files(message: Json) -> Iterator[Attachment]:
    for file in _dicts(message.get("files")):
        if not text(file, "id") or text(file, "mode") in {"tombstone", "hidden_by_limit"}:
            continue
        size = file.get("size")
        name = file_name(text(file, "name") or text(file, "title")) or "file"
        yield Attachment(
            name=name,
            mime=text(file, "mimetype") or "application/octet-stream",
            size_bytes=size if isinstance(size, int) and 0 <= size < _MAX_SIZE else 0,
            ref=file["id"],
        )


def _file_ids(message: Json) -> list[str]:
    return [text(file, "id") for file in _dicts(message.get("files"))]


def _instant(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _dicts(value: Any) -> list[Json]:
    return [held for held in value if isinstance(held, dict)] if isinstance(value, list) else []
