"""All that the app must be allowed, told and given in Slack, and why. Pure data.

The doctor and the app's manifest are both made from these tables: what one asks for the other
sets up.
"""

from msgspec import Struct


class Scope(Struct, frozen=True):
    """One permission of the bot token. `without`: what goes missing; "" where nothing works."""

    name: str
    why: str
    without: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the inbox is broken without it."""
        return not self.without


class Event(Struct, frozen=True):
    """One subscription, and the scope without which Slack does not grant it ("" for none)."""

    name: str
    why: str
    scope: str = ""

    @property
    def type(self) -> str:
        """What its payloads call themselves."""
        return self.name.partition(".")[0]


class Shortcut(Struct, frozen=True):
    """An entry in Slack's menus; `kind` is global or message, `callback_id` what comes back."""

    kind: str
    callback_id: str
    name: str  # ≤ 24 characters
    description: str  # ≤ 150


COMMAND = "/case"
NEW_CASE, FROM_MESSAGE = "case_new", "case_from_message"

SCOPES = (
    Scope("chat:write", "answers are sent"),
    Scope("files:read", "files of customers are fetched"),
    Scope("files:write", "files of answers are sent"),
    Scope("im:history", "direct messages to the app come in"),
    Scope("im:write", "a customer is written to directly"),
    Scope("users:read", "customers have names"),
    Scope("commands", "cases are opened by form", "there is no /case and no shortcut"),
    Scope(
        "chat:write.customize",
        "answers carry the agent's name and picture",
        "answers carry the app's name with the agent's in bold",
    ),
    Scope(
        "users:read.email",
        "customers have their e-mail address",
        "customers come without their e-mail address",
    ),
    Scope("reactions:read", "emoji of customers are seen", "emoji of customers are not seen"),
    Scope(
        "reactions:write",
        "messages are marked as seen and done",
        "agents cannot put emoji on messages, and none say that a case is seen or done",
    ),
    Scope("app_mentions:read", "mentions are seen", "mentions in channels are not seen"),
    Scope("channels:history", "public channels are watched", "public channels are not seen"),
    Scope("groups:history", "private channels are watched", "private channels are not seen"),
    Scope(
        "channels:read",
        "the doctor sees whether the app is in a channel",
        "what was said in public channels while the desk was away is not made up for",
    ),
    Scope(
        "groups:read",
        "the doctor sees whether the app is in a private channel",
        "what was said in private channels while the desk was away is not made up for",
    ),
    Scope(
        "im:read",
        "direct messages are found again after a gap",
        "direct messages written while the desk was away for long are not made up for",
    ),
    Scope("links:read", "links to cases are seen", "links to cases that agents post show nothing"),
    Scope("links:write", "they show their case", "links to cases that agents post show nothing"),
)
EVENTS = (
    Event("message.im", "direct messages to the app", "im:history"),
    Event("message.channels", "messages in public channels", "channels:history"),
    Event("message.groups", "messages in private channels", "groups:history"),
    Event("app_mention", "messages that name the app", "app_mentions:read"),
    Event("reaction_added", "emoji that customers give", "reactions:read"),
    Event("reaction_removed", "emoji that they take back", "reactions:read"),
    Event("link_shared", "links to cases that agents post", "links:read"),
    Event("app_home_opened", "the app's Home shows a customer's cases"),
    Event("tokens_revoked", "the desk hears at once that it may not write any more"),
    Event("app_uninstalled", "the same, when the app is removed"),
)
SHORTCUTS = (
    Shortcut("global", NEW_CASE, "New case", "Ask for help: opens a form for a new case."),
    Shortcut("message", FROM_MESSAGE, "New case from message", "Opens a case about this message."),
)
