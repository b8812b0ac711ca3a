"""The manifest an admin pastes into Slack to make the app, or to bring it up to date. Pure."""

from typing import Any
from urllib.parse import urlsplit

from channels.slack.config import Mode, SlackSettings
from channels.slack.needs import COMMAND, EVENTS, SCOPES, SHORTCUTS
from desk.kit.text import shorten

_NAME_CHARS = 35


def manifest(settings: SlackSettings, *, name: str, url: str) -> dict[str, Any]:
    """Return the app's manifest for the mode of `settings`; `url` is where Slack posts to."""
    pushed = settings.mode is Mode.HTTP
    where = {"request_url": url} if pushed else {}
    return {
        "display_information": {
            "name": shorten(name, _NAME_CHARS),
            "description": "Ask for help and read the answers, without leaving Slack.",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": shorten(name, _NAME_CHARS), "always_online": True},
            **({"unfurl_domains": [host]} if (host := _domain(url)) else {}),
            "shortcuts": [
                {
                    "name": one.name,
                    "type": one.kind,
                    "callback_id": one.callback_id,
                    "description": one.description,
                }
                for one in SHORTCUTS
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "Ask for help: opens a form for a new case.",
                    "usage_hint": "[what it is about]",
                    "should_escape": False,
                    **({"url": url} if pushed else {}),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(scope.name for scope in SCOPES)}},
        "settings": {
            "event_subscriptions": {**where, "bot_events": sorted(one.name for one in EVENTS)},
            "interactivity": {"is_enabled": True, **where},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not pushed,
            "token_rotation_enabled": False,
        },
    }


def _domain(url: str) -> str:
    """Return the name whose links Slack may tell of; "" where there is none but on this machine."""
    host = urlsplit(url).hostname or ""
    is_name = "." in host and not host.replace(".", "").isdecimal() and ":" not in host
    return host if is_name else ""
