"""`parley check`: connects to everything once and says what is well, what is not, and the mend."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot import setup
from bot.config import Config, Inbox, decode
from bot.files import signing_secret
from channels import registry
from desk.agents import queries
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.kit.clock import SystemClock
from desk.kit.errors import DeskError
from desk.kit.text import one_line
from desk.ports.channel import Channel, ChannelKit, Finding
from knowledge.intake import read_folder

TIMEOUT_S = 30

Findings = list[Finding]


async def examine(config: Config, say: Callable[[str], None]) -> bool:
    """Say each finding in a line; return whether all is well."""
    findings = [("settings", one) for one in await asyncio.to_thread(_settings, config)]
    findings += [("database", one) for one in await asyncio.to_thread(_database, config)]
    findings += [("queues", one) for one in await _teams(config)]
    findings += [("articles", one) for one in await asyncio.to_thread(_articles, config)]
    asked = [_inbox(config, key, inbox) for key, inbox in config.inboxes.items()]
    for key, report in zip(config.inboxes, await asyncio.gather(*asked), strict=True):
        findings += [(key, finding) for finding in report]
    for where, finding in findings:
        say(_line(where, finding))
    if not config.inboxes:
        say("No inbox is configured yet: see docs/operating.md, Connecting accounts.")
    return all(finding.ok for _, finding in findings)


def _line(where: str, finding: Finding) -> str:
    mark = "ok " if finding.ok else "NOT"
    detail = f": {finding.detail}" if finding.detail else ""
    mend = f" {finding.mend}" if finding.mend and not finding.ok else ""
    return f"{mark} {where} · {finding.what}{detail}{mend}"


def _settings(config: Config) -> Findings:
    try:
        setup.check(config)
        signing_secret(config.storage.secret, Path(config.storage.files))
    except DeskError as wrong:
        return [Finding(what="settings", ok=False, detail=wrong.reason)]
    return [Finding(what="settings", ok=True, detail="they fit together")]


def _database(config: Config) -> Findings:
    try:
        migrate(config.storage.url)
    except DeskError as refused:
        return [Finding(what="database", ok=False, detail=refused.reason)]
    return [Finding(what="database", ok=True, detail="reachable and up to date")]


async def _teams(config: Config) -> Findings:
    """Name each queue that a team without members serves; a database unread is told already."""
    named = {one_line(name): key for key, queue in config.queues.items() for name in queue.teams}
    if not named:
        return []
    try:
        db = open_database(config.storage.url)
    except DeskError:
        return []
    try:
        filled = {team.name for team in await db.read(queries.list_teams) if team.members}
    except DeskError:
        return []
    finally:
        await db.close()
    return [
        Finding(
            what=f"team {name}",
            ok=False,
            detail=f"nobody is in it, and the queue {key} gives it cases.",
            mend=f'Write `parley agent --email … --team "{name}"`.',
        )
        for name, key in named.items()
        if name not in filled
    ]


def _articles(config: Config) -> Findings:
    """Read the folder of articles, where one is named."""
    if not config.knowledge.folder:
        return []
    try:
        drafts, problems = read_folder(Path(config.knowledge.folder))
    except DeskError as missing:
        return [Finding(what="folder", ok=False, detail=missing.reason)]
    bad = [Finding(what="article", ok=False, detail=problem) for problem in problems]
    return [*bad, Finding(what="folder", ok=True, detail=f"{len(drafts)} articles")]


async def _inbox(config: Config, key: str, inbox: Inbox) -> Findings:
    """Return how one inbox is; what is wrong with it hides nothing of the others."""
    kit = ChannelKit(
        clock=SystemClock(),
        secret="unused",  # noqa: S106 - signs nothing
        public_url=config.public_url,
        product=config.name,
    )
    try:
        channel = await asyncio.to_thread(_built, key, inbox, kit)
        async with asyncio.timeout(TIMEOUT_S):
            return await channel.check()
    except DeskError as wrong:
        return [Finding(what="settings", ok=False, detail=wrong.reason)]
    except TimeoutError:
        return [Finding(what="answer", ok=False, detail=f"nothing within {TIMEOUT_S} s")]


def _built(key: str, inbox: Inbox, kit: ChannelKit) -> Channel:
    return registry.build(key, inbox.channel, inbox.settings, kit, decode)
