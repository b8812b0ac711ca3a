"""What can still be done to a message in Slack: changed, deleted, given emoji."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from channels.slack.emoji import name_of
from channels.slack.render import CUSTOMIZE, plan, signature, signed
from desk.kit.errors import Refusal, Undeliverable
from desk.ports.messages import OutboundMessage

if TYPE_CHECKING:
    from channels.slack.client import Client


async def edit(client: "Client", message: OutboundMessage, external_id: str) -> None:
    """Show a text in place of what was sent; the name it went out under stays."""
    channel, _, ts = external_id.partition(":")
    body, name = plan(message).parts[0].body, signature(message)
    if name and CUSTOMIZE not in (client.scopes or ()):
        body = signed(body, name)
    await client.tell("chat.update", channel=channel, ts=ts, **body)


async def take_back(client: "Client", external_id: str) -> None:
    """Delete a message of ours, or a file; what is gone already is gone."""
    channel, _, ts = external_id.partition(":")
    try:
        if ts.startswith("F"):
            await client.tell("files.delete", file=ts)
        else:
            await client.tell("chat.delete", channel=channel, ts=ts)
    except Undeliverable as refused:
        if refused.refusal is not Refusal.CONTEXT:
            raise


async def react(
    client: "Client", external_id: str, emoji: Sequence[str], gone: Sequence[str]
) -> None:
    """Let these emoji of ours stand on a message, and none of `gone`."""
    channel, _, ts = external_id.partition("#")[0].partition(":")
    if channel == "view":
        return  # it was written in a form, and stands nowhere
    for method, wanted in (("reactions.remove", gone), ("reactions.add", emoji)):
        for name in filter(None, map(name_of, wanted)):
            try:
                await client.tell(method, name=name, channel=channel, timestamp=ts)
            except Undeliverable as refused:  # it stands there, or is gone, already
                if refused.refusal is not Refusal.CONTEXT:
                    raise
