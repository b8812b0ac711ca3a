"""A case as Telegram shows it to agents: the name of its topic, its card, lines. Pure."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from channels.richtext import markdown, telegram
from channels.richtext.model import Bold, Break, Document, Inline, Link, Paragraph, Text
from channels.telegram import render
from channels.telegram.hub_parse import BUTTON
from desk.kit.text import one_line, shorten
from desk.ports.hub import HubCard, HubLine, HubOption
from desk.ports.messages import AuthorKind, OutboundMessage

Body = dict[str, Any]

NAME_UNITS = 128
_SUBJECT_CHARS = 200
_NAPS = ("1", "4", "24", "72")  # hours; more do not fit beside each other on a phone
_PRIORITIES = {"urgent": "🔥", "high": "⬆️", "low": "⬇️"}
_JOINERS = "\u200d\ufe0f"
_CALL = "Please look"


def topic_name(card: HubCard) -> str:
    """Return what a topic is called: number and subject, and a mark for done or late."""
    mark = "✅ " if card.done else "🔴 " if card.broken else ""
    name = f"{mark}#{card.number} {one_line(card.subject[:_SUBJECT_CHARS])}".strip()
    if _units(name) <= NAME_UNITS:
        return name
    while _units(name) > NAME_UNITS - 1:
        name = name[:-1].rstrip(_JOINERS)
    return f"{name.rstrip()}…"


def face(card: HubCard) -> Body:
    """Return the message that is a card, with its buttons."""
    title = f"#{card.number} {shorten(one_line(card.subject), _SUBJECT_CHARS)}"
    lines: list[list[Inline]] = [
        [Text(f"Customer: {_name(card.customer)} ({card.channel})")],
        [Text(f"Status: {_status(card)}")],
        [
            Text(
                f"Priority: {_PRIORITIES.get(card.priority, '')} {card.priority}".replace("  ", " ")
            )
        ],
        [Text(f"Agent: {_name(card.assignee.label) if card.assignee else 'nobody yet'}")],
        [Text(f"Queue: {_name(card.queue)}")],
    ]
    if card.due_at is not None and not card.done:
        lines.append([Text(_promise(card, card.due_at))])
    if card.flag:
        lines.append([Text(f"⚠️ {one_line(card.flag)}")])
    if not _opens(card.url):
        lines.append([Link(card.url, (Text(card.url),))])
    facts = [piece for line in lines for piece in (*line, Break())][:-1]
    told = Document((Paragraph((Bold((Text(title),)),)), Paragraph(tuple(facts))))
    text, entities = telegram.render(told)[0]
    return {"send": "text", "text": text, "entities": entities, "keyboard": _keyboard(card)}


def bodies(line: HubLine) -> list[Body]:
    """Return the messages one line becomes: its words in parts, then its files."""
    said = markdown.parse(line.text).blocks
    voice = _voice(line)
    told = Document((Paragraph((Bold((Text(voice),)),)), *said) if voice else said)
    files = render.plan(_files_of(line))
    lost = [Paragraph((Text(f"📎 {one_line(words)}"),)) for words in files.dropped]
    parts = telegram.render(Document((*told.blocks, *lost)))
    texts: list[Body] = [
        {"send": "text", "text": text, "entities": entities} for text, entities in parts
    ]
    if line.call:
        texts = _called(texts, line.call)
    return texts + [part.body for part in files.parts if part.body["send"] != "nothing"]


def simpler(body: Body) -> list[Body]:
    """Return what can stand for a message that Telegram refuses for what is in it."""
    match body["send"]:
        case "album":
            return [{**file, "send": "document"} for file in body["files"]]
        case "photo":
            return [{**body, "send": "document"}]
        case "document":
            words = f"📎 {one_line(body['name'])}: Telegram does not take this file."
            return [{"send": "text", "text": words, "entities": []}]
        case _:
            return [{**body, "entities": []}] if body["entities"] else []


def link(thread: str) -> str:
    """Return the address of a topic, for those who are in its group."""
    chat, _, topic = thread.partition(":")
    return f"https://t.me/c/{chat.removeprefix('-100')}/{topic}"


def calling(address: str, words: str) -> Body:
    """Return a message that begins with a word which calls somebody."""
    who = "You"
    entity = {"type": "text_mention", "offset": 0, "length": len(who), "user": _user(address)}
    return {"send": "text", "text": f"{who}: {words}", "entities": [entity]}


def _keyboard(card: HubCard) -> list[list[dict[str, str]]]:
    opened = [[{"text": "Open ↗", "url": card.url}]] if _opens(card.url) else []
    if card.done:
        return [[_button("↩️ Reopen", "status:open")], *opened]
    first = [_button("🙋 Take", "take"), _button("✅ Resolve", "status:resolved")]
    other = [one for one in card.priorities if one.value != card.priority]
    naps = [one for one in card.naps if one.value in _NAPS]
    rows = [
        first,
        [
            _button(f"{_PRIORITIES.get(one.value, '')} {_label(one)}", f"priority:{one.value}")
            for one in other
        ],
        [_button(f"💤 {_label(one)}", f"snooze:{one.value}") for one in naps],
        *opened,
    ]
    return [row for row in rows if row]


def _button(label: str, value: str) -> dict[str, str]:
    return {"text": label.strip(), "callback_data": f"{BUTTON}{value}"}


def _label(option: HubOption) -> str:
    return shorten(one_line(option.label), 20)


def _status(card: HubCard) -> str:
    words = card.status.replace("_", " ")
    if card.note:
        return f"{words}, {card.note}"
    if card.snoozed_until is not None and not card.done:
        return f"{words}, 💤 until {_when(card.snoozed_until)}"
    return words


def _promise(card: HubCard, due_at: datetime) -> str:
    if card.broken:
        return f"🔴 {card.promise.capitalize()} was due {_when(due_at)}"
    return f"⏳ {card.promise.capitalize()} is due {_when(due_at)}"


def _when(instant: datetime) -> str:
    at = instant.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %H:%M} UTC"


def _voice(line: HubLine) -> str:
    name = _name(line.author.name)
    if line.note:
        return f"🔒 {name or 'Somebody'} (note)"
    match line.author.kind:
        case AuthorKind.CUSTOMER:
            return f"👤 {name or 'Customer'}"
        case AuthorKind.AGENT:
            return f"➡️ {name or 'An agent'} (to the customer)"
        case AuthorKind.BOT:
            return f"🤖 {name or 'Bot'} (to the customer)"
        case AuthorKind.SYSTEM:
            return name


def _called(texts: list[Body], call: tuple[str, ...]) -> list[Body]:
    """Return the texts with a word for each who is called, in the last of them or after it."""
    words = " ".join(_CALL for _ in call)
    last = texts[-1] if texts else None
    room = telegram.TEXT_LIMIT - len(words) - 1
    if last is None or _units(last["text"]) > room or len(last["entities"]) + len(call) > 99:
        last, texts = {"send": "text", "text": "", "entities": []}, [*texts, {}]
    before = f"{last['text']} " if last["text"] else ""
    marks = [
        {
            "type": "text_mention",
            "offset": _units(before) + at * (len(_CALL) + 1),
            "length": len(_CALL),
            "user": _user(address),
        }
        for at, address in enumerate(call)
    ]
    called = {**last, "text": before + words, "entities": [*last["entities"], *marks]}
    return [*texts[:-1], called]


def _user(address: str) -> dict[str, Any]:
    return {"id": int(address), "is_bot": False, "first_name": "-"}


def _files_of(line: HubLine) -> OutboundMessage:
    return OutboundMessage(
        id=line.key,
        case_id=0,
        case_number=0,
        message_id=0,
        recipient="",
        text="",
        author=line.author,
        attachments=line.attachments,
    )


def _opens(url: str) -> bool:
    """Return whether Telegram takes an address for a button: it refuses those of this machine."""
    host = urlsplit(url).hostname or ""
    return "." in host and not host.startswith("127.")


def _name(name: str) -> str:
    return shorten(one_line(name), 60)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
