"""The command `parley`. Every command says in one sentence what went wrong and how to mend it."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import click

from bot.config import Config
from bot.console import FAILED, WRONG_SETTING, go, settings_of
from bot.mail_commands import mail
from bot.slack_commands import slack
from desk.kit import log
from desk.kit.errors import DeskError, Invalid


class Sentences(click.Group):
    """A group whose commands end with a sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a DeskError becomes its reason on standard error."""
        try:
            return super().invoke(ctx)
        except Invalid as wrong:
            click.echo(f"parley: {wrong.reason}", err=True)
            sys.exit(WRONG_SETTING)
        except DeskError as failed:
            click.echo(f"parley: {failed.reason}", err=True)
            sys.exit(FAILED)


@click.group(cls=Sentences)
@click.version_option(package_name="parley-desk", prog_name="parley")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="PARLEY_CONFIG",
    help="The settings file. Without it: config.yaml here, if there is one.",
)
@click.pass_context
def main(ctx: click.Context, path: Path | None) -> None:
    """Parley: one desk for customers who write by e-mail, web chat, Telegram and Slack."""
    here = Path("config.yaml")
    ctx.obj = path or (here if here.exists() else None)


main.add_command(mail)
main.add_command(slack)


@main.command()
@click.pass_obj
def run(path: Path | None) -> None:
    """Run the desk until it is told to stop."""
    config = settings_of(path)
    go(_run(config))


@main.command()
@click.pass_obj
def check(path: Path | None) -> None:
    """Connect to everything once and say in words what is well and what is not."""
    from bot.doctor import examine

    config = settings_of(path)
    if not go(examine(config, click.echo)):
        sys.exit(FAILED)


@main.command()
@click.pass_obj
def migrate(path: Path | None) -> None:
    """Bring the database to the tables this version expects; forward only."""
    from desk.db.migrate import migrate as bring_up_to_date

    config = settings_of(path)
    bring_up_to_date(config.storage.url)
    click.echo(f"The database {_without_password(config.storage.url)} is up to date.")


@main.command()
@click.option("--email", required=True, help="The address the agent signs in with.")
@click.option("--name", help="The name customers see; needed for somebody new.")
@click.option(
    "--role",
    type=click.Choice(["agent", "supervisor", "admin"]),
    default="agent",
    show_default=True,
    help="An agent answers, a supervisor sees reports too, an admin everything.",
)
@click.option("--language", "languages", multiple=True, help="Spoken, like de; several times.")
@click.option(
    "--skill", "skills", multiple=True, help="Known, like billing, or billing:1 a little."
)
@click.option(
    "--team", "teams", multiple=True, help="He is in, as a queue names it; several times."
)
@click.option("--password", help="Asked for when it is not given.")
@click.pass_context
def agent(ctx: click.Context, /, **draft: Any) -> None:
    """Add somebody who answers; with --team, also put one who is there already into a team."""
    from bot.people import add_agent, join_teams

    email, name, teams = draft["email"], draft["name"], draft.pop("teams")
    config = settings_of(ctx.obj)
    if teams and go(join_teams(config, email=email, teams=teams)):
        click.echo(f"{email} was there already and is in {', '.join(teams)} now.")
        return
    if name is None:
        raise click.MissingParameter(ctx=ctx, param_type="option", param_hint="'--name'")
    if draft["password"] is None:
        draft["password"] = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    go(add_agent(config, **draft))
    if teams:
        go(join_teams(config, email=email, teams=teams))
    click.echo(f"{name} can sign in as {email}.")


@main.command()
@click.option("--email", required=True, help="The agent's address.")
@click.pass_obj
def link(path: Path | None, email: str) -> None:
    """Make a link that signs an agent in once: for a password that was forgotten."""
    from bot.people import sign_in_link

    click.echo(go(sign_in_link(settings_of(path), email=email)))
    click.echo("It works once, within 15 minutes, when the desk runs.", err=True)


@main.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def import_articles(path: Path | None, folder: Path) -> None:
    """Import a FOLDER of Markdown articles; those that did not change stay as they are."""
    from bot.articles import import_folder

    done = go(import_folder(settings_of(path), folder))
    for problem in done.problems:
        click.echo(f"parley: {problem}", err=True)
    click.echo(f"{done.changed} new or changed, {done.unchanged} unchanged.")
    if done.problems:
        sys.exit(FAILED)


@main.command()
@click.option("--port", default=8080, show_default=True, help="Of the demo page, on 127.0.0.1.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the demo's desk there. Without it: a temporary folder, gone afterwards.",
)
@click.option("--open/--no-open", "browse", default=True, help="Open the page in the browser.")
def demo(port: int, folder: Path | None, browse: bool) -> None:
    """Start a whole desk with customers' phones, on this machine alone."""
    from bot.demo.show import show

    log.configure("warning")
    go(show(port=port, folder=folder, browse=browse, ready=click.echo, until=stopped()))


@main.command()
@click.option(
    "--cases",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 10_000_000),
    help="How many.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same desk.")
@click.pass_obj
def seed(path: Path | None, cases: int, seed: int) -> None:
    """Fill the desk with realistic cases, for demos and benchmarks."""
    from bot.demo.seed import fill

    go(fill(settings_of(path), cases=cases, seed=seed))


@main.command()
@click.option("--days", default=8, show_default=True, help="Played for each policy and scenario.")
@click.option(
    "--agents", default=14, show_default=True, type=click.IntRange(2, 200), help="Who work."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def simulate(days: int, agents: int, as_json: bool) -> None:
    """Play days of a desk under our routing and others', and compare what became of promises."""
    from bot.simulate import compare

    compare(days=days, agents=agents, as_json=as_json)


async def stopped() -> None:
    """Return when the process is asked to stop (Ctrl-C, SIGTERM)."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()


async def _run(config: Config) -> None:
    from bot.app import running

    log.configure(config.logging.level, config.logging.form)
    async with running(config):
        click.echo(f"Parley answers at {config.public_url}. Ctrl-C stops it.")
        await stopped()


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url
