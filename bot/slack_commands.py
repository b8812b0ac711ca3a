"""`parley slack …`: what a Slack app has to be set up with."""

import json
from pathlib import Path

import click
import yaml

from bot.config import Config, decode
from bot.console import settings_of
from channels.slack.config import Mode, SlackSettings
from channels.slack.unasked import is_public
from desk.kit.errors import Invalid

_KIND = "slack"


@click.group()
def slack() -> None:
    """Slack's side of an inbox: the app that is to be made there."""


@slack.command()
@click.argument("inbox", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON; without it as YAML.")
@click.pass_obj
def manifest(path: Path | None, inbox: str | None, as_json: bool) -> None:
    """Print the manifest of the app for an INBOX: paste it at api.slack.com, From a manifest.

    It names every scope, event, command and shortcut, for the mode the inbox is set to. Without
    any Slack inbox it is the one for socket mode.
    """
    from channels.slack.channel import SlackChannel
    from channels.slack.manifest import manifest as made

    config = settings_of(path)
    key, settings = _inbox(config, inbox)
    url = config.public_url + SlackChannel.events_path_of(key)
    if settings.mode is Mode.HTTP and not is_public(url):
        click.echo(
            f"parley: Slack cannot post to {url}: set http.public_url to the desk's https address.",
            err=True,
        )
    whole = made(settings, name=config.name, url=url)
    told = json.dumps(whole, indent=2) if as_json else yaml.safe_dump(whole, sort_keys=False)
    click.echo(told.rstrip())


def _inbox(config: Config, named: str | None) -> tuple[str, SlackSettings]:
    """Return the Slack inbox that is meant, with its settings. Raises Invalid."""
    found = {key: one for key, one in config.inboxes.items() if one.channel == _KIND}
    if named is not None and named not in found:
        raise Invalid(f"There is no Slack inbox called {named}.")
    if named is None and len(found) > 1:
        raise Invalid(f"Say which of these inboxes: {', '.join(found)}.")
    key = named or next(iter(found), _KIND)
    raw = dict(found[key].settings) if key in found else {}
    return key, decode(raw, SlackSettings, f"inboxes.{key}.settings")
