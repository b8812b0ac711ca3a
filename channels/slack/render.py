"""Our words into Slack's: the messages one answer becomes. Pure."""

from collections.abc import Iterator
from typing import Any

from channels.richtext import markdown, slack
from channels.richtext.slack_out import escape
from desk.kit.text import shorten
from desk.ports.channel import Part, RenderPlan
from desk.ports.messages import AuthorKind, Choice, OutboundMessage

CUSTOMIZE = "chat:write.customize"  # lets answers carry the agent's own name
MAX_CHOICES = 25

_LABEL_CHARS = 75
_NAME_CHARS = 60


def plan(message: OutboundMessage) -> RenderPlan:
    """Return `message` as texts of at most 3,900 characters, then its files one by one.

    Choices are buttons under the last text. A degraded message (`plain`) has no blocks: its
    choices are lines to be answered by hand.
    """
    texts = slack.render(markdown.parse(_worded(message)))
    bodies: list[dict[str, Any]] = [{"text": part.text, "blocks": part.blocks} for part in texts]
    if message.choices and not message.plain:
        bodies = bodies or [{"text": "", "blocks": []}]
        bodies[-1] = _with_buttons(bodies[-1], message.choices)
    if message.plain:
        bodies = [{"text": body["text"], "blocks": []} for body in bodies]
    summaries = [shorten(body["text"], 80) or "buttons" for body in bodies]
    bodies += [{"file": at} for at in range(len(message.attachments))]
    summaries += [f"file {file.name}" for file in message.attachments]
    parts = (
        Part(index=at, body=body, summary=summary)
        for at, (body, summary) in enumerate(zip(bodies, summaries, strict=True))
    )
    return RenderPlan(parts=tuple(parts), dropped=tuple(_dropped(message)))


def signature(message: OutboundMessage) -> str:
    """Return the name an agent's message is signed with; the app's own words need none."""
    return shorten(message.author.name, _NAME_CHARS) if _is_person(message) else ""


def signed(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Return `body` with the author's name in bold before it: for apps that may not take it on."""
    first = {"type": "text", "text": f"{name}\n", "style": {"bold": True}}
    line = {"type": "rich_text_section", "elements": [first]}
    block = {"type": "rich_text", "elements": [line]}
    blocks = [block, *body["blocks"]] if body["blocks"] else []
    return {"text": f"*{escape(name)}*\n{body['text']}", "blocks": blocks}


def _is_person(message: OutboundMessage) -> bool:
    return message.author.kind is AuthorKind.AGENT and bool(message.author.name)


def _worded(message: OutboundMessage) -> str:
    if not message.plain or not message.choices:
        return message.text
    lines = "\n".join(f"- {choice.label}" for choice in message.choices)
    return f"{message.text}\n\n{lines}"


def _with_buttons(body: dict[str, Any], choices: tuple[Choice, ...]) -> dict[str, Any]:
    elements = list(_buttons(choices))
    actions = {"type": "actions", "block_id": "choices", "elements": elements}
    text = body["text"] or " · ".join(escape(choice.label) for choice in choices)
    return {"text": text, "blocks": [*body["blocks"], actions]}


def _buttons(choices: tuple[Choice, ...]) -> Iterator[dict[str, Any]]:
    for at, choice in enumerate(choices[:MAX_CHOICES]):
        label = shorten(choice.label, _LABEL_CHARS) or "…"
        button: dict[str, Any] = {
            "type": "button",
            "action_id": f"choice:{at}",
            "text": {"type": "plain_text", "text": label},
        }
        # Slack tells of a press on a link too: without a value it answers nothing.
        yield button | ({"url": choice.url} if choice.url else {"value": choice.value})


def _dropped(message: OutboundMessage) -> Iterator[str]:
    if len(message.choices) > MAX_CHOICES:
        yield f"buttons after the {MAX_CHOICES}th"
    if message.cc:
        yield "copies to other addresses"
