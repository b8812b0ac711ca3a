"""A case as Slack shows it to agents: its card, lines, and a form for an answer. Pure."""

import re
from datetime import datetime
from typing import Any

from channels.richtext import markdown, slack
from channels.richtext.slack_out import escape
from channels.slack.render import signed
from desk.kit.text import shorten
from desk.ports.hub import HubCard, HubLine, HubOption
from desk.ports.messages import AuthorKind

REPLY = "hub:reply"  # the button, and the form it opens
MAX_REPLY = 3000
_FIELD = "words"
_LABEL_CHARS = 75
_OPTIONS = 100
_VOICES = {
    AuthorKind.CUSTOMER: "{} (customer)",
    AuthorKind.AGENT: "{} (to the customer)",
    AuthorKind.BOT: "{} (to the customer)",
    AuthorKind.SYSTEM: "{}",
}
_MARKS = {"urgent": "🔥", "high": "⬆️", "normal": "", "low": "⬇️"}
_GROUP = re.compile(r"S[A-Z0-9]{2,20}")

Json = dict[str, Any]


def card(shown: HubCard) -> Json:
    """Return text and blocks of a card. What customers named mentions nobody."""
    title = f"#{shown.number} {shorten(shown.subject, 120)}"
    state = "✅ " if shown.done else ""
    words = f"{state}*<{shown.url}|{_linked(title)}>*"
    facts = [
        f"*Customer*\n{_said(shown.customer)} ({shown.channel})",
        f"*Status*\n{_status(shown)}",
        f"*Priority*\n{_MARKS.get(shown.priority, '')} {shown.priority}",
        f"*Agent*\n{_said(shown.assignee.label) if shown.assignee else 'nobody'}",
        f"*Queue*\n{_said(shown.queue)}",
        f"*Promise*\n{_promise(shown)}",
    ]
    blocks: list[Json] = [
        _section(words),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": fact} for fact in facts]},
    ]
    if shown.flag:
        blocks.append(_section(f"⚠️ {_said(shown.flag)}"))
    blocks.append({"type": "actions", "block_id": "hub", "elements": _elements(shown)})
    return {"text": f"{state}{escape(title)}: {_status(shown)}", "blocks": blocks}


def preview(shown: HubCard) -> Json:
    """Return what stands under a link to a case: its card without anything to press."""
    return {"blocks": [block for block in card(shown)["blocks"] if block["type"] != "actions"]}


def lines(line: HubLine, group: str) -> list[Json]:
    """Return the messages one line becomes: text and blocks each; in the last, whom it calls."""
    bodies = [
        {"text": part.text, "blocks": part.blocks}
        for part in slack.render(markdown.parse(line.text))
    ]
    calls = " ".join(_calls(line, group))
    if calls and bodies:
        last = bodies[-1]
        blocks = [*last["blocks"], _section(calls)] if last["blocks"] else []
        bodies[-1] = {"text": f"{last['text']} {calls}", "blocks": blocks}
    return bodies


def voice(line: HubLine) -> str:
    """Return under which name a line stands; "" for the app's own."""
    name = shorten(line.author.name, 50)
    if line.note:
        return f"🔒 {name or 'Somebody'} (note)"
    if line.author.kind is AuthorKind.SYSTEM and not name:
        return ""
    return _VOICES[line.author.kind].format(name or "Parley")


def named(body: Json, name: str) -> Json:
    """Return a line with its voice in bold before it: for apps that may not take it on."""
    return signed(body, name) if name else body


def form(thread: str) -> Json:
    """Return the form in which an agent writes to the customer of the card in `thread`."""
    return {
        "type": "modal",
        "callback_id": REPLY,
        "private_metadata": thread,
        "title": _plain("Reply to customer"),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": _FIELD,
                "label": _plain("The customer reads this"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": _FIELD,
                    "multiline": True,
                    "max_length": MAX_REPLY,
                },
            }
        ],
    }


def written(view: Json) -> str:
    """Return what was written into the form."""
    values: Any = view
    for name in ("state", "values", _FIELD, _FIELD):
        values = values.get(name) if isinstance(values, dict) else None
    found = values.get("value") if isinstance(values, dict) else None
    return found if isinstance(found, str) else ""


def _elements(shown: HubCard) -> list[Json]:
    """Return what can be done; of a case that is done only what may follow."""
    first = shown.assignee
    buttons = [_button("hub:take", "Take"), _button(REPLY, "Reply to customer", style="primary")]
    choices = [
        _select("hub:assign", "Assign", shown.agents, first.value if first else ""),
        _select("hub:status", "Status", shown.statuses, shown.status),
        _select("hub:priority", "Priority", shown.priorities, shown.priority),
        _select("hub:snooze", "Snooze", shown.naps, ""),
    ]
    opened = _button("hub:open", "Open") | {"url": shown.url}
    if shown.done:
        return [choices[1], opened]
    return [*buttons, *choices, opened]


def _button(action: str, label: str, style: str = "") -> Json:
    button: Json = {"type": "button", "action_id": action, "text": _plain(label), "value": "yes"}
    return button | ({"style": style} if style else {})


def _select(action: str, label: str, options: tuple[HubOption, ...], now: str) -> Json:
    shown = [
        {"text": _plain(shorten(one.label, _LABEL_CHARS) or "…"), "value": one.value}
        for one in options[:_OPTIONS]
    ]
    chosen = next((one for one in shown if one["value"] == now), None)
    select: Json = {
        "type": "static_select",
        "action_id": action,
        "placeholder": _plain(label),
        "options": shown,
    }
    return select | ({"initial_option": chosen} if chosen else {})


def _status(shown: HubCard) -> str:
    told = next((one.label for one in shown.statuses if one.value == shown.status), shown.status)
    if shown.note:
        return f"{told}, {escape(shown.note)}"
    return f"{told}, snoozed until {_time(shown.snoozed_until)}" if shown.snoozed_until else told


def _promise(shown: HubCard) -> str:
    if shown.due_at is None:
        return "none runs"
    if shown.broken:
        return f"🔴 {shown.promise} late since {_time(shown.due_at)}"
    return f"{shown.promise} by {_time(shown.due_at)}"


def _time(at: datetime) -> str:
    """Return an instant, shown by Slack in each reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def _calls(line: HubLine, group: str) -> list[str]:
    found = [f"<@{address.rpartition(':')[2]}>" for address in line.call]
    if line.call_group and group:
        found.append(f"<!subteam^{group}>" if _GROUP.fullmatch(group) else f"<!{group}>")
    return found


def _said(words: str) -> str:
    """Return somebody's words so that they stand for themselves in mrkdwn."""
    return re.sub(r"([*_~`])", "\u200b\\1\u200b", escape(shorten(words, 150)))


def _linked(words: str) -> str:
    return _said(words).replace("|", "¦")


def _section(words: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}}


def _plain(words: str) -> Json:
    return {"type": "plain_text", "text": words}
